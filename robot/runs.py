"""A run: its row, what its flow may use, and what is kept of the pages it saw."""

from __future__ import annotations

from collections.abc import Mapping

from robot import clock, flows_index, types
from robot.desk import Desk
from robot.evidence import capture
from robot.models import Evidence, Run, Task
from robot.planning import RENAMED
from robot.player import events as ev
from robot.player.flow import Flow
from robot.transitions import ledger


def parameters_of(task: Task) -> dict[str, str]:
    """What the flow may use: the person's keys, a person's choice, the task's rendered parameters."""
    account = task.account
    keys = {
        "username": account.username,
        "email": account.email,
        "full_name": account.full_name,
        "site": account.site,
        "known_extension": account.extension,
        "console_user_id": account.console_user_id,
        **task.choice,
    }
    for name in _changed_keys(task.parameters):
        keys.pop(name, None)
    values = {
        name: types.TYPES[types.kind_of(name)].render(value)
        for name, value in task.parameters.items()
    }
    return {name: value for name, value in {**keys, **values}.items() if value}


def _changed_keys(parameters: Mapping[str, str]) -> set[str]:
    """Keys that the operation itself changes: before and after it, others prove who it is."""
    changed = {"full_name"} if {"first_name", "last_name"} & parameters.keys() else set()
    return changed | ({"email"} if RENAMED["email"] in parameters else set())


def begin_run(task: Task, desk: Desk, kind: str) -> Run:
    """The row exists before the browser is touched; of no version until `flow_of` found the flow."""
    return Run.objects.create(
        task=task,
        login=desk.login,
        kind=kind,
        worker=desk.worker,
        epoch=task.lease_epoch,
        flow=task.operation,
        flow_version=0,
        started_at=clock.now(),
    )


def flow_of(run: Run) -> Flow:
    """The flow that the run plays, noted in it. Raises FlowError when it cannot be used.

    The doubt that this becomes is then of version 0, and any that can be used answers it.
    """
    flow = flows_index.usable(run.flow)
    run.flow_version = flow.version
    run.save(update_fields=["flow_version"])
    return flow


def end_run(run: Run, outcome: str) -> None:
    """Close the row, whatever happened."""
    run.ended_at, run.outcome = clock.now(), outcome[:200]
    run.save(update_fields=["ended_at", "outcome"])


def save(run: Run, taken: ev.Capture | None) -> Evidence | None:
    """Store one capture of this run; the row is chained, its bytes are on disk."""
    if taken is None:
        return None
    return capture.save(
        taken,
        tenant=run.task.tenant,
        task=run.task,
        run=run,
        flow_version=run.flow_version,
        login=run.login.username,
    )


def keep_note(task: Task, note: ev.Note) -> None:
    """Write into the ledger what stopped nothing and is worth knowing."""
    body = {"step": note.step, "what": note.kind, "detail": note.detail}
    ledger(task.tenant, "note", "worker", body, task)
