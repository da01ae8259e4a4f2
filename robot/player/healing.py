"""Healing: the likeliest new place of an element that no alternative finds any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from robot.player.driver import Driver, Ref
from robot.player.locate import relocate
from robot.player.targets import Target


@dataclass(frozen=True, slots=True)
class Healed:
    """A likely element. proposal: JSON for a note or a doubt."""

    ref: Ref
    proposal: dict[str, Any]


def heal(driver: Driver, target: Target) -> Healed | None:
    """The element most like the target's fingerprint, or None when none is clearly so."""
    if not target.fingerprint or target.in_row:
        return None
    shown = driver.elements()
    found = relocate(target.fingerprint, shown)
    if found.index is None:
        return None
    element = shown[found.index]
    if "idxpath" not in element:
        return None
    proposal = {
        "element": {k: element[k] for k in ("tag", "id", "name", "visible_text") if element.get(k)},
        "idxpath": element["idxpath"],
        "score": round(found.score, 3),
        "margin": round(found.margin, 3),
    }
    return Healed(Ref((f"xpath={element['idxpath']}",)), proposal)
