"""The sandbox fails and waits on command, and says in its log what really happened."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from robot.sandbox.people import X2_US
from tests.browser.desk import Desk, wait_until

LOST = "Something went wrong. Please try again later."


def _change_department(desk: Desk, user_id: str, text: str = "Archive") -> None:
    desk.edit(user_id)
    desk.show_more()
    desk.page.get_by_label("Department").fill(text)
    desk.save()


def test_partial_save_keeps_profile_and_licence_and_loses_the_number(signed_in: Desk) -> None:
    person = signed_in.sandbox.cast["practice"]
    signed_in.control.fault("partial_save", user_id=person)
    signed_in.edit(person)
    signed_in.show_more()
    signed_in.page.get_by_label("Department").fill("Archive")
    signed_in.give_license(X2_US)
    signed_in.save()
    signed_in.banner("User settings saved with errors. Failed at extension update.")
    user = signed_in.user(person)
    assert (user["department"], user["license"]) == ("Archive", X2_US)
    assert (user["phone_number"], user["extension"]) == ("", "")


def test_generic_failure_strikes_as_often_as_told_and_only_the_named_user(signed_in: Desk) -> None:
    one, other = signed_in.sandbox.movers[:2]
    signed_in.control.fault("generic_failure", times=1, user_id=one)
    _change_department(signed_in, other)
    signed_in.banner("User settings saved successfully")
    _change_department(signed_in, one)
    signed_in.banner("Failed saving user settings")
    _change_department(signed_in, one, "Archive 2")
    signed_in.banner("User settings saved successfully")
    outcomes = [write["outcome"] for write in signed_in.writes()]
    assert outcomes == ["applied", "refused", "applied"]


@pytest.mark.parametrize(
    ("fault", "outcome", "kept"),
    [("answer_lost_after", "applied", "Archive"), ("answer_lost_before", "dropped", None)],
)
def test_lost_answer_is_one_write_and_the_page_cannot_tell(
    signed_in: Desk, fault: str, outcome: str, kept: str | None
) -> None:
    person = signed_in.sandbox.movers[0]
    before = signed_in.user(person)["department"]
    signed_in.control.fault(fault)
    _change_department(signed_in, person)
    signed_in.banner(LOST)
    assert [write["outcome"] for write in signed_in.writes()] == [outcome]
    received = [one for one in signed_in.sandbox.events() if one["kind"] == "write_received"]
    assert len(received) == 1
    assert signed_in.user(person)["department"] == (kept or before)


def test_stale_list_shows_the_past_while_the_truth_has_moved_on(signed_in: Desk) -> None:
    person = signed_in.sandbox.movers[0]
    before = signed_in.user(person)
    signed_in.control.fault("stale_list", seconds=60)
    signed_in.control.edit_user(person, email="new@acme.example")
    expect(signed_in.find(before["username"])).to_contain_text(before["email"])
    signed_in.edit(person)
    email = signed_in.page.locator("input[name='basicInfo.primaryEmail']")
    expect(email).to_have_value("new@acme.example")
    signed_in.control.advance(61)
    expect(signed_in.find(before["username"])).to_contain_text("new@acme.example")


def test_held_write_waits_and_is_then_applied_and_answered(signed_in: Desk) -> None:
    person, control = signed_in.sandbox.movers[0], signed_in.control
    control.hold("save_user")
    _change_department(signed_in, person)
    held = wait_until("the write is held", control.held)
    assert [(one["user_id"], one["fields"]) for one in held] == [
        (person, {"department": "Archive"})
    ]
    assert signed_in.user(person)["department"] != "Archive"
    assert not signed_in.writes()
    assert control.release(apply=True) == 1
    signed_in.banner("User settings saved successfully")
    assert signed_in.user(person)["department"] == "Archive"


def test_held_write_is_applied_even_when_its_browser_has_gone(signed_in: Desk) -> None:
    person, control = signed_in.sandbox.movers[0], signed_in.control
    control.hold()
    _change_department(signed_in, person)
    wait_until("the write is held", control.held)
    signed_in.page.close()
    control.release(apply=True)
    wait_until("the write is applied", lambda: signed_in.writes("applied"))
    assert signed_in.user(person)["department"] == "Archive"


def test_held_write_can_be_dropped(signed_in: Desk) -> None:
    person, control = signed_in.sandbox.movers[0], signed_in.control
    control.hold("delete_user")
    control.hold("save_user")
    _change_department(signed_in, person)
    wait_until("the write is held", control.held)
    control.release(apply=False)
    signed_in.banner(LOST)
    assert [write["outcome"] for write in signed_in.writes()] == ["dropped"]
    assert signed_in.user(person)["department"] != "Archive"


def test_suspended_type_is_offered_for_as_many_reads_as_told(signed_in: Desk) -> None:
    person = signed_in.sandbox.cast["practice"]
    signed_in.control.fault("suspended_offered")
    with_it = None
    for expected in (True, False):
        signed_in.edit(person)
        with_it = signed_in.options("services", "License")
        assert any("X8" in one for one in with_it) is expected


def test_slow_first_paint_shows_a_spinner_before_the_rows(signed_in: Desk) -> None:
    signed_in.page.get_by_text("Rows per page").wait_for()
    signed_in.control.fault("slow_first_paint", seconds=30)
    signed_in.page.reload(wait_until="commit")
    expect(signed_in.page.get_by_text("Loading...")).to_be_visible()
    expect(signed_in.page.locator("tbody tr")).to_have_count(0)
    # It strikes once: the answer to another load comes at once.
    signed_in.page.reload(wait_until="commit")
    expect(signed_in.page.locator("tbody tr")).to_have_count(25)
