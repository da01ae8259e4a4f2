"""Pictures of evidence for the browser: the marked part, and the whole with its stamp."""

from __future__ import annotations

from django.http import HttpResponse

from robot.evidence import render
from robot.models import Evidence

#: CSS pixels of surroundings around the marked element.
MARGIN = 90


def crop(evidence: Evidence) -> HttpResponse:
    """The marked element with its surroundings; a card that says why where there is no picture."""
    return _answer(render.crop(evidence, MARGIN))


def stamped(evidence: Evidence) -> HttpResponse:
    """The whole picture with stamp and outline."""
    return _answer(render.stamped(evidence))


def _answer(data: bytes) -> HttpResponse:
    answer = HttpResponse(data, content_type=render.MEDIA_TYPE)
    # Pictures show people's data: no cache keeps them after the session.
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    # An image from a console is only ever an image, whatever somebody hid in it.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
