"""Deciding: a person's answer, taken once, to what they were shown.

`allowed_actions` feeds the buttons and guards the service, so that screen and rule cannot differ. Each
doubt is decided in its own transaction: the decision's row, what it does to the task, and the link in
the chain are written together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, OperationalError, transaction

from reviewqueue import cases, errors, groups
from reviewqueue.actor import Reviewer
from reviewqueue.models import Case, Decision, Kind
from robot import answers, clock, permits, types
from robot.evidence import chain
from robot.models import Doubt, Task
from robot.policy import OPERATIONS
from robot.states import State
from robot.transitions import AccountBusy, TransitionError

#: What only one person at a time can be answered about: a choice, values, a hand's work.
SINGLE = frozenset({"choose", "by_hand", "take", "give_back"})
#: Kinds that let a removal happen: not for whoever asked for it.
_LETS_PASS = frozenset({"approve", "choose", "fix", "by_hand", "take"})

_BUSY = "The database was too busy and nothing was stored. Try again."


@dataclass(slots=True)
class Outcome:
    """What became of each doubt: decisions taken, and messages for those that could not be."""

    decided: list[Decision] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def shown_digest(doubt: Doubt) -> str:
    """SHA-256 (hex) of what a reviewer of this doubt is shown, as the database has it now.

    The robot's facts, and beside them what may change while a case waits: the task's parameters and
    state, the person's keys.
    """
    task = Task.objects.select_related("account").get(pk=doubt.task_id)
    account = task.account
    return permits.digest(
        {
            "doubt": doubt.pk,
            "facts": doubt.digest or permits.digest(doubt.facts),
            "parameters": task.parameters,
            "desired_version": task.desired_version,
            "state": task.state,
            "person": [account.username, account.email, account.full_name, account.site],
            "with": sorted(
                task.approves.exclude(state=State.SUPERSEDED).values_list("pk", flat=True)
            ),
        }
    )


def is_removal(task: Task) -> bool:
    """True when the task, or one that its approval covers, takes something away."""
    names = [task.operation, *task.approves.values_list("operation", flat=True)]
    return any(name in OPERATIONS and OPERATIONS[name].removal for name in names)


def asked_by(task: Task, user: Reviewer) -> bool:
    """True when this user requested the task, as far as names tell."""
    names = {user.get_username().casefold(), str(getattr(user, "email", "")).casefold()} - {""}
    return task.requested_by.casefold() in names


def allowed_actions(case: Case, user: Reviewer, doubts: Sequence[Doubt]) -> frozenset[str]:
    """What this user may do with these doubts of the case together.

    Kinds of decision, and `take` (begin by hand) and `give_back`. Empty for who is no reviewer, for a
    closed case and for one that another holds.
    """
    if not doubts or case.closed_at is not None or not groups.may_decide(user):
        return frozenset()
    if cases.holder(case) not in ("", user.get_username()):
        return frozenset()
    sets = [_kinds(doubt, user) for doubt in doubts]
    common = frozenset.intersection(*sets)
    return common if len(doubts) == 1 else common - SINGLE


def _kinds(doubt: Doubt, user: Reviewer) -> frozenset[str]:
    kinds = set(answers.allowed(doubt))
    if doubt.task.state == State.WITH_PERSON:
        kinds = {"by_hand", "reject", "give_back"}
    elif "by_hand" in kinds:
        kinds.add("take")
    if is_removal(doubt.task) and asked_by(doubt.task, user):
        kinds -= _LETS_PASS
    return frozenset(kinds)


def why_not(case: Case, user: Reviewer, doubts: Sequence[Doubt]) -> str:
    """Why a reviewer finds fewer buttons than usual; "" when nothing is held back."""
    holder = cases.holder(case)
    if not groups.may_decide(user):
        return "You may look. Only members of the group reviewer decide."
    if holder not in ("", user.get_username()):
        return (
            f"{holder} holds this case. It is free again when they leave it or after ten minutes."
        )
    if any(is_removal(one.task) and asked_by(one.task, user) for one in doubts):
        return "You asked for this removal: another reviewer must let it pass. You may reject it."
    return ""


def decide(
    case: Case,
    kind: str,
    *,
    by: Reviewer,
    shown: Mapping[int, str],
    reason: str = "",
    candidate: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Outcome:
    """Decide doubts of a case. shown: doubt id -> `shown_digest` as the person saw it.

    Raises NotPermitted, AlreadyClaimed, AlreadyDecided, StaleDecision, FourEyes, NotAllowed. With
    several doubts each stands for itself: errors about one are messages in the Outcome.
    """
    if not shown:
        raise errors.NotAllowed("Nothing was selected; select at least one line.")
    if kind == "reject" and not reason.strip():
        raise errors.NotAllowed("A rejection needs a reason: the next reader will ask.")
    if kind == "choose" and not candidate:
        raise errors.NotAllowed("Nobody was selected; select one of the people first.")
    if kind == "fix" and len(shown) > 1 and any(map(str.strip, (parameters or {}).values())):
        raise errors.NotAllowed("Values are corrected for one person at a time; select one line.")
    cases.claim(case, by)
    given = _Given(kind, reason.strip()[:1000], dict(candidate or {}), dict(parameters or {}))
    outcome = Outcome()
    for doubt_id, digest in sorted(shown.items()):
        try:
            outcome.decided.append(_decide_one(case, doubt_id, digest, given, by, len(shown)))
        except errors.CaseError as error:
            if len(shown) == 1:
                raise
            first = isinstance(error, errors.AlreadyDecided)
            (outcome.already if first else outcome.refused).append(str(error))
    cases.close_if_done(case)
    case.refresh_from_db()
    return outcome


@dataclass(frozen=True, slots=True)
class _Given:
    kind: str
    reason: str
    candidate: dict[str, str]
    parameters: dict[str, str]


def _decide_one(
    case: Case, doubt_id: int, digest: str, given: _Given, by: Reviewer, together: int
) -> Decision:
    try:
        with transaction.atomic():
            doubt = _admit(case, doubt_id, digest, given.kind, by, together)
            parameters = changed(doubt, given.parameters) if given.kind == Kind.FIX else {}
            decision = Decision.objects.create(
                case=case,
                doubt=doubt,
                kind=given.kind,
                by=by.get_username(),
                reason=given.reason,
                parameters=parameters,
                candidate=given.candidate if given.kind == Kind.CHOOSE else {},
                digest=digest,
                at=clock.now(),
            )
            _carry_out(doubt, decision)
            chain.record(decision)
        return decision
    except answers.Refused as refusal:
        raise errors.NotAllowed(str(refusal)) from refusal
    except AccountBusy as busy:
        raise errors.NotAllowed(f"{busy}. Try again in a minute.") from busy
    except OperationalError as busy:
        raise errors.NotAllowed(_BUSY) from busy
    except (TransitionError, IntegrityError) as lost:
        raise errors.AlreadyDecided("Somebody was first: this is decided already.") from lost


def _admit(case: Case, doubt_id: int, digest: str, kind: str, by: Reviewer, together: int) -> Doubt:
    rows = Doubt.objects.select_related("task__account", "task__tenant")
    doubt = rows.filter(pk=doubt_id, membership__case=case).first()
    if doubt is None:
        raise errors.StaleDecision("That line is not part of this case any more; look again.")
    earlier = Decision.objects.filter(doubt=doubt).first()
    if earlier is not None:
        raise errors.AlreadyDecided(f"{earlier.by} has {earlier.get_kind_display()} this already.")
    if not cases.live_members(case).filter(pk=doubt.pk).exists():
        raise errors.AlreadyDecided("The task has left review; nothing waits here any more.")
    if shown_digest(doubt) != digest:
        raise errors.StaleDecision("The case changed while you looked at it; look again.")
    kinds = _kinds(doubt, by)
    if kind not in kinds or (together > 1 and kind in SINGLE):
        if kind in _LETS_PASS and is_removal(doubt.task) and asked_by(doubt.task, by):
            raise errors.FourEyes(why_not(case, by, [doubt]))
        raise errors.NotAllowed(f"{kind.replace('_', ' ')} is no answer to this question.")
    return doubt


def _carry_out(doubt: Doubt, decision: Decision) -> None:
    reference: dict[str, Any] = {"by": decision.by, "decision": f"decision {decision.pk}"}
    if decision.kind == Kind.APPROVE:
        answers.approve(doubt, **reference)
    elif decision.kind == Kind.CHOOSE:
        answers.choose(doubt, decision.candidate, **reference)
    elif decision.kind == Kind.FIX:
        answers.fix(doubt, decision.parameters, **reference)
    elif decision.kind == Kind.BY_HAND:
        answers.done_by_hand(doubt, **reference)
    elif decision.kind == Kind.REJECT:
        answers.reject(doubt, reason=decision.reason, **reference)
    else:
        raise errors.NotAllowed(f"there is no decision called {decision.kind}")


def current(doubt: Doubt) -> dict[str, str]:
    """What a fix may change: name -> value as it stands now."""
    account, task = doubt.task.account, doubt.task
    return {
        name: str(task.parameters.get(name, getattr(account, name, "")))
        for name in answers.fixable(doubt)
    }


def changed(doubt: Doubt, parameters: Mapping[str, str]) -> dict[str, str]:
    """Of the values sent, those that differ from what stands: the rest were only shown."""
    stands = current(doubt)
    return {
        name: value.strip()
        for name, value in parameters.items()
        if value.strip() and not types.equal_fact(name, value, stands.get(name, ""))
    }


# --- By hand: taken first, so that the robot stays away meanwhile ---


def take(case: Case, user: Reviewer, doubt_id: int, digest: str) -> None:
    """Begin to do it by hand. Raises like `decide`."""
    cases.claim(case, user, hold=cases.BY_HAND)
    _move(case, user, doubt_id, digest, "take")


def give_back(case: Case, user: Reviewer, doubt_id: int, digest: str) -> None:
    """Give it back undone. Raises like `decide`."""
    cases.claim(case, user)
    _move(case, user, doubt_id, digest, "give_back")
    cases.let_go(case, user)


def _move(case: Case, user: Reviewer, doubt_id: int, digest: str, verb: str) -> None:
    try:
        with transaction.atomic():
            doubt = _admit(case, doubt_id, digest, verb, user, together=1)
            step = answers.take if verb == "take" else answers.release
            step(doubt, by=user.get_username())
    except AccountBusy as busy:
        raise errors.NotAllowed(f"{busy}. Try again in a minute.") from busy
    except answers.Refused as refusal:
        raise errors.NotAllowed(str(refusal)) from refusal
    except OperationalError as busy:
        raise errors.NotAllowed(_BUSY) from busy
    except TransitionError as lost:
        raise errors.AlreadyDecided("Somebody was first: this is decided already.") from lost
