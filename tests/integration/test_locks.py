"""Two that write several rows take them in one order: neither waits for the other for ever.

On SQLite, where every transaction is alone, these only show that both get through; the order is put
to the test on PostgreSQL (`make test-long`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from reviewqueue import decide, errors
from robot import answers, clock, leases
from robot.attempt import Attempt
from robot.models import Account, Doubt, Task
from robot.player import events as ev
from robot.readback import Reading
from robot.states import State
from robot.transitions import doubt, hold, ledger
from tests.integration import factory, queue, scripted
from tests.integration.evidence_story import captured
from tests.integration.scripted import ScriptedDesk

pytestmark = pytest.mark.django_db(transaction=True)

WITHIN = 10.0
_BLOCKED = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def _meet(action: Callable[[], object], held: Task, *, account: str = "") -> None:
    """Run `action` while somebody holds a task who then writes to the chain.

    account: whether they take the task's account too, `before` the action wants anything or `after`.
    """
    holds, done = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def other() -> None:
        try:
            with transaction.atomic():
                hold(Task.objects.filter(pk=held.pk))
                if account == "before":
                    _hold_account(held)
                holds.set()
                _wait_until_blocked(done)
                if account == "after":
                    _hold_account(held)
                ledger(held.tenant, "note", "other", {}, held)
        except OperationalError as error:
            failed.append(error)
        finally:
            holds.set()
            connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    try:
        assert holds.wait(WITHIN)
        action()
    except OperationalError as error:
        failed.append(error)
    finally:
        done.set()
        thread.join(WITHIN)
    assert failed == []


def _hold_account(of: Task) -> None:
    Account.objects.select_for_update(no_key=True).get(pk=of.account_id)


def _wait_until_blocked(done: threading.Event) -> None:
    """Until the other side waits for a lock of ours, or has ended without one."""
    if connection.vendor != "postgresql":
        return
    until = clock.monotonic() + WITHIN
    while not done.wait(0.02) and clock.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(_BLOCKED)
            if cursor.fetchone()[0]:
                return


def _asked(code: str, **columns: Any) -> Doubt:
    task = scripted.task(State.RUNNING, **columns)
    facts = {"parameters": task.parameters, "desired_version": 1}
    detail = {"candidates": [{"username": "acme.person"}]}
    return doubt(task, code, actor="worker", reason="test", facts=facts, detail=detail)


DECISIONS: dict[str, tuple[str, Callable[[Doubt], None]]] = {
    "approve": (
        "outcome_unknown",
        lambda asked: answers.approve(asked, by="vera", decision="d"),
    ),
    "choose": (
        "ambiguous_match",
        lambda asked: answers.choose(asked, {"username": "acme.person"}, by="vera", decision="d"),
    ),
    "fix": (
        "no_license_available",
        lambda asked: answers.fix(asked, {"license": "X4"}, by="vera", decision="d"),
    ),
}


@pytest.mark.parametrize("kind", sorted(DECISIONS))
def test_a_decision_takes_the_task_before_the_chain(kind: str) -> None:
    code, decision = DECISIONS[kind]
    asked = _asked(code)
    _meet(lambda: decision(asked), asked.task)
    assert queue.state(asked.task) == State.QUEUED


def test_a_choice_takes_the_second_of_a_pair_before_the_chain() -> None:
    asked = _asked("ambiguous_match", operation="remove_license")
    second = factory.task(
        asked.task.account, "delete_user", State.WAITING, after=asked.task, approved_with=asked.task
    )
    _meet(lambda: DECISIONS["choose"][1](asked), second)
    second.refresh_from_db()
    assert second.choice == {"username": "acme.person"}


def test_an_end_takes_the_tasks_it_lets_go_before_the_chain() -> None:
    asked = _asked("not_found")
    waiting = factory.task(asked.task.account, "set_work_phone", State.WAITING, after=asked.task)
    _meet(lambda: answers.reject(asked, reason="no", by="vera", decision="d"), waiting)
    assert queue.state(waiting) == State.QUEUED


def test_a_fix_takes_the_task_before_the_account() -> None:
    asked = _asked("no_license_available")
    _meet(
        lambda: answers.fix(asked, {"license": "X4"}, by="vera", decision="d"),
        asked.task,
        account="after",
    )
    assert queue.state(asked.task) == State.QUEUED


def test_what_is_already_so_is_observed_before_the_chain_is_locked() -> None:
    task = scripted.task(State.RUNNING)
    beside = factory.task(task.account, "set_cost_center", State.WAITING)
    facts = {"license": "X", "username": "acme.person"}
    so = ev.AlreadySo("done", facts, captured("arrived"), "u1")
    desk = ScriptedDesk(factory.login(task.tenant), [so])
    _meet(Attempt(desk, task).play, beside, account="before")
    assert queue.state(task) == State.VERIFIED


def test_what_is_observed_takes_the_task_before_the_account() -> None:
    task = scripted.task(State.APPLIED_UNVERIFIED)
    read = ev.ReadBack({"license": "X"}, False, captured("read_back"), "u1")
    reading = Reading(ScriptedDesk(factory.login(task.tenant), [read]), task)
    _meet(reading.play, task, account="after")
    assert queue.state(task) == State.VERIFIED


def test_a_reading_observes_before_the_chain_is_locked() -> None:
    task = scripted.task(State.APPLIED_UNVERIFIED)
    beside = factory.task(task.account, "set_cost_center", State.WAITING)
    read = ev.ReadBack({"license": "X"}, False, captured("read_back"), "u1")
    desk = ScriptedDesk(factory.login(task.tenant), [read])
    _meet(Reading(desk, task).play, beside, account="before")
    assert queue.state(task) == State.VERIFIED


def test_a_second_intent_takes_the_task_before_the_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "proved_dead", lambda worker: True)
    task = scripted.task(State.UNKNOWN, intents=1, worker="x")
    reading = Reading(ScriptedDesk(factory.login(task.tenant), []), task)
    task.runs.create(
        login=reading.run.login,
        kind="read_back",
        worker="w",
        epoch=1,
        flow=task.operation,
        flow_version=1,
        started_at=clock.now() + timedelta(seconds=1),
        outcome="again in 5 s: still the old value",
    )
    _meet(reading._second_intent, task)
    assert queue.state(task) == State.QUEUED


def test_who_holds_a_task_lets_others_write_of_it() -> None:
    task = scripted.task(State.RUNNING)

    def note_and_commit() -> None:
        with transaction.atomic():
            ledger(task.tenant, "note", "worker", {}, task)

    _meet(note_and_commit, task)


def test_a_database_that_gives_up_waiting_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = queue.asked("console_refused")
    case = queue.opened(asked)

    def deadlock(*_: object, **__: object) -> None:
        raise OperationalError("deadlock detected")

    monkeypatch.setattr(answers, "fix", deadlock)
    monkeypatch.setattr(answers, "take", deadlock)
    vera, shown = queue.user("vera"), queue.shown(asked)
    with pytest.raises(errors.NotAllowed, match="Try again"):
        decide.decide(case, "fix", by=vera, shown=shown)
    with pytest.raises(errors.NotAllowed, match="Try again"):
        decide.take(case, vera, asked.pk, shown[asked.pk])
    assert queue.state(asked.task) == State.IN_REVIEW
