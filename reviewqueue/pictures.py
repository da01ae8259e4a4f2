"""Pictures of evidence for the browser: the marked part, and the whole with its stamp."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpResponse

from robot.evidence import render
from robot.evidence.store import StoreError
from robot.models import Evidence

#: Pixels of surroundings around the marked element.
MARGIN = 48


def crop(evidence: Evidence) -> HttpResponse:
    """The marked element with its surroundings."""
    return _answer(evidence, lambda: render.crop(evidence, MARGIN))


def stamped(evidence: Evidence) -> HttpResponse:
    """The whole picture with stamp and outline."""
    return _answer(evidence, lambda: render.stamped(evidence))


def _answer(evidence: Evidence, draw: Callable[[], bytes]) -> HttpResponse:
    """The picture, kept by no cache. 404 for an item without one or whose bytes are not there."""
    if not evidence.media_type.startswith("image/"):
        raise Http404("this item has no picture")
    try:
        data = draw()
    except (StoreError, OSError, ValueError) as error:
        raise Http404("the picture cannot be shown") from error
    # PNG or WebP, told apart by their first bytes.
    kind = "image/webp" if data[8:12] == b"WEBP" else "image/png"
    answer = HttpResponse(data, content_type=kind)
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    # An image from a console is only ever an image, whatever somebody hid in it.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
