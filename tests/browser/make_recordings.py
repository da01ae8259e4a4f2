"""Makes the recordings of the shipped flows: a person works the sandbox's practice account.

    python -m tests.browser.make_recordings [NAME ...]

Writes robot/flows/recordings/NAME.json. `manage.py flow record` does the same with a real person
in front of a real browser; here the person is tests/browser/person.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from robot import flows_index
from robot.player.record import Recorder
from robot.player.recording import Recording
from robot.player.secret import Secret
from robot.sandbox.people import X2_US
from robot.sandbox.server import Sandbox
from tests.browser.desk import ARGS, CODE_FORM, DEADLINE, HEADER, Desk, browser_path
from tests.browser.person import Person

SEED = 7
VIEWPORT = {"width": 1440, "height": 900}
#: The extension typed on the practice account; any that is free does.
EXTENSION = "1987"


@dataclass
class Session:
    """A person at a desk with a recorder beside it."""

    desk: Desk
    person: Person
    recorder: Recorder
    given: dict[str, str] = field(default_factory=dict)

    @property
    def page(self) -> Page:
        return self.desk.page

    def point(self, name: str, element: Locator) -> None:
        """Show the recorder where a fact stands."""
        self.recorder.point(name)
        self.person.press_on(element)
        self.recorder.wait_taken()

    def commit(self, element: Locator) -> None:
        """Press the button that would write, armed: nothing is delivered."""
        self.recorder.arm_commit()
        self.person.press_on(element)
        self.recorder.wait_taken()

    def combo(self, section: str, label: str) -> Locator:
        return self.desk.combo(section, label)

    def field_of(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def search(self, keyword: str) -> Locator:
        """Search the users list; the rows found."""
        self.desk.open("/users")
        self.person.enter(self.field_of("Search"), keyword)
        self.person.key("Enter")
        self.page.get_by_text(f"Results for '{keyword}'").wait_for()
        rows = self.page.locator("tbody tr")
        rows.first.wait_for()
        return rows

    def edit(self) -> None:
        """From the row found to the edit form."""
        rows = self.search(self.given["username"])
        self.person.press_on(rows.first.locator("button").first)
        self.field_of("Username").wait_for()
        self.combo("services", "License").wait_for()

    def expand_voice(self) -> None:
        self.desk.section("voiceBasicSettings").wait_for()
        self.person.press_on(self.desk.section("voiceBasicSettings").locator(f"{HEADER} div").first)


Act = Callable[[Session], None]
_SCRIPTS: dict[str, Act] = {}
#: Scripts that begin with a licence on the practice account, or before anybody has signed in.
_LICENSED = {"remove_license", "set_work_phone", "read_person"}
_SIGNED_OUT = {"login"}


def script(act: Act) -> Act:
    """What the person does; named as the flow."""
    _SCRIPTS[act.__name__] = act
    return act


@script
def login(session: Session) -> None:
    page, person, desk = session.page, session.person, session.desk
    page.goto(desk.sandbox.console_origin + "/users")
    person.enter(page.locator("#loginId"), desk.sandbox.logins[0]["username"])
    person.press_on(page.locator("#submitBtn"))
    page.locator("#password").wait_for()
    person.enter(page.locator("#password"), desk.sandbox.logins[0]["password"])
    person.press_on(page.locator("#submitBtn"))
    code = page.locator(f"{CODE_FORM} > div:nth-of-type(2) input")
    code.wait_for()
    person.enter(code, desk.code())
    person.press_on(page.locator(f"{CODE_FORM} > div:nth-of-type(6) button"))
    page.wait_for_url(desk.sandbox.console_origin + "/users")
    session.field_of("Search").wait_for()
    session.point("search", session.field_of("Search"))


@script
def find_person(session: Session) -> None:
    session.search(session.given["username"])
    session.point("more", session.page.get_by_text("Next", exact=True))


@script
def open_editor(session: Session) -> None:
    rows = session.search(session.given["username"])
    session.point("status", rows.first.locator("td").nth(8))
    session.person.press_on(rows.first.locator("button").first)
    session.field_of("Username").wait_for()
    session.point("username", session.field_of("Username"))
    session.point("email", session.field_of("Email"))


@script
def read_person(session: Session) -> None:
    session.edit()
    labels = {
        "first_name": "First name",
        "last_name": "Last name",
        "email": "Email",
        "username": "Username",
        "job_title": "Job Title",
        "department": "Department",
    }
    for name, label in labels.items():
        session.point(name, session.field_of(label))
    session.point("site", session.combo("basicInfo", "Site"))
    session.point("license", session.combo("services", "License"))
    session.expand_voice()
    session.point("phone_number", session.combo("voiceBasicSettings", "Phone Number"))
    session.point("extension", session.field_of("Extension number"))


def _form(session: Session) -> None:
    """Point at what is saved, then at who it is saved for."""
    session.point("license", session.combo("services", "License"))
    if session.desk.section("voiceBasicSettings").count():
        session.point("phone_number", session.combo("voiceBasicSettings", "Phone Number"))
        session.point("extension", session.field_of("Extension number"))
    session.point("username", session.field_of("Username"))
    session.point("email", session.field_of("Email"))
    session.commit(session.page.get_by_role("button", name="Save"))


@script
def assign_license(session: Session) -> None:
    session.edit()
    session.person.choose(session.combo("services", "License"), session.given["license"])
    session.expand_voice()
    number = session.given["phone_number"]
    session.person.choose(session.combo("voiceBasicSettings", "Phone Number"), number)
    session.person.enter(session.field_of("Extension number"), session.given["extension"])
    _form(session)


@script
def remove_license(session: Session) -> None:
    session.edit()
    session.expand_voice()
    session.point("phone_number", session.combo("voiceBasicSettings", "Phone Number"))
    session.point("extension", session.field_of("Extension number"))
    session.person.press_on(session.combo("services", "License").locator("svg").first)
    session.person.press_on(session.page.get_by_role("button", name="Continue"))
    session.desk.section("voiceBasicSettings").wait_for(state="detached")
    _form(session)


@script
def set_work_phone(session: Session) -> None:
    session.edit()
    session.expand_voice()
    number = session.given["phone_number"]
    session.person.choose(session.combo("voiceBasicSettings", "Phone Number"), number)
    session.person.enter(session.field_of("Extension number"), session.given["extension"])
    _form(session)


@script
def delete_user(session: Session) -> None:
    rows = session.search(session.given["username"])
    session.point("license", rows.first.locator("td").nth(5))
    session.point("more", session.page.get_by_text("Next", exact=True))
    session.person.press_on(rows.first.locator("button").nth(1))
    session.person.press_on(session.page.get_by_role("button", name="Delete", exact=True))
    session.page.get_by_role("button", name="Continue").wait_for()
    session.commit(session.page.get_by_role("button", name="Continue"))


def _assignment(session: Session) -> Locator:
    page, person = session.page, session.person
    page.goto(session.desk.sandbox.billing_origin + "/billing/cost-centers")
    person.press_on(page.get_by_role("button", name="Cost Center Assignment"))
    page.locator("tbody tr").first.wait_for()
    person.enter(session.field_of("Search"), session.given["username"])
    person.press_on(page.get_by_role("button", name="Search"))
    page.locator("tbody tr").nth(1).wait_for(state="detached")
    return page.locator("tbody tr")


@script
def find_assignment(session: Session) -> None:
    rows = _assignment(session)
    session.point("cost_center", rows.first.locator("td").nth(3))
    session.point("more", session.page.get_by_role("button", name="Next"))


@script
def set_cost_center(session: Session) -> None:
    rows = _assignment(session)
    session.person.press_on(rows.first.locator("button").first)
    choice = session.page.locator("label", has_text="Cost center").locator("select")
    choice.focus()
    session.person.type(session.given["cost_center"])
    session.commit(session.page.get_by_role("button", name="Save"))


def names() -> list[str]:
    """Names of all recordings, fragments included."""
    return list(_SCRIPTS)


def _values(sandbox: Sandbox) -> dict[str, str]:
    """What the practice account's parameters are in this sandbox."""
    truth = sandbox.truth()
    user = truth["users"][sandbox.cast["practice"]]
    free = [n["number"] for n in truth["numbers"] if n["status"] == "Available"]
    return {
        "username": user["username"],
        "email": user["email"],
        "full_name": f"{user['first_name']} {user['last_name']}",
        "site": user["site"],
        "console_user_id": user["id"],
        "license": X2_US,
        "phone_number": next(n for n in free if n.startswith("+1 ")),
        "extension": EXTENSION,
        "cost_center": truth["cost_centers"][1]["name"],
    }


@contextmanager
def session(
    browser: Browser, *, signed_out: bool = False, licensed: bool = False
) -> Iterator[Session]:
    """A person at a sandbox of their own, with a recorder not yet started."""
    with Sandbox(seed=SEED, people=5) as sandbox:
        context = browser.new_context(viewport=VIEWPORT)  # type: ignore[arg-type]
        try:
            context.set_default_timeout(DEADLINE * 1000)
            desk = Desk(context.new_page(), sandbox)
            bot = sandbox.logins[0]
            secrets = {"username": Secret(bot["username"]), "password": Secret(bot["password"])}
            if signed_out:
                secrets["totp"] = Secret(desk.code())
            else:
                desk.sign_in()
            if licensed:
                desk.edit(sandbox.cast["practice"])
                desk.give_license(X2_US)
                desk.save()
                desk.banner("User settings saved successfully")
            origins = {"console": sandbox.console_origin, "billing": sandbox.billing_origin}
            given = {} if signed_out else _values(sandbox)
            recorder = Recorder(desk.page, origins=origins, parameters=given, secrets=secrets)
            yield Session(desk, Person(desk.page), recorder, given)
        finally:
            context.close()


def record(name: str, browser: Browser) -> Recording:
    """Let the person do what `name` does, and give the recording. Nothing is written anywhere.

    Raises AssertionError when the sandbox saw a write while it was recorded.
    """
    signed_out, licensed = name in _SIGNED_OUT, name in _LICENSED
    with session(browser, signed_out=signed_out, licensed=licensed) as here:
        seen = len(here.desk.writes())
        here.recorder.start()
        _SCRIPTS[name](here)
        recording = here.recorder.stop()
        assert len(here.desk.writes()) == seen, "the commit reached the console"
        return recording


def main(wanted: list[str]) -> int:
    """Make the recordings named, or all."""
    folder = flows_index.directory() / "recordings"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=ARGS)
        for name in wanted or names():
            made = record(name, browser)
            (folder / f"{name}.json").write_text(made.dumps(), encoding="utf-8")
            print(name)  # noqa: T201 - a script for people
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
