"""From what the page's eyes saw of an element to a target: alternatives in classes, a fingerprint.

Names of classes are never used: the real console's are generated (public automation code, 2025).
What changes when the page is loaded again is dropped, and so is what holds a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from robot.player.targets import nfc

Seen = Mapping[str, Any]
#: A survey of a page: (attribute, value, path of the element).
Survey = Iterable[tuple[str, str, str]]

#: Longer words beside an element are sentences; they are reworded more often than labels.
_LONGEST_NEIGHBOUR = 60
#: Blocks are counted only at the very start of a section: wrappers come and go.
_BLOCKS_COUNTED = 3
#: What tells a row apart for one person and not for another.
_ROW_KEYS = ("${username}", "${email}", "${known_extension}")
#: Keys whose values are read from the page's text.
_TEXT_KEYS = ("visible_text", "neighbor_text", "aria_label", "alt", "href")


class Stability:
    """Which attribute values come back when the page is loaded again.

    A value is unstable when its place holds another one in the second load, or when it has digits
    and its place does not hold it again; then every value of that pattern is.
    """

    def __init__(self) -> None:
        self._first: dict[str, dict[tuple[str, str], str]] = {}
        self._second: dict[str, dict[tuple[str, str], str]] = {}

    def loaded_again(self, url: str, survey: Survey) -> None:
        """Keep what a second load of that page shows."""
        self._second[url] = {(attribute, path): value for attribute, value, path in survey}

    def first_load(self, url: str, survey: Survey) -> None:
        """Keep what the page showed while it was recorded."""
        self._first.setdefault(url, {}).update(
            {(attribute, path): value for attribute, value, path in survey}
        )

    def _changed(self) -> set[tuple[str, str]]:
        """(attribute, pattern) of every value whose place holds another in the second load."""
        changed = set()
        for url, first in self._first.items():
            second = self._second.get(url, {})
            for (attribute, path), value in first.items():
                again = second.get((attribute, path))
                same_kind = again is not None and _pattern(again) == _pattern(value)
                if same_kind and again != value:
                    changed.add((attribute, _stem(value)))
        return changed

    def unstable(self, url: str, attribute: str, value: str, path: str) -> bool:
        """True when this value of this attribute must not be used to find anything."""
        if (attribute, _stem(value)) in self._changed():
            return True
        again = self._second.get(url, {}).get((attribute, path))
        if again is not None and _pattern(again) == _pattern(value):
            return again != value
        return any(character.isdigit() for character in value)


def _pattern(value: str) -> str:
    return re.sub(r"\d+", "#", value)


def _stem(value: str) -> str:
    """Up to and with the first number: `react-select-8-option-3` belongs to `react-select-8-input`."""
    return _pattern(re.split(r"(?<=\d)(?!\d)", value, maxsplit=1)[0])


class Wording:
    """Puts `${name}` where a text holds a parameter's value, and refuses texts that hold a secret."""

    def __init__(self, parameters: Mapping[str, str], holds_secret: Callable[[str], bool]) -> None:
        pairs = [(nfc(value), name) for name, value in parameters.items() if nfc(value)]
        self._pairs = sorted(pairs, key=lambda pair: (-len(pair[0]), pair[1]))
        self.holds_secret = holds_secret

    def whole(self, text: str) -> str | None:
        """`${name}` when the text is a parameter's value, else None."""
        found = next((name for value, name in self._pairs if value == nfc(text)), None)
        return None if found is None else f"${{{found}}}"

    def inside(self, text: str) -> str:
        """The text with each parameter's value replaced, longest first, whole words only."""
        taken: list[str] = []
        for value, name in self._pairs:
            if len(value) < 3:
                continue
            taken.append(f"${{{name}}}")
            edges = rf"(?<![^\W_]){re.escape(value)}(?![^\W_])"
            text = re.sub(edges, f"\0{len(taken) - 1}\0", text)
        return re.sub("\0(\\d+)\0", lambda found: taken[int(found[1])], text)


def target_of(element: Seen, url: str, stability: Stability, wording: Wording) -> dict[str, Any]:
    """The target of one described element, as flow files write it.

    alternatives may be empty: then nothing on the page tells the element apart.
    """
    found: list[dict[str, Any]] = []
    if element["role"] and element["name"]:
        found.append(
            {"by": "role", "role": element["role"], "name": wording.inside(element["name"])}
        )
    if element["label"]:
        found.append({"by": "label", "text": wording.inside(element["label"])})
    if element["text"] and not element["name"]:
        found.append({"by": "text", "text": wording.inside(element["text"])})
    for one in element["attributes"]:
        stable = not stability.unstable(url, one["attribute"], one["value"], one["here"])
        if one["single"] and stable:
            value = wording.inside(one["value"])
            found.append({"by": "attribute", "attribute": one["attribute"], "value": value})
    found += _structure(element, wording)
    kept = [one for one in found if not any(wording.holds_secret(str(v)) for v in one.values())]
    return {
        "alternatives": kept,
        "fingerprint": _fingerprint(element, url, stability, wording),
    }


def _structure(element: Seen, wording: Wording) -> list[dict[str, Any]]:
    tag, section, form = element["tag"], element["section"], element["form"]
    found: list[dict[str, Any]] = []
    if section and (section["counted"] or section["index"] <= _BLOCKS_COUNTED):
        found.append(
            {"by": "section", "section": section["section"], "tag": tag, "index": section["index"]}
        )
    elif form:
        nearer_end = -form["last"] <= form["index"]
        index = form["last"] if nearer_end else form["index"]
        found.append({"by": "form", "tag": tag, "index": index})
    if element["row"]:
        texts = [wording.whole(text) for text in element["row"]["texts"]]
        keys = [text for text in texts if text in _ROW_KEYS]
        place = {"by": "row", "tag": tag, "index": element["row"]["index"]}
        found.append({**place, "containing": keys} if keys else place)
    usable = [one for one in element["neighbours"] if _usable(one, wording)]
    if usable:
        near = next((one for one in usable if not one["text"].endswith(".")), usable[0])
        found.append({"by": "neighbour", "text": near["text"], "tag": tag, "index": near["index"]})
    return found


def _usable(neighbour: Seen, wording: Wording) -> bool:
    """Words that stay the same for everybody, and are not the label that is used already."""
    text = neighbour["text"]
    return (
        not neighbour["control"]
        and not neighbour["label"]
        and len(text) <= _LONGEST_NEIGHBOUR
        and wording.inside(text) == text
        and not any(character.isdigit() for character in text)
    )


def _fingerprint(element: Seen, url: str, stability: Stability, wording: Wording) -> dict[str, str]:
    paths = {one["attribute"]: one["here"] for one in element["attributes"]}
    kept: dict[str, str] = {}
    for key, value in element["fingerprint"].items():
        if key in ("id", "name") and stability.unstable(url, key, value, paths.get(key, "")):
            continue
        personal = key in _TEXT_KEYS and (element["row"] or wording.inside(value) != value)
        if personal or wording.holds_secret(value):
            continue
        kept[key] = value
    return kept


def source_of(element: Seen, box: Seen | None) -> str:
    """How a value is read there: chosen, checked, value or text."""
    tag, role = element["tag"], element["role"]
    if box is not None or tag == "select":
        return "chosen"
    if role in ("checkbox", "radio", "switch"):
        return "checked"
    return "value" if tag in ("input", "textarea") else "text"
