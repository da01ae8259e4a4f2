"""Recordings of others: the JSON lines of Playwright's codegen (`--target jsonl`, version 1.65).

They name each element in one way only, so what is imported has to be recorded again before it can
commit. Typed text is kept as the recorder keeps it: as a parameter's name, never on login pages.
What does nothing (a press on the page's background) or only looks (an assertion) is left out with a
note where no flow could find its element; an action that matters is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from robot.player.enrich import Wording
from robot.player.pairing import chord
from robot.player.record import is_login
from robot.player.recording import Recording, RecordingError

Line = dict[str, Any]

_RECORD_INSTEAD = "record it with `manage.py flow record`"

_IGNORED = frozenset({"openPage", "closePage", "hover"})
_SECRET_WORDS = ("password", "passcode", "secret", "verification code", "one-time")
#: Blocks that hold others: a press on one of these alone is a press beside everything.
_BACKGROUND = frozenset(
    {"html", "body", "main", "form", "section", "article", "header", "footer", "aside", "nav"}
    | {"fieldset", "table"}
)
#: Longer texts are not one element's but a whole page's.
_LONGEST_TEXT = 60
_ASSERTS = {
    "assertText": "text",
    "assertVisible": "text",
    "assertValue": "value",
    "assertChecked": "checked",
}


class _NoTargetError(RecordingError):
    """The element is named in a way by which no flow finds it again."""


def from_codegen(
    text: str,
    *,
    parameters: Mapping[str, str],
    origins: Mapping[str, str] | None = None,
    say: Callable[[str], object] = lambda _: None,
) -> Recording:
    """The recording in a codegen file. Assertions become points, in order: point_1, point_2 ...

    origins: application -> origin; without any, the first page opened is the console's. say: told one
    line for each line left out. Raises RecordingError naming the line that no flow has a step for.
    """
    lines = _lines(text)
    places = dict(origins or _first_origin(lines))
    wording = Wording(parameters, lambda _: False)
    made = Recording(next(iter(places), "console"), sorted(parameters))
    page = _Page()
    for number, line in lines:
        with whole(f"line {number}"):
            _take(number, line, page, made, places, wording, say)
    if not made.actions:
        raise RecordingError("the file holds no action; was it written with --target jsonl?")
    return made


@dataclass
class _Page:
    """Where the recorded person is, and the line of what they did last."""

    url: str = ""
    before: Line = field(default_factory=dict)


def _take(
    number: int,
    line: Line,
    page: _Page,
    made: Recording,
    places: Mapping[str, str],
    wording: Wording,
    say: Callable[[str], object],
) -> None:
    name = line["name"]
    if name in _IGNORED:
        return
    if name == "navigate":
        page.url = line["url"]
        application, path = place_of(f"line {number}", page.url, places, wording)
        made.actions.append({"action": "open", "application": application, "path": path})
        return
    if _is_background(line):
        say(f"line {number}: {name} on {line.get('selector')!r}, the background: left out")
        return
    try:
        found = _alternative(number, line, wording)
    except _NoTargetError as error:
        if name not in _ASSERTS:
            raise
        say(f"{error}: left out, nothing is done there")
        return
    target = {"alternatives": [found], "fingerprint": {}}
    if name in _ASSERTS:
        made.points[f"point_{len(made.points) + 1}"] = {"target": target, "from": _ASSERTS[name]}
        return
    if name in ("click", "press") and is_secret(page.before):
        page.url = ""  # codegen does not tell that the login page was left
    made.actions.append(_action(number, line, page.url, wording) | {"target": target})
    page.before = line


@contextmanager
def whole(where: str) -> Iterator[None]:
    """A line that lacks something, or has it in another shape, is named."""
    try:
        yield
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise RecordingError(
            f"{where} is not as it should be ({type(error).__name__}: {error})"
        ) from (error)


def _lines(text: str) -> list[tuple[int, Line]]:
    found: list[tuple[int, Line]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip():
            continue
        try:
            line = json.loads(raw)
        except ValueError as error:
            raise RecordingError(
                f"line {number} is no JSON; write the file with --target jsonl"
            ) from error
        if not isinstance(line, dict):
            raise RecordingError(f"line {number} is no action; write the file with --target jsonl")
        if "name" in line:  # the first line tells of the browser
            found.append((number, line))
    return found


def _first_origin(lines: list[tuple[int, Line]]) -> dict[str, str]:
    for number, line in lines:
        if line["name"] == "navigate":
            with whole(f"line {number}"):
                parts = urlsplit(line["url"])
            return {"console": f"{parts.scheme}://{parts.netloc}"}
    return {}


def place_of(where: str, url: str, origins: Mapping[str, str], wording: Wording) -> tuple[str, str]:
    """Application and path of an address. where: its place in the file. Raises RecordingError."""
    for application, origin in origins.items():
        if url == origin or url.startswith(origin + "/"):
            return application, wording.inside(url[len(origin) :] or "/")
    raise RecordingError(f"{where}: {urlsplit(url).netloc} is no application given; add its origin")


def _is_background(line: Line) -> bool:
    """True for a press of the mouse or a key that meant nothing on the page."""
    node = line.get("locator") or {}
    kind, body = node.get("kind"), str(node.get("body", ""))
    if line["name"] not in ("click", "press") or node.get("next"):
        return False
    return (kind == "default" and body in _BACKGROUND) or (
        kind == "text" and len(body) > _LONGEST_TEXT
    )


def _alternative(number: int, line: Line, wording: Wording) -> dict[str, Any]:
    """The one way in which codegen names the element."""
    node = line.get("locator") or {}
    kind, body, options = node.get("kind"), str(node.get("body", "")), node.get("options") or {}
    named = f"line {number}: {line.get('selector')!r}"
    if "enter-frame" in str(line.get("selector")):
        raise _NoTargetError(f"{named} is inside a frame, where no flow acts")
    if node.get("next"):
        raise _NoTargetError(
            f"{named} finds the element by its place among others; {_RECORD_INSTEAD}"
        )
    if kind == "role" and options.get("name"):
        return {"by": "role", "role": body, "name": wording.inside(str(options["name"]))}
    if kind in ("label", "text") and body:
        return {"by": str(kind), "text": wording.inside(body)}
    if kind == "test-id":
        return {"by": "attribute", "attribute": "data-testid", "value": body}
    if kind == "default" and re.fullmatch(r"#[\w-]+", body):
        if re.search(r"\d", body):
            raise _NoTargetError(
                f"{named} may be an id generated anew at each load; {_RECORD_INSTEAD}, which finds out"
            )
        return {"by": "attribute", "attribute": "id", "value": body[1:]}
    raise _NoTargetError(f"{named} is no name, label, text or id; {_RECORD_INSTEAD}")


def _action(number: int, line: Line, url: str, wording: Wording) -> Line:
    name = line["name"]
    match name:
        case "click" | "check" | "uncheck" | "setInputFiles":
            return {"action": name}
        case "press":
            return {"action": name, "key": chord(line["key"], line.get("modifiers", 0))}
        case "fill":
            secret = is_login(url) or is_secret(line)
            return {"action": name, **typed(str(line["text"]), wording, secret=secret)}
        case "select":
            return {"action": name, **typed(str(line["options"][0]), wording, secret=False)}
    raise RecordingError(f"line {number}: {name} has no step; leave it out")


def is_secret(line: Line) -> bool:
    """Is what is typed there by its words a password or a code?"""
    words = f"{line.get('selector', '')} {json.dumps(line.get('locator') or {})}".lower()
    return any(word in words for word in _SECRET_WORDS)


def typed(text: str, wording: Wording, *, secret: bool) -> Line:
    """Of what was typed, only what may be kept."""
    whole = None if secret else wording.whole(text)
    if whole is not None:
        return {"value": whole}
    return {"dropped": True} if text or secret else {"value": ""}
