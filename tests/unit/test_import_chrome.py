"""Recordings by Chrome's DevTools Recorder become recordings of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from robot.player.chrome_recorder import from_chrome, is_chrome
from robot.player.folding import steps_of
from robot.player.recording import RecordingError, loads

SITE = "https://console.test"
OPEN = {"type": "navigate", "url": f"{SITE}/users"}
SAVE = {
    "type": "click",
    "target": "main",
    "selectors": [
        ['aria/Save[role="button"]'],
        ["form > button:nth-of-type(2)"],
        ['xpath///*[@id="f"]/button[2]'],
        ["pierce/form > button:nth-of-type(2)"],
        ["text/Save"],
    ],
}


def exported(*steps: dict[str, Any]) -> str:
    return json.dumps({"title": "t", "timeout": 5000, "steps": steps})


def typing(selector: str, text: str, **more: Any) -> dict[str, Any]:
    selectors = [[f"aria/{selector}"], [f"#{selector.lower().replace(' ', '-')}"]]
    return {"type": "change", "target": "main", "value": text, "selectors": selectors, **more}


def test_export_becomes_steps_with_every_way_that_lasts() -> None:
    text = exported(
        {"type": "setViewport", "width": 1, "height": 1},
        OPEN,
        typing("Search", "ann"),
        {"type": "keyDown", "target": "main", "key": "Enter"},
        {"type": "keyUp", "target": "main", "key": "Enter"},
        SAVE,
    )
    made = from_chrome(text, parameters={"username": "ann"})
    steps = steps_of(made)
    assert [step["id"] for step in steps] == [
        "open_users",
        "fill_search",
        "press_enter",
        "click_save",
    ]
    assert steps[1]["fill"]["value"] == "${username}"
    assert steps[1]["fill"]["target"]["alternatives"] == [
        {"by": "label", "text": "Search"},
        {"by": "attribute", "attribute": "id", "value": "search"},
    ]
    assert steps[2]["press"]["target"] == steps[1]["fill"]["target"]
    assert steps[3]["click"]["target"]["alternatives"] == [
        {"by": "role", "role": "button", "name": "Save"},
        {"by": "text", "text": "Save"},
    ]
    assert loads(made.dumps()) == made


def test_nothing_typed_is_kept_but_parameters_and_nothing_on_login_pages() -> None:
    login = {"type": "navigate", "url": f"{SITE}/login"}
    gone = {**SAVE, "assertedEvents": [{"type": "navigation", "url": f"{SITE}/users"}]}
    text = exported(
        login,
        typing("Username", "ann"),
        typing("Password", "hunter two"),
        gone,
        typing("Search", "ann"),
        typing("Job Title", "Chief of Secrets"),
        typing("Passcode", "ann"),
    )
    made = from_chrome(text, parameters={"username": "ann"})
    fills = [one for one in made.actions if one["action"] == "fill"]
    assert [one.get("value", "dropped") for one in fills] == [
        "dropped",
        "dropped",
        "${username}",
        "dropped",
        "dropped",
    ]
    assert "hunter" not in made.dumps()
    assert "Chief" not in made.dumps()


def test_name_without_a_role_is_taken_for_the_words_when_nothing_else_lasts() -> None:
    edit = {"type": "click", "selectors": [["aria/Edit ann"], ["tbody a"]]}
    made = from_chrome(exported(OPEN, edit), parameters={"username": "ann"})
    assert made.actions[-1]["target"]["alternatives"] == [
        {"by": "text", "text": "Edit ${username}"}
    ]


def test_keys_held_down_make_a_chord() -> None:
    keys = [
        {"type": kind, "target": "main", "key": key}
        for kind, key in [("keyDown", "Control"), ("keyDown", "End"), ("keyUp", "Control")]
    ]
    made = from_chrome(exported(OPEN, SAVE, *keys), parameters={})
    assert made.actions[-1]["key"] == "Control+End"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"type": "doubleClick", "target": "main"}, "step 2: doubleClick has no step"),
        ({**SAVE, "button": "secondary"}, "step 2: click has no step"),
        ({**SAVE, "target": "https://other.test/frame"}, "step 2: what is in a frame"),
        ({**SAVE, "frame": [0]}, "step 2: what is in a frame"),
        ({**SAVE, "selectors": [["#row-17"], ["tbody a"]]}, "step 2: .* is no name, label, text"),
        ({**SAVE, "selectors": [["#host", "#inside"]]}, "step 2: .* is no name, label, text"),
        ({"type": "change", "selectors": [["#a"]]}, "step 2 is not as it should be"),
        ({**SAVE, "selectors": []}, "step 2 is not as it should be"),
        ({"type": "click"}, "step 2 is not as it should be"),
        ({}, "step 2 is not as it should be"),
        ({"type": "keyDown", "key": "Enter"}, "step 2: the key 'Enter' goes to no element"),
        (
            {"type": "navigate", "url": "https://other.test/"},
            "step 2: other.test is no application",
        ),
    ],
)
def test_what_no_flow_can_do_is_refused_by_the_number_of_its_step(
    step: dict[str, Any], said: str
) -> None:
    with pytest.raises(RecordingError, match=said):
        from_chrome(exported(OPEN, step), parameters={})


def test_only_an_export_is_taken_for_one() -> None:
    assert is_chrome(exported(OPEN))
    assert not is_chrome('{"name": "click"}')
    assert not is_chrome('{"name": "click"}\n{"name": "click"}')
    with pytest.raises(RecordingError, match="the file holds no action"):
        from_chrome(exported(), parameters={})
