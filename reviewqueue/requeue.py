"""A newer version of a flow answers the questions its old version raised."""

from __future__ import annotations

import structlog

from reviewqueue import cases
from reviewqueue.models import Case, Scope
from robot import clock, doorbell, flows_index
from robot.models import Doubt
from robot.player.errors import FlowError
from robot.states import State
from robot.transitions import TransitionError, move

log = structlog.get_logger(__name__)
ACTOR = "reviewqueue"


def requeue_for_newer_flow(flow: str, version: int) -> int:
    """Queue again every task that stopped at an older version of this flow; how many there were.

    Their cases are closed with a note. Nothing is approved by this: a task that has written before
    still needs a person's word for a second write.
    """
    moved = 0
    for case in Case.objects.filter(closed_at=None, scope=Scope.FLOW, flow=flow):
        for doubt in cases.live_members(case):
            if _older(doubt, version) and _requeue(doubt, flow, version):
                moved += 1
        cases.close_if_done(case, note=f"{flow} version {version} was loaded")
    if moved:
        doorbell.ring_on_commit()
    return moved


def requeue_all() -> int:
    """The same for every flow that open cases ask about, with the versions shipped now."""
    names = Case.objects.filter(closed_at=None, scope=Scope.FLOW).values_list("flow", flat=True)
    return sum(
        requeue_for_newer_flow(name, version)
        for name in sorted(set(names))
        if (version := _shipped(name)) is not None
    )


def _shipped(name: str) -> int | None:
    """The version there is now; None for a flow that is gone or cannot be read."""
    try:
        return flows_index.version_of(name)
    except (KeyError, OSError, FlowError) as error:
        # One bad file must not keep the other flows' tasks, or the notifications, waiting.
        log.warning("flow not readable", flow=name, reason=str(error))
        return None


def _older(doubt: Doubt, version: int) -> bool:
    return doubt.flow_version is not None and doubt.flow_version < version


def _requeue(doubt: Doubt, flow: str, version: int) -> bool:
    if doubt.task.state != State.IN_REVIEW:
        return False  # somebody is doing it by hand; the new flow must not come in between
    try:
        move(
            doubt.task,
            State.QUEUED,
            actor=ACTOR,
            reason=f"{flow} version {version} was loaded",
            due_at=clock.now(),
            retries=0,
            crashes=0,
        )
    except TransitionError as lost:
        log.info("requeue was second", reason=str(lost))
        return False
    return True
