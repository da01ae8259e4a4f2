"""The demo's judge sees every change that nobody asked for, whatever field it is in."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from robot.demo.scenario import VERIFIED, Wish
from robot.demo.truth import differences
from robot.sandbox.model import EXTRAS, User
from robot.sandbox.people import build

WORLD = build(7, 5, "acme", "independent")
PERSON, OTHER = WORLD.movers[0], WORLD.joiners[0]
WISH = Wish(
    "acme", "mover", PERSON, {}, {"set": {"cost_center": "Sales"}}, {"set_cost_center": VERIFIED}
)
FIELDS = [*(name for name in User.__slots__ if name != "extras"), "license", "license_status"]


def _told(after: dict[str, Any]) -> list[str]:
    wrong = differences(WORLD.truth(), after, [WISH], {(0, "set_cost_center"): VERIFIED})
    return [one.path for one in wrong]


def _as_asked() -> dict[str, Any]:
    after = copy.deepcopy(WORLD.truth())
    after["users"][PERSON]["cost_center"] = "Sales"
    return after


def test_the_asked_change_alone_is_no_difference() -> None:
    assert _told(_as_asked()) == []


@pytest.mark.parametrize("user_id", [PERSON, OTHER])
@pytest.mark.parametrize("name", FIELDS)
def test_any_other_field_of_anybody_is_a_difference(user_id: str, name: str) -> None:
    after = _as_asked()
    after["users"][user_id][name] = "something else"
    assert _told(after) == [f"users.{user_id}.{name}"]


@pytest.mark.parametrize("name", EXTRAS)
def test_a_setting_that_no_operation_touches_is_a_difference(name: str) -> None:
    after = _as_asked()
    after["users"][PERSON]["extras"][name] = "something else"
    assert _told(after) == [f"users.{PERSON}.extras.{name}"]


def test_the_truth_holds_all_that_a_user_has() -> None:
    truth = WORLD.truth()["users"][PERSON]
    assert set(User.__slots__) <= set(truth)
    assert truth["extras"] == EXTRAS


def test_a_deleted_person_is_gone_and_nothing_else() -> None:
    wish = Wish("acme", "leaver", OTHER, {}, {"delete": True}, {"delete_user": VERIFIED})
    ended = {(0, "delete_user"): VERIFIED}
    after = copy.deepcopy(WORLD.truth())
    assert differences(WORLD.truth(), after, [wish], ended) != []
    del after["users"][OTHER]
    assert differences(WORLD.truth(), after, [wish], ended) == []
