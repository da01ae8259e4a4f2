"""What a person's decision does to a task. One transaction each; the reviewqueue calls these.

Nothing here trusts the screen: `by_hand` leads to a read-back by the robot, an approval to a permit
bound to the facts shown, a fix to a new desired value that is typed like every other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q

from robot import clock, doorbell, permits, types
from robot.models import Account, Doubt, Task
from robot.states import State
from robot.transitions import hold, ledger, move


class Refused(Exception):
    """The decision cannot be carried out; the message tells the reviewer why and what to do."""


_ASK = ("fix", "by_hand", "reject")

#: Which decisions each doubt admits.
ALLOWED: dict[str, tuple[str, ...]] = {
    "approval_required": ("approve", "by_hand", "reject"),
    "removal_brake": ("approve", "by_hand", "reject"),
    "outcome_unknown": ("approve", "by_hand", "reject"),
    "ambiguous_match": ("choose", "by_hand", "reject"),
    "unmapped": ("fix", "by_hand", "reject"),
}

#: Keys of the person, which a fix may correct where the robot could not find or prove them.
IDENTITY_KEYS = {
    "username": "username",
    "email": "email",
    "extension": "extension",
    "full_name": "name",
}
_IDENTITY_CODES = frozenset({"not_found", "identity_mismatch", "identity_unprovable"})


def allowed(doubt: Doubt) -> tuple[str, ...]:
    """The kinds of decision this doubt admits: approve, choose, fix, by_hand, reject."""
    if doubt.detail.get("protected"):
        return ("by_hand", "reject")
    return ALLOWED.get(doubt.code, _ASK)


def fixable(doubt: Doubt) -> dict[str, str]:
    """Parameter name -> type of what a fix may change."""
    kinds = {name: types.kind_of(name) for name in doubt.task.parameters}
    if doubt.code in _IDENTITY_CODES:
        kinds = {**IDENTITY_KEYS, **kinds}
        if "extension" not in doubt.task.parameters:
            del kinds["extension"]
    return kinds


def _admit(doubt: Doubt, kind: str) -> Task:
    task = doubt.task
    # First of all, and with the second of a pair, which the answer may be for too.
    hold(Task.objects.filter(Q(pk=task.pk) | Q(approved_with=task.pk)))
    task.refresh_from_db()
    if kind not in allowed(doubt):
        raise Refused(f"{kind} is no answer to {doubt.code}")
    newest = task.doubts.order_by("-pk").values_list("pk", flat=True).first()
    if newest != doubt.pk:
        raise Refused("this question has been overtaken by a newer one; open the newest case")
    return task


def approve(doubt: Doubt, *, by: str, decision: str) -> None:
    """Grant the permit (for a pair: both) and let the robot go on. Raises Refused, StaleTransition."""
    with transaction.atomic():
        task = _admit(doubt, "approve")
        permits.grant(task, doubt, _facts(doubt), by=by, decision=decision)
        pair = doubt.facts.get("pair")
        if isinstance(pair, dict):
            for second in task.approves.all():
                permits.grant(second, doubt, pair, by=by, decision=decision)
        _requeue(task, by, f"approved by {by}")


def choose(doubt: Doubt, candidate: Mapping[str, str], *, by: str, decision: str) -> None:
    """Bind the task to one of the shown candidates. Raises Refused for any other."""
    with transaction.atomic():
        task = _admit(doubt, "choose")
        shown = doubt.detail.get("candidates", [])
        if dict(candidate) not in shown:
            raise Refused("that candidate was not among those shown; look again")
        keys = {k: v for k, v in candidate.items() if k in ("username", "email") and v}
        permits.grant(task, doubt, {"choice": keys}, by=by, decision=decision)
        # The second of a pair is about the same person; its own approval still binds its own page.
        for second in task.approves.all():
            permits.grant(second, doubt, {"choice": keys}, by=by, decision=decision)
        task.approves.update(choice=keys)
        _requeue(task, by, f"{by} chose {keys.get('username', 'a candidate')}", choice=keys)


def fix(doubt: Doubt, parameters: Mapping[str, str], *, by: str, decision: str) -> None:
    """Correct parameters (or none: try again) and let the robot go on.

    A desired field is overridden with source `review` in a new desired version. Raises Refused with
    the type's own message for a value that is not of its type.
    """
    with transaction.atomic():
        task = _admit(doubt, "fix")
        kinds = fixable(doubt)
        changed: dict[str, str] = {}
        for name, raw in parameters.items():
            if name not in kinds:
                raise Refused(f"{name} cannot be changed here")
            if not raw.strip():
                continue
            try:
                changed[name] = types.TYPES[kinds[name]].parse(raw)
            except types.InvalidValue as error:
                raise Refused(f"{name}: {error}") from error
        merged = _override(task, changed, by)
        facts = {"parameters": merged["parameters"], "desired_version": merged["desired_version"]}
        permits.grant(task, doubt, facts, by=by, decision=decision)
        _requeue(
            task, by, f"{by} changed {', '.join(sorted(changed)) or 'nothing'}: try again", **merged
        )


def _override(task: Task, changed: Mapping[str, str], by: str) -> dict[str, Any]:
    """Write corrected keys and desired values to the account; the task's new columns."""
    account = Account.objects.select_for_update(no_key=True).get(pk=task.account_id)
    keys = {name: changed[name] for name in changed if name not in task.parameters}
    values = {name: changed[name] for name in changed if name in task.parameters}
    taken = Account.objects.filter(tenant=account.tenant_id, username=keys.get("username") or None)
    if taken.exclude(pk=account.pk).exists():
        raise Refused(f"{keys['username']} is the username of another account already")
    for name, value in keys.items():
        setattr(account, name, value)
    version = account.desired_version
    if values:
        version += 1
        account.desired_version = version
        account.desired = account.desired | {
            name: {"value": value, "source": "review", "version": version}
            for name, value in values.items()
        }
    if changed:
        account.save()
        ledger(
            task.tenant,
            "override",
            by,
            {"account": account.pk, "fields": sorted(changed), "version": version},
            task,
        )
    return {
        "parameters": {**task.parameters, **values},
        "desired_version": version if values else task.desired_version,
    }


def reject(doubt: Doubt, *, reason: str, by: str, decision: str) -> None:
    """End the task. It holds for this account, field and desired version until one changes."""
    if not reason.strip():
        raise Refused("a rejection needs a reason: the next reader will ask")
    with transaction.atomic():
        task = _admit(doubt, "reject")
        move(task, State.REJECTED, actor=by, reason=f"{reason.strip()} (decision {decision})")


def take(doubt: Doubt, *, by: str) -> None:
    """The person does it by hand now: no worker touches this account meanwhile."""
    with transaction.atomic():
        task = _admit(doubt, "by_hand")
        move(task, State.WITH_PERSON, actor=by, reason=f"{by} does it by hand")


def release(doubt: Doubt, *, by: str) -> None:
    """The person gives it back undone."""
    task = doubt.task
    task.refresh_from_db()
    move(task, State.IN_REVIEW, actor=by, reason=f"{by} gave it back")


def done_by_hand(doubt: Doubt, *, by: str, decision: str) -> None:
    """The person says it is done; the robot reads it back before it counts."""
    with transaction.atomic():
        task = _admit(doubt, "by_hand")
        # What was approved was the robot's change of what was shown; a person's hand came between.
        both = Task.objects.filter(Q(pk=task.pk) | Q(approved_with=task))
        permits.void_of(both, {"approval_required"})
        if task.state == State.IN_REVIEW:
            move(task, State.WITH_PERSON, actor=by, reason=f"{by} did it by hand")
        move(
            task,
            State.APPLIED_UNVERIFIED,
            actor=by,
            reason=f"{by} says it is done (decision {decision}); to be read back",
            outcome="by_hand",
            settle_index=0,
            retries=0,
            due_at=clock.now(),
            form={},
            banner="",
            lease_until=None,
        )
        doorbell.ring_on_commit()


def _facts(doubt: Doubt) -> dict[str, Any]:
    return {name: value for name, value in doubt.facts.items() if name != "pair"}


def _requeue(task: Task, by: str, reason: str, **changes: Any) -> None:
    move(
        task,
        State.QUEUED,
        actor=by,
        reason=reason,
        due_at=clock.now(),
        retries=0,
        crashes=0,
        **changes,
    )
    doorbell.ring_on_commit()
