"""Deletions: one pair, one approval; what they end, what they wait for, how they are called off."""

from __future__ import annotations

import pytest

from robot.models import Account, Task
from robot.states import State
from robot.transitions import doubt, move
from tests.integration.client import JANE, Outsider
from tests.integration.walk import APPLIED, COMMITTED, VERIFIED, bring, ids, newest, see

pytestmark = pytest.mark.django_db


def _pair(one: Outsider) -> tuple[Task, Task]:
    return newest(one, "remove_license"), newest(one, "delete_user")


def test_a_deletion_is_a_pair_that_waits_and_is_approved_together_before_others() -> None:
    one = Outsider()
    tasks = one.wish(delete=True)
    first, second = _pair(one)
    assert ids(tasks) == [first.pk, second.pk]
    assert (first.state, second.state) == (State.QUEUED, State.WAITING)
    assert (second.after, second.approved_with) == (first, first)
    assert first.urgent
    assert second.urgent
    assert Account.objects.get().desired["present"]["value"] is False


def test_a_deletion_ends_whatever_else_was_to_be_done() -> None:
    one = Outsider()
    one.wish(set={"license": "X2", "cost_center": "Ops"})
    one.wish(delete=True)
    open_ = Task.objects.exclude(state=State.SUPERSEDED)
    assert [task.operation for task in open_.order_by("pk")] == ["remove_license", "delete_user"]


def test_a_deletion_waits_for_what_cannot_be_stopped() -> None:
    one = Outsider()
    one.wish(set={"cost_center": "Ops"})
    going = bring(newest(one, "set_cost_center"), *APPLIED)
    one.wish(delete=True)
    first, second = _pair(one)
    assert (first.state, first.after, second.after) == (State.WAITING, going, first)


def test_the_same_deletion_again_is_answered_with_its_pair() -> None:
    one = Outsider()
    first = one.wish(delete=True)
    assert ids(one.wish(delete=True)) == ids(first)
    assert Task.objects.count() == 2
    assert one.answer["desired_version"] == 1


def test_taking_the_licence_of_a_leaver_is_part_of_the_deletion() -> None:
    one = Outsider()
    one.wish(delete=True)
    tasks = one.wish(remove=["license"])
    assert [task["operation"] for task in tasks] == ["remove_license", "delete_user"]
    assert Task.objects.count() == 2
    assert Task.objects.filter(state=State.SUPERSEDED).count() == 0


def test_a_wish_for_somebody_about_to_be_deleted_is_refused() -> None:
    one = Outsider()
    one.wish(delete=True)
    one.post({"account": JANE, "set": {"cost_center": "Ops"}})
    assert (one.status, one.answer["error"]) == (409, "account_leaving")
    assert Account.objects.get().desired_version == 1
    assert [row["reason"] for row in one.refusals()] == ["account_leaving"]


def test_a_deletion_is_called_off_in_so_many_words() -> None:
    one = Outsider()
    one.wish(delete=True)
    tasks = one.wish(delete=False, set={"cost_center": "Ops"})
    assert [task["operation"] for task in tasks] == ["set_cost_center"]
    assert {task.state for task in _pair(one)} == {State.SUPERSEDED}
    assert Account.objects.get().desired["present"]["value"] is True


def test_a_deletion_called_off_half_way_gives_the_licence_back() -> None:
    one = Outsider()
    one.wish(set={"license": "X2"})
    bring(newest(one, "assign_license"), *VERIFIED)
    one.wish(delete=True)
    first, second = _pair(one)
    bring(first, *COMMITTED)
    tasks = one.wish(delete=False)
    second.refresh_from_db()
    assert second.state == State.SUPERSEDED
    assert [(t["operation"], t["after"]) for t in tasks] == [("assign_license", first.pk)]
    assert tasks[0]["parameters"] == {"license": "X2"}


def test_it_is_too_late_to_call_off_a_deletion_that_may_have_happened() -> None:
    one = Outsider()
    one.wish(delete=True)
    first, second = _pair(one)
    bring(first, *VERIFIED)
    second.refresh_from_db()
    bring(second, *COMMITTED)
    one.post({"account": JANE, "delete": False})
    assert (one.status, one.answer["error"]) == (409, "account_leaving")
    second.refresh_from_db()
    assert second.state == State.COMMITTING


def test_a_rejected_deletion_is_not_planned_again_until_the_person_was_wished_for() -> None:
    one = Outsider()
    one.wish(delete=True)
    first, _ = _pair(one)
    doubt(first, "approval_required", actor="worker", reason="asks")
    move(first, State.REJECTED, actor="vera", reason="still works here")
    again = one.wish(delete=True)
    assert [(task["id"], task["state"]) for task in again] == [(first.pk, "rejected")]
    assert Task.objects.count() == 2
    one.wish(set={"cost_center": "Ops"})
    assert Account.objects.get().desired["present"]["value"] is True
    third = one.wish(delete=True)
    assert [task["state"] for task in third] == ["queued", "waiting"]


def test_after_a_rejected_deletion_the_licence_alone_may_still_be_taken() -> None:
    one = Outsider()
    one.wish(set={"license": "X2"})
    one.wish(delete=True)
    first, _ = _pair(one)
    doubt(first, "approval_required", actor="worker", reason="asks")
    move(first, State.REJECTED, actor="vera", reason="on leave")
    tasks = one.wish(remove=["license"])
    assert [(t["operation"], t["state"]) for t in tasks] == [("remove_license", "queued")]
    assert tasks[0]["id"] != first.pk


def test_somebody_deleted_who_is_seen_again_may_be_deleted_again() -> None:
    one = Outsider()
    one.wish(delete=True)
    first, second = _pair(one)
    bring(first, *VERIFIED)
    second.refresh_from_db()
    bring(second, *VERIFIED)
    account = Account.objects.get()
    see(account, present="")
    stood = one.wish(delete=True)
    assert [task["state"] for task in stood] == ["verified", "verified"]
    see(account, present="yes")
    assert [task["state"] for task in one.wish(delete=True)] == ["queued", "waiting"]


def test_somebody_who_comes_back_starts_from_nothing() -> None:
    one = Outsider()
    one.wish(set={"license": "X2"})
    bring(newest(one, "assign_license"), *VERIFIED)
    one.wish(delete=True)
    first, second = _pair(one)
    bring(first, *VERIFIED)
    second.refresh_from_db()
    bring(second, *VERIFIED)
    see(Account.objects.get(), present="", license="X2")
    tasks = one.wish(set={"license": "X2"})
    assert [(t["operation"], t["state"]) for t in tasks] == [("assign_license", "queued")]
    assert Account.objects.get().desired["present"]["value"] is True


def test_a_licence_trapped_on_somebody_seen_deactivated_is_freed_before_the_deletion() -> None:
    one = Outsider()
    one.wish(set={"cost_center": "Ops"})
    bring(newest(one, "set_cost_center"), *VERIFIED)
    see(Account.objects.get(), present="yes", status="Deactivated", license="X2")
    tasks = one.wish(delete=True)
    planned = Task.objects.filter(pk__in=ids(tasks)).order_by("pk")
    assert [(task.operation, task.after_id) for task in planned] == [
        ("activate_user", None),
        ("remove_license", planned[0].pk),
        ("deactivate_user", planned[1].pk),
        ("delete_user", planned[2].pk),
    ]
