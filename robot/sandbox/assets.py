"""The pages' own files. Class names are made unrecognisable, and new at every start.

Scripts and style sheets write a class as `k-something`; what leaves the server is a hash of
that word and the start's salt, as a bundler would make it. One real class name is known and
kept: the one containing `form-section-header-container` (public automation code).
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from robot.sandbox.web import Response

FOLDER = Path(__file__).with_name("static")
KEPT = "k-form-section-header-container"
_TOKEN = re.compile(r"\bk-[a-z0-9-]+")
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


def class_name(token: str, salt: str) -> str:
    """The class that stands for `token` in this start of the Sandbox."""
    digest = hashlib.sha256(f"{salt}/{token}".encode()).hexdigest()[:7]
    return f"form-section-header-container-{digest}" if token == KEPT else f"css-{digest}"


@cache
def _source(name: str) -> str | None:
    path = FOLDER / name
    if path.parent != FOLDER or path.suffix not in _TYPES or not path.is_file():
        return None
    return path.read_text(encoding="utf-8")


def static_file(name: str, salt: str) -> Response:
    """A file of the static folder, to be kept by the browser for an hour."""
    text = _source(name)
    if text is None:
        return Response(404, b"Not found", "text/plain; charset=utf-8")
    text = _TOKEN.sub(lambda match: class_name(match.group(), salt), text)
    kind = _TYPES[Path(name).suffix]
    return Response(200, text.encode(), kind, {"Cache-Control": "private, max-age=3600"})


def document(script: str, sheets: list[str], title: str, salt: str, body: str) -> Response:
    """An HTML page that one script fills."""
    links = "".join(f'<link rel="stylesheet" href="/static/{salt}/{one}">' for one in sheets)
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="/static/{salt}/icon.svg">{links}'
        f'<script type="module" src="/static/{salt}/{script}"></script></head>'
        f"<body>{body}</body></html>"
    )
    text = _TOKEN.sub(lambda match: class_name(match.group(), salt), html)
    headers = {"Cache-Control": "no-store"}
    return Response(200, text.encode(), "text/html; charset=utf-8", headers)
