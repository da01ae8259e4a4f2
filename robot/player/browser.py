"""The only module that imports Playwright: its types, its errors in our words, starting a browser."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from playwright.sync_api import (
    Browser,
    BrowserContext,
    CDPSession,
    Dialog,
    ElementHandle,
    JSHandle,
    Locator,
    Page,
    Playwright,
    Request,
    Response,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from robot.player.errors import (
    BrowserLost,
    Covered,
    Detached,
    Disagreement,
    Interrupted,
    PlayerError,
    Replaced,
    TooSlow,
)

if TYPE_CHECKING:
    from robot.player.host import BrowserHost

__all__ = [
    "Browser",
    "BrowserContext",
    "CDPSession",
    "Dialog",
    "ElementHandle",
    "Engine",
    "JSHandle",
    "Locator",
    "Page",
    "PlaywrightError",
    "Request",
    "Response",
    "called",
    "candidates",
    "find_browser",
    "shared_host",
    "stop_shared_host",
    "translated",
]

T = TypeVar("T")

#: Measured as the fastest that keeps the browser's own isolation. WebRTC would go round the proxy.
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
]
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    """Path of the Chromium to drive, or None."""
    return next(iter(candidates()), None)


def candidates() -> list[str]:
    """Paths of Chromiums: CONSOLE_BROWSER's alone where set, else Playwright's own, the system's."""
    told = os.environ.get("CONSOLE_BROWSER", "")
    own = [] if told else _playwrights_own()
    found = (shutil.which(name) for name in ([told] if told else _NAMES))
    return [*own, *(path for path in found if path)]


def _playwrights_own() -> list[str]:
    """The headless shells that `playwright install` unpacks, newest first, then whole browsers."""
    told = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    folders = [
        Path(told) if told and told != "0" else Path.home() / ".cache" / "ms-playwright",
        Path.home() / "Library" / "Caches" / "ms-playwright",
    ]
    patterns = ("chromium_headless_shell-*/*/*headless*shell", "chromium-*/*/chrome")
    return [
        str(one)
        for folder in folders
        for pattern in patterns
        for one in sorted(folder.glob(pattern), reverse=True)
        if one.is_file()
    ]


def translated(error: PlaywrightError) -> PlayerError:
    """Playwright's error as ours. Only its first line is kept: its log may hold typed text."""
    text = error.message
    first = re.sub(r"\x1b\[[0-9;]*m", "", text.splitlines()[0] if text else "no message")[:300]
    kind = type(error).__name__
    gone = ("has been closed", "Connection closed", "Event loop is closed")
    if kind == "TargetClosedError" or any(sign in text for sign in gone):
        return BrowserLost(first)
    if "strict mode violation" in text:
        return Disagreement("several elements where one was expected")
    if isinstance(error, PlaywrightTimeoutError):
        cover = re.search(r"(<[^\n]{1,120}?>)[^\n]*intercepts pointer events", text)
        if cover:
            return Covered("something lies over the element", by=cover[1])
        return TooSlow(first)
    if "ontext was destroyed" in text or "Cannot find context" in text:
        return Replaced(first)
    if "not attached" in text or "was detached" in text:
        return Detached("the element is gone")
    return Interrupted(first)


def called(call: Callable[[], T]) -> T:
    """Call Playwright; its errors come out as ours, with nothing of the original behind them."""
    problem: PlayerError
    try:
        return call()
    except PlaywrightError as error:
        problem = translated(error)
    raise problem


class Engine:
    """One Playwright driver process and one browser, both living in the thread that starts them."""

    def __init__(self) -> None:
        self.endpoint = os.environ.get("CONSOLE_BROWSER_ENDPOINT", "")
        self._manager: Any = None
        self._playwright: Playwright | None = None
        self.browser: Browser | None = None

    def start(self) -> Browser:
        """Start driver and browser, or connect to one elsewhere. Raises BrowserLost."""
        manager = self._manager = sync_playwright()
        self._playwright = called(manager.start)
        self.browser = called(self._launch)
        return self.browser

    def _launch(self) -> Browser:
        if self._playwright is None:
            raise BrowserLost("the driver is not running")
        chromium = self._playwright.chromium
        if self.endpoint.startswith(("http://", "https://")):
            return chromium.connect_over_cdp(self.endpoint)
        if self.endpoint:
            return chromium.connect(self.endpoint)
        path = find_browser()
        if path is None:
            raise BrowserLost("no browser: set CONSOLE_BROWSER to the path of a Chromium")
        # The worker's own signals must not close the browser under a running task.
        return chromium.launch(
            executable_path=path,
            args=ARGS,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )

    def driver_pid(self) -> int | None:
        """Process id of Playwright's driver; killing it frees a call that hangs. None if unknown."""
        # Playwright has no public way to tell; without it a hung driver is only abandoned.
        transport = getattr(getattr(self._manager, "_client", None), "_transport", None)
        pid: int | None = getattr(getattr(transport, "_proc", None), "pid", None)
        return pid

    def stop(self) -> None:
        """Close both; what is gone already is no problem."""
        browser, self.browser = self.browser, None
        playwright, self._playwright = self._playwright, None
        for close in (getattr(browser, "close", None), getattr(playwright, "stop", None)):
            if close is None:
                continue
            try:
                called(close)
            except PlayerError:
                continue


def shared_host() -> BrowserHost:
    """The one browser host of this process, made on first use."""
    from robot.player.host import shared

    return shared()


def stop_shared_host() -> None:
    """Close this process's browser, if there is one."""
    from robot.player.host import stop_shared

    stop_shared()
