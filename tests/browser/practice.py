"""Recording practice: a person at a sandbox's practice account, with a recorder beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Locator, Page

from robot.player.record import Recorder
from robot.player.secret import Secret
from robot.sandbox.people import X2_US
from robot.sandbox.server import Sandbox
from tests.browser.desk import DEADLINE, HEADER, Desk
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

    def show_more(self) -> None:
        """Bring out the fields behind the link."""
        self.person.press_on(self.page.get_by_text("Show More", exact=True))
        self.field_of("Job Title").wait_for()

    def expand_voice(self) -> None:
        self.desk.section("voiceBasicSettings").wait_for()
        self.person.press_on(self.desk.section("voiceBasicSettings").locator(f"{HEADER} div").first)


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
def practising(
    browser: Browser,
    *,
    signed_out: bool = False,
    licensed: bool = False,
    begun: Mapping[str, Any] | None = None,
    further: Mapping[str, str] | None = None,
) -> Iterator[Session]:
    """A person at a sandbox of their own, with a recorder not yet started.

    begun: fields of the practice account's truth. further: parameters beside the usual ones.
    """
    with Sandbox(seed=SEED, people=5) as sandbox:
        context = browser.new_context(viewport=VIEWPORT)  # type: ignore[arg-type]
        try:
            context.set_default_timeout(DEADLINE * 1000)
            desk = Desk(context.new_page(), sandbox)
            bot = sandbox.logins[0]
            secrets = {
                "username": lambda: Secret(bot["username"]),
                "password": lambda: Secret(bot["password"]),
            }
            if signed_out:
                secrets["totp"] = lambda: Secret(desk.code())
            else:
                desk.sign_in()
            if licensed:
                desk.edit(sandbox.cast["practice"])
                desk.give_license(X2_US)
                desk.save()
                desk.banner("User settings saved successfully")
            if begun:
                desk.control.edit_user(sandbox.cast["practice"], **begun)
            origins = {"console": sandbox.console_origin, "billing": sandbox.billing_origin}
            given = {} if signed_out else {**_values(sandbox), **(further or {})}
            recorder = Recorder(desk.page, origins=origins, parameters=given, secrets=secrets)
            yield Session(desk, Person(desk.page), recorder, given)
        finally:
            context.close()
