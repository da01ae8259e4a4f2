"""A small console of fakes: a list of people, an edit form with Save, and flows for both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from robot import clock
from robot.player import events as ev
from robot.player.flow import Flow
from robot.player.load import load_text
from robot.player.origins import Origins
from robot.player.play import Events, play, read_back
from tests.unit.player.fake_driver import Fake, FakeDriver, Page

ORIGINS = Origins("http://c.test")
PERSON = {"username": "acme.ann", "email": "ann@acme.example", "license": "X2"}
HEADERS = ["Name", "Username", "Email", "License", ""]


class Stopwatch:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@contextmanager
def stopped_clock() -> Iterator[Stopwatch]:
    """Virtual time for the block."""
    watch = Stopwatch()
    with clock.install(watch):
        yield watch


def text(what: str) -> str:
    return f'internal:text="{what}"s'


def role(what: str, name: str) -> str:
    return f'internal:role={what}[name="{name}"s]'


def label(what: str) -> str:
    return f'internal:label="{what}"s'


class Console:
    """The truth, and pages that show it. save: what the Save button does to the truth."""

    def __init__(self) -> None:
        self.people = [
            ["Ann Lee", "acme.ann", "ann@acme.example", "", ""],
            ["Bob Ray", "acme.bob", "bob@acme.example", "X4", ""],
        ]
        self.licenses = ["X2", "X4"]
        self.first_name = "Ann"
        self.shown_username: str | None = None
        self.shown_email: str | None = None
        self.dialog_of = 0
        self.pending = False
        self.saves = 0
        self.driver = FakeDriver(
            {"/users": self.users, "/edit/u1": self.edit, "/login": self.sign_in}
        )

    def users(self, driver: FakeDriver) -> Page:
        pencil = Fake(
            {"css=button >> nth=0"}, "pencil", in_row=True, does=lambda: driver.go("/edit/u1")
        )
        dots = Fake({"css=button >> nth=1"}, "dots", in_row=True, does=self.open_dialog)
        page = Page([pencil, dots], [(HEADERS, self.people)])
        page.elements.append(
            Fake({text("No users found")}, "No users found", shown=not self.people)
        )
        page.elements.append(Fake({text("Loading...")}, "Loading...", shown=self.pending))
        return page

    def open_dialog(self) -> None:
        """The dialog whose Continue deletes."""
        driver = self.driver
        whom = self.people[self.dialog_of]
        driver.page.elements += [
            Fake({label("Deleted username")}, whom[1]),
            Fake({label("Deleted email")}, whom[2]),
        ]
        button = {role("button", "Continue"), 'internal:text="Delete user"s >> near'}
        driver.page.elements.append(
            Fake(button | {"css=form >> css=button >> nth=-1"}, "Continue", does=self.delete)
        )

    def delete(self) -> None:
        self.saves += 1
        del self.people[0]
        self.driver.page.floating.append("User(s) deleted successfully!")

    def edit(self, driver: FakeDriver) -> Page:
        ann = self.people[0]
        self.license = Fake({label("License")}, ann[3], kind="combo", options=self.licenses)
        return Page(
            [
                Fake({label("Username")}, value=self.shown_username or ann[1]),
                Fake({label("Email")}, value=self.shown_email or ann[2]),
                Fake({label("First name")}, value=self.first_name),
                self.license,
                Fake(
                    {role("button", "Save"), "css=form >> css=button >> nth=-1"},
                    "Save",
                    does=self.save,
                ),
            ]
        )

    def save(self) -> None:
        self.saves += 1
        self.people[0][3] = self.license.text
        self.driver.go("/users")
        self.driver.page.floating.append("User settings saved successfully")

    def sign_in(self, driver: FakeDriver) -> Page:
        return Page([Fake({label("Username")}, kind="text")])


ASSIGN = """
format: 1
name: assign_license
kind: operation
version: 3
application: console
summary: Give a licence
parameters: {username: username, email: email, license: license}
changes: [license]
result: {license: "${license}"}
steps:
  - {id: list, open: {path: /users}}
  - id: who
    timeout: 2
    identify:
      columns: {username: Username, email: Email}
      loading: {alternatives: [{by: text, text: Loading...}]}
      empty: {alternatives: [{by: text, text: No users found}]}
  - {id: pencil, timeout: 2, click: {target: {in_row: true, alternatives: [{by: row, tag: button}]}}}
  - id: before
    timeout: 2
    read:
      facts:
        license: {target: {alternatives: [{by: label, text: License}]}}
        first_name: {target: {alternatives: [{by: label, text: First name}]}, from: value}
    anchors:
      username: {target: {alternatives: [{by: label, text: Username}]}, from: value}
      email: {target: {alternatives: [{by: label, text: Email}]}, from: value}
      console_user_id: {from: url, pattern: "/edit/(.+)"}
  - {id: so, done_if: {facts: {license: "${license}"}}}
  - id: pick
    timeout: 2
    choose: {target: {alternatives: [{by: label, text: License}]}, value: "${license}"}
    doubt: no_license_available
  - id: save
    timeout: 2
    click:
      target: {alternatives: [{by: role, role: button, name: Save}, {by: form, tag: button, index: -1}]}
    commit: true
read_back:
  - {id: again, open: {path: /users}}
  - id: who_again
    timeout: 2
    identify:
      columns: {username: Username, email: Email}
      empty: {alternatives: [{by: text, text: No users found}]}
  - {id: pencil_again, timeout: 2, click: {target: {in_row: true, alternatives: [{by: row, tag: button}]}}}
  - id: after
    timeout: 2
    read:
      facts:
        license: {target: {alternatives: [{by: label, text: License}]}}
        first_name: {target: {alternatives: [{by: label, text: First name}]}, from: value}
"""

DELETE = """
format: 1
name: delete_user
kind: operation
version: 1
application: console
summary: Delete somebody
parameters: {username: username, email: email}
gone: true
steps:
  - {id: list, open: {path: /users}}
  - id: who
    timeout: 2
    identify:
      columns: {username: Username, email: Email}
      empty: {alternatives: [{by: text, text: No users found}]}
  - {id: license, read: {facts: {license: {column: License}}}}
  - {id: dots, timeout: 2, click: {target: {in_row: true, alternatives: [{by: row, tag: button, index: 1}]}}}
  - id: sure
    timeout: 2
    anchors:
      row: true
      username: {target: {alternatives: [{by: label, text: Deleted username}]}}
      email: {target: {alternatives: [{by: label, text: Deleted email}]}}
    click:
      target: {alternatives: [{by: role, role: button, name: Continue}, {by: form, tag: button, index: -1}]}
    commit: true
read_back:
  - {id: again, open: {path: /users}}
  - id: by_username
    timeout: 2
    identify:
      columns: {username: Username, email: Email}
      empty: {alternatives: [{by: text, text: No users found}]}
      expect: absent
  - {id: again2, open: {path: /users}}
  - id: by_email
    timeout: 2
    identify:
      columns: {username: Username, email: Email}
      empty: {alternatives: [{by: text, text: No users found}]}
      expect: absent
"""


def flow(text: str = ASSIGN, name: str = "assign_license") -> Flow:
    return load_text(text, name)


def equal(kind: str, left: str, right: str) -> bool:
    return left.strip() == right.strip()


def playing(
    console: Console, of: Flow | None = None, person: dict[str, str] | None = None, **more: bool
) -> Events:
    return play(
        of or flow(),
        PERSON if person is None else person,
        console.driver,
        origins=ORIGINS,
        equal=equal,
        stop_before_commit=more.get("stop_before", False),
    )


def reading(console: Console, of: Flow | None = None) -> Events:
    return read_back(of or flow(), PERSON, console.driver, origins=ORIGINS, equal=equal)


def followed(events: Events, *answers: ev.Answer | None) -> tuple[list[ev.Event], str]:
    """Run a generator to its end, answering each AboutToCommit from `answers`; (events, outcome)."""
    given = list(answers)
    met: list[ev.Event] = []
    reply: ev.Answer | None = None
    try:
        while True:
            event = events.send(reply)
            met.append(event)
            reply = given.pop(0) if isinstance(event, ev.AboutToCommit) and given else None
    except StopIteration as end:
        return met, end.value


def go(seconds: float = 10.0) -> ev.Go:
    return ev.Go(clock.monotonic() + seconds)
