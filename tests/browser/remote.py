"""A browser elsewhere: a process of its own that is reached by its debugging port."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from robot.player.browser import find_browser


@contextmanager
def remote_browser(profile: Path) -> Iterator[str]:
    """Its endpoint, while it runs."""
    found = find_browser()
    assert found is not None
    command = [found, "--no-sandbox", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as remote:
        try:
            assert remote.stderr is not None
            line = next(one for one in remote.stderr if "DevTools listening on" in one)
            yield f"http://{urlsplit(line.split()[-1]).netloc}"
        finally:
            for one in psutil.Process(remote.pid).children(recursive=True):
                one.terminate()
            remote.terminate()
