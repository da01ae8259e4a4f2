"""Makes the recordings of the shipped flows: a person works the sandbox's practice account.

    python -m tests.browser.make_recordings [NAME ...]

Writes robot/flows/recordings/NAME.json. `manage.py flow record` does the same with a real person
in front of a real browser; here the person is tests/browser/person.py.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Locator, sync_playwright

from robot import flows_index
from robot.player.recording import Recording
from robot.sandbox.people import X4_US
from tests.browser.desk import ARGS, CODE_FORM, browser_path
from tests.browser.practice import Session, practising

Act = Callable[[Session], None]
_DIRECTORY = "Display in Company Directory"
#: Facts of the profile that are text fields, and what the form calls them.
_LABELS = {
    "first_name": "First name",
    "last_name": "Last name",
    "email": "Email",
    "job_title": "Job Title",
    "department": "Department",
}
_SCRIPTS: dict[str, Act] = {}
#: Scripts that begin with a licence on the practice account, or before anybody has signed in.
_LICENSED = {"remove_license", "change_license", "set_work_phone", "read_person"}
_SIGNED_OUT = {"login"}
#: Scripts that begin with the practice account like this.
_BEGUN: dict[str, dict[str, Any]] = {
    "activate_user": {"status": "INACTIVE"},
    "hide_from_directory": {"display_in_directory": True},
}
#: What is typed into the profile, in scripts that do: flow parameter -> value.
_PROFILE = {
    "first_name": "Rehearsal",
    "last_name": "Understudy",
    "new_email": "understudy@acme.example",
    "job_title": "Prompter",
    "department": "Backstage",
    "language": "fr-FR",
    "time_zone": "Europe/Paris",
}
_FURTHER = {
    "set_profile": _PROFILE,
    "set_contact_number": {"contact_number": "+1 808-555-0199"},
    "change_license": {"license": X4_US},
}


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
    session.show_more()
    session.point("username", session.field_of("Username"))
    for name, label in _LABELS.items():
        session.point(name, session.field_of(label))
    session.point("contact_number", session.field_of("Personal Contact Number"))
    session.point("site", session.combo("basicInfo", "Site"))
    session.point("language", session.combo("basicInfo", "Language"))
    session.point("time_zone", session.combo("basicInfo", "Time Zone"))
    session.point("in_directory", session.page.get_by_text(_DIRECTORY, exact=True))
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
    _saved(session)


def _saved(session: Session) -> None:
    """Point at who it is saved for, and save."""
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
def change_license(session: Session) -> None:
    session.edit()
    session.expand_voice()
    session.person.choose(session.combo("services", "License"), session.given["license"])
    _form(session)


@script
def set_profile(session: Session) -> None:
    session.edit()
    session.show_more()
    for name, label in _LABELS.items():
        given = session.given["new_email" if name == "email" else name]
        session.person.enter(session.field_of(label), given)
    session.person.choose(session.combo("basicInfo", "Language"), session.given["language"])
    session.person.choose(session.combo("basicInfo", "Time Zone"), session.given["time_zone"])
    for name, label in _LABELS.items():
        session.point(name, session.field_of(label))
    session.point("language", session.combo("basicInfo", "Language"))
    session.point("time_zone", session.combo("basicInfo", "Time Zone"))
    _saved(session)


@script
def set_contact_number(session: Session) -> None:
    session.edit()
    session.show_more()
    number = session.given["contact_number"]
    session.person.enter(session.field_of("Personal Contact Number"), number)
    session.point("contact_number", session.field_of("Personal Contact Number"))
    _saved(session)


def _switched(session: Session) -> None:
    session.edit()
    session.person.press_on(session.page.get_by_text(_DIRECTORY, exact=True))
    session.point("in_directory", session.page.get_by_text(_DIRECTORY, exact=True))
    _saved(session)


@script
def show_in_directory(session: Session) -> None:
    _switched(session)


@script
def hide_from_directory(session: Session) -> None:
    _switched(session)


def _behind_dots(session: Session, entry: str) -> None:
    rows = session.search(session.given["username"])
    session.point("more", session.page.get_by_text("Next", exact=True))
    session.person.press_on(rows.first.locator("button").nth(1))
    session.person.press_on(session.page.get_by_role("button", name=entry, exact=True))
    session.page.get_by_role("button", name="Continue").wait_for()
    session.commit(session.page.get_by_role("button", name="Continue"))


@script
def activate_user(session: Session) -> None:
    _behind_dots(session, "Activate user")


@script
def deactivate_user(session: Session) -> None:
    _behind_dots(session, "Deactivate user")


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
    choice = session.page.locator("label", has_text=re.compile("^Cost center")).locator("select")
    choice.focus()
    session.person.type(session.given["cost_center"])
    session.commit(session.page.get_by_role("button", name="Save"))


def names() -> list[str]:
    """Names of all recordings, fragments included."""
    return list(_SCRIPTS)


def record(name: str, browser: Browser) -> Recording:
    """Let the person do what `name` does, and give the recording. Nothing is written anywhere.

    Raises AssertionError when the sandbox saw a write while it was recorded.
    """
    signed_out, licensed = name in _SIGNED_OUT, name in _LICENSED
    begun, further = _BEGUN.get(name), _FURTHER.get(name)
    with practising(
        browser, signed_out=signed_out, licensed=licensed, begun=begun, further=further
    ) as here:
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
