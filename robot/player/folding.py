"""From recorded actions to steps: what belongs together becomes one step, each with an id.

An id comes from what the step does and to what, so that annotations survive a new recording. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from robot.player.recording import Recording

Step = dict[str, Any]


def steps_of(recording: Recording) -> list[Step]:
    """The recorded actions as steps with ids: what belongs together is one step."""
    steps = [_step(action) for action in _folded(recording.actions)]
    seen: dict[str, int] = {}
    for step in steps:
        name = step["id"]
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            step["id"] = f"{name}_{seen[name]}"
    return steps


def _same_target(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    first, second = one.get("target"), other.get("target")
    return bool(first and second and first["alternatives"] == second["alternatives"])


def _folded(actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what only led up to the next action on the same element.

    A click and a chord before typing; click, filter and option of a combobox; the letters that
    choose in a select; the click on the label of a check box.
    """
    kept: list[dict[str, Any]] = []
    for action in actions:
        name = action["action"]
        if name == "press" and _is_lead_up(action):
            continue
        if name == "click" and action.get("part") == "option":
            while (
                kept and kept[-1].get("box") == action["box"] and kept[-1].get("part") != "option"
            ):
                kept.pop()
            kept.append(action | {"action": "choose"})
            continue
        if name in ("fill", "select", "check", "uncheck"):
            while kept and _led_to(kept[-1], action):
                kept.pop()
        kept.append(action)
    return kept


def _is_lead_up(press: Mapping[str, Any]) -> bool:
    """Keys whose effect the next fill or choose has by itself."""
    letter = len(press["key"]) == 1
    return letter or press["key"].lower() in ("control+a", "meta+a", "tab", "shift+tab")


def _led_to(before: Mapping[str, Any], action: Mapping[str, Any]) -> bool:
    if before.get("commit"):
        return False
    if action["action"] in ("check", "uncheck"):
        words = {one.get("text") for one in before.get("target", {}).get("alternatives", ())}
        names = {one.get("name") for one in action["target"]["alternatives"]}
        return before["action"] == "click" and bool(words & names - {None})
    leads = ("click", action["action"], *(["press"] if action["action"] == "select" else []))
    return before["action"] in leads and _same_target(before, action)


def _step(action: Mapping[str, Any]) -> Step:
    name, target = action["action"], action.get("target")
    inner: dict[str, Any] = {} if target is None else {"target": target}
    kind = {"select": "choose", "check": "check", "uncheck": "check", "setInputFiles": "upload"}
    match name:
        case "open":
            inner = {"path": action["path"], "application": action["application"]}
        case "press":
            inner["key"] = action["key"]
        case "check" | "uncheck":
            inner["value"] = name == "check"
        case "fill" | "choose" | "select" if action.get("value") == "" and name == "fill":
            return {"id": f"clear_{_slug(action)}", "clear": inner}
        case "fill" | "choose" | "select":
            inner |= {key: action[key] for key in ("value", "secret") if key in action}
    step: Step = {"id": f"{kind.get(name, name)}_{_slug(action)}", kind.get(name, name): inner}
    if action.get("commit"):
        step["commit"] = True
    return step


def _slug(action: Mapping[str, Any]) -> str:
    """What the element is called, as a part of an id."""
    if action["action"] == "open":
        path = action["path"].partition("?")[0]
        parts = [part for part in path.split("/") if part and "$" not in part]
        return _word(parts[-1] if parts else "start")
    if action["action"] == "press":
        return _word(action["key"])
    alternatives = action["target"]["alternatives"]
    by = {one["by"]: one for one in reversed(alternatives)}
    if "role" in by:
        return _word(by["role"]["name"])
    for kind in ("label", "text", "neighbour"):
        if kind in by:
            return _word(by[kind]["text"])
    if "attribute" in by:
        return _word(by["attribute"]["value"].split(".")[-1])
    if "row" in by:
        index = by["row"]["index"]
        return f"row_{by['row']['tag']}" + (f"_{index + 1}" if index else "")
    return _word(alternatives[0].get("section", alternatives[0]["tag"]))


def _word(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", plain).lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:28].strip("_") or "element"
