"""Agreement: do enough ways to find an element point at the same one, and none at another?

An alternative that finds several elements does not count. For reading and moving, one round trip
tells (all selectors joined find one element); only otherwise, and always before a commit, each
alternative is asked by itself, so that a name which fits two buttons cannot pass as agreement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from robot import clock
from robot.player.driver import Driver, Ref
from robot.player.errors import Disagreement, Missing
from robot.player.targets import Alternative, Target, class_of, render

Purpose = Literal["read", "navigate", "commit"]

#: Seconds between two looks, and how long a part of the alternatives may lag behind the others
#: while a page is being built before they count as lost or as disagreeing.
_PAUSE = 0.02
_GRACE = 0.6


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many classes must agree, by what the step does to the element."""

    read: int = 1
    navigate: int = 1
    commit: int = 2


class Numbers(Protocol):
    """Anything with the three numbers, such as policy's."""

    @property
    def read(self) -> int:
        """For reading."""

    @property
    def navigate(self) -> int:
        """For clicks and keys that write nothing."""

    @property
    def commit(self) -> int:
        """For the commit."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one survey says.

    agreeing: positions of the alternatives that found the same single element, none when they
    disagree. lost: classes of which no alternative counted. enough: as many classes as needed.
    """

    agreeing: tuple[int, ...]
    lost: tuple[str, ...]
    disagree: bool
    enough: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The element, and what a note should tell (classes lost); "" when nothing."""

    ref: Ref
    lost: tuple[str, ...] = ()


def decide(
    alternatives: Sequence[Alternative], found: Sequence[frozenset[int]], need: int
) -> Verdict:
    """Judge one survey: `found[i]` are the elements that alternative i finds."""
    single = {i: next(iter(seen)) for i, seen in enumerate(found) if len(seen) == 1}
    classes = {class_of(one) for one in alternatives}
    counted = {class_of(alternatives[i]) for i in single}
    lost = tuple(sorted(classes - counted))
    if len(set(single.values())) > 1:
        return Verdict((), lost, disagree=True, enough=False)
    enough = bool(single) and len(counted) >= need
    return Verdict(tuple(sorted(single)), lost, disagree=False, enough=enough)


def rendered(target: Target, values: Mapping[str, str]) -> tuple[list[Alternative], Ref]:
    """The alternatives whose values are all given, and their selectors as one reference."""
    kept: list[Alternative] = []
    selectors: list[str] = []
    for one in target.alternatives:
        try:
            selectors.append(render(one, values, in_row=target.in_row))
        except KeyError:
            continue  # it names a parameter that was not given; the others may do without
        kept.append(one)
    return kept, Ref(tuple(selectors), target.in_row)


def find(
    driver: Driver,
    target: Target,
    values: Mapping[str, str],
    purpose: Purpose,
    numbers: Numbers,
    timeout: float,
    *,
    visible: bool,
) -> Found:
    """Wait until the element is found by quorum. timeout: seconds.

    Raises Missing or Disagreement; `attempted` in the detail says what each alternative found.
    """
    kept, ref = rendered(target, values)
    need = getattr(numbers, purpose)
    begin = clock.monotonic()
    enough_at: float | None = None
    disagreed_at: float | None = None
    while True:
        if purpose != "commit" and ref.selectors and driver.count(ref, visible=visible) == 1:
            return Found(ref)
        survey = driver.survey(ref, visible=visible)
        verdict = decide(kept, survey, need)
        now = clock.monotonic()
        over = now - begin >= timeout
        if not verdict.enough:
            enough_at = None
        elif enough_at is None:
            enough_at = now
        if enough_at is not None and (not verdict.lost or over or now - enough_at >= _GRACE):
            agreed = tuple(ref.selectors[i] for i in verdict.agreeing)
            return Found(Ref(agreed, ref.in_row), verdict.lost)
        if not verdict.disagree:
            disagreed_at = None
        elif disagreed_at is None:
            disagreed_at = now
        if disagreed_at is not None and (over or now - disagreed_at >= _GRACE):
            raise Disagreement(
                "alternatives find different elements", attempted=attempted(kept, ref, survey)
            )
        if over:
            raise _missing(kept, ref, survey, verdict, need)
        driver.wait(_PAUSE)


def _missing(
    kept: Sequence[Alternative],
    ref: Ref,
    survey: Sequence[frozenset[int]],
    verdict: Verdict,
    need: int,
) -> Missing:
    tried = attempted(kept, ref, survey)
    if verdict.agreeing:
        have = sorted({class_of(kept[i]) for i in verdict.agreeing})
        said = f"only {', '.join(have)} finds it; {need} classes must agree"
    else:
        said = "no alternative finds exactly one element"
    return Missing(said, attempted=tried)


def attempted(
    kept: Sequence[Alternative], ref: Ref, survey: Sequence[frozenset[int]]
) -> list[dict[str, Any]]:
    """What each alternative found, for the person who is asked."""
    return [
        {"by": one.by, "class": class_of(one), "selector": selector, "found": sorted(seen)}
        for one, selector, seen in zip(kept, ref.selectors, survey, strict=True)
    ]
