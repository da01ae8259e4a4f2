"""Comparing what was read back with what was asked and with all that was seen before. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from robot.player.flow import Flow
from robot.player.identity import Equal
from robot.player.targets import filled

#: Shown where a fact was not on the page.
ABSENT = "(not shown)"


@dataclass(frozen=True, slots=True)
class Verdict:
    """equal: every wanted fact is so. unchanged: every other fact is as before.

    wrong: fact -> (wanted, seen). disturbed: fact -> (before, after). untouched: the page still
    shows exactly what it showed before the commit, so nothing was applied.
    """

    equal: bool
    unchanged: bool
    untouched: bool
    wrong: dict[str, tuple[str, str]] = field(default_factory=dict)
    disturbed: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """True when the change is proved and nothing else changed."""
        return self.equal and self.unchanged


def wanted_facts(
    flow: Flow, parameters: Mapping[str, str], form: Mapping[str, str]
) -> dict[str, str]:
    """Fact -> what must be read back: the result, or for other changes what the form showed."""
    wanted = {name: form[name] for name in flow.changes if name in form}
    for name, template in flow.result.items():
        try:
            wanted[name] = filled(template, parameters)
        except KeyError:
            continue  # an optional parameter was not given: what the form showed counts
    return wanted


def judge(
    flow: Flow,
    parameters: Mapping[str, str],
    before: Mapping[str, str],
    form: Mapping[str, str],
    seen: Mapping[str, str],
    equal: Equal,
    *,
    gone: bool = False,
) -> Verdict:
    """Judge one reading. before: facts read before the commit; form: what it was about to save.

    For a flow that deletes, `gone` alone decides. A fact that should be there and is not, is wrong.
    """
    if flow.gone:
        wrong = {} if gone else {"present": ("", "yes")}
        return Verdict(equal=gone, unchanged=True, untouched=not gone, wrong=wrong)

    def same(name: str, left: str, right: str | None) -> bool:
        return right is not None and equal(flow.kind_of(name), left, right)

    wanted = wanted_facts(flow, parameters, form)
    wrong = {
        name: (value, seen.get(name, ABSENT))
        for name, value in wanted.items()
        if not same(name, value, seen.get(name))
    }
    disturbed = {
        name: (value, seen.get(name, ABSENT))
        for name, value in before.items()
        if name not in flow.changes and not same(name, value, seen.get(name))
    }
    # Without facts from before, nothing can prove that nothing was applied.
    untouched = bool(before) and all(
        same(name, old, seen.get(name)) for name, old in before.items()
    )
    return Verdict(not wrong, not disturbed, untouched, wrong, disturbed)
