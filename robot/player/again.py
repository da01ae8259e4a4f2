"""Loading the recorded pages again, to see what is the same each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from robot.player.enrich import Stability

#: Milliseconds between two looks at a page that is being loaded, and how many looks at most.
_LOOK, _LOOKS = 250, 20


def look_again(context: Any, reports: Sequence[Mapping[str, Any]], stability: Stability) -> None:
    """Tell `stability` what the recorded pages showed, and what they show when loaded anew.

    A page is looked at until the places of the recorded values are there again, or time is over: what
    never comes is not the same each time. Only values with digits are ever unstable; others, such
    as those of a dialog that a fresh page does not show, need not be waited for.
    """
    wanted: dict[str, set[tuple[str, str]]] = {}
    for report in reports:
        places = wanted.setdefault(report["url"], set())
        for element in filter(None, (report["element"], report["host"])):
            seen = [(a["attribute"], a["value"], a["here"]) for a in element["attributes"]]
            stability.first_load(report["url"], seen)
            places |= {(a, p) for a, v, p in seen if any(letter.isdigit() for letter in v)}
    page = context.new_page()
    try:
        for url, places in wanted.items():
            page.goto(url)
            stability.loaded_again(url, _survey(page, places))
    finally:
        page.close()


def _survey(page: Any, places: set[tuple[str, str]]) -> list[tuple[str, str, str]]:
    now: list[tuple[str, str, str]] = []
    for _ in range(_LOOKS):
        page.wait_for_timeout(_LOOK)
        now = [(a, v, p) for a, v, p in page.evaluate("() => window.__switchboardEyes.survey()")]
        if places <= {(a, p) for a, _, p in now}:
            break
    return now
