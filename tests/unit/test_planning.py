"""A plan is exactly what is missing, in the order the console demands."""

from __future__ import annotations

import pytest

from robot.planning import Planned, Unplannable, plan

DELETE = [
    Planned("remove_license", urgent=True),
    Planned("delete_user", after=0, approved_with=0, urgent=True),
]


def test_a_licence_takes_number_and_extension_of_the_same_wish_along() -> None:
    desired = {"license": "X2", "phone_number": "+15551234567", "extension": "1042"}
    assert plan(desired, {}, desired.keys()) == [Planned("assign_license", dict(desired))]


def test_a_licence_does_not_take_along_what_was_wished_earlier() -> None:
    desired = {"license": "X4", "phone_number": "+15551234567"}
    assert plan(desired, {}, ["license"]) == [Planned("assign_license", {"license": "X4"})]


def test_a_number_for_somebody_who_has_the_licence_already_is_set_alone() -> None:
    desired = {"license": "X2", "phone_number": "+15551234567", "extension": "1042"}
    phone = {"phone_number": "+15551234567", "extension": "1042"}
    assert plan(desired, {"license": "X2"}, desired.keys()) == [Planned("set_work_phone", phone)]


def test_the_number_as_the_console_writes_it_is_the_same_number() -> None:
    desired = {"phone_number": "+15551234567"}
    assert plan(desired, {"phone_number": "+1 555-123-4567"}, ["phone_number"]) == []


@pytest.mark.parametrize(
    ("desired", "observed"),
    [
        ({"extension": "1042", "phone_number": "+15551234567"}, {}),
        ({"extension": "1042"}, {"phone_number": "+1 555-123-4567"}),
    ],
    ids=["desired", "observed"],
)
def test_an_extension_alone_stays_with_the_known_number(
    desired: dict[str, str], observed: dict[str, str]
) -> None:
    wanted = {"phone_number": "+15551234567", "extension": "1042"}
    assert plan(desired, observed, ["extension"]) == [Planned("set_work_phone", wanted)]


def test_an_extension_seen_so_needs_no_task_for_the_number_beside_it() -> None:
    desired = {"extension": "1042", "phone_number": "+15551234567"}
    assert plan(desired, {"extension": "1042"}, ["extension"]) == []


@pytest.mark.parametrize("seen", [{}, {"phone_number": ""}], ids=["never seen", "none"])
def test_an_extension_without_any_number_cannot_be_planned(seen: dict[str, str]) -> None:
    with pytest.raises(Unplannable) as refused:
        plan({"extension": "1042"}, seen, ["extension"])
    assert refused.value.field == "extension"


@pytest.mark.parametrize("seen", [{}, {"license": ""}, {"license": "X2"}])
def test_a_deletion_is_always_the_whole_pair_under_one_approval(seen: dict[str, str]) -> None:
    assert plan({"present": False, "license": "X2"}, seen, ["present", "license"]) == DELETE


@pytest.mark.parametrize(
    ("seen", "operations"),
    [({}, ["remove_license"]), ({"license": "X2"}, ["remove_license"]), ({"license": ""}, [])],
    ids=["never seen", "there", "gone"],
)
def test_a_licence_is_taken_away_unless_seen_gone(
    seen: dict[str, str], operations: list[str]
) -> None:
    assert [item.operation for item in plan({"license": None}, seen, ["license"])] == operations


def test_a_number_is_not_planned_beside_the_removal_of_its_licence() -> None:
    with pytest.raises(Unplannable) as refused:
        plan({"license": None, "phone_number": "+15551234567"}, {}, ["license", "phone_number"])
    assert refused.value.field == "phone_number"


def test_a_cost_center_can_only_be_exchanged() -> None:
    with pytest.raises(Unplannable):
        plan({"cost_center": None}, {}, ["cost_center"])
    assert plan({"cost_center": "Ops"}, {"cost_center": "Sales"}, ["cost_center"]) == [
        Planned("set_cost_center", {"cost_center": "Ops"})
    ]


def test_to_be_present_plans_nothing() -> None:
    assert plan({"present": True}, {"present": ""}, ["present"]) == []
