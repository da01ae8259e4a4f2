"""Readings of tasks after their commit, by a scripted desk: what the page shows and what follows."""

from __future__ import annotations

from typing import Any

from robot.models import Doubt, Task
from robot.player import events as ev
from robot.policy import OPERATIONS
from robot.readback import Reading
from robot.states import State
from tests.integration import factory, scripted
from tests.integration.evidence_story import captured
from tests.integration.scripted import Line, ScriptedDesk

BEFORE = {"license": "", "email": "person@acme.example"}
OLD = dict(BEFORE)
RIGHT = BEFORE | {"license": "X"}
DISTURBED = RIGHT | {"email": "other@acme.example"}
HALF = BEFORE | {"license": "X4"}
SETTLE = OPERATIONS["assign_license"].settle
LAST = len(SETTLE) - 1


def shows(facts: dict[str, str], *, gone: bool = False, picture: bool = True) -> ev.ReadBack:
    taken = captured("read_back") if picture else captured("read_back", png=None, error="hung")
    return ev.ReadBack(facts, gone, taken, "u1")


def waiting(state: State = State.APPLIED_UNVERIFIED, **columns: Any) -> Task:
    given: dict[str, Any] = {"intents": 1, "before": BEFORE}
    return scripted.task(state, **(given | columns))


def read(task: Task, *lines: Line) -> str:
    """One reading; the outcome its run tells."""
    scripted.held(task)
    Reading(ScriptedDesk(factory.login(task.tenant), list(lines)), task).play()
    task.refresh_from_db()
    return scripted.last_run(task).outcome


def asked(task: Task) -> Doubt:
    assert (task.state, task.lease_until) == (State.IN_REVIEW, None)
    return task.doubts.get()
