"""One way for bytes to become evidence: staged durably, a row, a link, then kept in their place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from robot.evidence import chain
from robot.evidence.store import store
from robot.models import Evidence, Run, Task, Tenant

PNG = "image/png"
WEBP = "image/webp"
TEXT = "text/plain; charset=utf-8"
_SUFFIX = {PNG: "png", WEBP: "webp", TEXT: "txt"}


def add(
    data: bytes,
    media_type: str,
    *,
    tenant: Tenant,
    task: Task | None,
    run: Run | None,
    kind: str,
    step: str,
    meta: dict[str, Any],
    taken_at: datetime,
) -> Evidence:
    """One chained row with its bytes; media_type is PNG, WEBP, TEXT, or "" for a row without bytes.

    Raises store.StoreError if the bytes cannot be written; then there is no row. Within an outer
    transaction the bytes stay staged (and readable) until that one commits.
    """
    place = store()
    key = place.stage(tenant.slug, data, _SUFFIX[media_type]) if media_type else ""
    with transaction.atomic():
        row = Evidence.objects.create(
            tenant=tenant,
            task=task,
            run=run,
            kind=kind,
            step=step[:80],
            media_type=media_type,
            sha256=key.rpartition("/")[2].partition(".")[0],
            size=len(data) if key else 0,
            path=key,
            meta=meta,
            taken_at=taken_at,
        )
        chain.record(row)
        if key:
            # Robust: the row is committed, and staged bytes are found under their key all the same.
            transaction.on_commit(lambda: place.keep(key), robust=True)
    return row
