"""A run: its row, what its flow may use, and what is kept of the pages it saw."""

from __future__ import annotations

from robot import clock, types
from robot.desk import Desk
from robot.evidence import capture
from robot.models import Evidence, Run, Task
from robot.player import events as ev
from robot.player.flow import Flow


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
    values = {
        name: types.TYPES[types.kind_of(name)].render(value)
        for name, value in task.parameters.items()
    }
    return {name: value for name, value in {**keys, **values}.items() if value}


def begin_run(task: Task, desk: Desk, flow: Flow, kind: str) -> Run:
    """The row exists before the browser is touched."""
    return Run.objects.create(
        task=task,
        login=desk.login,
        kind=kind,
        worker=desk.worker,
        epoch=task.lease_epoch,
        flow=flow.name,
        flow_version=flow.version,
        started_at=clock.now(),
    )


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
