"""Browser, sandbox and a signed-in page for the tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from robot.sandbox.server import Sandbox
from tests.browser.desk import ARGS, DEADLINE, Desk, browser_path
from tests.seeds import seed_of

# Tests of this folder that use the database need it; those of the sandbox run without Django too.
if "DJANGO_SETTINGS_MODULE" in os.environ:
    from tests.append_only import emptied_after_transactional_tests  # noqa: F401
    from tests.browser.screen import browser_screen, screen  # noqa: F401


# One a module, not one a session: while Playwright's sync API is alive in a thread Django
# refuses queries there, and modules of other folders may come in between.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser_path(), args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A running Sandbox with a seed of its own, which a failing run repeats."""
    with Sandbox(seed=seed_of(request)) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page in a context of its own."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(DEADLINE * 1000)
    yield context.new_page()
    context.close()


@pytest.fixture
def desk(page: Page, sandbox: Sandbox) -> Desk:
    """Nobody is signed in yet."""
    return Desk(page, sandbox)


@pytest.fixture
def signed_in(desk: Desk) -> Desk:
    """The first robot login, on the users list."""
    desk.sign_in()
    return desk


@pytest.fixture
def signed_in_page(signed_in: Desk) -> Page:
    """The page alone."""
    return signed_in.page
