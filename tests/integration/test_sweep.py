"""Nothing rots: each state that is not final has a rule, and the sweeper raises the epoch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from robot import clock, leases
from robot.models import Account, Doubt, ProtectedAccount, Task
from robot.policy import GREATEST_AGE, MAX_CRASHES
from robot.signals import task_left_review
from robot.states import State
from robot.sweep import sweep
from robot.transitions import doubt
from tests.integration import factory

pytestmark = pytest.mark.django_db


def _expired() -> object:
    return leases.database_now() - timedelta(seconds=1)


def test_a_lost_running_task_begins_again_with_a_raised_epoch() -> None:
    task = factory.task(
        factory.account(factory.tenant()),
        state=State.RUNNING,
        lease_until=_expired(),
        lease_epoch=3,
    )
    assert sweep() == 1
    task.refresh_from_db()
    assert (task.state, task.lease_epoch, task.crashes) == (State.QUEUED, 4, 1)
    assert sweep() == 0


def test_the_third_crash_of_a_task_is_a_case() -> None:
    task = factory.task(
        factory.account(factory.tenant()),
        state=State.RUNNING,
        lease_until=_expired(),
        crashes=MAX_CRASHES - 1,
    )
    sweep()
    assert Doubt.objects.get(task=task).code == "unmapped"


def test_a_lost_commit_becomes_unknown_only_after_the_click_budget() -> None:
    task = factory.task(
        factory.account(factory.tenant()),
        state=State.COMMITTING,
        lease_until=_expired(),
        lease_epoch=3,
        intent_at=leases.database_now(),
    )
    assert sweep() == 0
    Task.objects.filter(pk=task.pk).update(intent_at=leases.database_now() - timedelta(minutes=2))
    assert sweep() == 1
    task.refresh_from_db()
    assert (task.state, task.lease_epoch) == (State.UNKNOWN, 4)


def test_a_living_worker_is_left_alone() -> None:
    account = factory.account(factory.tenant())
    factory.task(account, state=State.RUNNING, lease_until=leases.lease_end())
    assert sweep() == 0


@pytest.mark.parametrize(
    ("state", "ends"),
    [
        (State.PLANNED, State.QUEUED),
        (State.WAITING, State.IN_REVIEW),
        (State.QUEUED, State.IN_REVIEW),
        (State.RUNNING, State.QUEUED),
        (State.COMMITTING, State.UNKNOWN),
        (State.APPLIED_UNVERIFIED, State.IN_REVIEW),
        (State.UNKNOWN, State.IN_REVIEW),
        (State.WITH_PERSON, State.IN_REVIEW),
    ],
)
def test_what_is_too_old_is_moved_or_asked_about(state: State, ends: State) -> None:
    old = clock.now() - timedelta(seconds=GREATEST_AGE[state] + 60)
    future = clock.now() + timedelta(days=1)
    task = factory.task(
        factory.account(factory.tenant()),
        state=state,
        state_since=old,
        due_at=future,
        intent_at=old,
    )
    sweep()
    task.refresh_from_db()
    assert task.state == ends


def test_what_waits_for_a_task_that_ended_meanwhile_is_released() -> None:
    account = factory.account(factory.tenant())
    first = factory.task(account, state=State.VERIFIED, finished_at=clock.now())
    second = factory.task(account, operation="set_work_phone", state=State.WAITING, after=first)
    sweep()
    second.refresh_from_db()
    assert second.state == State.QUEUED


def test_a_task_is_woken_when_its_time_has_come() -> None:
    account = factory.account(factory.tenant())
    task = factory.task(account, state=State.WAITING, due_at=clock.now() + timedelta(minutes=5))
    assert sweep() == 0
    Task.objects.filter(pk=task.pk).update(due_at=clock.now())
    assert sweep() == 1


def _leaver(of: Account, after: Task) -> tuple[Task, Task]:
    """The pair that a deletion is, behind what was being written when it was planned."""
    first = factory.task(of, "remove_license", State.WAITING, after=after, urgent=True)
    second = factory.task(
        of, "delete_user", State.WAITING, after=first, approved_with=first, urgent=True
    )
    return first, second


@pytest.mark.parametrize("waits", [State.WAITING, State.QUEUED])
def test_a_question_does_not_hold_up_an_urgent_task(
    waits: State, django_capture_on_commit_callbacks: Any
) -> None:
    account = factory.account(factory.tenant())
    asked = factory.task(account, "set_cost_center", State.RUNNING)
    doubt(asked, "value_not_saved", actor="worker", reason="asks")
    first, second = _leaver(account, asked)
    Task.objects.filter(pk=first.pk).update(state=waits)
    left: list[Task] = []

    def hears(task: Task, **_: Any) -> None:
        left.append(task)

    task_left_review.connect(hears)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            sweep()
    finally:
        task_left_review.disconnect(hears)
    assert left == [asked]
    states = [Task.objects.get(pk=task.pk).state for task in (asked, first, second)]
    assert states == [State.SUPERSEDED, State.QUEUED, State.WAITING]


def test_the_question_about_a_pair_is_not_overtaken_by_its_own_second() -> None:
    account = factory.account(factory.tenant())
    before = factory.task(account, state=State.VERIFIED, finished_at=clock.now())
    first, _ = _leaver(account, before)
    Task.objects.filter(pk=first.pk).update(state=State.RUNNING)
    first.refresh_from_db()
    doubt(first, "approval_required", actor="worker", reason="asks")
    assert sweep() == 0


def test_a_question_that_only_ordinary_tasks_wait_for_stays() -> None:
    account = factory.account(factory.tenant())
    asked = factory.task(account, state=State.RUNNING)
    doubt(asked, "value_not_saved", actor="worker", reason="asks")
    factory.task(account, "set_work_phone", State.WAITING, after=asked)
    assert sweep() == 0


def test_a_queued_task_whose_account_became_protected_is_asked_about() -> None:
    tenant = factory.tenant()
    task = factory.task(factory.account(tenant, username="Acme.Boss"))
    other = factory.task(factory.account(tenant))
    ProtectedAccount.objects.create(tenant=tenant, username="acme.boss", reason="admin")
    assert sweep() == 1
    asked = Doubt.objects.get(task=task)
    assert (asked.code, asked.detail["protected"]) == ("precondition", True)
    assert Task.objects.get(pk=other.pk).state == State.QUEUED
