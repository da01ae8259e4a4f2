"""Waits and expectations: what must be shown or hold for the flow to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from robot import clock
from robot.player import steps as st
from robot.player.errors import Missing, Unsure
from robot.player.quorum import rendered
from robot.player.targets import Target, nfc

if TYPE_CHECKING:
    from robot.player.scene import Scene

_PAUSE = 0.05


def wait_for(scene: Scene, step: st.WaitFor) -> None:
    """Wait; raises Missing, or Unsure when something stays shown."""
    if step.state == "visible":
        scene.locate(step, step.target, "read", visible=True, may_heal=False)
        return
    _, ref = rendered(step.target, scene.values)
    until = clock.monotonic() + step.timeout
    while any(scene.driver.survey(ref, visible=True)):
        if clock.monotonic() >= until:
            raise Unsure(step.doubt or "console_unavailable", "still shown when time was over")
        scene.driver.wait(_PAUSE)


def expect(scene: Scene, step: st.Expect) -> None:
    """Raise Unsure with the step's own doubt, else page_drift, when it does not hold; or Missing."""
    code = step.doubt or "page_drift"
    if step.fact is not None:
        wanted, shown = scene.fill_in(step.equals or ""), scene.facts.get(step.fact, "")
        if not scene.equal(scene.flow.kind_of(step.fact), wanted, shown):
            asked = {"asked": {step.fact: wanted}, "seen": {step.fact: shown}}
            raise Unsure(code, step.note or f"{step.fact} is not as expected", **asked)
    elif step.url is not None:
        _url(scene, step, code)
    elif step.target is not None and step.state == "hidden":
        _, ref = rendered(step.target, scene.values)
        if any(scene.driver.survey(ref, visible=True)):
            raise Unsure(code, step.note or "something is shown that should not be")
    elif step.target is not None:
        _shown(scene, step, step.target, code)


def _url(scene: Scene, step: st.Expect, code: str) -> None:
    wanted = {scene.fill_in(step.url or ""), scene.path(step.url or "")}
    until = clock.monotonic() + step.timeout
    while not any(one in scene.driver.place().url for one in wanted):
        if clock.monotonic() >= until:
            seen = {"url": scene.driver.place().url}
            raise Unsure(
                code, "the address is not as expected", asked={"url": min(wanted)}, seen=seen
            )
        scene.driver.wait(_PAUSE)


def _shown(scene: Scene, step: st.Expect, target: Target, code: str) -> None:
    try:
        ref = scene.locate(step, target, "read", visible=True, may_heal=False)
    except Missing as error:
        if step.doubt is None:
            raise
        raise Unsure(step.doubt, step.note or str(error), **_rest(error)) from error
    if step.text is None:
        return
    wanted = nfc(scene.fill_in(step.text))
    until = clock.monotonic() + step.timeout
    while (shown := nfc(scene.driver.read(ref, "text", step.timeout))) != wanted:
        if clock.monotonic() >= until:
            pair = {"asked": {"text": wanted}, "seen": {"text": shown}}
            raise Unsure(code, step.note or "the text is not as expected", **pair)
        scene.driver.wait(_PAUSE)


def _rest(error: Missing) -> dict[str, object]:
    return {name: value for name, value in error.detail.items() if name != "message"}
