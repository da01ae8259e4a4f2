"""A real worker whose commit click comes late: run as a process, to be killed or thawed meanwhile.

`python -m tests.acceptance.slow_click SECONDS FILE`: serves one login until ended. Before each commit
click, after its intent was stored, it writes FILE and waits SECONDS; everything else is the product.
With `frozen` for SECONDS it stops itself, all its threads, until it is continued and FILE is gone.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

FROZEN = "frozen"


def main(seconds: str, marker: Path) -> None:
    """Work like `robot.worker.drain`, again and again."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()

    from robot.drain import serve
    from robot.player.page import PlaywrightDriver
    from robot.sweep import sweep

    click = PlaywrightDriver.click

    def late(
        self: PlaywrightDriver, ref: Any, timeout: float, not_later_than: float | None = None
    ) -> None:
        if not_later_than is not None:
            marker.write_text("intent stored, not clicked", encoding="utf-8")
            if seconds == FROZEN:
                _freeze_until_gone(marker)
            else:
                time.sleep(float(seconds))
        click(self, ref, timeout, not_later_than)

    PlaywrightDriver.click = late  # type: ignore[method-assign]
    while True:
        sweep()
        serve()
        time.sleep(0.5)


def _freeze_until_gone(marker: Path) -> None:
    """Continued while FILE is there, the main thread may end its transaction: then stopped again."""
    while marker.exists():
        os.killpg(0, signal.SIGSTOP)
        time.sleep(0.05)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
