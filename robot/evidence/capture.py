"""What the player captured becomes evidence: bytes on disk first, then a chained row.

Kinds of rows: arrived, before_commit, after_commit, read_back, doubt (pictures); text (what the
accessibility tree said); unavailable (a capture that failed, with its reason); conversion (convert.py).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from django.db import transaction

from robot.evidence import chain, rows, stamper
from robot.models import Evidence, Run, Task, Tenant
from robot.player.events import Capture

#: Looked at under time pressure or by auditors: their stamped copies are made beside the work.
_EAGER = frozenset({"before_commit", "after_commit", "read_back"})
_SECRET_NAME = re.compile(
    r"token|code|secret|pass|pwd|session|sid|sig|key|auth|otp|state|nonce|saml|relay|ticket|jwt|cred",
    re.IGNORECASE,
)
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def save(
    capture: Capture,
    *,
    tenant: Tenant,
    task: Task | None,
    run: Run | None,
    flow_version: int | None,
    login: str,
) -> Evidence:
    """Store one capture; its bytes are durable and its row chained when this returns.

    Gives the row of the picture; of the reason if there is none; of the text if only that was
    wanted. Raises store.StoreError if the bytes cannot be written: then nothing of it was stored.
    """
    meta: dict[str, Any] = {
        "url": public_url(capture.url),
        "title": clean(capture.title)[:200],
        "utc": chain.utc_text(capture.taken_at),
        "login": login,
        "step": capture.step,
        "flow": run.flow if run else "",
        "flow_version": flow_version,
        "moment": capture.kind,
        **_lengths(capture),
    }

    def add(data: bytes, media_type: str, kind: str, **more: str) -> Evidence:
        return rows.add(
            data,
            media_type,
            tenant=tenant,
            task=task,
            run=run,
            kind=kind,
            step=capture.step,
            meta={**meta, **more},
            taken_at=capture.taken_at,
        )

    found: list[Evidence] = []
    with transaction.atomic():
        if capture.png is not None:
            found.append(add(capture.png, rows.PNG, capture.kind))
        elif capture.error or not capture.text:
            reason = clean(capture.error or "nothing was captured")[:500]
            found.append(add(b"", "", "unavailable", reason=reason))
        if capture.text:
            found.append(add(clean(capture.text).encode(), rows.TEXT, "text"))
        if capture.png is not None and capture.kind in _EAGER:
            # Robust: without its stamped copy the evidence is as good; it is made on view.
            transaction.on_commit(lambda: stamper.later(found[0]), robust=True)
    return found[0]


def public_url(url: str) -> str:
    """The address without what could let somebody in: user info, secret-looking query values."""
    try:
        parts = urlsplit(clean(url))
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "(unreadable address)"
    path, mark, query = parts.fragment.partition("?")
    if not mark and "=" in path:
        path, query = "", path
    fragment = path + mark + _public_query(query)
    return urlunsplit((parts.scheme, host, parts.path, _public_query(parts.query), fragment))[:2000]


def _public_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return "&".join(
        f"{quote(name)}={'***' if _SECRET_NAME.search(name) or len(value) > 64 else quote(value)}"
        for name, value in pairs
    )


def clean(text: str) -> str:
    """Text from a page in a form every database stores: without NUL and halves of characters."""
    return _UNFIT.sub("\ufffd", text)


def _lengths(capture: Capture) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    if capture.box is not None:
        found["box"] = _named(capture.box, "x", "y", "width", "height")
    if all(capture.viewport):
        found["viewport"] = _named(capture.viewport, "width", "height")
    return found


def _named(numbers: tuple[float, ...], *names: str) -> dict[str, float]:
    return {name: round(float(n), 2) for name, n in zip(names, numbers, strict=True)}
