"""Facts: reading them off the page, and whether what was asked is so already."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from robot.player import steps as st
from robot.player.errors import Unsure
from robot.player.quorum import rendered
from robot.player.targets import filled, nfc

if TYPE_CHECKING:
    from robot.player.scene import Scene


def read(scene: Scene, step: st.Read) -> None:
    """Read the step's facts into the scene. What is to verify is never read by likeness."""
    for name, one in step.facts.items():
        value = reading(scene, step, one, may_heal=not scene.fresh)
        scene.facts[name] = value
        (scene.form if step.form else scene.seen)[name] = value


def reading(scene: Scene, step: st.PlayedStep, one: st.Reading, *, may_heal: bool = False) -> str:
    """One value as the page shows it, outer blanks removed; "" for a text that stands for none."""
    raw = _raw(scene, step, one, may_heal=may_heal).strip()
    if nfc(raw) in {nfc(text) for text in one.empty}:
        return ""
    if one.pattern is None or not raw:
        return raw
    found = re.search(one.pattern, raw)
    if found is None:
        raise Unsure("page_drift", f"{raw!r} is not of the form {one.pattern!r}")
    return found[1] if found.re.groups else found[0]


def _raw(scene: Scene, step: st.PlayedStep, one: st.Reading, *, may_heal: bool) -> str:
    if one.source == "url":
        return scene.driver.place().url
    if one.column is not None:
        return scene.people.cell(one.column)
    target = one.target
    if target is None:  # the schema has refused it
        raise Unsure("unmapped", "a reading without a place")
    _, ref = rendered(target, scene.values)
    value = scene.driver.glance(ref, one.source)
    if value is not None:
        scene.focus = ref
        return value
    if one.absent_ok and not any(scene.driver.survey(ref, visible=False)):
        return ""
    ref = scene.locate(step, target, "read", may_heal=may_heal)
    return scene.driver.read(ref, one.source, step.timeout)


def is_done(scene: Scene, step: st.DoneIf) -> bool:
    """True when every wish that was given is so."""
    wishes: dict[str, str] = {}
    for name, template in step.facts.items():
        try:
            wishes[name] = filled(template, scene.values)
        except KeyError:
            continue  # what was not asked for need not be so
    kind = scene.flow.kind_of
    return bool(wishes) and all(
        scene.equal(kind(name), wanted, scene.facts.get(name, ""))
        for name, wanted in wishes.items()
    )
