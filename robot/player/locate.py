"""Relocation: finding a recorded element again by likeness, or saying that it cannot be told.

After Similo (arXiv 2208.00677): each property of the recorded element is compared with the same
property of every candidate, weighted by how well that property identifies elements; HybridSimilo
(arXiv 2505.16424) adds that class names and generated ids say little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Weight of each property.
_WEIGHTS: dict[str, float] = {
    "tag": 1.5,
    "id": 1.5,
    "name": 1.5,
    "type": 0.5,
    "aria_label": 1.5,
    "alt": 0.5,
    "href": 0.5,
    "class": 0.5,
    "role": 0.5,
    "is_button": 0.5,
    "visible_text": 1.5,
    "neighbor_text": 1.5,
    "xpath": 0.5,
    "idxpath": 0.5,
}
#: Below this share of the weights compared, or this lead over the second, nobody can tell.
_LEAST_SCORE = 0.6
_LEAST_MARGIN = 0.1


@dataclass(frozen=True, slots=True)
class Relocation:
    """index: the candidate, None when unsure. score: 0 to 1. margin: lead over the second best."""

    index: int | None
    score: float
    margin: float


def relocate(recorded: Mapping[str, str], candidates: Sequence[Mapping[str, str]]) -> Relocation:
    """The candidate that is the recorded element. Keys are those of a fingerprint; all optional."""
    scores = [_score(recorded, one) for one in candidates]
    if not scores:
        return Relocation(None, 0.0, 0.0)
    order = sorted(range(len(scores)), key=scores.__getitem__, reverse=True)
    best = scores[order[0]]
    margin = best - (scores[order[1]] if len(order) > 1 else 0.0)
    sure = best >= _LEAST_SCORE and margin >= _LEAST_MARGIN
    return Relocation(order[0] if sure else None, best, margin)


def _score(recorded: Mapping[str, str], candidate: Mapping[str, str]) -> float:
    total = gained = 0.0
    for key, weight in _WEIGHTS.items():
        left, right = recorded.get(key, ""), candidate.get(key, "")
        if not left and not right:
            continue
        total += weight
        if left and right:
            gained += weight * SequenceMatcher(None, left.lower(), right.lower()).ratio()
    return gained / total if total else 0.0
