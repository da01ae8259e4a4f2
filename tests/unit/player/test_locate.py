"""Relocation: sure only when it can be, and right when it is sure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from robot.player.likeness import compare
from robot.player.locate import WEIGHTS, Relocation, relocate

# Elements of public sites recorded years apart, with the most alike of the later page's others:
# a small part of the data published with Similo (arXiv 2208.00677), long texts cut.
SITES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "relocation.jsonl")
    .read_text("utf-8")
    .splitlines()
]
SAVE = {
    "tag": "BUTTON",
    "id": "save",
    "visible_text": "Save",
    "type": "submit",
    "is_button": "yes",
    "neighbor_text": "Cancel Save",
    "xpath": "/html/body/form/button[2]",
    "idxpath": "/html[1]/body[1]/form[1]/button[2]",
    "x": "900",
    "y": "600",
    "width": "80",
    "height": "36",
}
CANCEL = SAVE | {
    "id": "cancel",
    "visible_text": "Cancel",
    "xpath": "/html/body/form/button[1]",
    "idxpath": "/html[1]/body[1]/form[1]/button[1]",
    "x": "800",
}
TITLE = {"tag": "H1", "visible_text": "Edit user", "xpath": "/html/body/h1", "x": "10", "y": "10"}


def moved(element: dict[str, str], **changes: str) -> dict[str, str]:
    return (
        element | {"xpath": "/html/body/main/form/div/button", "idxpath": "", "y": "720"} | changes
    )


def test_an_element_that_only_moved_is_found_again() -> None:
    found = relocate(SAVE, [TITLE, moved(CANCEL), moved(SAVE)])
    assert found.index == 2
    assert 0 < found.margin < found.score <= 1


def test_a_renamed_id_does_not_hide_an_element_that_says_the_same() -> None:
    assert relocate(SAVE, [CANCEL, SAVE | {"id": "btn-7"}, TITLE]).index == 1


def test_an_element_that_says_something_else_is_never_taken() -> None:
    assert relocate(SAVE, [CANCEL, TITLE]).index is None
    assert relocate(SAVE, [moved(SAVE, id="", visible_text="Delete")]).index is None


@pytest.mark.parametrize(
    ("tag", "said", "index"),
    [
        ("BUTTON", "Delete user", None),
        ("A", "Delete user", None),
        ("BUTTON", "Save no changes", None),
        ("INPUT", "Delete user", 0),
    ],
)
def test_a_button_or_link_of_the_same_id_that_says_something_else_is_never_taken(
    tag: str, said: str, index: int | None
) -> None:
    recorded = {"tag": tag, "id": "go", "visible_text": "Save changes"}
    assert relocate(recorded, [{**recorded, "visible_text": said}]).index == index


def test_a_key_without_a_value_is_as_if_it_were_not_there() -> None:
    empty: dict[str, Any] = dict.fromkeys(("name", "href", "aria_label", "x", "width", "xpath"))
    assert relocate({**empty, **SAVE}, [TITLE, {**empty, **SAVE}]) == relocate(SAVE, [TITLE, SAVE])


def test_two_that_are_alike_cannot_be_told_apart() -> None:
    assert relocate(SAVE, [moved(SAVE), moved(SAVE)]).index is None


def test_another_element_in_the_old_place_makes_it_unsure() -> None:
    here = moved(SAVE)
    assert relocate(SAVE, [here, TITLE]).index == 0
    assert relocate(SAVE, [here, SAVE | {"id": "go", "visible_text": "Apply"}]).index is None


def test_its_wrapper_or_its_inside_is_not_taken_for_it() -> None:
    assert relocate(SAVE, [SAVE | {"tag": "SPAN", "id": ""}, TITLE]).index is None


def test_without_candidates_nothing_is_found() -> None:
    assert relocate(SAVE, []) == Relocation(None, 0.0, 0.0)


def test_when_it_is_sure_on_real_sites_it_is_right() -> None:
    answers = [(relocate(one["recorded"], one["candidates"]).index, one["right"]) for one in SITES]
    sure = [(index, right) for index, right in answers if index is not None]
    wrong = [pair for pair in sure if pair[0] != pair[1]]
    assert len(wrong) <= len(sure) * 0.05
    assert len(sure) - len(wrong) >= len(SITES) * 0.65


def test_when_the_right_one_is_gone_it_is_seldom_sure_of_another() -> None:
    def rest(one: dict[str, Any]) -> list[dict[str, str]]:
        return [c for i, c in enumerate(one["candidates"]) if i != one["right"]]

    sure = [one for one in SITES if relocate(one["recorded"], rest(one)).index is not None]
    assert len(sure) <= len(SITES) * 0.1


keys = [
    "tag",
    "id",
    "name",
    "class",
    "visible_text",
    "xpath",
    "idxpath",
    "x",
    "y",
    "width",
    "height",
    "href",
]
elements = some.dictionaries(some.sampled_from(keys), some.text(max_size=12))


@given(elements, some.lists(elements, max_size=5))
def test_whatever_the_page_holds_there_is_an_answer(
    recorded: dict[str, str], candidates: list[dict[str, str]]
) -> None:
    found = relocate(recorded, candidates)
    assert found.index is None or 0 <= found.index < len(candidates)
    assert 0 <= found.score <= 1
    assert 0 <= found.margin <= 1


@given(elements, elements)
def test_every_comparison_has_a_weight_and_lies_between_unlike_and_alike(
    one: dict[str, str], other: dict[str, str]
) -> None:
    compared = compare(one, other)
    assert compared.keys() == WEIGHTS.keys()
    assert all(-1 <= value <= 1 for value in compared.values())
    assert all(value >= 0 for value in compare(one, one).values())


@pytest.mark.parametrize("path", ["//*[@id='x']/div[1]/a[1]", 'id("x")/div[1]/a[1]'])
def test_a_path_from_an_id_is_read_in_both_its_spellings(path: str) -> None:
    other = {"idxpath": "//*[@id='x']/div[1]/a[1]"}
    assert compare({"idxpath": path}, other)["root"] == 1
    assert compare({"idxpath": path}, other)["id_tail"] == 1
