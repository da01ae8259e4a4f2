"""Later, when a worker is idle: PNG to lossless WebP, four to seven times smaller, the same pixels.

A conversion is an item of its own, which names the digest of both files and of the decoded pixels
(SHA-256 of width x height x 3 bytes, row by row). Only then may the PNG go.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from PIL import Image

from robot import clock
from robot.evidence import rows
from robot.evidence.store import MissingError, StoreError, store
from robot.models import Evidence

KIND = "conversion"
_SETTLED = timedelta(seconds=60)
_UNREADABLE = (OSError, SyntaxError, ValueError, zlib.error)  # what Pillow raises for broken files


class PixelsError(Exception):
    """These bytes cannot be decoded to exactly one RGB picture."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """A decoded picture: its size in px and the digest of its RGB bytes."""

    image: Image.Image
    digest: str


def pixels(data: bytes) -> Pixels:
    """Decode a picture. Raises PixelsError for broken, transparent or deeper than 8-bit ones."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            opened.load()
            if opened.mode not in {"RGB", "RGBA", "L", "P"}:
                raise PixelsError(f"a picture of mode {opened.mode}")
            if "A" in opened.mode or "transparency" in opened.info:
                low, _ = opened.convert("RGBA").getchannel("A").getextrema()
                if low != 255:
                    raise PixelsError("a picture that is not opaque")
            image = opened.convert("RGB")
    except _UNREADABLE as error:
        raise PixelsError(f"not a readable picture ({error})") from error
    return Pixels(image, hashlib.sha256(image.tobytes()).hexdigest())


def convert(evidence: Evidence, *, remove: bool = False) -> Evidence:
    """Convert one PNG; gives the conversion's row, an older one if it was done before.

    A picture that cannot be converted exactly gets a row with the reason and keeps its PNG.
    remove: take the PNG away once the row is committed.
    """
    known = conversion_of(evidence, failed=True)
    if known is not None:
        return known
    meta: dict[str, object] = {"of": evidence.pk, "png_sha256": evidence.sha256}
    data = b""
    try:
        before = pixels(picture(evidence))
        data = _encode(before.image)
        after = pixels(data)
        if (after.image.size, after.digest) != (before.image.size, before.digest):
            raise PixelsError("the WebP does not show the same pixels")
        width, height = before.image.size
        meta |= {
            "webp_sha256": hashlib.sha256(data).hexdigest(),
            "rgb_sha256": before.digest,
            "width": width,
            "height": height,
        }
    except (PixelsError, StoreError) as error:
        meta["reason"], data = str(error)[:500], b""
    return _write(evidence, data, meta, remove=remove)


def _write(evidence: Evidence, data: bytes, meta: dict[str, object], *, remove: bool) -> Evidence:
    with transaction.atomic():
        # Another worker may have converted it meanwhile: whoever comes second waits here, and sees.
        known = conversion_of(Evidence.objects.select_for_update().get(pk=evidence.pk), failed=True)
        if known is not None:
            return known
        row = rows.add(
            data,
            rows.WEBP if data else "",
            tenant=evidence.tenant,
            task=evidence.task,
            run=evidence.run,
            kind=KIND,
            step=evidence.step,
            meta=meta,
            taken_at=clock.now(),
        )
        if remove and data:
            # Registered after the one that keeps the WebP, so the PNG goes when that one is there.
            transaction.on_commit(lambda: _remove(evidence, row), robust=True)
    return row


def _remove(evidence: Evidence, conversion: Evidence) -> None:
    _untouched(conversion)
    store().remove(evidence.path)


def convert_due(limit: int = 10, *, remove: bool = True) -> int:
    """Convert the next pictures, oldest first; how many were dealt with. For an idle worker.

    The newest conversion marks how far it has come. Pictures of the last minute wait, so that rows
    of transactions still open are not overtaken.
    """
    last = Evidence.objects.filter(kind=KIND).order_by("-pk").first()
    start = int(last.meta["of"]) if last else 0
    pictures = Evidence.objects.filter(
        pk__gt=start, media_type=rows.PNG, taken_at__lt=clock.now() - _SETTLED
    ).select_related("tenant", "task", "run")
    due = list(pictures.order_by("pk")[:limit])
    for evidence in due:
        convert(evidence, remove=remove)
    return len(due)


def conversion_of(evidence: Evidence, *, failed: bool = False) -> Evidence | None:
    """The conversion of a picture with these bytes in the same tenant; failed ones only if asked."""
    found = Evidence.objects.filter(tenant_id=evidence.tenant_id, kind=KIND).order_by("pk")
    for row in found.filter(task=evidence.task, pk__gt=evidence.pk):
        if row.meta.get("of") == evidence.pk and (row.path or failed):
            return row
    if failed:
        return None
    # The same bytes captured for another task: one file, whose conversion serves both.
    return found.filter(meta__png_sha256=evidence.sha256).exclude(path="").first()


def picture(evidence: Evidence) -> bytes:
    """The picture's bytes as captured or, once converted, as WebP; checked against the row's digest.

    Raises StoreError when the file is missing, and when it is not what was captured.
    """
    try:
        return _untouched(evidence)
    except MissingError:
        row = conversion_of(evidence)
        if row is None:
            raise
        return _untouched(row)


def _untouched(evidence: Evidence) -> bytes:
    data = store().get(evidence.path)
    if hashlib.sha256(data).hexdigest() != evidence.sha256:
        raise StoreError(f"{evidence.path} was changed; run `manage.py evidence verify`")
    return data


def _encode(image: Image.Image) -> bytes:
    target = io.BytesIO()
    # Method 1, quality 50: smaller than PNG at its best, at the cost of one PNG at its fastest.
    image.save(target, "WEBP", lossless=True, method=1, quality=50, exact=True)
    return target.getvalue()
