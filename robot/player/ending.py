"""How playing ends when something goes wrong: one last event, and never an exception."""

from __future__ import annotations

from collections.abc import Callable

from robot.player import events as ev
from robot.player.capture import capture
from robot.player.errors import (
    Aborted,
    Covered,
    Detached,
    Disagreement,
    Interrupted,
    Missing,
    NoOption,
    PageError,
    PlayerError,
    SignedOut,
    Unsure,
)
from robot.player.origins import is_login
from robot.player.scene import Scene

_CODES: dict[type[PageError], str] = {
    Missing: "locator_missing",
    Disagreement: "locator_disagrees",
    NoOption: "console_refused",
    Covered: "unexpected_dialog",
    Detached: "page_drift",
}


def guarded(scene: Scene, events: ev.Events) -> ev.Events:
    """Turn what goes wrong into one last event. After the click everything is outcome_unknown."""
    try:
        return (yield from events)
    except Aborted:
        return "stopped"
    except Interrupted as error:
        if not scene.clicked:
            yield ev.Transient(_said(error))
            return "transient"
        code, detail = "outcome_unknown", _detail(error)
    except SignedOut as error:
        if not scene.clicked:
            yield ev.SessionLost(str(error))
            return "session_lost"
        code, detail = "outcome_unknown", _detail(error)
    except Unsure as error:
        code, detail = error.code, error.detail
    except PageError as error:
        code, detail = _CODES.get(type(error), "page_drift"), error.detail
    except Exception as error:  # noqa: BLE001 - anything else is a question for a person, not a crash
        # Its text may hold what was typed where secrets are typed.
        said = type(error).__name__ if scene.secrets else f"{type(error).__name__}: {error}"
        code, detail = "unmapped", {"message": said}
    if scene.clicked:
        code = "outcome_unknown"
    elif scene.flow.kind == "login" and code in ("locator_missing", "page_drift"):
        # Before a password or a code was sent nothing was refused: the page is not as it should be.
        code = "login_challenge" if scene.proof_sent else "console_unavailable"
    elif scene.flow.kind != "login" and quietly(lambda: is_login(scene.driver.place())):
        yield ev.SessionLost("the console asks to sign in again")
        return "session_lost"
    yield ev.Doubtful(code, scene.step, detail, _pictured(scene))
    return "doubt"


def _pictured(scene: Scene) -> ev.Capture | None:
    """The page at a doubt, what the step was about marked where it still is; none beside a secret."""
    if scene.secret_typed:
        return None
    taken = capture(scene.driver, "doubt", scene.step, scene.focus)
    if taken.png is None and scene.focus is not None:
        taken = capture(scene.driver, "doubt", scene.step)
    return taken


def _said(error: PlayerError) -> str:
    return f"{type(error).__name__}: {error}"


def _detail(error: PlayerError) -> dict[str, object]:
    return {**error.detail, "message": _said(error)}


def quietly(ask: Callable[[], object]) -> bool:
    """Ask the driver when it may be gone already; False then."""
    try:
        return bool(ask())
    except PlayerError:
        return False
