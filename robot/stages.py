"""Offboarding in the tenant's stages: shut out today, licence freed later, deleted later still.

8x8 advises not to delete at once: disable, free the licence after 3 to 7 days, delete after 30 to 90
(user API guide). The stages write desired fields with source `stage` like any connector does, so the
removal brake, protected accounts and approvals hold for them too.
"""

from __future__ import annotations

import structlog
from django.db import IntegrityError, transaction

from robot import clock
from robot.intake import desired
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
    rows = Departure.objects.filter(returned_at=None, stopped_at=None, deleted_at=None)
    due = [
        *rows.filter(freed_at=None, free_at__lte=now).values_list("pk", flat=True),
        *rows.exclude(freed_at=None).filter(delete_at__lte=now).values_list("pk", flat=True),
    ]
    return sum(_advanced(key) for key in due)


def _advanced(key: int) -> bool:
    try:
        with transaction.atomic():
            return _advance(key)
    except (Refusal, IntegrityError) as refusal:
        # Somebody wished otherwise meanwhile; the next call looks again.
        log.warning("a stage has to wait", departure=key, reason=str(refusal))
        return False


def _advance(key: int) -> bool:
    open_rows = Departure.objects.filter(returned_at=None, stopped_at=None, deleted_at=None)
    one = open_rows.select_related("account__tenant").get(pk=key)
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
