"""The only writer of a task's state: a guarded UPDATE and a ledger row in one transaction.

Whoever loses a race gets StaleTransition and changes nothing. Two workers, two reviewers or a
doubled doorbell are all that same harmless case: somebody was first.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from robot import clock, signals
from robot.evidence import chain
from robot.models import Doubt, Evidence, LedgerEntry, Run, Task, Tenant
from robot.states import FINAL, MOVES, State


class TransitionError(Exception):
    """A task could not be moved; nothing was changed."""


class IllegalTransition(TransitionError):
    """The table in states.py has no such move: a defect of the caller."""


class StaleTransition(TransitionError):
    """The task was no longer as believed (state or lease epoch): somebody was first."""


class AccountBusy(TransitionError):
    """Another task holds this account, or the one form the console fills in by itself."""


def ledger(
    tenant: Tenant, kind: str, actor: str, body: dict[str, Any], task: Task | None = None
) -> LedgerEntry:
    """Write one chained ledger row. Call it inside the transaction of what it tells of."""
    with transaction.atomic():
        entry = LedgerEntry.objects.create(
            tenant=tenant, task=task, kind=kind, actor=actor, body=body, at=clock.now()
        )
        chain.record(entry)
    return entry


def hold(tasks: QuerySet[Task]) -> list[Task]:
    """Lock these tasks until the transaction ends; as they are now, by id.

    Whoever writes more than one row takes them in one order, or two could wait for each other for
    ever: tasks by id, then the account, permits, the chain's head. Only against other writers: a row
    that refers to a task (evidence, a ledger entry) is checked when it is committed, the head in hand.
    """
    return list(tasks.select_for_update(no_key=True).order_by("pk"))


def move(
    task: Task,
    target: State,
    *,
    actor: str,
    reason: str,
    epoch: int | None = None,
    guard: dict[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Move a task from the state it is believed to be in; refreshes the given instance.

    epoch: the lease epoch the caller holds, when it is a worker. guard: further conditions of the
    UPDATE. changes: columns set with the state. Raises IllegalTransition, StaleTransition, AccountBusy.
    """
    source = State(task.state)
    if target not in MOVES[source]:
        raise IllegalTransition(f"{task} cannot go from {source} to {target}")
    now = clock.now()
    if target in FINAL:
        changes["finished_at"] = now
    rows = Task.objects.filter(pk=task.pk, state=source, **(guard or {}))
    if epoch is not None:
        rows = rows.filter(lease_epoch=epoch)
    try:
        with transaction.atomic():
            if rows.update(state=target, state_since=now, **changes) != 1:
                raise StaleTransition(f"{task} is no longer {source} (wanted {target}: {reason})")
            if target in FINAL:
                _hold_followers(task)
            ledger(
                task.tenant,
                "transition",
                actor,
                {"from": source.value, "to": target.value, "reason": reason},
                task,
            )
    except IntegrityError as error:
        # Two constraints can be hit by a change of state, and both mean: not yet.
        raise AccountBusy(f"another task is in the way of {task}, it stays {source}") from error
    task.refresh_from_db()
    if target in FINAL:
        release_followers(task, actor=actor)


def doubt(
    task: Task,
    code: str,
    *,
    actor: str,
    reason: str,
    epoch: int | None = None,
    run: Run | None = None,
    step: str = "",
    detail: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    digest: str = "",
    evidence: Evidence | None = None,
    **changes: Any,
) -> Doubt:
    """Move a task into review and store why, in one transaction; tells listeners on commit."""
    with transaction.atomic():
        move(task, State.IN_REVIEW, actor=actor, reason=reason, epoch=epoch, **changes)
        row = Doubt.objects.create(
            task=task,
            run=run,
            code=code,
            step=step,
            flow=run.flow if run else "",
            flow_version=run.flow_version if run else None,
            detail=detail or {},
            facts=facts or {},
            digest=digest,
            evidence=evidence,
            created_at=clock.now(),
        )
        chain.record(row)
        # Robust: the task is in review whatever a listener does; the sweep calls it again.
        transaction.on_commit(lambda: signals.doubt_raised.send_robust(sender=Doubt, doubt=row))
    return row


def supersede(task: Task, *, actor: str, reason: str) -> None:
    """End a task that another wish made pointless; tells listeners on commit if it was in review."""
    was_in_review = task.state == State.IN_REVIEW
    with transaction.atomic():
        move(task, State.SUPERSEDED, actor=actor, reason=reason)
        if was_in_review:
            told = partial(signals.task_left_review.send_robust, sender=Task, task=task)
            transaction.on_commit(told)


def _hold_followers(task: Task) -> None:
    """What an end may move along with it, before the chain is locked: its followers, and theirs."""
    ended = [task.pk]
    while ended:
        ended = [one.pk for one in hold(Task.objects.filter(after__in=ended))]


def release_followers(task: Task, *, actor: str) -> None:
    """Let go what waited for this task: queue it, or end what makes no sense without it.

    A task approved together with the first of its pair (delete after the licence is off) ends with
    that first one unless it was verified: its approval was for both or none.
    """
    waiting = (State.PLANNED, State.WAITING)
    for follower in task.followers.filter(state__in=waiting).order_by("pk"):
        paired = follower.approved_with_id == task.pk
        ends = paired and task.state != State.VERIFIED
        changes: dict[str, Any] = {} if ends else {"due_at": clock.now()}
        try:
            move(
                follower,
                State.SUPERSEDED if ends else State.QUEUED,
                actor=actor,
                reason=f"{task} ended {task.state}",
                **changes,
            )
        except TransitionError:
            continue  # somebody else moved it; the sweeper looks again
