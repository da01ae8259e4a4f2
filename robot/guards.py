"""The facts a commit is bound to, and which permit it needs. Pure but for the rows it reads."""

from __future__ import annotations

from typing import Any

from robot import flows_index
from robot.models import Task
from robot.permits import SECOND_INTENT
from robot.player.events import Facts
from robot.policy import OPERATIONS


_SHOWN = ("username", "email")


def facts_of(task: Task, seen: Facts) -> dict[str, Any]:
    """What a permit is bound to: parameters, versions, console user id, anchors, seen values."""
    return {
        "parameters": dict(task.parameters),
        "flow": task.operation,
        "flow_version": flows_index.version_of(task.operation),
        "desired_version": task.desired_version,
        "console_user_id": seen.console_user_id or task.account.console_user_id,
        # The two keys that every page of the console shows; the id stands above by itself.
        "anchors": {name: seen.anchors[name] for name in _SHOWN if name in seen.anchors},
        "seen": dict(seen.seen),
        "choice": {
            name: seen.anchors.get(name, "") for name in task.choice if name in seen.anchors
        },
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
        "flow_version": flows_index.version_of(second.operation),
        "desired_version": second.desired_version,
        "seen": {"license": ""},
    }


def required(task: Task, held: set[str]) -> str:
    """The code of the permit this commit still needs, given those held; "" when it may go."""
    asks = OPERATIONS[task.operation].asks or task.approves.exists()
    if asks and "approval_required" not in held:
        return "approval_required"
    if task.choice and "ambiguous_match" not in held:
        return "ambiguous_match"
    # A second intent is the sweeper's to grant (proved dead, settled, idempotent) or a person's.
    if task.intents > 0 and not held & SECOND_INTENT:
        return "outcome_unknown"
    return ""
