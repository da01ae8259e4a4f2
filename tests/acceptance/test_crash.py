"""Killed at the worst moments: the write happens at most once, and its outcome is found out.

The control port holds the write open while the worker's whole process group is killed; the server
then applies or drops it. Judged by the sandbox's event log and truth.
"""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from robot.models import Task
from robot.processes import Child
from robot.sandbox.control import Control
from robot.sandbox.people import X2_US
from robot.sandbox.server import Sandbox
from robot.states import State
from tests.acceptance.theatre import SHORT_LEASE, Theatre

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


@pytest.fixture(autouse=True)
def _short_lease(theatre: Theatre) -> None:
    theatre.settings |= SHORT_LEASE


def _kill(child: Child) -> None:
    """End the worker, its pool and its browsers as a power cut would."""
    os.killpg(child.pid, signal.SIGKILL)
    child.process.wait(60)


def _joiner(theatre: Theatre) -> dict[str, Any]:
    users = theatre.sandbox.truth()["users"]
    american = [users[key] for key in theatre.sandbox.joiners if users[key]["site"] != "London"]
    return dict(american[0] if american else theatre.user("contact"))


def _keys(user: dict[str, Any]) -> dict[str, str]:
    return {"username": user["username"], "email": user["email"]}


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "dropped"])
def test_killed_while_the_write_is_open_ends_as_the_server_decided(
    theatre: Theatre, control: Control, sandbox: Sandbox, *, applied: bool
) -> None:
    person = _joiner(theatre)
    control.hold("save_user")
    first = theatre.worker("first")
    [task] = theatre.ask(_keys(person), set={"license": X2_US})
    theatre.until(control.held)
    _kill(first)
    control.release(apply=applied)
    assert Task.objects.get(pk=task.pk).state == State.COMMITTING
    theatre.worker("second")
    [task] = theatre.settled([task])
    writes = theatre.writes(person["id"])
    now = sandbox.truth()["users"][person["id"]]
    assert task.state == State.VERIFIED, theatre.report()
    assert now["license"] == X2_US
    # Idempotent, its browser proved dead, read twice: only then a second click, and only when dropped.
    expected = ["applied"] if applied else ["dropped", "applied"]
    assert [write["outcome"] for write in writes] == expected


@pytest.mark.long
@pytest.mark.parametrize("applied", [True, False], ids=["applied", "dropped"])
def test_a_removal_never_gets_a_second_click_without_a_person(
    theatre: Theatre, control: Control, sandbox: Sandbox, *, applied: bool
) -> None:
    leaver = theatre.user(sandbox.leavers[0])
    control.hold("save_user")
    first = theatre.worker("first")
    [task] = theatre.ask(_keys(leaver), remove=["license"])
    theatre.until(control.held)
    _kill(first)
    control.release(apply=applied)
    theatre.worker("second")
    [task] = theatre.settled([task])
    assert len(theatre.writes(leaver["id"])) == 1
    if applied:
        assert task.state == State.VERIFIED, theatre.report()
        assert sandbox.truth()["users"][leaver["id"]]["license"] == ""
    else:
        assert task.state == State.IN_REVIEW, theatre.report()
        assert [doubt.code for doubt in task.doubts.all()] == ["outcome_unknown"]


@pytest.mark.long
def test_killed_between_intent_and_click_is_found_out_and_done_once(
    theatre: Theatre, sandbox: Sandbox
) -> None:
    person = _joiner(theatre)
    slow, marker = theatre.slow_worker()
    [task] = theatre.ask(_keys(person), set={"license": X2_US})
    theatre.until(marker.exists)
    assert Task.objects.get(pk=task.pk).state == State.COMMITTING, "the intent comes first"
    _kill(slow)
    theatre.worker()
    [task] = theatre.settled([task])
    assert task.state == State.VERIFIED, theatre.report()
    assert [write["outcome"] for write in theatre.writes(person["id"])] == ["applied"]
    assert task.intents == 2


@pytest.mark.long
def test_a_click_that_would_come_after_its_budget_never_comes(
    theatre: Theatre, sandbox: Sandbox
) -> None:
    leaver = theatre.user(sandbox.leavers[0])
    _, marker = theatre.slow_worker(float(SHORT_LEASE["CLICK_BUDGET_SECONDS"]) + 1)
    [task] = theatre.ask(_keys(leaver), remove=["license"])
    theatre.until(marker.exists)
    [task] = theatre.settled([task])
    # Certainly not clicked, yet the robot does not take its own word for it: a removal asks.
    assert [doubt.code for doubt in task.doubts.all()] == ["outcome_unknown"], theatre.report()
    assert theatre.writes(leaver["id"]) == []
    assert sandbox.truth()["users"][leaver["id"]] == leaver


@pytest.mark.long
def test_a_worker_frozen_between_intent_and_click_clicks_nothing_when_it_wakes(
    theatre: Theatre, sandbox: Sandbox
) -> None:
    leaver = theatre.user(sandbox.leavers[0])
    slow, marker = theatre.slow_worker()
    [task] = theatre.ask(_keys(leaver), remove=["license"])
    theatre.until(marker.exists)
    theatre.freeze(slow)
    try:
        theatre.worker()
        [task] = theatre.settled([task])
    finally:
        theatre.thaw(slow, marker)
    theatre.until(lambda: not _running_runs(task))
    assert theatre.writes(leaver["id"]) == []
    assert [doubt.code for doubt in task.doubts.all()] == ["outcome_unknown"], theatre.report()


@pytest.mark.long
def test_a_frozen_worker_that_wakes_after_its_lease_clicks_nothing(
    theatre: Theatre, control: Control, sandbox: Sandbox
) -> None:
    person = _joiner(theatre)
    # Its first request is answered long after it was frozen.
    control.fault("slow_first_paint", seconds=60.0)
    first = theatre.worker("first")
    [task] = theatre.ask(_keys(person), set={"license": X2_US})
    theatre.until(lambda: Task.objects.get(pk=task.pk).state == State.RUNNING)
    theatre.freeze(first)
    try:
        theatre.worker("second")
        [task] = theatre.settled([task])
    finally:
        theatre.thaw(first)
    assert task.state == State.VERIFIED, theatre.report()
    writes = len(theatre.writes(person["id"]))
    # Awake again, the first worker plays on until it finds that its lease is gone.
    theatre.until(lambda: not _running_runs(task))
    assert len(theatre.writes(person["id"])) == writes == 1


def _running_runs(task: Task) -> bool:
    return task.runs.filter(ended_at=None).exists()
