"""One unbroken chain per tenant over ledger rows, evidence, doubts, permits and decisions.

Format v1. A link's hash is the SHA-256 (hex) of the RFC 8785 JSON of
`{"v":1,"tenant","seq","prev","kind","item","digest"}`; `prev` of the first link is the SHA-256 of
`{"v":1,"tenant"}`; `digest` is the SHA-256 of the RFC 8785 JSON of the item's content. A link holds
digests and ids only, so that it can be shown to anybody.

Appending locks the tenant's head row until the transaction ends: call `record` last in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import rfc8785
from django.core.exceptions import FieldDoesNotExist
from django.db import models, transaction

from robot.models import ChainHead, ChainLink, Doubt, Evidence, LedgerEntry, Permit, Tenant

VERSION = 1
_TENANT_PATHS = ("tenant", "task__tenant", "case__tenant", "doubt__task__tenant")

Content = Callable[[Any], dict[str, Any]]


class ChainError(Exception):
    """The item cannot be chained; the transaction must not be committed."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of item: its rows, what of a row is chained, and the lookup that leads to its tenant."""

    name: str
    model: type[models.Model]
    content: Content
    tenant_path: str

    def tenant_of(self, instance: models.Model) -> Tenant:
        """The tenant whose chain the row belongs to."""
        found: Any = instance
        for name in self.tenant_path.split("__"):
            found = getattr(found, name)
        return cast("Tenant", found)

    def digest(self, instance: models.Model) -> str:
        """SHA-256 (hex) of the row's chained content as it is now."""
        return sha256_json(plain(self.content(instance)))


_KINDS: dict[str, Kind] = {}


def register(
    kind: str, model: type[models.Model], content: Content, *, tenant_path: str | None = None
) -> None:
    """Make rows of `model` chainable; later calls of `record` with such a row then chain it.

    content(instance): JSON values and datetimes, nothing of the row that changes later.
    tenant_path: lookup to the tenant, found by itself through `tenant`, `task`, `case`, `doubt`.
    Raises ChainError for a kind that is another model's and for a model without a way to its tenant.
    """
    path = tenant_path or next((p for p in _TENANT_PATHS if _leads(model, p)), None)
    if path is None:
        raise ChainError(f"{model.__name__} has no way to its tenant; give tenant_path")
    known = _KINDS.get(kind)
    if known is not None and known.model is not model:
        raise ChainError(f"kind {kind!r} is already {known.model.__name__}")
    _KINDS[kind] = Kind(kind, model, content, path)


def _leads(model: type[models.Model], path: str) -> bool:
    name, _, rest = path.partition("__")
    try:
        column = _column(model, name)
    except FieldDoesNotExist:
        return False
    if not column.concrete:  # the way back from another model
        return False
    related = column.related_model
    if not rest:
        return related is Tenant
    return isinstance(related, type) and _leads(related, rest)


def _column(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)  # noqa: SLF001  documented by Django in spite of its name


def kinds() -> dict[str, Kind]:
    """Every registered kind by name."""
    return dict(_KINDS)


def record(instance: models.Model) -> ChainLink:
    """Append a stored row to its tenant's chain, inside the transaction that stored it.

    Raises ChainError outside a transaction, for an unregistered or unsaved row, for content that is
    no JSON, and if the head moved meanwhile. IntegrityError if the row is chained already.
    """
    if not transaction.get_connection().in_atomic_block:
        raise ChainError("record() belongs inside the transaction of what it records")
    kind = _kind_of(instance)
    if instance.pk is None:
        raise ChainError(f"{instance!r} is not stored yet")
    tenant = kind.tenant_of(instance)
    digest = kind.digest(instance)
    old = _locked_head(tenant)
    seq, item = old.seq + 1, str(instance.pk)
    new = link_hash(tenant.slug, seq, old.hash, kind.name, item, digest)
    link = ChainLink.objects.create(
        tenant=tenant, seq=seq, prev=old.hash, hash=new, kind=kind.name, item=item, digest=digest
    )
    head_rows = ChainHead.objects.filter(tenant=tenant, seq=old.seq, hash=old.hash)
    if head_rows.update(seq=seq, hash=new) != 1:
        raise ChainError(f"the head of {tenant.slug} moved while link {seq} was written")
    return link


def _locked_head(tenant: Tenant) -> ChainHead:
    # PostgreSQL: whoever comes second waits here and then reads the new head. SQLite ignores the
    # lock; there BEGIN IMMEDIATE lets one writer in at a time. The guarded UPDATE proves it for both.
    rows = ChainHead.objects.select_for_update().filter(tenant=tenant)
    found = rows.first()
    if found is None:
        ChainHead.objects.get_or_create(
            tenant=tenant, defaults={"seq": 0, "hash": genesis(tenant.slug)}
        )
        found = rows.get()
    return found


def head(tenant: Tenant) -> tuple[int, str]:
    """(seq, hash) of the newest link; (0, genesis) for a tenant without any."""
    row = ChainHead.objects.filter(tenant=tenant).first()
    return (row.seq, row.hash) if row else (0, genesis(tenant.slug))


def genesis(slug: str) -> str:
    """What the first link's `prev` is."""
    return sha256_json({"v": VERSION, "tenant": slug})


def link_hash(slug: str, seq: int, prev: str, kind: str, item: str, digest: str) -> str:
    """The hash of one link, format v1."""
    return sha256_json(
        {
            "v": VERSION,
            "tenant": slug,
            "seq": seq,
            "prev": prev,
            "kind": kind,
            "item": item,
            "digest": digest,
        }
    )


def sha256_json(value: Any) -> str:
    """SHA-256 (hex) of a value as RFC 8785 JSON. Raises ChainError for what has no such form."""
    try:
        return hashlib.sha256(rfc8785.dumps(value)).hexdigest()
    except (rfc8785.CanonicalizationError, ValueError) as error:
        raise ChainError(f"not canonical JSON: {error}") from error


def utc_text(moment: datetime) -> str:
    """A moment as chained and shown: UTC, microseconds, e.g. 2025-03-01T09:30:00.000000Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def plain(content: Any) -> Any:
    """The content as it will read back from the database: pure JSON, datetimes as UTC text."""
    try:
        return json.loads(json.dumps(content, default=_to_text), parse_float=_float)
    except (TypeError, ValueError) as error:
        raise ChainError(f"content is not JSON: {error}") from error


def _to_text(value: Any) -> str:
    if isinstance(value, datetime):
        return utc_text(value)
    raise TypeError(f"{type(value).__name__} is neither JSON nor a datetime")


def _float(text: str) -> float:
    number = float(text)
    # PostgreSQL gives 1e16 back as a whole number, which RFC 8785 refuses: refuse it at the door.
    if not abs(number) < 2**53:
        raise ValueError(f"{text} is too large to be stored exactly")
    return number


def _kind_of(instance: models.Model) -> Kind:
    for kind in _KINDS.values():
        if kind.model is type(instance):
            return kind
    raise ChainError(f"{type(instance).__name__} is not registered with the chain")


def fields(*names: str) -> Content:
    """A content function: `id` and the named columns; a foreign key under its own name gives its id."""

    def content(instance: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"id": instance.pk}
        for name in names:
            relation = _column(type(instance), name).is_relation
            found[name] = getattr(instance, f"{name}_id" if relation else name)
        return found

    return content


register("ledger", LedgerEntry, fields("task", "kind", "actor", "body", "at"))
register(
    "evidence",
    Evidence,
    fields(
        "task", "run", "kind", "step", "media_type", "sha256", "size", "path", "meta", "taken_at"
    ),
)
register(
    "doubt",
    Doubt,
    fields(
        "task", "run", "code", "step", "flow", "flow_version",
        "detail", "facts", "digest", "evidence", "created_at",
    ),
)  # fmt: skip
# Not whether it was spent: that comes later and has its own ledger row.
register(
    "permit",
    Permit,
    fields("task", "code", "step", "digest", "decision", "granted_by", "granted_at"),
)
