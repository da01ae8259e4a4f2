"""Flow files are made from recordings and annotations, always the same."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from robot import flows_index, types
from robot.player.folding import steps_of
from robot.player.generate import AnnotationError, generate, skeleton
from robot.player.load import load_text
from robot.player.recording import Recording, RecordingError, loads

SAVE = {
    "alternatives": [
        {"by": "role", "role": "button", "name": "Save"},
        {"by": "form", "tag": "button", "index": -1},
    ],
    "fingerprint": {"tag": "BUTTON"},
}


def _field(name: str) -> dict[str, Any]:
    return {"alternatives": [{"by": "label", "text": name}], "fingerprint": {}}


def _recording(*actions: dict[str, Any], **points: Any) -> Recording:
    return Recording("console", ["title", "username"], list(actions), points)


def _notes(**more: Any) -> dict[str, Any]:
    head = {"format": 1, "name": "set_title", "kind": "operation", "version": 1}
    return {**head, "application": "console", "summary": "Sets a title.", **more}


def _ids(*actions: dict[str, Any]) -> list[str]:
    return [step["id"] for step in steps_of(_recording(*actions))]


@pytest.mark.parametrize("name", flows_index.sources())
def test_shipped_flow_is_byte_for_byte_what_its_sources_make(name: str) -> None:
    path, text = flows_index.generated(name)
    assert path.read_text(encoding="utf-8") == text
    assert flows_index.generated(name) == (path, text)


def test_every_shipped_file_has_its_sources() -> None:
    folder = flows_index.directory()
    files = {path.stem for path in [*folder.glob("*.yaml"), *folder.glob("fragments/*.yaml")]}
    assert files == set(flows_index.sources())
    recordings = {path.stem for path in folder.glob("recordings/*.json")}
    assert recordings == files


def test_every_shipped_flow_loads_with_known_types() -> None:
    flows = flows_index.all_flows()
    assert len(flows) >= 6
    for flow in flows:
        assert set(flow.parameters.values()) <= types.TYPES.keys()
        assert flows_index.version_of(flow.name) == flow.version
        if flow.kind == "operation":
            assert flow.commit is not None, flow.name


def test_index_names_what_there_is_when_asked_for_something_else() -> None:
    with pytest.raises(KeyError, match="assign_license"):
        flows_index.load("make_coffee")
    with pytest.raises(KeyError, match="there is no flow"):
        flows_index.load("../fragments/find_person")


def test_recordings_hold_no_port_time_or_generated_id() -> None:
    for path in (flows_index.directory() / "recordings").glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert loads(text).dumps() == text
        for word in ("127.0.0.1", "http", "react-select", "pageGuid", '"class"', "acme."):
            assert word not in text, f"{path.name} holds {word}"


def test_click_filter_and_option_of_a_combobox_are_one_choose() -> None:
    box = {"box": "box1", "target": _field("License")}
    steps = steps_of(
        _recording(
            {"action": "click", "part": "input", **box},
            {"action": "fill", "part": "input", "dropped": True, **box},
            {"action": "click", "part": "option", "value": "${license}", **box},
        )
    )
    assert steps == [
        {"id": "choose_license", "choose": {"target": _field("License"), "value": "${license}"}}
    ]


def test_icon_of_a_combobox_stays_a_click() -> None:
    box = {"box": "box1", "target": _field("License")}
    assert _ids({"action": "click", "part": "around", **box}) == ["click_license"]


def test_what_leads_up_to_typing_is_left_out() -> None:
    title = {"target": _field("Job Title")}
    assert _ids(
        {"action": "click", **title},
        {"action": "press", "key": "Control+a", **title},
        {"action": "fill", "value": "${title}", **title},
        {"action": "press", "key": "Tab", **title},
        {"action": "fill", "value": "", "target": _field("Department")},
    ) == ["fill_job_title", "clear_department"]


def test_keys_that_choose_in_a_select_are_one_choose() -> None:
    role = {"target": _field("Role")}
    steps = steps_of(
        _recording(
            {"action": "click", **role},
            {"action": "press", "key": "ArrowDown", **role},
            {"action": "select", "value": "${title}", **role},
            {"action": "press", "key": "e", **role},
        )
    )
    assert [step["id"] for step in steps] == ["choose_role"]


def test_click_on_a_switchs_label_and_its_tick_are_one_check() -> None:
    words = {"alternatives": [{"by": "text", "text": "Show"}], "fingerprint": {}}
    tick = {"alternatives": [{"by": "role", "role": "switch", "name": "Show"}], "fingerprint": {}}
    steps = steps_of(
        _recording({"action": "click", "target": words}, {"action": "uncheck", "target": tick})
    )
    assert steps == [{"id": "check_show", "check": {"target": tick, "value": False}}]


def test_same_step_twice_gets_two_ids() -> None:
    login = {"action": "click", "target": _field("Login")}
    assert _ids(login, login, login) == ["click_login", "click_login_2", "click_login_3"]


def test_ids_stay_when_a_step_is_recorded_before_them() -> None:
    fill = {"action": "fill", "value": "${title}", "target": _field("Job Title")}
    before = {"action": "click", "target": _field("Show more")}
    assert _ids(before, fill)[1:] == _ids(fill)


def test_text_that_was_not_kept_must_be_annotated() -> None:
    fill = {"action": "fill", "dropped": True, "target": _field("Job Title")}
    with pytest.raises(AnnotationError, match=r"steps\.fill_job_title: the text was not kept"):
        generate(_recording(fill), _notes())
    text = generate(_recording(fill), _notes(steps={"fill_job_title": {"set": {"value": "Boss"}}}))
    assert "value: Boss" in text


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ({"steps": {"click_cancel": {}}}, r"steps\.click_cancel: was not recorded; .*click_save"),
        ({"steps": {"click_save": {"afterwards": []}}}, "use before, after, set, each or drop"),
        ({"last": [{"id": "x", "wait_for": {"target": "nowhere"}}]}, "'nowhere' is no recorded"),
        ({"last": [{"id": "x", "read": {"facts": {"a": "nowhere"}}}]}, "was not pointed at"),
        ({"replaced": [{"from": "a", "to": "b"}]}, "'a' was not recorded"),
    ],
)
def test_annotations_that_do_not_fit_are_named(notes: dict[str, Any], message: str) -> None:
    recording = _recording({"action": "click", "commit": True, "target": SAVE})
    with pytest.raises(AnnotationError, match=message):
        generate(recording, _notes(**notes))


def test_annotations_put_steps_around_and_targets_where_they_are_named() -> None:
    recording = _recording(
        {"action": "open", "application": "console", "path": "/users"},
        {"action": "click", "commit": True, "target": SAVE},
        title={"target": _field("Job Title"), "from": "value"},
    )
    notes = _notes(
        steps={
            "click_save": {
                "before": [{"id": "look", "read": {"facts": {"title": "title"}}}],
                "after": [{"id": "wait", "wait_for": {"target": "click_save", "state": "hidden"}}],
                "set": {"anchors": {"username": {"point": "title", "absent_ok": True}}},
            }
        }
    )
    steps = yaml.safe_load(generate(recording, notes))["steps"]
    assert [step["id"] for step in steps] == ["open_users", "look", "click_save", "wait"]
    assert steps[0]["open"] == {"path": "/users"}
    assert steps[1]["read"]["facts"]["title"]["from"] == "value"
    assert steps[2]["anchors"]["username"]["absent_ok"] is True
    assert steps[3]["wait_for"]["target"] == SAVE


def test_row_is_looked_for_in_the_bound_row_once_identify_stands_before() -> None:
    row = {"by": "row", "tag": "button", "index": 0, "containing": ["${username}"]}
    click = {"action": "click", "target": {"alternatives": [row], "fingerprint": {}}}
    alone = yaml.safe_load(generate(_recording(click), _notes()))["steps"][0]
    assert alone["click"]["target"]["alternatives"] == [row]
    find = {"id": "find", "use": {"fragment": "find_person"}}
    bound = yaml.safe_load(generate(_recording(click), _notes(first=[find])))["steps"][1]
    assert bound["click"]["target"]["in_row"] is True
    assert "containing" not in bound["click"]["target"]["alternatives"][0]


def test_skeleton_is_accepted_as_annotations() -> None:
    recording = _recording({"action": "open", "application": "console", "path": "/users"})
    notes = yaml.safe_load(skeleton(recording, "look_around"))
    flow = load_text(generate(recording, notes), "look_around")
    assert [step.id for step in flow.steps] == ["open_users"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "other": 1}'])
def test_file_that_is_no_recording_is_refused(text: str) -> None:
    with pytest.raises(RecordingError, match="record it again"):
        loads(text)
