"""Every shipped operation on the sandbox, judged by the sandbox's truth and its event log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from robot import flows_index
from robot.demo import scenario
from robot.demo.truth import differences
from robot.player import events as ev
from robot.sandbox.people import X2_GB, X2_US
from tests.browser.desk import Desk
from tests.browser.robot_hand import RobotHand, keys, notes, quiet_robot
from tests.browser.wishes import WISHES, User, Wish, free_number

OPERATIONS = sorted(WISHES)


@pytest.fixture
def robot(desk: Desk) -> RobotHand:
    """A robot that has signed in by the login flow."""
    hand = RobotHand(desk)
    came = hand.sign_in()
    assert came.outcome == "signed_in", came.told()
    return hand


@pytest.fixture(scope="module")
def quiet(browser: Browser) -> Iterator[RobotHand]:
    """One robot for all tests that must write nothing."""
    with quiet_robot(browser) as hand:
        yield hand


def _users(desk: Desk) -> dict[str, User]:
    users: dict[str, User] = desk.sandbox.truth()["users"]
    return users


def _amiss(desk: Desk, before: dict[str, Any], wish: Wish, operation: str) -> list[str]:
    """Every field of the whole truth that is not as it was before but for this wish."""
    done = scenario.VERIFIED
    asked = scenario.Wish("acme", "", wish.user_id, {}, {"set": wish.parameters}, {operation: done})
    wrong = differences(before, desk.sandbox.truth(), [asked], {(0, operation): done})
    return [str(one) for one in wrong]


def test_every_operation_is_tried_here() -> None:
    shipped = {flow.name for flow in flows_index.all_flows() if flow.kind == "operation"}
    assert shipped == set(WISHES)


@pytest.mark.matrix(keep=2)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation_makes_it_so_with_one_write_and_changes_nothing_else(
    robot: RobotHand, desk: Desk, operation: str
) -> None:
    wish = WISHES[operation](desk.sandbox)
    before = desk.sandbox.truth()
    done = robot.play(operation, wish.parameters)
    assert done.outcome == "committed", done.told()
    verdict = robot.prove(operation, wish.parameters, done)
    assert verdict.holds, verdict
    assert wish.holds(_users(desk).get(wish.user_id))
    assert [(one["user_id"], one["outcome"]) for one in desk.writes()] == [
        (wish.user_id, "applied")
    ]
    assert _amiss(desk, before, wish, operation) == []
    assert notes(done.events) == [], "the flow no longer fits the page in every class"


def test_a_setting_changed_beside_the_wish_is_noticed(robot: RobotHand, desk: Desk) -> None:
    wish = WISHES["set_cost_center"](desk.sandbox)
    before = desk.sandbox.truth()
    assert robot.play("set_cost_center", wish.parameters).outcome == "committed"
    assert _amiss(desk, before, wish, "set_cost_center") == []
    desk.control.edit_user(wish.user_id, sms=True)
    (line,) = _amiss(desk, before, wish, "set_cost_center")
    assert line == f"users.{wish.user_id}.extras.sms: False expected, True seen"


@pytest.mark.matrix(keep=2)
@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one != "delete_user"])
def test_operation_ends_without_a_write_when_it_is_already_so(
    robot: RobotHand, desk: Desk, operation: str
) -> None:
    wish = WISHES[operation](desk.sandbox)
    assert robot.play(operation, wish.parameters).outcome == "committed"
    writes = desk.writes()
    again = robot.play(operation, wish.parameters)
    assert again.outcome == "already_so", again.told()
    assert desk.writes() == writes


@pytest.mark.matrix(keep=2)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_person_who_is_not_there_is_a_question(quiet: RobotHand, operation: str) -> None:
    desk = quiet.desk
    wish = WISHES[operation](desk.sandbox)
    nobody = {"username": "acme.nobody.here", "email": "nobody.here@acme.example"}
    rest = {k: v for k, v in wish.parameters.items() if k not in keys(_users(desk)[wish.user_id])}
    done = quiet.play(operation, {**rest, **nobody})
    assert done.doubt == "not_found", done.told()
    assert desk.writes() == []


@pytest.mark.matrix(keep=2)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_look_alike_twins_are_a_question_with_both_as_candidates(
    quiet: RobotHand, operation: str
) -> None:
    desk = quiet.desk
    wish = WISHES[operation](desk.sandbox)
    twin = _users(desk)[desk.sandbox.cast["twin_a"]]
    rest = {k: v for k, v in wish.parameters.items() if k not in keys(_users(desk)[wish.user_id])}
    done = quiet.play(operation, {**rest, **keys(twin, "email", "full_name", "site")})
    assert done.doubt == "ambiguous_match", done.told()
    shown = {one["username"] for one in done.one(ev.Doubtful).detail["candidates"]}
    assert shown == {"acme.maria.lopez", "acme.maria.lopez2"}
    assert desk.writes() == []


@pytest.mark.matrix(keep=2)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_key_of_somebody_else_is_a_question(quiet: RobotHand, operation: str) -> None:
    desk = quiet.desk
    wish = WISHES[operation](desk.sandbox)
    other = _users(desk)[desk.sandbox.cast["accent"]]
    done = quiet.play(operation, {**wish.parameters, "email": other["email"]})
    assert done.doubt == "identity_mismatch", done.told()
    assert desk.writes() == []


@pytest.mark.matrix(keep=2)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_refusal_by_the_console_is_shown_and_leaves_everything_as_it_was(
    robot: RobotHand, desk: Desk, operation: str
) -> None:
    wish = WISHES[operation](desk.sandbox)
    before = _users(desk)
    desk.control.fault("generic_failure", user_id=wish.user_id)
    done = robot.play(operation, wish.parameters)
    assert done.outcome == "committed", done.told()
    assert "Failed saving user settings" in done.one(ev.Committed).banner
    verdict = robot.prove(operation, wish.parameters, done)
    assert not verdict.holds
    assert verdict.untouched
    assert [one["outcome"] for one in desk.writes()] == ["refused"]
    assert _users(desk) == before


@pytest.mark.matrix(keep=2)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_nothing_is_written_after_stop(quiet: RobotHand, operation: str) -> None:
    desk = quiet.desk
    wish = WISHES[operation](desk.sandbox)
    done = quiet.play(operation, wish.parameters, lambda _: ev.Stop("not now"))
    assert done.outcome == "stopped", done.told()
    done.one(ev.AboutToCommit)
    assert desk.writes() == []


def test_assign_license_takes_number_and_extension_the_console_offers(
    robot: RobotHand, desk: Desk
) -> None:
    user = _users(desk)[desk.sandbox.joiners[0]]
    name = X2_GB if user["site"] == "London" else X2_US
    given = {**keys(user), "license": name}
    done = robot.play("assign_license", given)
    assert done.outcome == "committed", done.told()
    assert robot.prove("assign_license", given, done).holds
    now = _users(desk)[user["id"]]
    form = done.one(ev.AboutToCommit).facts.form
    assert (now["phone_number"], now["extension"]) == (form["phone_number"], form["extension"])
    assert now["phone_number"]
    assert now["extension"]
    assert "Suggest" not in {one["detail"].get("text") for one in desk.sandbox.events()}


def test_set_work_phone_keeps_the_extension_when_none_is_given(
    robot: RobotHand, desk: Desk
) -> None:
    wish = WISHES["set_work_phone"](desk.sandbox)
    given = {k: v for k, v in wish.parameters.items() if k != "extension"}
    old = _users(desk)[wish.user_id]
    done = robot.play("set_work_phone", given)
    assert robot.prove("set_work_phone", given, done).holds
    now = _users(desk)[wish.user_id]
    assert now["extension"] == old["extension"]
    assert now["phone_number"] == given["phone_number"]
    numbers = {one["number"]: one["status"] for one in desk.sandbox.truth()["numbers"]}
    assert numbers[old["phone_number"]] == "Available"


def test_set_profile_changes_names_and_leaves_the_rest_as_the_form_showed_it(
    robot: RobotHand, desk: Desk
) -> None:
    user = _users(desk)[desk.sandbox.cast["contact"]]
    given = {**keys(user, "username", "email", "console_user_id"), "last_name": "Desk"}
    done = robot.play("set_profile", given)
    assert robot.prove("set_profile", given, done).holds
    assert _users(desk)[user["id"]] == {**user, "last_name": "Desk"}
    desk.control.edit_user(user["id"], department="Elsewhere")
    verdict = robot.prove("set_profile", given, done)
    assert verdict.wrong.keys() == {"department"}, "the form had shown another one"


def test_delete_user_shows_only_the_licence_and_two_keys(quiet: RobotHand) -> None:
    desk = quiet.desk
    wish = WISHES["delete_user"](desk.sandbox)
    done = quiet.play("delete_user", wish.parameters, lambda _: ev.Stop("only looking"))
    facts = done.one(ev.AboutToCommit).facts
    assert facts.seen == {"license": ""}
    assert facts.anchors == {k: wish.parameters[k] for k in ("username", "email")}


def test_choice_between_twins_goes_on_with_the_one_chosen(robot: RobotHand, desk: Desk) -> None:
    twin = _users(desk)[desk.sandbox.cast["twin_a"]]
    chosen = keys(twin, "username", "email", "full_name", "site")
    given = {**chosen, "license": X2_US, "phone_number": free_number(desk.sandbox)}
    before = _users(desk)[desk.sandbox.cast["twin_b"]]
    done = robot.play("assign_license", given)
    assert robot.prove("assign_license", given, done).holds
    assert _users(desk)[twin["id"]]["license"] == X2_US
    assert _users(desk)[desk.sandbox.cast["twin_b"]] == before


def test_deleting_one_twin_is_proved_though_the_other_shares_the_e_mail(
    robot: RobotHand, desk: Desk
) -> None:
    twin = _users(desk)[desk.sandbox.cast["twin_a"]]
    done = robot.play("delete_user", keys(twin))
    assert robot.prove("delete_user", keys(twin), done).holds
    assert twin["id"] not in _users(desk)
    assert desk.sandbox.cast["twin_b"] in _users(desk)
