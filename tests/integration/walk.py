"""Steps of a story: bring a task to a state as its worker would, see the console otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from robot import clock
from robot.models import Account, Task
from robot.states import State
from robot.transitions import doubt, move
from tests.integration.client import Outsider


def newest(one: Outsider, operation: str) -> Task:
    """The newest task of this operation of the outsider's tenant."""
    return Task.objects.filter(tenant=one.tenant, operation=operation).latest("pk")


def bring(task: Task, *path: State) -> Task:
    """Walk a task along these states, as its worker would."""
    for state in path:
        changes: dict[str, Any] = {}
        if state == State.COMMITTING:
            changes = {"intent_at": clock.now()}
        if state == State.IN_REVIEW:
            doubt(task, "not_found", actor="worker", reason="nobody of that name")
        else:
            move(task, state, actor="worker", reason="test", **changes)
    return task


COMMITTED = (State.RUNNING, State.COMMITTING)
APPLIED = (*COMMITTED, State.APPLIED_UNVERIFIED)
VERIFIED = (*APPLIED, State.VERIFIED)
WAYS = {
    State.QUEUED: (),
    State.RUNNING: (State.RUNNING,),
    State.COMMITTING: COMMITTED,
    State.APPLIED_UNVERIFIED: APPLIED,
    State.UNKNOWN: (*COMMITTED, State.UNKNOWN),
    State.IN_REVIEW: (State.IN_REVIEW,),
    State.WITH_PERSON: (State.IN_REVIEW, State.WITH_PERSON),
}


def see(account: Account, **facts: str) -> None:
    """Facts as the robot would have read them now."""
    seen = {"read_at": (clock.now() + timedelta(seconds=1)).isoformat()}
    account.refresh_from_db()
    account.observed |= {name: {"value": value, **seen} for name, value in facts.items()}
    account.save()


def ids(tasks: list[dict[str, Any]]) -> list[int]:
    return [task["id"] for task in tasks]
