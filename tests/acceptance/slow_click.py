"""A real worker whose commit click comes late: run as a process, to be killed or frozen meanwhile.

`python -m tests.acceptance.slow_click SECONDS FILE`: serves one login until ended. Before each commit
click, after its intent was stored, it writes FILE and waits SECONDS; everything else is the product.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any


def main(seconds: float, marker: Path) -> None:
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
            time.sleep(seconds)
        click(self, ref, timeout, not_later_than)

    PlaywrightDriver.click = late  # type: ignore[method-assign]
    while True:
        sweep()
        serve()
        time.sleep(0.5)


if __name__ == "__main__":
    main(float(sys.argv[1]), Path(sys.argv[2]))
