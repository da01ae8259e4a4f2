"""The sweeper: every state that is not final has a rule, so that nothing rots.

Run by beat, by every idle worker and after every drain; running twice at once is harmless since
each step is a guarded UPDATE. It raises the lease epoch whenever it takes something from a worker.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q

from robot import clock, leases, stages
from robot.gate import PROTECTED
from robot.leases import database_now
from robot.models import Account, Task
from robot.policy import GREATEST_AGE, MAX_CRASHES
from robot.states import FINAL, State
from robot.transitions import TransitionError, doubt, move, release_followers, supersede

log = structlog.get_logger(__name__)
ACTOR = "sweeper"


def sweep() -> int:
    """Apply every rule once; how many tasks were moved."""
    moved = 0
    for rule in _RULES:
        for step in rule():
            try:
                step()
            except TransitionError as error:
                log.info("sweep was second", reason=str(error))
            except Exception:
                # One bad row must not keep the others, and all work, from going on.
                log.exception("sweep step failed")
            else:
                moved += 1
    return moved + stages.advance()


Steps = list[Callable[[], object]]


def _release() -> Steps:
    """planned or waiting behind a task that has ended: a crash between the two."""
    behind = Task.objects.filter(
        state__in=[State.PLANNED, State.WAITING], after__state__in=[*FINAL]
    ).select_related("after")
    ended = {task.after_id: task.after for task in behind if task.after}
    return [partial(release_followers, task, actor=ACTOR) for task in ended.values()]


def _wake() -> Steps:
    """waiting for a time that has come."""
    due = Task.objects.filter(state=State.WAITING, after=None, due_at__lte=clock.now())
    return [
        partial(move, task, State.QUEUED, actor=ACTOR, reason="the time has come") for task in due
    ]


def _overtaken() -> Steps:
    """in review, and an urgent task waits for it: a question about what is to go stops no leaver.

    It was not superseded when that task was planned, since it was being written then. The first of a
    pair is its second's own question.
    """
    urgent = Task.objects.filter(
        after=OuterRef("pk"), urgent=True, state__in=[State.PLANNED, State.WAITING, State.QUEUED]
    ).exclude(approved_with=OuterRef("pk"))
    held = Task.objects.filter(Exists(urgent), state=State.IN_REVIEW)
    reason = "an urgent task waits for it"
    return [partial(supersede, task, actor=ACTOR, reason=reason) for task in held]


def _protected() -> Steps:
    """queued, and its account has become one that the robot never touches: no worker claims it."""
    theirs = leases.protected(Account.objects.filter(pk=OuterRef("account")))
    detail = {"message": PROTECTED, "protected": True}
    return [
        partial(doubt, task, "precondition", actor=ACTOR, reason="now protected", detail=detail)
        for task in Task.objects.filter(Exists(theirs), state=State.QUEUED)
    ]


def _lost(state: State) -> Q:
    """Tasks whose worker has not renewed its lease, or has been at it beyond any honest time."""
    expired = Q(lease_until__lt=database_now())
    endless = Q(state_since__lt=clock.now() - timedelta(seconds=GREATEST_AGE[state]))
    return Q(state=state) & (expired | endless)


def _crashed() -> Steps:
    """running without a lease: nothing was written, so it may begin again; the third time it asks."""

    def step(task: Task) -> None:
        crashes = task.crashes + 1
        raised: dict[str, Any] = {
            "crashes": crashes,
            "lease_epoch": F("lease_epoch") + 1,
            "lease_until": None,
        }
        if crashes >= MAX_CRASHES:
            doubt(
                task,
                "unmapped",
                actor=ACTOR,
                reason="its worker was lost three times",
                epoch=task.lease_epoch,
                guard=_same_lease(task),
                **raised,
                detail={
                    "message": f"The robot was lost {crashes} times while working on this task."
                },
            )
        else:
            move(
                task,
                State.QUEUED,
                actor=ACTOR,
                reason="its worker was lost before the commit",
                epoch=task.lease_epoch,
                guard=_same_lease(task),
                due_at=clock.now(),
                **raised,
            )

    return [partial(step, task) for task in Task.objects.filter(_lost(State.RUNNING))]


def _interrupted() -> Steps:
    """committing without a lease: it may have been clicked; only reading is left.

    Waits longer than the click budget after the intent, since until then the driver may still click.
    """
    margin = settings.CLICK_BUDGET_SECONDS + 2
    intent_old = Q(intent_at__lt=database_now() - timedelta(seconds=margin))
    return [
        partial(
            move,
            task,
            State.UNKNOWN,
            actor=ACTOR,
            reason="its worker was lost around the commit",
            epoch=task.lease_epoch,
            guard=_same_lease(task),
            settle_index=0,
            due_at=clock.now(),
            lease_epoch=F("lease_epoch") + 1,
            lease_until=None,
        )
        for task in Task.objects.filter(_lost(State.COMMITTING) & intent_old)
    ]


def _same_lease(task: Task) -> dict[str, object]:
    """The lease as it was read: a heartbeat that came in between saves its worker."""
    return {"lease_until": task.lease_until}


def _stuck() -> Steps:
    """unknown or applied_unverified past its greatest age and unread: a person decides."""
    steps: Steps = []
    for state, code in (
        (State.UNKNOWN, "outcome_unknown"),
        (State.APPLIED_UNVERIFIED, "value_not_saved"),
    ):
        old = clock.now() - timedelta(seconds=GREATEST_AGE[state])
        unread = Q(lease_until=None) | Q(lease_until__lt=database_now())
        for task in Task.objects.filter(unread, state=state, state_since__lt=old):
            message = "The change could not be read back in time. Look at the console yourself."
            steps.append(
                partial(
                    doubt,
                    task,
                    code,
                    actor=ACTOR,
                    reason="not read back in time",
                    detail={"message": message},
                )
            )
    return steps


def _forgotten() -> Steps:
    """planned, waiting or queued past its greatest age: queue what was forgotten, ask about the rest.

    Time under a pause counts too: a person set it and a person is asked.
    """
    steps: Steps = []
    for state in (State.PLANNED, State.WAITING, State.QUEUED):
        old = clock.now() - timedelta(seconds=GREATEST_AGE[state])
        # What waits behind an open task waits rightly; behind an ended one it was forgotten too.
        free = Q(after=None) | Q(after__state__in=[*FINAL])
        for task in Task.objects.filter(free, state=state, state_since__lt=old):
            if state == State.PLANNED:
                steps.append(
                    partial(move, task, State.QUEUED, actor=ACTOR, reason="was never queued")
                )
                continue
            steps.append(
                partial(
                    doubt,
                    task,
                    "console_unavailable",
                    actor=ACTOR,
                    reason=f"{state} for too long",
                    detail={"message": f"No worker came to this task while it was {state.value}."},
                )
            )
    return steps


def _abandoned() -> Steps:
    """with a person for too long: back to the queue, where it is seen as overdue.

    What is in review past its greatest age is told to people by the review queue itself.
    """
    old = clock.now() - timedelta(seconds=GREATEST_AGE[State.WITH_PERSON])
    return [
        partial(move, task, State.IN_REVIEW, actor=ACTOR, reason="with a person for too long")
        for task in Task.objects.filter(state=State.WITH_PERSON, state_since__lt=old)
    ]


_RULES = (
    _release,
    _wake,
    _overtaken,
    _protected,
    _crashed,
    _interrupted,
    _stuck,
    _forgotten,
    _abandoned,
)
