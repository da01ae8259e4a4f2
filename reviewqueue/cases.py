"""Cases: one function a verb. The admin's buttons and everything else call these.

A case holds doubts that one question can stand for. `ensure` makes or joins one; it is called when a
doubt is raised and again by `ensure_all`, so that no task in review is without an open case. A
closed case takes no members. Deciding is in `decide.py`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from reviewqueue import errors, groups
from reviewqueue.actor import Reviewer
from reviewqueue.models import Case, CaseMember, Scope
from robot import clock
from robot.models import Doubt, Task
from robot.player.doubts import CODES
from robot.policy import GREATEST_AGE
from robot.states import State

log = structlog.get_logger(__name__)

#: How long a reviewer holds a case without doing anything.
CLAIM = timedelta(minutes=10)
#: How long one who does it by hand holds it: as long as the sweeper lets the task be with a person.
BY_HAND = timedelta(seconds=GREATEST_AGE[State.WITH_PERSON])

_OPEN_STATES = (State.IN_REVIEW, State.WITH_PERSON)


def live_members(case: Case) -> QuerySet[Doubt]:
    """The doubts of a case that still wait for an answer, oldest first.

    One waits while its task is in review or with a person, it is the task's newest doubt, and
    nobody has decided it.
    """
    newer = Doubt.objects.filter(task=OuterRef("task"), pk__gt=OuterRef("pk"))
    return (
        Doubt.objects.filter(
            ~Exists(newer),
            membership__case=case,
            decision=None,
            task__state__in=_OPEN_STATES,
        )
        .select_related("task__account", "task__tenant", "evidence", "run")
        .order_by("pk")
    )


def ensure(doubt: Doubt) -> Case | None:
    """The open case of a doubt, made or joined. None when the doubt waits for nobody any more.

    Safe to call at any time and twice. Cases of older doubts of the task are closed.
    """
    for _ in range(3):
        try:
            with transaction.atomic():
                case = _ensure(doubt)
            break
        except IntegrityError:
            # Another process opened the same case or added the same doubt; the next look finds it.
            continue
    else:
        raise errors.CaseError(f"no case could be made for {doubt}")
    _close_older(doubt)
    return case


def _ensure(doubt: Doubt) -> Case | None:
    task = Task.objects.get(pk=doubt.task_id)
    newest = task.doubts.order_by("-pk").first()
    if task.state not in _OPEN_STATES or newest is None or newest.pk != doubt.pk:
        return None
    member = CaseMember.objects.filter(doubt=doubt).select_related("case").first()
    if member is not None and member.case.closed_at is None:
        return member.case
    case = _open_case(doubt, task)
    if member is None:
        CaseMember.objects.create(case=case, doubt=doubt, joined_at=clock.now())
    else:
        # Its case was closed while nobody had decided it: it is asked again in a new one.
        CaseMember.objects.filter(pk=member.pk, case=member.case_id).update(case=case)
    if task.urgent and not case.urgent:
        Case.objects.filter(pk=case.pk).update(urgent=True)
    return case


def _open_case(doubt: Doubt, task: Task) -> Case:
    scope = Scope(CODES[doubt.code].scope) if doubt.code in CODES else Scope.ACCOUNT
    key = {
        Scope.ACCOUNT: f"doubt:{doubt.pk}",
        Scope.FLOW: f"{doubt.flow or task.operation}/{doubt.step}",
        Scope.TENANT: "tenant",
    }[scope]
    # Locked, so that it cannot be closed between being found and being joined.
    rows = Case.objects.select_for_update().filter(closed_at=None)
    found = rows.filter(tenant=task.tenant, code=doubt.code, key=key).first()
    return found or Case.objects.create(
        tenant=task.tenant,
        code=doubt.code,
        scope=scope,
        key=key,
        flow=doubt.flow or task.operation,
        step=doubt.step,
        urgent=task.urgent,
        opened_at=clock.now(),
        opened_empty_queue=not Case.objects.filter(closed_at=None).exists(),
    )


def _close_older(doubt: Doubt) -> None:
    older = Case.objects.filter(
        closed_at=None, members__doubt__task=doubt.task_id, members__doubt__lt=doubt.pk
    )
    for case in older.distinct():
        close_if_done(case)


def on_doubt(doubt: Doubt, **_: Any) -> None:
    """Hear of a doubt just raised (robot.signals.doubt_raised)."""
    case = ensure(doubt)
    if case is not None and case.opened_empty_queue:
        from reviewqueue import notify

        notify.ring()


def on_task_left(task: Task, **_: Any) -> None:
    """Hear of a task that left review without a decision (robot.signals.task_left_review)."""
    for case in Case.objects.filter(closed_at=None, members__doubt__task=task).distinct():
        close_if_done(case)


def uncased() -> QuerySet[Task]:
    """Tasks that wait for a person and have no open case for their newest doubt. Must be empty."""
    newer = Doubt.objects.filter(task=OuterRef("doubt__task"), pk__gt=OuterRef("doubt"))
    open_member = CaseMember.objects.filter(
        ~Exists(newer), doubt__task=OuterRef("pk"), case__closed_at=None, doubt__decision=None
    )
    return Task.objects.filter(~Exists(open_member), state__in=_OPEN_STATES)


def ensure_all() -> int:
    """Give every task that waits for a person an open case; close what waits no more. How many made.

    What a lost signal, a crash or a restore left behind is mended here.
    """
    made = 0
    for task in uncased().prefetch_related("doubts").order_by("pk"):
        doubt = task.doubts.order_by("-pk").first()
        if doubt is None:
            log.error("a task is in review without a doubt", task=task.pk)
        else:
            made += _ensured(doubt)
    for case in Case.objects.filter(closed_at=None):
        close_if_done(case)
    return made


def _ensured(doubt: Doubt) -> bool:
    try:
        return ensure(doubt) is not None
    except errors.CaseError:
        # One doubt that cannot be asked must not hide the others; /readyz shows that it is there.
        log.exception("no case", doubt=doubt.pk)
        return False


def close_if_done(case: Case, note: str = "") -> bool:
    """Close a case none of whose doubts waits any more; False when one does."""
    with transaction.atomic():
        locked = Case.objects.select_for_update().filter(pk=case.pk, closed_at=None).first()
        if locked is None or live_members(locked).exists():
            return False
        decided = locked.decisions.exists()
        note = note or ("decided" if decided else "the tasks left review by another way")
        Case.objects.filter(pk=locked.pk, closed_at=None).update(
            closed_at=clock.now(), closed_note=note[:300], claimed_by="", claimed_until=None
        )
    return True


# --- Holding a case ---


def holder(case: Case) -> str:
    """Who holds the case now; "" when nobody does."""
    held = case.claimed_by and case.claimed_until and case.claimed_until > clock.now()
    return case.claimed_by if held else ""


def claim(case: Case, user: Reviewer, *, hold: timedelta = CLAIM) -> None:
    """Hold the case for ten minutes. Raises NotPermitted, AlreadyClaimed, AlreadyDecided."""
    if not groups.may_decide(user):
        raise errors.NotPermitted("Only members of the group reviewer hold cases.")
    now = clock.now()
    mine = user.get_username()
    free = Q(claimed_by__in=["", mine]) | Q(claimed_until=None) | Q(claimed_until__lte=now)
    held_until = now + hold
    if case.claimed_by == mine and case.claimed_until and case.claimed_until > held_until:
        held_until = case.claimed_until  # looking again does not shorten a hold by hand
    rows = Case.objects.filter(free, pk=case.pk, closed_at=None)
    if rows.update(claimed_by=mine, claimed_until=held_until) == 1:
        case.refresh_from_db()
        return
    case.refresh_from_db()
    if case.closed_at is not None:
        raise errors.AlreadyDecided("This case is closed; nothing waits here any more.")
    raise errors.AlreadyClaimed(f"{case.claimed_by} holds this case. Take the next one.")


def let_go(case: Case, user: Reviewer) -> bool:
    """Give up one's own hold, so that others see the case as free.

    False, and nothing happens, if it was not one's own or one is doing its task by hand: that is given
    back by `decide.give_back`, so that no two write at once.
    """
    if live_members(case).filter(task__state=State.WITH_PERSON).exists():
        return False
    rows = Case.objects.filter(pk=case.pk, claimed_by=user.get_username(), closed_at=None)
    freed = rows.update(claimed_by="", claimed_until=None) == 1
    case.refresh_from_db()
    return freed


def next_case(user: Reviewer, after: Case | None = None) -> Case | None:
    """The case to look at next: urgent first, then the oldest, none that another reviewer holds."""
    elsewhere = ~Q(claimed_by__in=["", user.get_username()]) & Q(claimed_until__gt=clock.now())
    rows = Case.objects.filter(closed_at=None).exclude(elsewhere)
    if after is not None:
        rows = rows.exclude(pk=after.pk)
    return rows.order_by("-urgent", "opened_at", "pk").first()


def mark_overdue() -> QuerySet[Case]:
    """Note since when each open case is overdue; all open overdue cases, oldest first."""
    limit = clock.now() - timedelta(seconds=settings.CASE_OVERDUE_SECONDS)
    rows = Case.objects.filter(closed_at=None, opened_at__lte=limit)
    rows.filter(overdue_since=None).update(overdue_since=clock.now())
    return rows.order_by("opened_at", "pk")
