"""New tasks that begin with a person: on protected accounts, and removals beyond the brake."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from robot import clock, permits
from robot.leases import is_protected_username
from robot.models import Account, Task, Tenant
from robot.policy import BRAKE, OPERATIONS
from robot.states import State
from robot.transitions import doubt

_REMOVALS = [operation.name for operation in OPERATIONS.values() if operation.removal]


class Holds:
    """Asks of each new task of one account whether it may go on by itself.

    Made before the new tasks are, since it counts the removals planned until then.
    """

    def __init__(self, account: Account, actor: str) -> None:
        self._actor = actor
        self._protected = is_protected_username(account.tenant, account.username)
        self._allowed = BRAKE.allowance(_active(account.tenant))
        self._removals = _recent_removals(account.tenant)

    def hold(self, task: Task) -> bool:
        """Put a new task in review if a person must see it first; True if so.

        The second of a pair is never held: it waits for the first, whose answer is for both.
        """
        if task.approved_with_id is not None:
            return False
        if self._protected:
            message = "This account is protected: the robot never touches it."
            self._ask(task, "precondition", {"message": message, "protected": True})
            return True
        if task.operation not in _REMOVALS:
            return False
        self._removals += 1
        if self._removals <= self._allowed:
            return False
        message = (
            f"This is removal {self._removals} within {BRAKE.hours} hours; "
            f"{self._allowed} are made without asking."
        )
        counted = {"removals": self._removals, "allowed": self._allowed, "hours": BRAKE.hours}
        self._ask(task, "removal_brake", {"message": message, **counted})
        return True

    def _ask(self, task: Task, code: str, detail: dict[str, Any]) -> None:
        account = task.account
        facts = {"parameters": task.parameters, "desired_version": task.desired_version}
        keys = {"username": account.username, "email": account.email}
        doubt(
            task,
            code,
            actor=self._actor,
            reason=code.replace("_", " "),
            detail={
                **detail,
                "asked": dict(task.parameters),
                "account": {name: value for name, value in keys.items() if value},
            },
            facts=facts,
            digest=permits.digest(facts),
        )


def _recent_removals(tenant: Tenant) -> int:
    """Removals planned lately and not overtaken since; a delete with its licence counts once."""
    since = clock.now() - timedelta(hours=BRAKE.hours)
    planned = Task.objects.filter(
        tenant=tenant, operation__in=_REMOVALS, approved_with=None, created_at__gt=since
    )
    return planned.exclude(state=State.SUPERSEDED).count()


def _active(tenant: Tenant) -> int:
    """Accounts that the robot has seen in the console and not seen gone.

    Not all that were asked about: requests must not be able to raise their own allowance.
    """
    seen = Account.objects.filter(tenant=tenant).exclude(observed={})
    return seen.count() - seen.filter(observed__present__value="").count()
