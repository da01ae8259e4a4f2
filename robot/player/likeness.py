"""How alike two elements are, property by property: texts, addresses, paths, places. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit

Element = Mapping[str, str]
T = TypeVar("T", str, tuple[str, ...], frozenset[str])

_WORD = re.compile(r"\w+")
_ROOTED = re.compile(r"(?://\*\[@id='([^']*)'\]|id\([\"']([^\"']*)[\"']\))")
_FOREIGN = re.compile(r"\*\[local-name\(\) = \W*(\w+)\W*\]")
#: One property known of only one of the two says a little against them.
_ONE_SIDED = -0.5


def compare(recorded: Element, candidate: Element) -> dict[str, float]:
    """Each comparison from -1 (both known, unlike) to 1 (alike); 0 when neither is known."""
    text, shown = text_of(recorded), text_of(candidate)
    root, steps = _steps(recorded.get("idxpath", ""))
    other_root, other_steps = _steps(candidate.get("idxpath", ""))
    tags = _tags(recorded.get("xpath", ""))
    other_tags = _tags(candidate.get("xpath", ""))
    found = {
        key: _pair(plain(recorded, key), plain(candidate, key), _same)
        for key in ("tag", "name", "type", "role")
    }
    return found | {
        "id": _pair(plain(recorded, "id"), plain(candidate, "id"), edits),
        "alt": _pair(plain(recorded, "alt"), plain(candidate, "alt"), edits),
        "class": _pair(
            _words(recorded.get("class", "")), _words(candidate.get("class", "")), _shared
        ),
        "href": _pair(recorded.get("href", ""), candidate.get("href", ""), _same),
        "path": _pair(_address(recorded), _address(candidate), _shared),
        "text": _pair(text, shown, _alike),
        "same_text": _pair(text, shown, _same),
        "length": _pair(text, shown, _lengths) if text and shown else -float(bool(text or shown)),
        "near": _pair(_words(_near(recorded)), _words(_near(candidate)), _near_shared),
        "xpath": _pair(tags, other_tags, _ends),
        "tail": _pair(tags, other_tags, _tail),
        "root": _pair(root, other_root, _same),
        "id_tail": _pair(steps, other_steps, _tail),
        "button": _pair(recorded.get("is_button", ""), candidate.get("is_button", ""), _same),
        "place": _placed(recorded, candidate),
        "size": _sized(recorded, candidate),
    }


def text_of(element: Element) -> str:
    """What the element says: its text, else its accessible name, else what stands in for one."""
    for key in ("visible_text", "text", "aria_label", "alt", "value", "placeholder", "title"):
        said = plain(element, key)
        if said:
            return said
    return ""


def wording(text: str) -> list[str] | str:
    """The words in order: dots and arrows around them come and go."""
    return _WORD.findall(text) or text


def plain(element: Element, key: str) -> str:
    """A property in small letters, its blanks folded."""
    return " ".join(element.get(key, "").lower().split())


def _near(element: Element) -> str:
    sides = (
        element.get(f"neighbor_text_{side}", "") for side in ("above", "left", "right", "below")
    )
    return element.get("neighbor_text", "") or " ".join(sides)


def _pair(left: T, right: T, like: Callable[[T, T], float]) -> float:
    if left and right:
        return 2 * like(left, right) - 1
    return _ONE_SIDED if left or right else 0.0


def _same(left: str, right: str) -> float:
    return float(left == right)


@lru_cache(maxsize=20_000)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


def _shared(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right)


def _near_shared(left: frozenset[str], right: frozenset[str]) -> float:
    """What is near may have grown: half for sharing, half for containing the shorter."""
    common = len(left & right)
    return (common / len(left | right) + common / min(len(left), len(right))) / 2


def _lengths(left: str, right: str) -> float:
    return min(len(left), len(right)) / max(len(left), len(right))


def _alike(left: str, right: str) -> float:
    if left == right:
        return 1.0
    words, others = _words(left), _words(right)
    shared = _shared(words, others) if words and others else 0.0
    return max(shared, edits(left, right) if _lengths(left, right) > 0.5 else 0.0)


def edits(left: str, right: str) -> float:
    """1 less the share of letters to edit (Levenshtein), of the first 40."""
    left, right = left[:40], right[:40]
    if left == right:
        return 1.0
    before = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        row = [i]
        for j, other in enumerate(right, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other)))
        before = row
    return 1 - before[-1] / max(len(left), len(right), 1)


def _address(element: Element) -> frozenset[str]:
    href = element.get("href", "")
    try:
        return _words(urlsplit(href).path)
    except ValueError:
        return _words(href)


@lru_cache(maxsize=20_000)
def _steps(path: str) -> tuple[str, tuple[str, ...]]:
    """(id the path hangs on, its steps) of an XPath, absolute or from an id."""
    rooted = _ROOTED.match(path)
    root = (rooted[1] or rooted[2] or "") if rooted else ""
    rest = _FOREIGN.sub(r"\1", path[rooted.end() :] if rooted else path)
    return root, tuple(step for step in rest.lower().split("/") if step)


@lru_cache(maxsize=20_000)
def _tags(path: str) -> tuple[str, ...]:
    return tuple(step.partition("[")[0] for step in _steps(path)[1])


def _common(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def _tail(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    """Share of steps that are the same, counted from the element upwards."""
    return _common(left[::-1], right[::-1]) / max(len(left), len(right))


def _ends(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    """Share of steps that are the same from both ends: wrappers come and go in between."""
    longest = max(len(left), len(right))
    return min(1.0, (_common(left, right) + _common(left[::-1], right[::-1])) / longest)


def _numbers(element: Element, keys: tuple[str, str]) -> tuple[float, float] | None:
    try:
        pair = float(element.get(keys[0], "")), float(element.get(keys[1], ""))
    except ValueError:
        return None
    return pair if all(map(math.isfinite, pair)) else None


def _placed(recorded: Element, candidate: Element) -> float:
    """1 in the same place, falling to -1 at 1,000 px."""
    old, new = _numbers(recorded, ("x", "y")), _numbers(candidate, ("x", "y"))
    if old is None or new is None:
        return 0.0
    return 1 - 2 * min(1.0, math.dist(old, new) / 1000)


def _sized(recorded: Element, candidate: Element) -> float:
    old = _numbers(recorded, ("width", "height"))
    new = _numbers(candidate, ("width", "height"))
    if old is None or new is None or min(*old, *new) <= 0:
        return 0.0
    shares = (min(one, other) / max(one, other) for one, other in zip(old, new, strict=True))
    return 2 * math.prod(shares) - 1
