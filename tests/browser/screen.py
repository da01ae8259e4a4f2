"""A browser for pages that our own server serves, in a thread of its own.

While Playwright's sync API is alive in a thread Django refuses queries there; the tests keep theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.desk import ARGS, DEADLINE, SIZES, browser_path

T = TypeVar("T")


class Screen:
    """Runs what a test wants of a page in the browser's thread and gives back the result."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="screen")
        self._playwright: Playwright
        self._browser: Browser
        self._context: BrowserContext | None = None
        self._page: Page
        self._thread.submit(self._start).result()

    def _start(self) -> None:
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=browser_path(), args=ARGS)

    def run(self, act: Callable[[Page], T]) -> T:
        """What `act` gives when called with the page."""
        return self._thread.submit(lambda: act(self._page)).result()

    def sign_in(self, who: User, server: str, size: str, scheme: Any = "light") -> None:
        """A fresh context of that size in which this user is signed in to the server."""
        client = Client()
        client.force_login(who)
        cookies = [
            {"name": name, "value": morsel.value, "url": server}
            for name, morsel in client.cookies.items()
        ]
        self._thread.submit(self._open, cookies, size, scheme).result()

    def _open(self, cookies: Any, size: str, scheme: Any) -> None:
        self._leave()
        width, height = SIZES[size]
        self._context = self._browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        self._context.set_default_timeout(DEADLINE * 1000)
        self._context.add_cookies(cookies)
        self._page = self._context.new_page()

    def _leave(self) -> None:
        if self._context is not None:
            self._context.close()
            self._context = None

    def leave(self) -> None:
        """Close the page, so that nothing asks the server any more."""
        self._thread.submit(self._leave).result()

    def close(self) -> None:
        """End the browser and its thread."""
        try:
            self._thread.submit(self._stop).result()
        finally:
            self._thread.shutdown()

    def _stop(self) -> None:
        self._leave()
        self._browser.close()
        self._playwright.stop()


@pytest.fixture(scope="module")
def browser_screen() -> Iterator[Screen]:
    """One browser for all tests of a module."""
    screen = Screen()
    yield screen
    screen.close()


@pytest.fixture
def screen(browser_screen: Screen, settings: Any, tmp_path: Path) -> Iterator[Screen]:
    """A screen for pages of the live server; its evidence lies in a folder of the test's own."""
    settings.EVIDENCE_STORE = f"file://{tmp_path}"
    settings.ALLOWED_HOSTS = ["*"]
    yield browser_screen
    browser_screen.leave()
