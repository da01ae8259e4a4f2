"""Nothing rots: each state that is not final has a rule, and the sweeper raises the epoch."""

from __future__ import annotations

from datetime import timedelta

import pytest

from robot import clock, leases
from robot.models import Doubt, Task
from robot.policy import GREATEST_AGE, MAX_CRASHES
from robot.states import State
from robot.sweep import sweep
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
