"""Recordings by Playwright's codegen become recordings of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from robot.player.folding import steps_of
from robot.player.importers import from_codegen
from robot.player.recording import RecordingError, loads

DATA = Path(__file__).resolve().parents[1] / "data"
NAMED = {"kind": "role", "body": "button", "options": {"name": "Save"}}


def _line(name: str, **more: Any) -> str:
    return json.dumps({"name": name, "selector": "internal:role=button", **more})


def test_codegen_file_becomes_steps() -> None:
    text = (DATA / "codegen-api.jsonl").read_text(encoding="utf-8")
    made = from_codegen(text, parameters={"person": "user007"})
    ids = [step["id"] for step in steps_of(made)]
    assert ids[:4] == ["open_login", "fill_username", "fill_password", "click_sign_in"]
    assert ids[-3:] == ["choose_role", "check_require_mfa", "click_save"]
    assert loads(made.dumps()) == made


def test_imported_secrets_and_strange_texts_are_dropped_and_parameters_named() -> None:
    text = (DATA / "codegen-api.jsonl").read_text(encoding="utf-8")
    made = from_codegen(text, parameters={"person": "user007"})
    kept = made.dumps()
    for word in ("s3cret!", "Renamed", "127.0.0.1", "user007"):
        assert word not in kept
    steps = {step["id"]: step for step in steps_of(made)}
    assert steps["fill_search"]["fill"]["value"] == "${person}"
    assert "value" not in steps["fill_username"]["fill"]


def test_password_field_is_dropped_even_where_it_equals_a_parameter() -> None:
    where = {"kind": "label", "body": "Password", "options": {}}
    text = _line("fill", text="Engineering", locator=where)
    made = from_codegen(text, parameters={"department": "Engineering"})
    assert made.actions[0].get("dropped") is True


def test_assertions_become_points() -> None:
    where = {"kind": "label", "body": "Display name", "options": {}}
    text = "\n".join(
        [_line("click", locator=NAMED), _line("assertValue", value="x", locator=where)]
    )
    made = from_codegen(text, parameters={})
    assert made.points["point_1"]["from"] == "value"
    assert made.points["point_1"]["target"]["alternatives"] == [
        {"by": "label", "text": "Display name"}
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "line 1 is no JSON"),
        ("[]", "line 1 is no action"),
        ('{"browserName": "chromium"}', "holds no action"),
        (_line("click", locator={**NAMED, "next": {"kind": "nth"}}), "its place among others"),
        (_line("click", locator={"kind": "default", "body": "form > div"}), "is no name, label"),
        (_line("click", locator={"kind": "default", "body": "#react-select-8-input"}), "generated"),
        (_line("drop", locator=NAMED), "drop has no step"),
        (_line("navigate", url="http://other/"), "other is no application given"),
    ],
)
def test_line_that_no_flow_has_a_step_for_is_named(text: str, message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        from_codegen(text, parameters={}, origins={"console": "http://console"})


def test_the_line_of_a_long_file_is_named() -> None:
    text = (DATA / "codegen-asserts.jsonl").read_text(encoding="utf-8")
    framed = _line("click", locator={**NAMED, "next": {"kind": "nth"}})
    with pytest.raises(RecordingError, match="line 27: .* its place among others"):
        from_codegen(text + framed, parameters={})


PAGE_TEXT = "Demo ConsoleUsersLog outUsersSearchIDNameEmailRoleActive1User 001user001@"
BACKGROUND = [
    {"kind": "default", "body": "form", "options": {}},
    {"kind": "default", "body": "body", "options": {}},
    {"kind": "text", "body": PAGE_TEXT, "options": {"exact": False}},
]


@pytest.mark.parametrize("where", BACKGROUND)
@pytest.mark.parametrize("name", ["click", "press"])
def test_press_on_the_background_is_left_out_with_a_note(name: str, where: Any) -> None:
    said: list[str] = []
    text = "\n".join([_line("click", locator=NAMED), _line(name, key="Enter", locator=where)])
    made = from_codegen(text, parameters={}, say=said.append)
    assert len(made.actions) == 1
    assert said == [f"line 2: {name} on 'internal:role=button', the background: left out"]


@pytest.mark.parametrize("where", BACKGROUND[:2])
def test_value_typed_into_no_field_is_refused(where: Any) -> None:
    with pytest.raises(RecordingError, match="line 1: .* is no name, label, text or id"):
        from_codegen(_line("fill", text="x", locator=where), parameters={})


UNUSABLE = {
    "unnamed": {"kind": "role", "body": "heading", "options": {"attrs": []}},
    "one of several": {**NAMED, "next": {"kind": "nth"}},
    "generated id": {"kind": "default", "body": "#react-select-8-input"},
}


@pytest.mark.parametrize("where", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_assertion_that_finds_nothing_is_left_out_and_an_action_is_not(where: Any) -> None:
    said: list[str] = []
    save = _line("click", locator=NAMED)
    made = from_codegen(
        f"{save}\n{_line('assertText', locator=where)}", parameters={}, say=said.append
    )
    assert made.points == {}
    assert len(said) == 1
    assert said[0].startswith("line 2: 'internal:role=button' ")
    assert said[0].endswith(": left out, nothing is done there")
    with pytest.raises(RecordingError, match="line 2: "):
        from_codegen(f"{save}\n{_line('click', locator=where)}", parameters={}, say=said.append)
    assert len(said) == 1


def test_action_inside_a_frame_is_refused_and_an_assertion_there_left_out() -> None:
    inside = {
        "selector": 'iframe[name="inner"] >> internal:control=enter-frame >> internal:role=button',
        "locator": {"kind": "default", "body": "iframe", "next": {"kind": "frame", "next": NAMED}},
    }
    save = _line("click", locator=NAMED)
    with pytest.raises(RecordingError, match="line 2: .* is inside a frame, where no flow acts"):
        from_codegen(f"{save}\n{json.dumps({'name': 'click', **inside})}", parameters={})
    said: list[str] = []
    seen = json.dumps({"name": "assertVisible", **inside})
    assert len(from_codegen(f"{save}\n{seen}", parameters={}, say=said.append).actions) == 1
    assert len(said) == 1


@pytest.mark.parametrize(
    "line",
    [
        {"name": "navigate"},
        {"name": "fill", "locator": NAMED},
        {"name": "press", "locator": NAMED},
        {"name": "select", "locator": NAMED, "options": []},
        {"name": "select", "locator": NAMED},
        {"name": "click", "locator": "button"},
        {"name": "click", "locator": {"kind": "role", "options": ["name"]}},
        {"name": ["click"], "locator": NAMED},
    ],
)
def test_line_that_lacks_something_is_named(line: dict[str, Any]) -> None:
    opened = json.dumps({"name": "navigate", "url": "https://console.test/users"})
    with pytest.raises(RecordingError, match="line 2 is not as it should be"):
        from_codegen(f"{opened}\n{json.dumps(line)}", parameters={})
