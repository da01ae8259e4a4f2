"""A wish becomes the tasks it needs: what stands, what is overtaken, what waits for what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from robot import answers, clock, signals, states
from robot.models import Account, LedgerEntry, Task
from robot.states import State
from robot.transitions import doubt
from tests.integration.client import JANE, Outsider
from tests.integration.walk import COMMITTED, VERIFIED, WAYS, bring, ids, newest, see

pytestmark = pytest.mark.django_db

NUMBER = "+15551234567"
OTHER = "+15557654321"


@pytest.mark.parametrize("state", [*WAYS, State.VERIFIED])
def test_the_same_wish_again_is_answered_with_the_task_that_stands(state: State) -> None:
    one = Outsider()
    first = one.wish(set={"license": "X2"})
    bring(newest(one, "assign_license"), *WAYS.get(state, VERIFIED))
    rows = LedgerEntry.objects.count()
    again = one.wish(set={"license": "X2"})
    assert ids(again) == ids(first)
    assert one.answer["desired_version"] == 1
    assert LedgerEntry.objects.count() == rows
    assert Task.objects.count() == 1


def test_a_wish_that_was_seen_so_is_written_once_and_needs_no_task() -> None:
    one = Outsider()
    one.wish(set={"cost_center": "Ops"})
    see(Account.objects.get(), license="X2")
    assert one.wish(set={"license": "X2"}) == []
    assert one.answer["desired_version"] == 2
    assert one.wish(set={"license": "X2"}) == []
    assert one.answer["desired_version"] == 2


def test_what_was_verified_and_then_seen_otherwise_is_planned_again() -> None:
    one = Outsider()
    first = one.wish(set={"license": "X2"})
    bring(newest(one, "assign_license"), *VERIFIED)
    see(Account.objects.get(), license="X4")
    again = one.wish(set={"license": "X2"})
    assert ids(again) != ids(first)
    assert one.answer["desired_version"] == 2


def test_what_was_seen_before_the_change_does_not_speak_against_it() -> None:
    one = Outsider()
    one.wish(set={"license": "X2"})
    task = newest(one, "assign_license")
    see(task.account, license="X4")
    bring(task, *VERIFIED)
    finished = clock.now() + timedelta(seconds=5)
    Task.objects.filter(pk=task.pk).update(finished_at=finished)
    assert ids(one.wish(set={"license": "X2"})) == [task.pk]


@pytest.mark.parametrize("state", WAYS)
def test_a_newer_wish_overtakes_an_older_task_only_where_the_table_lets_it(state: State) -> None:
    one = Outsider()
    one.wish(set={"license": "X2"})
    old = bring(newest(one, "assign_license"), *WAYS[state])
    tasks = one.wish(set={"license": "X4"})
    old.refresh_from_db()
    new = newest(one, "assign_license")
    assert ids(tasks) == [new.pk]
    assert new.parameters == {"license": "X4"}
    assert new.desired_version == one.answer["desired_version"] == 2
    if State.SUPERSEDED in states.MOVES[state]:
        assert (old.state, new.state, new.after) == (State.SUPERSEDED, State.QUEUED, None)
    else:
        assert (old.state, new.state, new.after) == (state, State.WAITING, old)


def test_a_task_overtaken_in_review_is_told_to_those_who_show_it(
    django_capture_on_commit_callbacks: Any,
) -> None:
    one = Outsider()
    one.wish(set={"license": "X2"})
    task = bring(newest(one, "assign_license"), State.IN_REVIEW)
    told: list[Task] = []

    def hear(task: Task, **_: Any) -> None:
        told.append(task)

    signals.task_left_review.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            one.wish(set={"license": "X4"})
    finally:
        signals.task_left_review.disconnect(hear)
    assert told == [task]


def test_a_rejection_holds_for_the_same_value_and_ends_with_another() -> None:
    one = Outsider()
    first = one.wish(set={"license": "X2"})
    task = bring(newest(one, "assign_license"), State.IN_REVIEW, State.REJECTED)
    again = one.wish(set={"license": "X2"})
    assert ids(again) == ids(first)
    assert again[0]["state"] == "rejected"
    assert Task.objects.count() == 1
    new = one.wish(set={"license": "X4"})
    assert ids(new) != [task.pk]
    back = one.wish(set={"license": "X2"})
    assert back[0]["state"] == "queued", "the rejected version is over: it is a new wish"


def test_a_rejection_holds_for_its_own_field_only() -> None:
    one = Outsider()
    one.wish(set={"license": "X2"})
    rejected = bring(newest(one, "assign_license"), State.IN_REVIEW, State.REJECTED)
    tasks = one.wish(set={"license": "X2", "cost_center": "Ops"})
    assert {task["operation"]: task["state"] for task in tasks} == {
        "assign_license": "rejected",
        "set_cost_center": "queued",
    }
    assert rejected.pk in ids(tasks)


def test_a_reviewers_correction_holds_against_the_same_wish_and_yields_to_another() -> None:
    one = Outsider()
    first = one.wish(set={"license": "X Series X2"})
    task = newest(one, "assign_license")
    raised = doubt(task, "no_license_available", actor="worker", reason="none of that name")
    answers.fix(raised, {"license": "X2 Series"}, by="vera", decision="1")
    assert Account.objects.get().desired["license"]["source"] == "review"
    again = one.wish(set={"license": "X Series X2"})
    assert ids(again) == ids(first)
    assert again[0]["parameters"] == {"license": "X2 Series"}
    other = one.wish(set={"license": "X4"})
    assert other[0]["parameters"] == {"license": "X4"}
    assert Account.objects.get().desired["license"]["source"] == "api"


def test_a_new_number_goes_along_with_the_licence_that_is_still_to_be_assigned() -> None:
    one = Outsider()
    one.wish(set={"license": "X2", "phone_number": NUMBER})
    old = newest(one, "assign_license")
    tasks = one.wish(set={"phone_number": OTHER})
    old.refresh_from_db()
    assert old.state == State.SUPERSEDED
    assert [task["parameters"] for task in tasks] == [{"license": "X2", "phone_number": OTHER}]


def test_a_number_after_a_licence_in_flight_waits_for_it() -> None:
    one = Outsider()
    one.wish(set={"license": "X2", "phone_number": NUMBER})
    licence = bring(newest(one, "assign_license"), *COMMITTED)
    tasks = one.wish(set={"license": "X2", "phone_number": OTHER})
    assert ids(tasks)[0] == licence.pk
    assert [(t["operation"], t["state"], t["after"]) for t in tasks[1:]] == [
        ("set_work_phone", "waiting", licence.pk)
    ]
    bring(licence, State.APPLIED_UNVERIFIED, State.VERIFIED)
    assert newest(one, "set_work_phone").state == State.QUEUED


def test_a_new_licence_takes_along_the_number_that_was_still_to_be_set() -> None:
    one = Outsider()
    one.wish(set={"phone_number": NUMBER, "extension": "1042"})
    tasks = one.wish(set={"license": "X2"})
    assert newest(one, "set_work_phone").state == State.SUPERSEDED
    wanted = {"license": "X2", "phone_number": NUMBER, "extension": "1042"}
    assert [task["parameters"] for task in tasks] == [wanted]


def test_fields_that_have_nothing_to_do_with_each_other_do_not_wait() -> None:
    one = Outsider()
    one.wish(set={"license": "X2"})
    tasks = one.wish(set={"cost_center": "Ops"})
    assert [(task["state"], task["after"]) for task in tasks] == [("queued", None)]
    assert newest(one, "assign_license").state == State.QUEUED


def test_a_licence_taken_away_ends_what_needed_it_and_forgets_its_number() -> None:
    one = Outsider()
    one.wish(set={"license": "X2"})
    bring(newest(one, "assign_license"), *VERIFIED)
    one.wish(set={"phone_number": NUMBER})
    tasks = one.wish(remove=["license"])
    assert [task["operation"] for task in tasks] == ["remove_license"]
    assert newest(one, "set_work_phone").state == State.SUPERSEDED
    desired = Account.objects.get().desired
    assert desired["license"]["value"] is None
    assert "phone_number" not in desired


def test_a_number_wished_again_after_its_licence_came_and_went_is_planned_again() -> None:
    one = Outsider()
    one.wish(set={"license": "X2", "phone_number": NUMBER})
    bring(newest(one, "assign_license"), *VERIFIED)
    one.wish(remove=["license"])
    bring(newest(one, "remove_license"), *VERIFIED)
    tasks = one.wish(set={"license": "X2", "phone_number": NUMBER})
    assert [(t["operation"], t["state"]) for t in tasks] == [("assign_license", "queued")]
    assert tasks[0]["parameters"] == {"license": "X2", "phone_number": NUMBER}


def test_what_is_in_flight_is_not_taken_for_what_was_seen() -> None:
    one = Outsider()
    one.wish(set={"license": "X2"})
    bring(newest(one, "assign_license"), *VERIFIED)
    see(Account.objects.get(), license="X2")
    one.wish(remove=["license"])
    removal = bring(newest(one, "remove_license"), *COMMITTED)
    tasks = one.wish(set={"license": "X2"})
    assert [(t["operation"], t["after"]) for t in tasks] == [("assign_license", removal.pk)]


def test_a_worker_is_told_once_the_tasks_are_committed(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    rung: list[float] = []
    monkeypatch.setattr("robot.doorbell.ring", lambda *, after=0.0: rung.append(after))
    one = Outsider()
    with django_capture_on_commit_callbacks() as callbacks:
        one.post({"account": JANE, "set": {"license": "X2"}}, key="first")
    assert rung == []
    for callback in callbacks:
        callback()
    assert rung == [0.0]
    with django_capture_on_commit_callbacks(execute=True):
        one.post({"account": JANE, "set": {"license": "X2"}}, key="first")
    assert rung == [0.0]
