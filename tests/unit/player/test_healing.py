"""Healing: a fact, or a move that proves itself; never what proves something, never a commit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from robot.player import events as ev
from tests.unit.player.fake_driver import Fake, FakeDriver, Page
from tests.unit.player.world import (
    ASSIGN,
    Console,
    flow,
    followed,
    go,
    label,
    playing,
    reading,
    role,
    stopped_clock,
)

FIELD = {
    "tag": "INPUT",
    "id": "first",
    "type": "text",
    "name": "first",
    "idxpath": "/html[1]/input[3]",
}
SAVE = {"tag": "BUTTON", "id": "s", "visible_text": "Save", "idxpath": "/html[1]/button[1]"}
YAML = "{tag: INPUT, id: first, type: text, name: first, idxpath: '/html[1]/input[3]'}"


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    with stopped_clock():
        yield


def renamed(console: Console, selector: str, fingerprint: dict[str, str]) -> None:
    """No alternative finds the element any more; its likeness is on the page."""
    build = console.driver.pages["/edit/u1"]

    def page(driver: FakeDriver) -> Page:
        built = build(driver)
        for one in built.elements:
            if selector in one.found_by:
                one.found_by = {f"xpath={fingerprint['idxpath']}"}
                one.fingerprint = fingerprint
        built.elements.append(
            Fake({"other"}, fingerprint={"tag": "H1", "idxpath": "/html[1]/h1[1]"})
        )
        return built

    console.driver.pages["/edit/u1"] = page


def with_fingerprint(what: str, fingerprint: str) -> str:
    return ASSIGN.replace(what + "]}", what + f"], fingerprint: {fingerprint}}}", 1)


def test_a_fact_is_read_from_the_likeliest_element_with_a_note() -> None:
    console = Console()
    renamed(console, label("First name"), FIELD)
    text = with_fingerprint("[{by: label, text: First name}", YAML)
    events, outcome = followed(playing(console, flow(text)), go())
    [note] = [one for one in events if isinstance(one, ev.Note)]
    about = next(one for one in events if isinstance(one, ev.AboutToCommit))
    assert (outcome, note.kind, note.step) == ("committed", "healed", "before")
    assert note.detail["element"] == {"tag": "INPUT", "id": "first", "name": "first"}
    assert about.facts.seen["first_name"] == "Ann"


def test_a_fact_read_back_is_never_read_from_a_likely_element() -> None:
    console = Console()
    renamed(console, label("First name"), FIELD)
    found_by = "[{by: label, text: First name}"
    text = ASSIGN.replace(found_by + "]}", found_by + f"], fingerprint: {YAML}}}")
    events, outcome = followed(reading(console, flow(text)))
    last = events[-1]
    assert isinstance(last, ev.Doubtful)
    assert (last.code, last.step, outcome) == ("locator_missing", "after", "doubt")


def test_a_key_that_proves_who_it_is_is_never_read_from_a_likely_element() -> None:
    console = Console()
    renamed(console, label("Email"), FIELD)
    text = with_fingerprint("email: {target: {alternatives: [{by: label, text: Email}", YAML)
    events, _ = followed(playing(console, flow(text)), go())
    last = events[-1]
    assert isinstance(last, ev.Doubtful)
    assert (last.code, console.saves) == ("locator_missing", 0)
    assert last.detail["proposal"]["idxpath"] == FIELD["idxpath"]


def test_the_commit_is_never_healed_but_its_likely_place_is_proposed() -> None:
    console = Console()
    renamed(console, role("button", "Save"), SAVE)
    text = ASSIGN.replace(
        "{by: form, tag: button, index: -1}]}",
        "{by: form, tag: button, index: -1}], fingerprint: "
        "{tag: BUTTON, id: s, visible_text: Save, idxpath: '/html[1]/button[1]'}}",
    )
    events, _ = followed(playing(console, flow(text)), go())
    last = events[-1]
    assert isinstance(last, ev.Doubtful)
    assert (last.code, console.saves) == ("locator_missing", 0)
    assert last.detail["proposal"]["element"]["visible_text"] == "Save"


TAB = """
  - id: tab
    timeout: 1
    click:
      target:
        alternatives: [{by: label, text: Nowhere}]
        fingerprint: {tag: INPUT, id: first, type: text, name: first, idxpath: '/html[1]/input[3]'}
"""
EXPECT = "  - {id: there, timeout: 1, expect: {url: /edit/}}\n"


@pytest.mark.parametrize(("expect", "outcome"), [(EXPECT, "committed"), ("", "doubt")])
def test_a_healed_move_counts_only_when_the_next_step_expects_something(
    expect: str, outcome: str
) -> None:
    console = Console()
    renamed(console, label("First name"), FIELD)
    text = with_fingerprint("[{by: label, text: First name}", YAML)
    text = text.replace("  - {id: so,", TAB.lstrip("\n") + expect + "  - {id: so,")
    events, ended = followed(playing(console, flow(text)), go())
    assert ended == outcome, events[-1]
    assert console.saves == (1 if outcome == "committed" else 0)


FACT = "  - {id: there, timeout: 1, expect: {fact: first_name, equals: Ann}}\n"
HIDDEN = """
  - id: there
    timeout: 1
    expect: {target: {alternatives: [{by: text, text: Nowhere}]}, state: hidden}
"""


@pytest.mark.parametrize("expect", [FACT, HIDDEN.lstrip("\n")])
def test_what_the_move_could_not_have_changed_proves_no_healed_move(expect: str) -> None:
    console = Console()
    renamed(console, label("First name"), FIELD)
    text = with_fingerprint("[{by: label, text: First name}", YAML)
    text = text.replace("  - {id: so,", TAB.lstrip("\n") + expect + "  - {id: so,")
    events, _ = followed(playing(console, flow(text)), go())
    last = events[-1]
    assert isinstance(last, ev.Doubtful)
    assert (last.code, console.saves) == ("locator_missing", 0)


def test_a_healed_move_right_before_the_commit_stops_it() -> None:
    console = Console()
    renamed(console, label("First name"), FIELD)
    text = with_fingerprint("[{by: label, text: First name}", YAML)
    text = text.replace("  - id: save\n", TAB.lstrip("\n") + "  - id: save\n")
    events, _ = followed(playing(console, flow(text)), go())
    last = events[-1]
    assert isinstance(last, ev.Doubtful)
    assert (last.code, last.step, console.saves) == ("locator_missing", "save", 0)


def test_an_expectation_that_fails_after_a_healed_move_stops() -> None:
    console = Console()
    renamed(console, label("First name"), FIELD)
    text = with_fingerprint("[{by: label, text: First name}", YAML)
    wrong = EXPECT.replace("/edit/", "/elsewhere/")
    text = text.replace("  - {id: so,", TAB.lstrip("\n") + wrong + "  - {id: so,")
    events, _ = followed(playing(console, flow(text)), go())
    last = events[-1]
    assert isinstance(last, ev.Doubtful)
    assert (last.code, console.saves) == ("page_drift", 0)


def test_nothing_like_it_on_the_page_is_a_missing_element() -> None:
    console = Console()
    renamed(console, label("First name"), {"tag": "H2", "idxpath": "/html[1]/h2[1]"})
    text = with_fingerprint("[{by: label, text: First name}", YAML)
    events, _ = followed(playing(console, flow(text)), go())
    last = events[-1]
    assert isinstance(last, ev.Doubtful)
    assert last.code == "locator_missing"
    assert "proposal" not in last.detail
