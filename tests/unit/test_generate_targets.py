"""What of an element becomes a target: nothing unstable, personal or secret."""

from __future__ import annotations

from typing import Any

import pytest

from robot.player.enrich import Stability, Wording, source_of, target_of
from robot.player.pairing import paired, unheard
from robot.player.recording import RecordingError

URL = "http://console/users"
PARAMETERS = {"username": "acme.jo.doe", "full_name": "Jo Doe", "license": "X2", "extension": "10"}


def _element(**more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "tag": "input", "type": "text", "role": "textbox", "name": "", "label": "", "text": "",
        "words": "", "attributes": [], "section": None, "form": None, "row": None,
        "neighbours": [], "fingerprint": {"tag": "INPUT"},
    }  # fmt: skip
    return plain | more


def _attribute(name: str, value: str, here: str = "/a[1]") -> dict[str, Any]:
    return {"attribute": name, "value": value, "single": True, "here": here}


def _words(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "index": 0, "control": False, "label": False} | more


def _target(element: dict[str, Any], stability: Stability | None = None) -> dict[str, Any]:
    wording = Wording(PARAMETERS, lambda text: "hunter2" in text)
    return target_of(element, URL, stability or Stability(), wording)


def _ways(element: dict[str, Any], stability: Stability | None = None) -> list[str]:
    return [one["by"] for one in _target(element, stability)["alternatives"]]


def test_value_that_differs_in_the_second_load_is_dropped_with_its_pattern() -> None:
    stability = Stability()
    stability.first_load(URL, [("id", "react-select-8-input", "/b[1]")])
    stability.loaded_again(URL, [("id", "react-select-15-input", "/b[1]")])
    for value in ("react-select-8-input", "react-select-8-option-3", "react-select-99-input"):
        assert _ways(_element(attributes=[_attribute("id", value)]), stability) == []
    assert _ways(_element(attributes=[_attribute("id", "react-root")]), stability) == ["attribute"]


def test_value_with_a_number_counts_only_when_seen_again_at_its_place() -> None:
    stability = Stability()
    stability.loaded_again(URL, [("id", "step2", "/a[1]")])
    assert _ways(_element(attributes=[_attribute("id", "step2")]), stability) == ["attribute"]
    assert _ways(_element(attributes=[_attribute("id", "step3")]), stability) == []
    assert _ways(_element(attributes=[_attribute("id", "step2", "/z")]), stability) == []


def test_other_element_at_the_same_place_makes_nothing_unstable() -> None:
    stability = Stability()
    stability.loaded_again(URL, [("id", "loginId", "/a[1]")])
    assert _ways(_element(attributes=[_attribute("id", "password")]), stability) == ["attribute"]


def test_parameters_are_put_in_longest_first_and_as_whole_words() -> None:
    wording = Wording({"a": "acme", "b": "acme.jo"}, lambda _: False)
    assert wording.inside("acme.jo and acme, not acmes") == "${b} and ${a}, not acmes"
    assert wording.whole("acme.jo") == "${b}"
    assert wording.whole("acme.joe") is None


def test_short_values_are_not_put_into_texts() -> None:
    wording = Wording(PARAMETERS, lambda _: False)
    assert wording.inside("Rows 1-10 of X2") == "Rows 1-10 of X2"
    assert wording.whole("10") == "${extension}"


def test_what_holds_a_secret_finds_nothing_and_is_not_kept() -> None:
    element = _element(label="Code for hunter2", fingerprint={"neighbor_text": "hunter2"})
    assert _target(element) == {"alternatives": [], "fingerprint": {}}


def test_row_is_told_apart_by_keys_of_the_person() -> None:
    row = {"texts": ["Jo Doe", "acme.jo.doe", "X2"], "column": "", "index": 1, "last": -1}
    [found] = _target(_element(row=row))["alternatives"]
    assert found["containing"] == ["${username}"]


@pytest.mark.parametrize(
    "near",
    [
        _words("Jo Doe"),
        _words("Save", control=True),
        _words("Username", label=True),
        _words("1-25 of 90"),
        _words("A very long sentence that somebody will surely word anew before long"),
    ],
)
def test_words_that_change_or_say_nothing_new_are_no_neighbours(near: dict[str, Any]) -> None:
    assert _ways(_element(neighbours=[near])) == []


def test_short_heading_is_preferred_to_a_sentence() -> None:
    near = [_words("The number returns to the pool."), _words("Remove license")]
    [found] = _target(_element(neighbours=near))["alternatives"]
    assert found["text"] == "Remove license"


def test_fingerprint_leaves_out_what_is_personal() -> None:
    seen = {"tag": "INPUT", "neighbor_text": "License of Jo Doe", "visible_text": "Save"}
    assert _target(_element(fingerprint=seen))["fingerprint"] == {
        "tag": "INPUT",
        "visible_text": "Save",
    }


def test_reading_is_taken_as_the_element_shows_it() -> None:
    assert source_of(_element(), {"key": "box"}) == "chosen"
    assert source_of(_element(tag="select"), None) == "chosen"
    assert source_of(_element(role="switch"), None) == "checked"
    assert source_of(_element(), None) == "value"
    assert source_of(_element(tag="td", role=""), None) == "text"


def _click(role: str = "button") -> dict[str, Any]:
    return {"name": "click", "at": -0.5, "locator": {"kind": "role", "body": role}}


def _report(event: str = "click", role: str = "button", url: str = URL) -> dict[str, Any]:
    return {"event": event, "url": url, "element": {"role": role}}


def test_armed_click_keeps_its_place_among_the_others() -> None:
    reports = [_report(), _report("armed"), _report()]
    found = paired([_click(), _click()], reports)
    assert [action is None for action, _ in found] == [False, True, False]
    assert [report for _, report in found] == reports


def test_opened_page_stands_before_what_was_done_on_it() -> None:
    reports = [_report(url="http://console/other"), _report()]
    opened = {"name": "navigate", "at": 1.5, "url": URL}
    found = paired([_click(), opened, _click()], reports)
    assert [action["name"] for action, _ in found if action] == ["click", "navigate", "click"]
    assert found[1][0] is opened


def test_action_without_its_element_is_refused() -> None:
    with pytest.raises(RecordingError, match="without its element"):
        paired([_click("link")], [_report()])
    with pytest.raises(RecordingError, match="drop has no step"):
        paired([{"name": "drop", "at": 0, "locator": {}}], [])


def test_report_that_no_action_came_for_is_told_armed_ones_aside() -> None:
    reports = [_report(), {**_report(), "event": "armed"}, _report()]
    assert unheard([_click()], reports) == [reports[2]]
    assert unheard([_click(), _click()], reports) == []
