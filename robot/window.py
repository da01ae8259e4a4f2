"""A browser window in which a person signs in to a console by hand.

Nothing the person does is followed, pictured or stored, and they may go wherever their sign-in leads
(SSO, a challenge, another site); only the cookies are taken once the console itself is open.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from threading import Event
from typing import Any

from robot import clock
from robot.player.browser import Browser, Engine, Page, called
from robot.player.driver import Place
from robot.player.errors import Aborted, BrowserLost, PlayerError, TooSlow
from robot.player.origins import Origins, is_login
from robot.player.traffic import Traffic

#: Seconds the console must stay open before the person counts as signed in: a page that only passes
#: by on its way to the login does not.
_STEADY = 2.0
_PAUSE = 0.25
_OPEN_WITHIN = 60.0
#: The headless shell shows no window.
_NAMES = ("chromium", "chromium-browser", "google-chrome")
#: Launch options beside the path.
OPTIONS: dict[str, Any] = {"headless": False}


class NoWindow(Exception):
    """No window can be shown here; the message says what to do."""


def visible_browser() -> str:
    """Path of a Chromium that can show a window. Raises NoWindow."""
    shown = sys.platform == "darwin" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if not shown:
        raise NoWindow("no display here: run it on a desktop, or use --code")
    told = shutil.which(os.environ.get("CONSOLE_BROWSER", ""))
    if told and "headless" not in Path(told).name:
        return told
    home = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    own = [str(one) for one in sorted(home.glob("chromium-*/*/chrome"), reverse=True)]
    found = [*own, *(path for name in _NAMES if (path := shutil.which(name)))]
    if not found:
        raise NoWindow(
            "no browser that shows windows: set CONSOLE_BROWSER to the path of a Chromium"
        )
    return found[0]


class _Window(Engine):
    """An engine whose browser a person sees."""

    def _launch(self) -> Browser:
        if self._playwright is None:
            raise BrowserLost("the driver is not running")
        path = visible_browser()
        return self._playwright.chromium.launch(executable_path=path, **OPTIONS)


def sign_in_by_hand(origins: Origins, stop: Event, *, within: float) -> dict[str, Any]:
    """Open the console's login page and wait until the console is open: its cookies.

    within: seconds the person has. Raises NoWindow, TooSlow when time is over, BrowserLost when the
    window was closed, Aborted when `stop` was set.
    """
    visible_browser()
    window = _Window()
    try:
        browser = window.start()
        context = called(lambda: browser.new_context(no_viewport=True))
        page = called(context.new_page)
        traffic = Traffic([one for one in (origins.console, origins.billing) if one])
        traffic.follow(page)
        called(lambda: page.goto(origins.console + "/", timeout=_OPEN_WITHIN * 1000))
        _wait(page, traffic, origins, stop, clock.monotonic() + within)
        return dict(called(context.storage_state))
    finally:
        window.stop()


def _wait(page: Page, traffic: Traffic, origins: Origins, stop: Event, until: float) -> None:
    steady_since: float | None = None
    while True:
        now = clock.monotonic()
        if not _is_open(page, traffic, origins):
            steady_since = None
        elif steady_since is None:
            steady_since = now
        elif now - steady_since >= _STEADY:
            return
        if stop.is_set():
            raise Aborted("stopped")
        if now >= until:
            raise TooSlow("nobody signed in in time")
        try:
            called(lambda: page.wait_for_timeout(_PAUSE * 1000))
        except BrowserLost:
            raise BrowserLost("the window was closed before the console was open") from None


def _is_open(page: Page, traffic: Traffic, origins: Origins) -> bool:
    """True when the console shows a page of its own, fully loaded, that does not ask to sign in."""
    url = page.url
    if not url.startswith("http") or not origins.allows(url):
        return False
    if is_login(Place(url, 0, traffic.unauthorised)):
        return False
    try:
        loaded = called(lambda: page.evaluate("() => document.readyState === 'complete'"))
        asks = called(page.locator("input[type=password]").count)
    except BrowserLost:
        raise
    except PlayerError:
        return False  # between two pages
    return bool(loaded) and not asks
