"""Moves are guarded: whoever is second changes nothing, and every move leaves a chained row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from robot import clock
from robot.evidence import chain
from robot.models import ChainLink, Doubt, LedgerEntry, Task
from robot.states import FINAL, MOVES, State
from robot.transitions import AccountBusy, IllegalTransition, StaleTransition, doubt, move
from tests.integration import factory

pytestmark = pytest.mark.django_db

PAIRS = [(source, target) for source in State for target in State]


def _columns(state: State) -> dict[str, Any]:
    now = clock.now()
    columns: dict[str, Any] = {}
    if state in FINAL:
        columns["finished_at"] = now
    if state == State.COMMITTING:
        columns["intent_at"] = now
    return columns


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=[f"{a}-{b}" for a, b in PAIRS])
def test_every_move_of_the_table_and_no_other(source: State, target: State) -> None:
    task = factory.task(factory.account(factory.tenant()), state=source, **_columns(source))
    changes: dict[str, Any] = {"intent_at": clock.now()} if target == State.COMMITTING else {}
    if target in MOVES[source]:
        move(task, target, actor="rita", reason="test", **changes)
        entry = LedgerEntry.objects.get(task=task)
        assert entry.body == {"from": source, "to": target, "reason": "test"}
        assert ChainLink.objects.filter(kind="ledger", item=str(entry.pk)).exists()
        assert Task.objects.get(pk=task.pk).state == target
    else:
        with pytest.raises(IllegalTransition):
            move(task, target, actor="rita", reason="test", **changes)
        assert Task.objects.get(pk=task.pk).state == source
        assert not LedgerEntry.objects.filter(task=task).exists()


def test_the_second_of_two_movers_changes_nothing() -> None:
    first = factory.task(factory.account(factory.tenant()))
    second = Task.objects.get(pk=first.pk)
    move(first, State.RUNNING, actor="one", reason="claimed")
    with pytest.raises(StaleTransition):
        move(second, State.RUNNING, actor="two", reason="claimed")
    assert [e.actor for e in LedgerEntry.objects.filter(task=first)] == ["one"]


def test_a_worker_whose_lease_was_taken_moves_nothing() -> None:
    task = factory.task(factory.account(factory.tenant()), state=State.RUNNING, lease_epoch=4)
    Task.objects.filter(pk=task.pk).update(lease_epoch=F("lease_epoch") + 1)
    with pytest.raises(StaleTransition):
        move(task, State.COMMITTING, actor="w", reason="intent", epoch=4, intent_at=clock.now())
    assert Task.objects.get(pk=task.pk).state == State.RUNNING


def test_one_account_is_held_by_one_task() -> None:
    account = factory.account(factory.tenant())
    factory.task(account, state=State.RUNNING)
    other = factory.task(account, operation="set_cost_center")
    with pytest.raises(AccountBusy):
        move(other, State.RUNNING, actor="w", reason="claimed")
    assert Task.objects.get(pk=other.pk).state == State.QUEUED


def test_a_doubt_is_stored_with_the_move_or_not_at_all() -> None:
    task = factory.task(factory.account(factory.tenant()), state=State.RUNNING)
    stale = Task.objects.get(pk=task.pk)
    row = doubt(task, "not_found", actor="worker", reason="nobody of that name")
    assert Task.objects.get(pk=task.pk).state == State.IN_REVIEW
    assert ChainLink.objects.filter(kind="doubt", item=str(row.pk)).exists()
    with pytest.raises(StaleTransition):
        doubt(stale, "not_found", actor="worker", reason="again")
    assert Doubt.objects.count() == 1


def test_the_second_of_a_pair_ends_when_the_first_is_rejected() -> None:
    account = factory.account(factory.tenant())
    first = factory.task(account, operation="remove_license", state=State.IN_REVIEW)
    second = factory.task(
        account, operation="delete_user", state=State.WAITING, after=first, approved_with=first
    )
    move(first, State.REJECTED, actor="vera", reason="still works here")
    assert Task.objects.get(pk=second.pk).state == State.SUPERSEDED


def test_what_waited_for_a_verified_task_is_queued_and_due() -> None:
    account = factory.account(factory.tenant())
    first = factory.task(account, state=State.APPLIED_UNVERIFIED)
    later = clock.now() + timedelta(hours=1)
    second = factory.task(
        account, operation="set_work_phone", state=State.WAITING, after=first, due_at=later
    )
    move(first, State.VERIFIED, actor="worker", reason="read back")
    second.refresh_from_db()
    assert second.state == State.QUEUED
    assert second.due_at < later


def test_the_chain_of_all_moves_holds() -> None:
    task = factory.task(factory.account(factory.tenant()))
    for target in (State.RUNNING, State.QUEUED, State.RUNNING):
        move(task, target, actor="w", reason="test")
    assert chain.head(task.tenant)[0] == 3
