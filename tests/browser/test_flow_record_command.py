"""manage.py flow record: a person at the window, steering from the terminal."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from playwright.sync_api import Page

from robot import flows_index
from robot.management import flow_live
from robot.models import ConsoleLogin, Tenant
from robot.player.browser import ARGS, Browser, find_browser
from robot.sandbox import totp
from robot.sandbox.server import Sandbox
from tests.browser.desk import CODE_FORM
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_flows_command import _copy_of_flows as copy_of_flows
from tests.browser.test_flows_command import sandbox, tenant

__all__ = ["sandbox", "tenant"]  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)

PRACTICE = ("--param", "username=acme.robot.practice")


class Window(flow_live._Headed):
    """The window, where nobody has a display."""

    shown: Browser

    def _launch(self) -> Browser:
        assert self._playwright is not None
        Window.shown = self._playwright.chromium.launch(executable_path=find_browser(), args=ARGS)
        return Window.shown


class Terminal(io.StringIO):
    """What is said there makes the person act: they type a line, or work at the window.

    acts: one after the other, each when the program waits for the person.
    """

    def __init__(self, keyboard: int, *acts: Callable[[Page], str]) -> None:
        super().__init__()
        self._keyboard, self._acts = keyboard, list(acts)

    def write(self, said: str) -> int:
        if self._acts and any(one in said for one in ("q: end", "Now click", "Taken")):
            line = self._acts.pop(0)(Window.shown.contexts[0].pages[0])
            if line:
                os.write(self._keyboard, f"{line}\n".encode())
        return super().write(said)


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The end of the terminal that the person types into."""
    monkeypatch.setattr(flow_live, "_Headed", Window)
    reads, writes = os.pipe()
    with os.fdopen(reads) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield writes
    os.close(writes)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, Any]]:
    """The recording of a name, written into a copy of the flows."""
    copy_of_flows(tmp_path, monkeypatch)
    folder = flows_index.directory() / "recordings"
    return lambda name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def line(text: str) -> Callable[[Page], str]:
    return lambda page: text


def search_and(text: str) -> Callable[[Page], str]:
    def act(page: Page) -> str:
        field = page.get_by_label("Search", exact=True)
        field.wait_for()
        Person(page).enter(field, "acme.robot.practice")
        Person(page).key("Enter")
        page.get_by_text("Results for 'acme.robot.practice'").wait_for()
        return text

    return act


def press_on(name: str) -> Callable[[Page], str]:
    def act(page: Page) -> str:
        Person(page).press_on(page.get_by_role("button", name=name, exact=True))
        return ""

    return act


def test_points_and_the_commit_are_taken_down_and_written(
    tenant: Tenant,
    sandbox: Sandbox,
    keyboard: int,
    made: Callable[[str], dict[str, Any]],
) -> None:
    def first_cell(page: Page) -> str:
        Person(page).press_on(page.locator("tbody tr td").nth(5))
        return ""

    def edit(page: Page) -> str:
        Person(page).press_on(page.locator("tbody tr button").first)
        page.get_by_label("Username", exact=True).wait_for()
        return "c"

    said = Terminal(
        keyboard,
        search_and("p license"),
        first_cell,
        edit,
        press_on("Save"),
        line("q"),
    )
    call_command("flow", "record", "try_it", "--tenant", "acme", *PRACTICE, stdout=said)
    assert "wrote recordings/try_it.json" in said.getvalue()
    recording = made("try_it")
    assert recording["points"]["license"] == {"column": "License"}
    assert next(one for one in recording["actions"] if one["action"] == "fill")["value"] == (
        "${username}"
    )
    assert recording["actions"][-1]["commit"] is True
    assert [one for one in sandbox.events() if one["kind"] == "write"] == []
    assert ConsoleLogin.objects.get().lease_until is None


def test_signing_in_is_kept_as_the_names_of_its_secrets(
    tenant: Tenant,
    sandbox: Sandbox,
    keyboard: int,
    made: Callable[[str], dict[str, Any]],
) -> None:
    bot = sandbox.logins[0]

    def sign_in(page: Page) -> str:
        person = Person(page)
        for field, text in (("#loginId", bot["username"]), ("#password", bot["password"])):
            page.locator(field).wait_for()
            person.enter(page.locator(field), text)
            person.press_on(page.locator("#submitBtn"))
        code = page.locator(f"{CODE_FORM} > div:nth-of-type(2) input")
        code.wait_for()
        person.enter(code, totp.code_at(bot["totp_secret"], time.time()))
        return "q"

    said = Terminal(keyboard, sign_in)
    call_command("flow", "record", "sign_in", "--tenant", "acme", "--signed-out", stdout=said)
    typed = [one["secret"] for one in made("sign_in")["actions"] if one["action"] == "fill"]
    assert typed == ["username", "password", "totp"]


def refused(terminal: Terminal, *more: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as raised:
        call_command("flow", "record", "try_it", "--tenant", "acme", *more, stdout=terminal)
    return raised.value.returncode, str(raised.value)


def test_window_talks_to_no_stranger(
    tenant: Tenant, keyboard: int, made: Callable[[str], dict[str, Any]]
) -> None:
    with Site({"/users": "x"}) as stranger:

        def leave(page: Page) -> str:
            page.goto(stranger.origin + "/users")
            return "q"

        refused(Terminal(keyboard, leave), *PRACTICE)
        assert stranger.met == []


@pytest.mark.parametrize("who", ["username=acme.nora.reception", "email=x@acme.example"])
def test_another_account_than_the_practice_account_is_refused(
    tenant: Tenant, keyboard: int, who: str
) -> None:
    assert refused(Terminal(keyboard), "--param", who)[0] == 2


def test_closed_terminal_keeps_nothing(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy_of_flows(tmp_path, monkeypatch)
    monkeypatch.setattr(flow_live, "_Headed", Window)
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        code, said = refused(Terminal(0), *PRACTICE)
    assert (code, "the terminal was closed; nothing was kept" in said) == (1, True)
    assert not (tmp_path / "recordings" / "try_it.json").exists()
    assert ConsoleLogin.objects.get().lease_until is None
