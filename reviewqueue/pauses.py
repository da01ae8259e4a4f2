"""The operators' brake: stop the robot between steps, for one tenant or for all, until lifted."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from reviewqueue import errors, groups
from reviewqueue.actor import Reviewer
from robot import clock, doorbell
from robot.models import Pause, Tenant
from robot.transitions import ledger


def open_pauses() -> list[Pause]:
    """Pauses in force, those for all first."""
    rows = Pause.objects.filter(lifted_at=None).select_related("tenant")
    return sorted(rows, key=lambda pause: (pause.tenant_id is not None, pause.since))


def pause(tenant: Tenant | None, user: Reviewer, reason: str) -> Pause:
    """Stop the robot for a tenant, or (None) for all. Raises NotPermitted, NotAllowed."""
    _permitted(user)
    reason = reason.strip()[:300]
    if not reason:
        raise errors.NotAllowed(
            "A pause needs a reason: whoever finds the robot standing will ask."
        )
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = Pause.objects.create(
                    tenant=tenant, reason=reason, by=user.get_username(), since=clock.now()
                )
        except IntegrityError as first:
            message = f"The robot is paused for {tenant or 'everything'} already."
            raise errors.NotAllowed(message) from first
        _note(made, "paused", user, {"reason": reason})
    return made


def lift(which: Pause, user: Reviewer) -> None:
    """Let the robot go on. Raises NotPermitted, AlreadyDecided."""
    _permitted(user)
    with transaction.atomic():
        rows = Pause.objects.filter(pk=which.pk, lifted_at=None)
        if rows.update(lifted_at=clock.now(), lifted_by=user.get_username()) != 1:
            raise errors.AlreadyDecided("Somebody was first: this pause is lifted already.")
        _note(which, "resumed", user, {})
        doorbell.ring_on_commit()


def _permitted(user: Reviewer) -> None:
    if not groups.may_pause(user):
        raise errors.NotPermitted("Only members of the group operator pause and resume the robot.")


def _note(which: Pause, kind: str, user: Reviewer, body: dict[str, str]) -> None:
    # A pause for all stands in every tenant's chain: each can show when its robot stood still.
    tenants: Iterable[Tenant] = [which.tenant] if which.tenant else Tenant.objects.order_by("pk")
    for tenant in tenants:
        ledger(tenant, kind, user.get_username(), {"pause": which.pk, **body})
