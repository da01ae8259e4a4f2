"""When a shipped flow must stop and ask, and the sandbox being slow, stale or without control."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from robot.player import events as ev
from robot.sandbox.people import X2_US, X4_US, X6_US, X8_US
from tests.browser.desk import Desk
from tests.browser.robot_hand import Played, RobotHand, keys, quiet_robot
from tests.browser.wishes import WISHES, american, free_number


@pytest.fixture
def robot(desk: Desk) -> RobotHand:
    """A robot at a desk where somebody has signed in."""
    desk.sign_in()
    return RobotHand(desk)


@pytest.fixture(scope="module")
def quiet(browser: Browser) -> Iterator[RobotHand]:
    """One robot for all tests that must write nothing."""
    with quiet_robot(browser) as hand:
        yield hand


def _cast(desk: Desk, key: str) -> dict[str, str]:
    return keys(desk.user(desk.sandbox.cast[key]))


def _stopped(desk: Desk, done: Played, code: str) -> None:
    assert done.doubt == code, done.told()
    assert desk.writes() == []


#: Makes every dialog of the sandbox name somebody else, whatever row it was opened from.
_OTHER_DIALOG = """new MutationObserver(() => {
  for (const one of document.querySelectorAll("p, strong"))
    if (one.textContent.includes("%s")) one.textContent = one.textContent.replaceAll("%s", "acme.other");
}).observe(document, { childList: true, subtree: true });"""


@pytest.mark.parametrize("operation", ["delete_user", "set_cost_center"])
def test_dialog_of_another_person_than_the_row_is_a_question(
    robot: RobotHand, desk: Desk, operation: str
) -> None:
    wish = WISHES[operation](desk.sandbox)
    username = wish.parameters["username"]
    desk.page.add_init_script(_OTHER_DIALOG.replace("%s", username))
    done = robot.play(operation, wish.parameters)
    _stopped(desk, done, "identity_mismatch")
    assert done.one(ev.Doubtful).detail["seen"]["username"] == "acme.other"


@pytest.mark.long
def test_licence_that_is_not_offered_is_a_question(quiet: RobotHand) -> None:
    desk = quiet.desk
    done = quiet.play("assign_license", {**_cast(desk, "contact"), "license": X8_US})
    _stopped(desk, done, "no_license_available")


@pytest.mark.long
def test_suspended_licence_that_is_offered_is_refused_and_seen_so(
    robot: RobotHand, desk: Desk
) -> None:
    given = {**_cast(desk, "contact"), "license": X6_US}
    done = robot.play("assign_license", given)
    assert "Failed saving user settings" in done.one(ev.Committed).banner
    assert robot.prove("assign_license", given, done).untouched


@pytest.mark.long
def test_another_licence_is_never_replaced(quiet: RobotHand) -> None:
    desk = quiet.desk
    user = desk.user(american(desk.sandbox, desk.sandbox.movers))
    done = quiet.play("assign_license", {**keys(user), "license": X4_US})
    _stopped(desk, done, "precondition")


def test_same_licence_with_another_number_is_not_taken_for_done(quiet: RobotHand) -> None:
    desk = quiet.desk
    user = desk.user(american(desk.sandbox, desk.sandbox.movers))
    wanted = {"license": user["license"], "phone_number": free_number(desk.sandbox)}
    _stopped(desk, quiet.play("assign_license", {**keys(user), **wanted}), "precondition")


@pytest.mark.long
def test_licence_other_than_the_expected_one_is_not_removed(quiet: RobotHand) -> None:
    desk = quiet.desk
    user = desk.user(american(desk.sandbox, desk.sandbox.leavers))
    done = quiet.play("remove_license", {**keys(user), "license": X4_US})
    _stopped(desk, done, "precondition")


@pytest.mark.long
def test_work_phone_needs_a_licence(quiet: RobotHand) -> None:
    desk = quiet.desk
    given = {**_cast(desk, "contact"), "phone_number": free_number(desk.sandbox)}
    _stopped(desk, quiet.play("set_work_phone", given), "precondition")


@pytest.mark.long
def test_number_that_is_not_offered_is_a_question(quiet: RobotHand) -> None:
    desk = quiet.desk
    mover, other = desk.sandbox.movers[0], desk.user(desk.sandbox.cast["primary_admin"])
    given = {**keys(desk.user(mover)), "phone_number": other["phone_number"]}
    _stopped(desk, quiet.play("set_work_phone", given), "precondition")


@pytest.mark.matrix(keep=1)
@pytest.mark.parametrize(
    "operation",
    [
        "assign_license",
        "remove_license",
        "change_license",
        "set_work_phone",
        "set_profile",
        "set_contact_number",
        "show_in_directory",
        "hide_from_directory",
    ],
)
def test_deactivated_person_is_a_question(quiet: RobotHand, operation: str) -> None:
    desk = quiet.desk
    given = {"license": X2_US} if operation.endswith("n_license") else {}
    if operation == "change_license":
        given = {"license": X4_US}
    if operation == "set_work_phone":
        given = {"phone_number": free_number(desk.sandbox)}
    if operation == "set_profile":
        given = {"job_title": "Porter"}
    if operation == "set_contact_number":
        given = {"contact_number": "+1 808-555-0142"}
    done = quiet.play(operation, {**_cast(desk, "deactivated"), **given})
    _stopped(desk, done, "precondition")


@pytest.mark.parametrize("name", ["first_name", "last_name", "new_email"])
def test_what_the_identity_provider_owns_is_a_question(quiet: RobotHand, name: str) -> None:
    desk = quiet.desk
    user = desk.user(desk.sandbox.joiners[1])
    kept = keys(user, "username", "full_name" if name == "new_email" else "email", "site")
    done = quiet.play("set_profile", {**kept, name: "other@acme.example", "job_title": "Porter"})
    _stopped(desk, done, "precondition")
    assert "identity provider" in done.one(ev.Doubtful).detail["message"]


def test_what_the_identity_provider_owns_is_left_alone_where_it_is_so(
    robot: RobotHand, desk: Desk
) -> None:
    user = desk.user(desk.sandbox.joiners[1])
    given = {"first_name": user["first_name"], "job_title": "Porter"}
    done = robot.play("set_profile", {**keys(user, "username", "email"), **given})
    assert done.outcome == "committed", done.told()
    assert desk.user(user["id"]) == {**user, "job_title": "Porter"}


def test_person_without_a_licence_has_none_to_change(quiet: RobotHand) -> None:
    desk = quiet.desk
    user = desk.user(desk.sandbox.joiners[1])
    done = quiet.play("change_license", {**keys(user), "license": X4_US})
    _stopped(desk, done, "precondition")


def test_person_with_a_licence_is_not_deleted(quiet: RobotHand) -> None:
    desk = quiet.desk
    _stopped(desk, quiet.play("delete_user", _cast(desk, "cc_user")), "precondition")


@pytest.mark.long
def test_contact_center_admin_is_refused_by_the_console(robot: RobotHand, desk: Desk) -> None:
    given = _cast(desk, "cc_admin")
    done = robot.play("remove_license", given)
    assert robot.prove("remove_license", given, done).holds
    given = _cast(desk, "cc_admin")
    done = robot.play("delete_user", given)
    assert "Contact Center" in done.one(ev.Committed).banner
    verdict = robot.prove("delete_user", given, done)
    assert not verdict.holds
    assert verdict.untouched


@pytest.mark.long
def test_cost_center_that_is_not_there_is_a_question(quiet: RobotHand) -> None:
    desk = quiet.desk
    done = quiet.play("set_cost_center", {**_cast(desk, "contact"), "cost_center": "Moon base"})
    _stopped(desk, done, "precondition")


def test_username_and_extension_do_not_prove_who_it_is(quiet: RobotHand) -> None:
    """The extension may be what changes: nothing read back could prove the person by it."""
    desk = quiet.desk
    user = desk.user(american(desk.sandbox, desk.sandbox.leavers))
    done = quiet.play("remove_license", keys(user, "username", "known_extension"))
    _stopped(desk, done, "identity_unprovable")


@pytest.mark.long
def test_slow_first_paint_is_waited_for(robot: RobotHand, desk: Desk) -> None:
    wish = WISHES["assign_license"](desk.sandbox)
    desk.control.fault("slow_first_paint", times=4, seconds=1.5)
    done = robot.play("assign_license", wish.parameters)
    assert done.outcome == "committed", done.told()
    assert wish.holds(desk.user(wish.user_id))


def test_stale_list_after_a_deletion_is_not_taken_for_gone(robot: RobotHand, desk: Desk) -> None:
    wish = WISHES["delete_user"](desk.sandbox)
    desk.control.fault("stale_list", seconds=600)
    done = robot.play("delete_user", wish.parameters)
    assert done.outcome == "committed", done.told()
    assert not robot.prove("delete_user", wish.parameters, done).holds
    desk.control.advance(601)
    assert robot.prove("delete_user", wish.parameters, done).holds


def test_partial_save_is_told_from_success(robot: RobotHand, desk: Desk) -> None:
    wish = WISHES["assign_license"](desk.sandbox)
    desk.control.fault("partial_save", user_id=wish.user_id)
    done = robot.play("assign_license", wish.parameters)
    assert "saved with errors" in done.one(ev.Committed).banner
    verdict = robot.prove("assign_license", wish.parameters, done)
    assert not verdict.holds
    assert not verdict.untouched


def test_session_that_has_ended_is_told_and_writes_nothing(robot: RobotHand, desk: Desk) -> None:
    wish = WISHES["assign_license"](desk.sandbox)
    desk.control.fault("session_expiry")
    done = robot.play("assign_license", wish.parameters)
    assert done.outcome == "session_lost", done.told()
    assert desk.writes() == []


def test_flows_pass_with_the_control_port_closed(robot: RobotHand, desk: Desk) -> None:
    desk.sandbox.close_control()
    for operation, make in WISHES.items():
        wish = make(desk.sandbox)
        done = robot.play(operation, wish.parameters)
        assert done.outcome == "committed", done.told()
        assert robot.prove(operation, wish.parameters, done).holds
        assert wish.holds(desk.sandbox.truth()["users"].get(wish.user_id))


def test_cost_center_that_follows_the_site_is_a_question(browser: Browser) -> None:
    with quiet_robot(browser, cost_center_type="site_based") as robot:
        given = {**_cast(robot.desk, "contact"), "cost_center": "Sales"}
        _stopped(robot.desk, robot.play("set_cost_center", given), "precondition")


@pytest.mark.long
def test_wrong_password_ends_the_login_with_a_question(desk: Desk) -> None:
    hand = RobotHand(desk)
    came = hand.sign_in(password="Wrong-one-1")
    assert came.outcome == "doubt", came.told()
    assert came.doubt == "login_challenge"
