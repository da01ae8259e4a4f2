"""What browser tests share: signing in, finding things on the sandbox's pages, waiting."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from robot.sandbox import totp
from robot.sandbox.control import Control
from robot.sandbox.server import Sandbox

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
DEADLINE = 60.0
# Playwright's own five seconds are too few for a busy machine.
expect.set_options(timeout=DEADLINE * 1000)
SIZES = {"laptop": (1440, 900), "telephone": (390, 844)}
SAVED = "User settings saved successfully"
FAILED = "Failed saving user settings"
HEADER = "[class*=form-section-header-container]"
CODE_FORM = "body > main > div:nth-of-type(1) > div > div:nth-of-type(2) > form"


def browser_path() -> str | None:
    """The browser to start: CONSOLE_BROWSER, one of the system, or None for Playwright's own."""
    found = (shutil.which(name) for name in BROWSERS)
    return os.environ.get("CONSOLE_BROWSER") or next((one for one in found if one), None)


def wait_until(what: str, condition: Callable[[], Any]) -> Any:
    """The first truthy value of `condition`; fails with `what` after the deadline."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"not within {DEADLINE} s: {what}")


@dataclass
class Desk:
    """A browser page in front of one sandbox, and the sandbox's own account of things."""

    page: Page
    sandbox: Sandbox

    @property
    def control(self) -> Control:
        return Control(self.sandbox.control_origin)

    def code(self, index: int = 0) -> str:
        return totp.code_at(self.sandbox.logins[index]["totp_secret"], time.time())

    def to_code_page(self, path: str, index: int = 0) -> None:
        """Go to a page and through the first two steps of the sign-in."""
        self.to_password(path, index)
        self.page.locator(CODE_FORM).wait_for()

    def to_password(self, path: str, index: int = 0) -> None:
        """Go to a page and send username and password."""
        page, login = self.page, self.sandbox.logins[index]
        page.goto(self.sandbox.console_origin + path)
        page.fill("input#loginId", login["username"])
        page.click("#submitBtn")
        page.fill("input#password", login["password"])
        page.click("#submitBtn")

    def enter_code(self, code: str) -> None:
        self.page.locator(f"{CODE_FORM} > div:nth-of-type(2) input").fill(code)
        self.page.locator(f"{CODE_FORM} > div:nth-of-type(6) button").click()

    def sign_in(self, path: str = "/users", index: int = 0) -> None:
        self.to_code_page(path, index)
        self.enter_code(self.code(index))
        self.page.wait_for_url(self.sandbox.console_origin + path)

    def open(self, path: str) -> None:
        self.page.goto(self.sandbox.console_origin + path)

    def user(self, user_id: str) -> dict[str, Any]:
        """The truth about one user. Raises KeyError once deleted."""
        user: dict[str, Any] = self.sandbox.truth()["users"][user_id]
        return user

    def joiner(self, site: str = "New York") -> str:
        """Somebody without a licence at that site."""
        for user_id in self.sandbox.joiners:
            if self.user(user_id)["site"] == site:
                return user_id
        user_id = self.sandbox.joiners[0]
        self.control.edit_user(user_id, site=site)
        return user_id

    def writes(self, outcome: str | None = None) -> list[dict[str, Any]]:
        """Details of the writes so far."""
        details = [one["detail"] for one in self.sandbox.events() if one["kind"] == "write"]
        return [one for one in details if outcome in (None, one["outcome"])]

    def find(self, keyword: str) -> Locator:
        """Rows of the users list filtered by a keyword."""
        self.open(f"/users?search={keyword}")
        self.page.get_by_text(f"Results for '{keyword}'").wait_for()
        self.page.locator("table, h2").first.wait_for()
        return self.page.locator("tbody tr")

    def menu(self, user_id: str) -> None:
        """Open the three dots of one user."""
        username = self.user(user_id)["username"]
        rows = self.find(username)
        rows.filter(has=self.page.get_by_text(username, exact=True)).locator("button").nth(
            1
        ).click()

    def edit(self, user_id: str) -> None:
        """Open one user's form, voice sections included if there is a licence."""
        licensed = bool(self.user(user_id)["license"])
        self.open(f"/users/user/edit/{user_id}")
        self.section("voiceBasicSettings" if licensed else "ssoPolicies").wait_for()

    def section(self, name: str) -> Locator:
        return self.page.locator(f'div[data-id="{name}"][data-test-id="form-section"]')

    def combo(self, section: str, label: str) -> Locator:
        """The box of a drop-down: the block after the label's block."""
        named = self.section(section).get_by_text(label, exact=True)
        return named.locator("xpath=following-sibling::div[1]")

    def choose(self, section: str, label: str, text: str) -> None:
        box = self.combo(section, label)
        box.locator("input").fill(text)
        box.locator("[id*=-option-]").get_by_text(text, exact=True).click()

    def options(self, section: str, label: str) -> list[str]:
        """All choices of a drop-down, once loaded."""
        box = self.combo(section, label)
        box.locator("input").click()
        box.locator("[id*=-option-]").first.wait_for()
        texts = box.locator("[id*=-option-]").all_inner_texts()
        self.page.keyboard.press("Escape")
        return texts

    def expand(self, section: str) -> None:
        self.section(section).locator(HEADER).click()

    def show_more(self) -> None:
        """Bring out Job Title, Department and Personal Contact Number."""
        self.page.get_by_text("Show More", exact=True).click()

    def give_license(self, name: str, *, number: bool = True) -> None:
        """Choose a licence in the open form, and the first number there is."""
        self.choose("services", "License", name)
        self.expand("voiceBasicSettings")
        if number:
            self.choose("voiceBasicSettings", "Phone Number", self.first_number())

    def first_number(self) -> str:
        return self.options("voiceBasicSettings", "Phone Number")[0]

    def take_license(self) -> None:
        """X beside License, Continue."""
        self.combo("services", "License").locator("svg").first.click()
        self.page.get_by_role("button", name="Continue").click()

    def save(self) -> None:
        self.page.locator("//button[contains(text(),'Save')]").click()

    def banner(self, text: str) -> None:
        self.page.get_by_text(text, exact=True).wait_for()
