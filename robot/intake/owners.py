"""Whose a desired field is: what an armed identity provider has set is changed there and nowhere else."""

from __future__ import annotations

from collections.abc import Collection

from robot.intake.refusal import Refusal, Wrong
from robot.models import Account, Connection

#: Source of what the tasks API sets, and of what identity providers set and then own.
API = "api"
PROVIDERS = frozenset({"scim", "google"})


def refuse_owned(account: Account, fields: Collection[str], source: str) -> None:
    """Raises Refusal, 409 naming each owner, when the tasks API wishes a field that is not its own."""
    if source != API:
        return
    owners = {
        name: str(entry.get("via", ""))
        for name in fields
        if (entry := account.desired.get(name, {})).get("source") in PROVIDERS
    }
    connections = Connection.objects.filter(tenant=account.tenant, mode="armed")
    armed = set(connections.filter(slug__in=owners.values()).values_list("slug", flat=True))
    wrong = [
        Wrong(f"set.{name}", f"belongs to the connection {owner}: change it there")
        for name, owner in owners.items()
        if owner in armed
    ]
    if wrong:
        detail = "; ".join(f"{one.path} {one.detail}" for one in wrong)
        raise Refusal(409, "field_owned", f"{detail}. Nothing was queued.", wrong)
