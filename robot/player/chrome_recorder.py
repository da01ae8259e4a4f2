"""Recordings by the Recorder of Chrome's DevTools, as its JSON export has them.

Each step names its element in several ways; those that say something to a person or are stable are
kept, XPaths and long CSS paths are not. Typed text is kept as the recorder keeps it: as a parameter's
name, never on login pages. A choice in a select is told as typing, since the export says no more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args
from urllib.parse import urlsplit

from robot.player.enrich import Wording
from robot.player.importers import is_secret, place_of, typed, whole
from robot.player.record import is_login
from robot.player.recording import Recording, RecordingError
from robot.player.targets import AttributeName

Line = dict[str, Any]

_IGNORED = frozenset(
    {"setViewport", "emulateNetworkConditions", "hover", "scroll", "waitForElement", "close"}
)
_HELD = ("Alt", "Control", "Meta", "Shift")
_ARIA = re.compile(r'aria/(?P<name>.+?)(?:\[role="(?P<role>[a-z]+)"\])?')
_BY_ID = re.compile(r"#(?P<value>[A-Za-z_-]+)")
_BY_ATTRIBUTE = re.compile(r"""[a-z]*\[(?P<attribute>[a-z-]+)=(["'])(?P<value>[^"'\d]+)\2\]""")


def is_chrome(text: str) -> bool:
    """Is this such an export?"""
    try:
        data = json.loads(text)
    except ValueError:
        return False
    return isinstance(data, dict) and "steps" in data


def from_chrome(
    text: str, *, parameters: Mapping[str, str], origins: Mapping[str, str] | None = None
) -> Recording:
    """The recording in an export.

    origins: application -> origin; without any, the first page opened is the console's. Raises
    RecordingError naming the step, counted from 1, that no flow has a step for.
    """
    with whole("the file"):
        steps = list(enumerate((dict(one) for one in json.loads(text)["steps"]), 1))
    places = dict(origins or _first_origin(steps))
    reader = _Reader(places, Wording(parameters, lambda _: False))
    for number, step in steps:
        with whole(f"step {number}"):
            reader.take(f"step {number}", step)
    if not reader.actions:
        raise RecordingError("the file holds no action; export it again as JSON")
    return Recording(next(iter(places), "console"), sorted(parameters), reader.actions)


def _first_origin(steps: list[tuple[int, Line]]) -> dict[str, str]:
    for number, step in steps:
        if step.get("type") == "navigate":
            with whole(f"step {number}"):
                parts = urlsplit(step["url"])
                return {"console": f"{parts.scheme}://{parts.netloc}"}
    return {}


@dataclass
class _Reader:
    """Takes the steps in order. target: of the element that has the focus."""

    places: Mapping[str, str]
    wording: Wording
    actions: list[Line] = field(default_factory=list)
    url: str = ""
    held: list[str] = field(default_factory=list)
    target: Line | None = None

    def take(self, where: str, step: Line) -> None:
        """One step. Raises RecordingError."""
        kind = step["type"]
        if kind in _IGNORED:
            return
        if step.get("target", "main") != "main" or step.get("frame"):
            raise RecordingError(f"{where}: what is in a frame or another window has no step")
        match kind:
            case "navigate":
                self.url = step["url"]
                application, path = place_of(where, self.url, self.places, self.wording)
                self.actions.append({"action": "open", "application": application, "path": path})
            case "click" if step.get("button", "primary") == "primary":
                self.target = self._target(where, step, "click")
                self.actions.append({"action": "click", "target": self.target})
            case "change":
                self.target = self._target(where, step, "change")
                secret = is_login(self.url) or is_secret(
                    {"selector": json.dumps(step["selectors"])}
                )
                told = typed(str(step["value"]), self.wording, secret=secret)
                self.actions.append({"action": "fill", **told, "target": self.target})
            case "keyDown" | "keyUp":
                self._key(where, str(step["key"]), down=kind == "keyDown")
            case _:
                raise RecordingError(f"{where}: {kind} has no step; leave it out")
        for event in step.get("assertedEvents") or []:
            if event.get("type") == "navigation":
                self.url = event.get("url", "")

    def _key(self, where: str, key: str, *, down: bool) -> None:
        if key in _HELD:
            self.held = [one for one in self.held if one != key] + ([key] if down else [])
        elif down and self.target is None:
            raise RecordingError(f"{where}: the key {key!r} goes to no element; click it first")
        elif down:
            held = [one for one in _HELD if one in self.held]
            told = {"action": "press", "key": "+".join([*held, key]), "target": self.target}
            self.actions.append(told)

    def _target(self, where: str, step: Line, kind: str) -> Line:
        ways = [_way(one, kind, self.wording) for one in step["selectors"]]
        kept = [way for i, way in enumerate(ways) if way and way not in ways[:i]]
        # A name without a role: mostly it is what the element says.
        kept = kept or [_named(one, self.wording) for one in step["selectors"][:1] if _is_name(one)]
        if not kept:
            raise RecordingError(
                f"{where}: {step['selectors'][0]!r} is no name, label, text or lasting id; record it"
                " with `manage.py flow record`"
            )
        return {"alternatives": kept, "fingerprint": {}}


def _is_name(chain: list[str] | str) -> bool:
    return len(chain) == 1 and chain[0].startswith("aria/")


def _named(chain: list[str], wording: Wording) -> Line:
    return {"by": "text", "text": wording.inside(chain[0].removeprefix("aria/"))}


def _way(chain: list[str] | str, kind: str, wording: Wording) -> Line | None:
    """An alternative of ours; None for one that would not last, or goes through other documents."""
    parts = [chain] if isinstance(chain, str) else chain
    if len(parts) != 1:
        return None
    selector = parts[0].removeprefix("pierce/")
    if found := _ARIA.fullmatch(selector):
        name = wording.inside(found["name"])
        if found["role"]:
            return {"by": "role", "role": found["role"], "name": name}
        return {"by": "label", "text": name} if kind == "change" else None
    if selector.startswith("text/"):
        return {"by": "text", "text": wording.inside(selector.removeprefix("text/"))}
    if found := _BY_ID.fullmatch(selector):
        return {"by": "attribute", "attribute": "id", "value": found["value"]}
    found = _BY_ATTRIBUTE.fullmatch(selector)
    if found and found["attribute"] in get_args(AttributeName):
        return {"by": "attribute", "attribute": found["attribute"], "value": found["value"]}
    return None
