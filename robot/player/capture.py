"""Pictures and texts as evidence: taken of a settled page, tried again a few times."""

from __future__ import annotations

from robot import clock
from robot.player import events as ev
from robot.player.driver import Driver, Ref
from robot.player.errors import PlayerError

_TRIES = 3
#: Seconds to wait for the page before each try; a capture during a navigation fails in one of five.
_SETTLE = 5.0


def capture(driver: Driver, kind: ev.CaptureKind, step: str, ref: Ref | None = None) -> ev.Capture:
    """A picture of the viewport, `ref` marked. A failed one has png None and says why; no raise."""
    error = "not taken"
    for _ in range(_TRIES):
        try:
            driver.settle(_SETTLE)
            picture = driver.picture(ref)
            place = driver.place()
        except PlayerError as failed:
            error = str(failed)
            continue
        if picture.png is not None:
            return ev.Capture(
                kind=kind,
                step=step,
                url=place.url,
                title=picture.title,
                taken_at=clock.now(),
                png=picture.png,
                box=picture.box,
                viewport=picture.viewport,
            )
        error = picture.error
    return ev.Capture(kind, step, "", "", clock.now(), error=error)


def text(driver: Driver, step: str) -> ev.Capture:
    """The page as accessibility text; text None and the reason when it cannot be had."""
    try:
        shown, place = driver.snapshot(), driver.place()
    except PlayerError as failed:
        return ev.Capture("text", step, "", "", clock.now(), error=str(failed))
    return ev.Capture("text", step, place.url, "", clock.now(), text=shown)
