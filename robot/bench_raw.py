"""The yardstick of `manage.py bench`: assign_license as a plain Playwright script would do it.

The same navigation, clicks, typing, waits, facts read and read-back from a fresh document as the
flow `assign_license`, on one signed-in page that is used again and again. No evidence, no quorum, no
database, nothing of the product. It trusts the first element that fits, as such scripts do.

The same waits means: after each step that may load something it lets the page settle (loaded, no
request open), as the robot does. Hurried, it waits only for the element it needs next.

Reads one JSON object a line from standard input and answers each with one on standard output:
{"browser", "args", "console", "login"} signs in;
{"work": [people], "hurried": bool} gives each their licence.
"""

from __future__ import annotations

import json
import re
import sys
import time
from typing import Any

import pyotp
from playwright.sync_api import CDPSession, Locator, Page, Request, ViewportSize, sync_playwright

VIEWPORT: ViewportSize = {"width": 1440, "height": 900}
TEXTS = {
    "first_name": "First name",
    "last_name": "Last name",
    "email": "Email",
    "username": "Username",
    "job_title": "Job Title",
    "department": "Department",
    "contact_number": "Personal Contact Number",
}
EDIT = re.compile(r"/users/user/edit/([^/?]+)")


class Script:
    """One signed-in page of one console."""

    def __init__(self, page: Page, console: str) -> None:
        self.page, self.console = page, console
        self.cdp: CDPSession = page.context.new_cdp_session(page)
        self.hurried = False
        self._open: set[Request] = set()
        page.on("request", self._sent)
        page.on("requestfinished", self._over)
        page.on("requestfailed", self._over)

    def _sent(self, request: Request) -> None:
        if request.resource_type != "ping":
            self._open.add(request)

    def _over(self, request: Request) -> None:
        self._open.discard(request)

    def settle(self) -> None:
        """Wait until the document is loaded and no request is open, unless in a hurry."""
        while not self.hurried:
            loaded = self.page.evaluate("document.readyState === 'complete'")
            if loaded and not self._open:
                return
            self.page.wait_for_timeout(10)

    def sign_in(self, login: dict[str, str]) -> None:
        """Username, password, code."""
        page = self.page
        page.goto(f"{self.console}/users")
        page.get_by_label("Username").fill(login["username"])
        page.get_by_role("button", name="Login").click()
        page.get_by_label("Password").fill(login["password"])
        page.get_by_role("button", name="Login").click()
        page.get_by_role("button", name="Verify").wait_for()
        page.locator("form input").first.fill(pyotp.TOTP(login["totp_secret"]).now())
        page.get_by_role("button", name="Verify").click()
        page.get_by_label("Search").wait_for()

    def task(self, person: dict[str, str], license_name: str) -> dict[str, str]:
        """Give a person a licence and the first number; what a fresh page then shows."""
        before = self.open_editor(person)
        if before["license"]:
            raise AssertionError(f"has a licence already: {before}")
        self.pick(self.combo("services", "License"), license_name)
        self.unfold()
        self.pick(self.combo("voiceBasicSettings", "Phone Number"), None)
        self.voice()
        self.anchors(person)
        self.page.get_by_role("button", name="Save").click()
        self.page.get_by_text("User settings saved successfully").wait_for()
        self.settle()
        self.cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
        try:
            after = self.open_editor(person)
        finally:
            self.cdp.send("Network.setCacheDisabled", {"cacheDisabled": False})
        if after["license"] != license_name or not after["phone_number"]:
            raise AssertionError(f"not saved: {after}")
        return after

    def open_editor(self, person: dict[str, str]) -> dict[str, str]:
        """From a fresh users list to the person's form; every fact it shows."""
        page = self.page
        page.goto(f"{self.console}/users", wait_until="domcontentloaded")
        self.settle()
        search = page.get_by_label("Search")
        search.fill(person["username"])
        search.press("Enter")
        self.settle()
        page.wait_for_url(re.compile("search="))
        page.get_by_text("Loading...").wait_for(state="hidden")
        page.locator("tbody tr, h2").first.wait_for()
        row = page.locator("tbody tr").filter(has=page.get_by_text(person["username"], exact=True))
        cells = row.locator("td").all_inner_texts()
        if person["email"] not in cells or "Active" not in cells:
            raise AssertionError(f"another row: {cells}")
        row.locator("button").first.click()
        self.settle()
        page.wait_for_url(EDIT)
        page.get_by_label("Username").wait_for()
        facts = self.basics()
        if facts["license"]:
            self.unfold()
            self.combo("voiceBasicSettings", "Phone Number").wait_for()
        return facts | self.voice()

    def basics(self) -> dict[str, str]:
        """The facts of the first three sections."""
        self.page.get_by_text("Show More", exact=True).click()
        facts = {name: self.field(label).input_value() for name, label in TEXTS.items()}
        facts["site"] = self.chosen("basicInfo", "Site")
        facts["language"] = self.chosen("basicInfo", "Language")
        facts["time_zone"] = self.chosen("basicInfo", "Time Zone")
        shown = self.page.get_by_label("Display in Company Directory", exact=True)
        facts["in_directory"] = str(shown.is_checked())
        facts["license"] = self.chosen("services", "License")
        return facts

    def voice(self) -> dict[str, str]:
        """Number and extension, "" where the section is not there."""
        if not self.section("voiceBasicSettings").count():
            return {"phone_number": "", "extension": ""}
        return {
            "license": self.chosen("services", "License"),
            "phone_number": self.chosen("voiceBasicSettings", "Phone Number"),
            "extension": self.field("Extension number").input_value(),
        }

    def anchors(self, person: dict[str, str]) -> None:
        """Still the same person's form."""
        shown = {self.field("Username").input_value(), self.field("Email").input_value()}
        if shown != {person["username"], person["email"]} or not EDIT.search(self.page.url):
            raise AssertionError(f"another person: {shown}")

    def field(self, label: str) -> Locator:
        """The input with this label."""
        return self.page.get_by_label(label, exact=True)

    def section(self, name: str) -> Locator:
        """One section of the form."""
        return self.page.locator(f'div[data-id="{name}"][data-test-id="form-section"]')

    def combo(self, section: str, label: str) -> Locator:
        """The drop-down beside a label."""
        named = self.section(section).get_by_text(label, exact=True)
        return named.locator("xpath=following-sibling::div[1]")

    def chosen(self, section: str, label: str) -> str:
        """The choice a drop-down shows."""
        text = self.combo(section, label).inner_text().strip()
        return "" if text == "Select..." else text

    def pick(self, box: Locator, text: str | None) -> None:
        """Choose by text, or the first there is."""
        box.locator("input").focus()
        if text is None:
            box.locator("input").press("ArrowDown")
            box.locator("[id*=-option-]").first.click()
            self.settle()
            return
        box.locator("input").fill(text)
        box.locator("[id*=-option-]").get_by_text(text, exact=True).click()
        self.settle()

    def unfold(self) -> None:
        """Open the voice section, once it has come."""
        self.section("voiceBasicSettings").locator("div").nth(1).click()
        self.settle()


def serve(asked: dict[str, Any]) -> None:
    """Start the browser, sign in, then do tasks line by line until standard input ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=asked["browser"], args=asked["args"])
        context = browser.new_context(viewport=VIEWPORT, locale="en-US", timezone_id="UTC")
        script = Script(context.new_page(), asked["console"])
        script.sign_in(asked["login"])
        say({"ready": True})
        for line in sys.stdin:
            told = json.loads(line)
            script.hurried = told["hurried"]
            try:
                say({"seconds": [_timed(script, person) for person in told["work"]]})
            except Exception as error:  # noqa: BLE001 - told to the one who measures
                say({"error": f"{type(error).__name__}: {error}"})
        browser.close()


def _timed(script: Script, person: dict[str, str]) -> float:
    begin = time.perf_counter()
    script.task(person, person["license"])
    return time.perf_counter() - begin


def say(answer: dict[str, Any]) -> None:
    """One line of the answer."""
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve(json.loads(sys.stdin.readline()))
