"""Leavers: the row that says when a tenant's stages are due begins and ends with the wish `active`.

Called by `desired.py` in its own transaction. What is done when a stage is due: `robot/stages.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from robot import clock
from robot.models import Account, Departure
from robot.planning import Value
from robot.transitions import ledger

ACTOR = "stages"


def follow(account: Account, wishes: Mapping[str, Value]) -> None:
    """Begin or end a departure when these wishes, not written yet, change whether one may sign in."""
    before, after = _active(account), wishes.get("active")
    if after == "no" and before != "no":
        _begin(account)
    elif after == "yes" and before == "no":
        _end(account)


def _begin(account: Account) -> None:
    now, tenant = clock.now(), account.tenant
    made = Departure.objects.create(
        account=account,
        since=now,
        free_at=now + timedelta(days=tenant.free_license_after),
        delete_at=now + timedelta(days=tenant.delete_after),
    )
    dates = {"free_at": made.free_at.isoformat(), "delete_at": made.delete_at.isoformat()}
    ledger(tenant, "departure", ACTOR, {"account": account.pk, **dates})


def _end(account: Account) -> None:
    for one in Departure.objects.filter(account=account, returned_at=None, deleted_at=None):
        one.returned_at = clock.now()
        one.save(update_fields=["returned_at"])
        ledger(account.tenant, "returned", ACTOR, {"account": account.pk, "departure": one.pk})


def with_kept(account: Account, wishes: dict[str, Value]) -> dict[str, Value]:
    """The wishes; of somebody who comes back also all that was wished of them and left undone.

    That is what was wished while they were out, and what they had before their licence was freed.
    """
    if wishes.get("active") != "yes" or _active(account) != "no":
        return wishes
    rows = Departure.objects.filter(account=account, returned_at=None, deleted_at=None)
    last = rows.exclude(freed_at=None).order_by("-pk").first()
    known = {name: entry["value"] for name, entry in account.desired.items()}
    left = {name: value for name, value in known.items() if isinstance(value, str)}
    return {**left, **(last.kept if last is not None else {}), **wishes}


def _active(account: Account) -> Value:
    entry = account.desired.get("active")
    value: Value = entry["value"] if entry else None
    return value
