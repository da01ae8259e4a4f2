"""Relocation: finding a recorded element again by likeness, or saying that it cannot be told.

After Similo (arXiv 2208.00677): every property of the recorded element is compared with the same
property of every candidate, weighted by how well it identifies elements. Unlike Similo, being sure
is a second question (compare HybridSimilo, arXiv 2505.16424): a wrong answer costs far more than
none, so text that says something else, or another element in the old place, makes it unsure.

The weights were fitted (a softmax over the candidates of each element, weights not below 0) on
public sites recorded years apart, leaving each site out in turn to choose the thresholds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from robot.player.likeness import Element, compare, edits, plain, text_of, wording

#: Weight of each comparison; what the fitting set did not hold (role, type, alt) has a small one.
WEIGHTS: dict[str, float] = {
    "tag": 0.4,
    "id": 0.2,
    "name": 0.3,
    "type": 0.2,
    "role": 0.2,
    "alt": 0.1,
    "class": 0.4,
    "href": 0.2,
    "path": 0.2,
    "text": 1.2,
    "same_text": 0.4,
    "length": 0.2,
    "near": 0.2,
    "xpath": 0.1,
    "tail": 0.3,
    "root": 0.2,
    "id_tail": 0.8,
    "button": 0.1,
    "place": 0.9,
    "size": 0.5,
}
_TOTAL = sum(WEIGHTS.values())

#: Likeness of texts from which a changed word is still taken for the same element.
_ALMOST = 0.75
#: (least weighted likeness, least lead over the second), by what the sureness rests on.
_SURE = {
    "text": (0.5, 0.5),
    "key": (-1.0, 0.3),
    "mute": (1.0, 0.6),
    "almost": (1.0, 0.5),
}


@dataclass(frozen=True, slots=True)
class Relocation:
    """index: the candidate, None when unsure. score, margin: of the best and its lead, at most 1."""

    index: int | None
    score: float
    margin: float


def relocate(recorded: Element, candidates: Sequence[Element]) -> Relocation:
    """The candidate that is the recorded element. Keys are those of a fingerprint; all optional."""
    if not candidates:
        return Relocation(None, 0.0, 0.0)
    recorded, candidates = _known(recorded), [_known(one) for one in candidates]
    likeness = [weighed(compare(recorded, one)) for one in candidates]
    order = sorted(range(len(candidates)), key=likeness.__getitem__, reverse=True)
    best = order[0]
    lead = likeness[best] - likeness[order[1]] if len(order) > 1 else 2 * _TOTAL
    sure = _is_sure(recorded, candidates, best, likeness[best], lead)
    score = max(0.0, likeness[best] / _TOTAL)
    return Relocation(best if sure else None, score, min(1.0, lead / _TOTAL))


def _known(element: Element) -> Element:
    """Only what is known of it: a key may be there without a value."""
    return {key: value for key, value in element.items() if value}


def weighed(compared: Mapping[str, float]) -> float:
    """The weighted sum of comparisons."""
    return sum(WEIGHTS[name] * value for name, value in compared.items())


def _is_sure(
    recorded: Element, candidates: Sequence[Element], best: int, likeness: float, lead: float
) -> bool:
    found = candidates[best]
    if plain(recorded, "tag") != plain(found, "tag"):
        return False  # mostly the wrapper or the inside of the right one, but which is not known
    text, shown = text_of(recorded), text_of(found)
    if text and wording(text) == wording(shown):
        ground = "text"
    elif text and shown and _acts(recorded):
        return False  # what a button does is what it says: Activate is not Deactivate
    elif any(recorded.get(key) and recorded.get(key) == found.get(key) for key in ("id", "name")):
        ground = "key"
    elif not text and not shown:
        ground = "mute"
    elif text and shown and edits(text, shown) >= _ALMOST:
        ground = "almost"
    else:
        return False
    least, least_lead = _SURE[ground]
    if likeness < least or lead < least_lead:
        return False
    return not _old_place_taken(recorded, candidates, best)


def _acts(element: Element) -> bool:
    """Is it a button or a link?"""
    return (
        element.get("is_button") == "yes"
        or plain(element, "tag") in ("a", "button")
        or plain(element, "role") in ("button", "link")
        or plain(element, "type") in ("button", "submit", "reset")
    )


def _old_place_taken(recorded: Element, candidates: Sequence[Element], best: int) -> bool:
    """Something else stands exactly where the element was: moved, or renamed in place?"""
    for key in ("xpath", "idxpath"):
        old = recorded.get(key)
        moved = old and candidates[best].get(key) != old
        if moved and any(one.get(key) == old for one in candidates):
            return True
    return False
