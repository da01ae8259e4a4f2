"""Offboarding in the tenant's stages: shut out today, licence freed later, deleted later still.

8x8 advises not to delete at once: disable, free the licence after 3 to 7 days, delete after 30 to 90
(user API guide). The stages write desired fields with source `stage` like any connector does, so the
removal brake, protected accounts and approvals hold for them too.
"""

from __future__ import annotations

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet

from robot import clock
from robot.intake import accounts, desired
from robot.intake.leavers import ACTOR
from robot.intake.refusal import Refusal
from robot.models import Departure
from robot.planning import PHONE_FIELDS, Value
from robot.transitions import ledger

log = structlog.get_logger(__name__)

SOURCE = "stage"
_VOICE = ("license", *PHONE_FIELDS)


def advance() -> int:
    """Carry out every stage that is due; how many were. Safe to call at any time and twice."""
    now = clock.now()
    free = Q(freed_at=None, free_at__lte=now)
    delete = Q(freed_at__isnull=False, delete_at__lte=now)
    return sum(_advanced(one) for one in _going().filter(free | delete))


def _going() -> QuerySet[Departure]:
    """Departures whose stages go on."""
    rows = Departure.objects.filter(returned_at=None, stopped_at=None, deleted_at=None)
    return rows.select_related("account__tenant")


def _advanced(departure: Departure) -> bool:
    try:
        with transaction.atomic():
            # In the order of every wish: the tenant first. Then what was read before may be over.
            accounts.lock(departure.account.tenant)
            one = _going().select_for_update(of=("self",)).filter(pk=departure.pk).first()
            return one is not None and _advance(one)
    except (Refusal, DatabaseError) as refusal:
        # Somebody wished otherwise meanwhile; the next call looks again.
        log.warning("a stage has to wait", departure=departure.pk, reason=str(refusal))
        return False


def _advance(one: Departure) -> bool:
    account, now = one.account, clock.now()
    wish: dict[str, Value]
    if one.freed_at is None and one.free_at <= now:
        known = {name: account.desired[name]["value"] for name in _VOICE if name in account.desired}
        one.kept, one.freed_at, wish = known, now, {"license": None}
    elif one.freed_at is not None and one.delete_at <= now:
        one.deleted_at, wish = now, {"present": False}
    else:
        return False
    one.save(update_fields=["kept", "freed_at", "deleted_at"])
    desired.apply_to(account, wish, source=SOURCE, actor=ACTOR, via=ACTOR)
    return True


def stop(departure: Departure, *, by: str, reason: str) -> bool:
    """Let nothing more happen to this leaver by itself; False when it was stopped or over already."""
    if not reason.strip():
        raise ValueError("Say why: the next reader will ask.")
    return _set(departure, by, reason.strip()[:300], stopped=True)


def resume(departure: Departure, *, by: str) -> bool:
    """Let the stages go on; False when they were not stopped."""
    return _set(departure, by, "", stopped=False)


@transaction.atomic
def _set(departure: Departure, by: str, reason: str, *, stopped: bool) -> bool:
    rows = Departure.objects.filter(pk=departure.pk, returned_at=None, deleted_at=None)
    changed = rows.filter(stopped_at__isnull=stopped).update(
        stopped_at=clock.now() if stopped else None,
        stopped_by=by if stopped else "",
        stop_reason=reason,
    )
    if not changed:
        return False
    departure.refresh_from_db()
    body = {"account": departure.account_id, "departure": departure.pk, "reason": reason}
    kind = "stages_stopped" if stopped else "stages_resumed"
    ledger(departure.account.tenant, kind, by, body)
    return True
