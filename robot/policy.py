"""Policy as data: operations and their settle times, what always asks, quorum, brake, protection.

Nothing here does anything; planning, worker and reviewqueue read it. Changing a number here changes
the product's promises, so each has its reason beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Application = Literal["console", "billing"]


@dataclass(frozen=True, slots=True)
class Operation:
    """A kind of change.

    settle: seconds after the commit at which the value is read back; value_not_saved only after the
    last. removal: counts against the removal brake. idempotent: may get a second intent without a
    person when two fresh reads still show the old value. asks: always waits for a person before its
    commit. field: the desired field of the account that it makes true.
    """

    name: str
    field: str
    application: Application
    settle: tuple[float, ...]
    removal: bool = False
    idempotent: bool = False
    asks: bool = False


# The console answers from lists that are some seconds old, and its slow parts take minutes
# (8x8 user API guide: operations usually 2 to 15 s, "exceeds 60 seconds, investigate").
_CONSOLE_SETTLE = (0.0, 5.0, 30.0, 300.0)
# Site and cost center changes may take up to 20 minutes to appear (8x8 cost center docs).
_BILLING_SETTLE = (0.0, 5.0, 60.0, 1200.0)

OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation("assign_license", "license", "console", _CONSOLE_SETTLE, idempotent=True),
        # Removing a licence destroys voicemail and call history (8x8 support, 2025): never twice.
        Operation("remove_license", "license", "console", _CONSOLE_SETTLE, removal=True),
        Operation("delete_user", "present", "console", _CONSOLE_SETTLE, removal=True, asks=True),
        # Another licence can cost voicemail, greetings and groups (8x8 support, 2025; user API).
        Operation("change_license", "license", "console", _CONSOLE_SETTLE, asks=True),
        Operation("set_work_phone", "phone_number", "console", _CONSOLE_SETTLE, idempotent=True),
        Operation("activate_user", "active", "console", _CONSOLE_SETTLE, idempotent=True),
        Operation(
            "deactivate_user", "active", "console", _CONSOLE_SETTLE, removal=True, idempotent=True
        ),
        Operation("set_profile", "profile", "console", _CONSOLE_SETTLE, idempotent=True),
        Operation(
            "set_contact_number", "contact_number", "console", _CONSOLE_SETTLE, idempotent=True
        ),
        Operation("show_in_directory", "in_directory", "console", _CONSOLE_SETTLE, idempotent=True),
        Operation(
            "hide_from_directory", "in_directory", "console", _CONSOLE_SETTLE, idempotent=True
        ),
        Operation("set_cost_center", "cost_center", "billing", _BILLING_SETTLE, idempotent=True),
    )
}


#: Operations whose form the console fills with the next free extension and number: one tenant's run
#: one after the other, since two forms opened at once are offered the same.
ONE_AT_A_TIME = ["assign_license"]


@dataclass(frozen=True, slots=True)
class QuorumNumbers:
    """How many classes of alternatives must agree on one element, by what the step does to it."""

    read: int = 1
    navigate: int = 1
    commit: int = 2


QUORUM = QuorumNumbers()


@dataclass(frozen=True, slots=True)
class Brake:
    """Removals planned in `hours` beyond max(`floor`, `share` of active accounts) wait for a person."""

    hours: int = 24
    floor: int = 5
    share: float = 0.05

    def allowance(self, active: int) -> int:
        """How many removals a tenant with that many active accounts may plan without a person."""
        return max(self.floor, int(active * self.share))


BRAKE = Brake()

#: Third crash of one task is a case: a task that kills its worker must not circle for ever.
MAX_CRASHES = 3

#: Transient faults before the commit are retried with these pauses (seconds), then become a doubt.
RETRY_PAUSES = (2.0, 10.0, 60.0)

#: One drain handles at most so many tasks or seconds, then rings again: no tenant starves another.
QUANTUM_TASKS = 10
QUANTUM_SECONDS = 120.0

#: Greatest age of each state that is not final, in seconds, after which the sweeper acts or asks.
GREATEST_AGE: dict[str, float] = {
    "planned": 300.0,  # planned and never queued: a crash between two transactions
    "waiting": 5400.0,  # 8x8's SCIM creates people within 40 minutes; 90 is twice that
    "queued": 14400.0,
    "running": 900.0,
    "committing": 120.0,
    "applied_unverified": 3600.0,
    "unknown": 3600.0,  # longer than every settle schedule, as applied_unverified
    "in_review": 1800.0,  # a case older than this is overdue; CASE_OVERDUE_SECONDS says otherwise
    "with_person": 14400.0,
}

#: Two refusals of a login's password or code pause that login: a third could lock it out.
LOGIN_REFUSALS = 2
