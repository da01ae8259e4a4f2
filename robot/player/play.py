"""Playing a flow: a generator of events that touches no database.

Three generators: `play` a change up to and with its one commit, `read_back` what it did on a fresh
page, `login` sign in. Each ends with an outcome: committed, stopped, already_so, read_back,
signed_in, doubt, transient, session_lost, or complete for a flow that only reads.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence

from robot.player import events as ev
from robot.player import steps as st
from robot.player.capture import capture, text
from robot.player.commit import commit, told
from robot.player.driver import Driver
from robot.player.ending import guarded, quietly
from robot.player.errors import PageError, Unsure
from robot.player.flow import Flow
from robot.player.identity import Equal
from robot.player.origins import Origins, is_login
from robot.player.pulse import Pulse
from robot.player.quorum import Numbers, Quorum
from robot.player.scene import MARGIN, Scene
from robot.player.secret import Secret

Events = ev.Events

#: Steps after which the page may look different, so that its text is kept.
_CHANGING = (st.Click, st.Press, st.Choose, st.Check, st.Upload, st.Identify)
#: Seconds a console may take to open after the last step of a login.
_SIGN_IN = 20.0


def play(
    flow: Flow,
    parameters: Mapping[str, str],
    driver: Driver,
    *,
    origins: Origins,
    equal: Equal,
    quorum: Numbers | None = None,
    stop_before_commit: bool = False,
    pulse: Pulse | None = None,
) -> Events:
    """Play an operation or a reader. parameters: name -> rendered value; absent ones left out.

    AboutToCommit must be answered by Go or Stop; every other event by None. stop_before_commit ends
    instead with a note `ready_to_commit`.
    """
    scene = _scene(flow, parameters, driver, origins, equal, quorum, pulse)
    return (yield from guarded(scene, _play(scene, stop_before=stop_before_commit)))


def read_back(
    flow: Flow,
    parameters: Mapping[str, str],
    driver: Driver,
    *,
    origins: Origins,
    equal: Equal,
    quorum: Numbers | None = None,
    pulse: Pulse | None = None,
) -> Events:
    """Read a flow's facts from a freshly loaded page, the browser's cache off."""
    scene = _scene(flow, parameters, driver, origins, equal, quorum, pulse)
    return (yield from guarded(scene, _read_back(scene)))


def login(
    flow: Flow,
    driver: Driver,
    *,
    origins: Origins,
    secrets: Mapping[str, Callable[[], Secret]],
    pulse: Pulse | None = None,
) -> Events:
    """Sign in. No picture and no text from a secret's first key until the login page is left."""
    scene = _scene(flow, {}, driver, origins, _exact, None, pulse)
    scene.secrets = secrets
    return (yield from guarded(scene, _login(scene)))


def _exact(kind: str, left: str, right: str) -> bool:
    return left == right


def _scene(
    flow: Flow,
    parameters: Mapping[str, str],
    driver: Driver,
    origins: Origins,
    equal: Equal,
    quorum: Numbers | None,
    pulse: Pulse | None,
) -> Scene:
    given = {name: value for name, value in parameters.items() if value}
    return Scene(flow, given, driver, quorum or Quorum(), origins, equal, pulse or Pulse())


def _play(scene: Scene, *, stop_before: bool) -> Events:
    flow = scene.flow
    lacking = sorted(flow.parameters.keys() - flow.optional - scene.parameters.keys())
    if lacking:
        raise Unsure(
            "precondition", f"not given: {', '.join(lacking)}", asked=dict(scene.parameters)
        )
    for step in flow.steps:
        if step.commit:
            _begin(scene, step)
            return (yield from commit(scene, step, stop_before=stop_before))
        yield from _step(scene, step)
        if scene.already_so and not scene.fresh:
            return (yield from _afresh(scene, stop_before=stop_before))
        if scene.already_so:
            if not scene.people.proved():
                raise Unsure("identity_unprovable", "already so, but two keys were not shown")
            taken = capture(scene.driver, "arrived", step.id)
            yield ev.AlreadySo(step.id, dict(scene.facts), taken, scene.console_user_id())
            return "already_so"
    if flow.kind == "reader":
        yield _read(scene, gone=False)
        return "read_back"
    if flow.kind == "operation":
        raise Unsure("unmapped", "the flow came to its end without a commit")
    return "complete"


def _afresh(scene: Scene, *, stop_before: bool) -> Events:
    """Once more from the beginning: that it is so already is proved as a read-back is."""
    scene.begin_again()
    scene.driver.cache(on=False)
    try:
        return (yield from _play(scene, stop_before=stop_before))
    finally:
        quietly(lambda: scene.driver.cache(on=True))


def _read_back(scene: Scene) -> Events:
    scene.fresh = True
    scene.driver.cache(on=False)
    try:
        yield from _steps(scene, scene.flow.read_back)
        if scene.flow.gone and scene.people.absences < 2:
            raise Unsure("identity_unprovable", "absence needs two searches by different keys")
        if not scene.flow.gone and not scene.people.proved():
            raise Unsure("identity_unprovable", "the page read back does not show two keys")
        gone = scene.flow.gone and not scene.people.found_instead
        yield _read(scene, gone=gone)
    finally:
        quietly(lambda: scene.driver.cache(on=True))
    return "read_back"


def _read(scene: Scene, *, gone: bool) -> ev.ReadBack:
    last = scene.flow.read_back or scene.flow.steps
    taken = capture(scene.driver, "read_back", last[-1].id)
    return ev.ReadBack(dict(scene.facts), gone, taken, scene.console_user_id())


def _login(scene: Scene) -> Events:
    yield from _steps(scene, scene.flow.steps)
    waited = 0.0
    scene.pulse.allow(_SIGN_IN + MARGIN)
    while is_login(scene.driver.place()):
        if waited >= _SIGN_IN:
            raise Unsure("login_challenge", "the login page was not left after the last step")
        scene.driver.wait(0.1)
        waited += 0.1
    scene.driver.settle(_SIGN_IN)
    scene.secret_typed = False
    yield ev.Arrived(
        scene.flow.steps[-1].id, capture(scene.driver, "arrived", scene.flow.steps[-1].id)
    )
    yield ev.SignedIn(scene.driver.state())
    return "signed_in"


def _steps(
    scene: Scene, steps: Sequence[st.PlayedStep]
) -> Generator[ev.Event, ev.Answer | None, None]:
    for step in steps:
        yield from _step(scene, step)


def _begin(scene: Scene, step: st.PlayedStep) -> None:
    scene.step, scene.focus = step.id, None
    scene.pulse.check()
    scene.pulse.allow(2 * step.timeout + MARGIN)
    if not isinstance(step, st.Open):
        scene.check_place()


def _step(scene: Scene, step: st.PlayedStep) -> Generator[ev.Event, ev.Answer | None, None]:
    if not scene.applies(step):
        return
    _begin(scene, step)
    before = scene.driver.place()
    _perform(scene, step)
    after = scene.check_place()
    yield from told(scene)
    if scene.secret_typed:
        return
    moved = (after.url, after.moves) != (before.url, before.moves)
    scene.unpictured |= moved
    if scene.unpictured and _tells(scene, step):
        scene.unpictured = False
        yield ev.Arrived(step.id, capture(scene.driver, "arrived", step.id))
    elif not moved and isinstance(step, _CHANGING):
        yield ev.Arrived(step.id, text(scene.driver, step.id))


def _tells(scene: Scene, step: st.PlayedStep) -> bool:
    """True when the step has had the page say whom or what it is about: then it is worth a picture.

    What a read-back reads is pictured when all of it is read.
    """
    # Nobody is looked for while signing in: each page is pictured, but for those with a secret.
    if scene.flow.kind == "login":
        return True
    return isinstance(step, st.Identify) or (isinstance(step, st.Read) and not scene.fresh)


def _perform(scene: Scene, step: st.PlayedStep) -> None:
    """Carry out the step; where it says so, its own doubt instead of the page's usual one."""
    try:
        scene.perform(step)
    except PageError as error:
        if step.doubt is None:
            raise
        rest = {name: value for name, value in error.detail.items() if name != "message"}
        raise Unsure(step.doubt, step.note or str(error), **rest) from error
