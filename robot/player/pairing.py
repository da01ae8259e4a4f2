"""Which report of the page goes with which action of Playwright's recorder. Pure.

Both tell the same story in the same order, at different times: Playwright holds clicks back for half
a second and tells of a page that was opened only with the next action.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from robot.player.recording import RecordingError

Action = Mapping[str, Any]
Report = Mapping[str, Any]

_REPORT_OF = {
    "click": "click",
    "check": "click",
    "uncheck": "click",
    "fill": "input",
    "press": "press",
    "select": "select",
    "setInputFiles": "input",
}


def paired(
    actions: Sequence[Action], reports: Sequence[Report]
) -> list[tuple[Action | None, Report | None]]:
    """Each action with the page's report of it, in the order of the reports.

    actions: {name, at, locator, url or key}; at: how many reports had come by then. An armed click
    is a report without an action, an opened page an action without a report. Raises RecordingError.
    """
    pairs, _ = _matched(actions, reports)
    return [(action, report) for _, action, report in sorted(pairs, key=lambda pair: pair[0])]


def unheard(actions: Sequence[Action], reports: Sequence[Report]) -> list[Report]:
    """Reports that no action has come for, yet or ever. Raises as `paired`."""
    _, left = _matched(actions, reports)
    return [report for _, report in left if report["event"] != "armed"]


def _matched(
    actions: Sequence[Action], reports: Sequence[Report]
) -> tuple[list[tuple[float, Action | None, Report | None]], list[tuple[int, Report]]]:
    """Pairs with their place in the order, and the reports left over, armed ones among them."""
    left = list(enumerate(reports))
    pairs: list[tuple[float, Action | None, Report | None]] = [
        (index, None, report) for index, report in left if report["event"] == "armed"
    ]
    for action in actions:
        if action["name"] == "navigate":
            pairs.append((_arrival(action, reports), action, None))
            continue
        wanted = _REPORT_OF.get(action["name"])
        if wanted is None:
            raise RecordingError(f"{action['name']} has no step; leave it out and record again")
        fits = [one for one in left if one[1]["event"] == wanted and _same(action, one[1])]
        if not fits:
            raise RecordingError(f"a {action['name']} was seen without its element; record again")
        left.remove(fits[0])
        pairs.append((fits[0][0], action, fits[0][1]))
    return pairs, left


def _arrival(action: Action, reports: Sequence[Report]) -> float:
    """Just before the first report from the page that was opened."""
    urls = [report["url"] for report in reports]
    for index, url in enumerate(urls):
        if index > action["at"]:
            break
        if url == action["url"] and url not in urls[max(index - 1, 0) : index]:
            return index - 0.5
    return float(action["at"])


def _same(action: Mapping[str, Any], report: Mapping[str, Any]) -> bool:
    """Whether Playwright and the page can mean the same element."""
    if action["name"] == "press":
        return bool(action["key"].lower() == str(report["key"]).lower())
    locator, element = action["locator"], report["element"]
    if locator.get("kind") == "role" and element["role"]:
        return bool(locator.get("body") == element["role"])
    if action["name"] in ("check", "uncheck"):
        return element["role"] in ("checkbox", "radio", "switch")
    return True


def chord(key: str, modifiers: int) -> str:
    """A key with what was held down: `Control+a`. modifiers: Alt 1, Control 2, Meta 4, Shift 8."""
    held = [
        name
        for bit, name in ((1, "Alt"), (2, "Control"), (4, "Meta"), (8, "Shift"))
        if modifiers & bit
    ]
    return "+".join([*held, key])
