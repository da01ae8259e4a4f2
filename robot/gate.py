"""The gate before a commit: every guard that may stop the click, and the intent that lets it pass.

All is asked of the database and the live page at the same moment: a pause, the console's user id, a
protected account, the permits a person gave and the facts they were given for, a second intent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from robot import flows_index, leases, permits
from robot.models import Account, Permit, Run, Task
from robot.permits import SECOND_INTENT
from robot.player.events import AboutToCommit, Facts
from robot.policy import OPERATIONS
from robot.states import State
from robot.transitions import StaleTransition, hold, move

_SHOWN = ("username", "email")

PROTECTED = "This account is protected: the robot never changes it."


@dataclass(frozen=True, slots=True)
class Closed:
    """Why the click may not happen: the code of the doubt, or "" for a pause; facts to be shown."""

    code: str
    detail: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def facts_of(task: Task, seen: Facts) -> dict[str, Any]:
    """What a permit is bound to: parameters, versions, console user id, anchors, seen values."""
    return {
        "parameters": dict(task.parameters),
        "flow": task.operation,
        "flow_version": flows_index.usable(task.operation).version,
        "desired_version": task.desired_version,
        "console_user_id": seen.console_user_id or task.account.console_user_id,
        # The two keys that every page of the console shows; the id stands above by itself.
        "anchors": {name: seen.anchors[name] for name in _SHOWN if name in seen.anchors},
        "seen": dict(seen.seen),
        "choice": {name: seen.anchors.get(name, "") for name in task.choice},
    }


def pair_facts(task: Task, facts: dict[str, Any]) -> dict[str, Any] | None:
    """For the first of a pair, the facts that its second task must meet once the first is done.

    Deleting follows the licence's removal: the same person, and no licence any more. If the page
    shows anything else by then, the permit does not fit and a person is asked again.
    """
    second = task.approves.first()
    if second is None:
        return None
    return facts | {
        "parameters": dict(second.parameters),
        "flow": second.operation,
        "flow_version": flows_index.usable(second.operation).version,
        "desired_version": second.desired_version,
        "seen": {"license": ""},
    }


def required(task: Task, held: set[str]) -> str:
    """The code of the permit this commit still needs, given those held; "" when it may go."""
    asks = OPERATIONS[task.operation].asks or task.approves.exists()
    if asks and "approval_required" not in held:
        return "approval_required"
    if task.choice and not permits.chosen(task):
        return "ambiguous_match"
    # A second intent is granted by a reading (robot/readback.py) or by a person, never taken.
    if task.intents > 0 and not held & SECOND_INTENT:
        return "outcome_unknown"
    return ""


def closed(task: Task, event: AboutToCommit) -> Closed | None:
    """Ask every guard; None when the click may happen. Permits that no longer fit become void.

    Raises StaleTransition when another worker holds the task by now: its permits are not ours to void.
    """
    if leases.is_paused(task.tenant):
        return Closed("")
    facts = facts_of(task, event.facts)
    known, shown = task.account.console_user_id, event.facts.console_user_id
    if known and shown and known != shown:
        asked = {"console_user_id": known}
        return Closed(
            "identity_mismatch", {"asked": asked, "seen": {"console_user_id": shown}}, facts
        )
    other = _other_account(task, event.facts)
    if other is not None:
        asked = {"username": task.account.username, "email": task.account.email}
        seen = {name: event.facts.anchors.get(name, "") for name in _SHOWN}
        message = f"Two records, one person: account {other.pk} ({other}) is this console user too."
        two = {"message": message, "asked": asked, "seen": seen, "other_account": other.pk}
        return Closed("identity_mismatch", two, facts)
    if leases.is_protected_username(task.tenant, event.facts.anchors.get("username", "")):
        return Closed("precondition", {"message": PROTECTED, "protected": True}, facts)
    given = permits.open_permits(task)
    outdated = permits.mismatched(given, facts)
    if outdated:
        _void(task, outdated)
    wanted = required(task, {p.code for p in given} - {p.code for p in outdated})
    if not wanted:
        return None
    detail: dict[str, Any] = {"asked": dict(task.parameters), "seen": dict(event.facts.seen)}
    if outdated:
        detail["message"] = "The page or the request has changed since the last decision."
    pair = pair_facts(task, facts)
    return Closed(wanted, detail, facts | ({"pair": pair} if pair else {}))


def _other_account(task: Task, seen: Facts) -> Account | None:
    """Another account of ours that the user on the page belongs to: its wishes are not this one's."""
    same = Q(pk=None)
    if seen.console_user_id:
        same |= Q(console_user_id=seen.console_user_id)
    if username := seen.anchors.get("username", "").strip():
        same |= Q(username__iexact=username)
    return Account.objects.filter(same, tenant=task.tenant).exclude(pk=task.account_id).first()


def _void(task: Task, outdated: list[Permit]) -> None:
    """Make them useless, and with them what the same answers allowed the second of a pair."""
    with transaction.atomic():
        _hold(task, task.lease_epoch)
        permits.void(outdated)
        permits.void_of(task.approves.all(), {permit.code for permit in outdated})


def _hold(task: Task, epoch: int) -> None:
    """Lock the task's row. Raises StaleTransition when it is no longer ours."""
    if not hold(Task.objects.filter(pk=task.pk, lease_epoch=epoch)):
        raise StaleTransition(f"{task} is held by another worker")


def store_intent(task: Task, run: Run, event: AboutToCommit, budget: float) -> None:
    """The intent and the spending of its permits in one transaction. budget: the click's, seconds.

    Raises StaleTransition, and nothing may be clicked, when the lease was lost or would end within
    the budget, or when a permit was spent or voided meanwhile: what the gate asked for is asked again.
    """
    facts = facts_of(task, event.facts)
    with transaction.atomic():
        _hold(task, run.epoch)
        now = leases.database_now()
        given = permits.open_permits(task)
        lacking = required(task, {permit.code for permit in given})
        if lacking or permits.mismatched(given, facts) or not permits.spend(given):
            raise StaleTransition("a permit was spent or voided meanwhile")
        spent = ", ".join(f"permit {permit.pk}" for permit in given)
        move(
            task,
            State.COMMITTING,
            actor="worker",
            reason=f"about to click {event.step}" + (f" with {spent}" if spent else ""),
            epoch=run.epoch,
            guard={"lease_until__gt": now + timedelta(seconds=budget)},
            intent_at=now,
            intents=F("intents") + 1,
            before=event.facts.seen,
            form=event.facts.form,
            flow_version=run.flow_version,
            outcome="changed",
            banner="",
        )
