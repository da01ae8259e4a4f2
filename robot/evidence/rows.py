"""One way for bytes to become evidence: staged durably, a row, a link, then kept in their place."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from robot import clock
from robot.evidence import chain
from robot.evidence.store import StoreError, store
from robot.models import Evidence, Run, Task, Tenant

PNG = "image/png"
WEBP = "image/webp"
TEXT = "text/plain; charset=utf-8"
_SUFFIX = {PNG: "png", WEBP: "webp", TEXT: "txt"}
#: No transaction lasts so long: what was staged before that and has no row never gets one.
_FORGOTTEN = timedelta(days=1)

log = structlog.get_logger(__name__)


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


def sweep_staged() -> None:
    """Put in its place what a crash left staged with its row; throw away what has none after a day."""
    place = store()
    for key, at in place.staged():
        try:
            if Evidence.objects.filter(path=key).exists():
                place.keep(key)
            elif at < clock.now() - _FORGOTTEN:
                place.unstage(key)
        except StoreError as error:  # no key of ours, or a full disk: the others are looked at
            log.warning("staged evidence not swept", key=key, reason=str(error))
