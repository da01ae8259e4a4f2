"""A desk whose browser says what a test wrote: the main thread's half alone, by the real bridge."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from typing import Any, cast

from robot import clock
from robot.desk import Desk
from robot.models import ConsoleLogin, Run, Task
from robot.player import events as ev
from robot.player.bridge import Bridge, drive
from robot.player.flow import Flow
from robot.player.host import BrowserHost
from robot.player.pulse import Pulse
from robot.states import State
from tests.integration import factory
from tests.integration.evidence_story import captured

#: An event is told, an error raised; a function is called in the browser's thread with the pulse.
Line = ev.Event | Exception | Callable[[Pulse], None]

WITHIN = 5.0
SEEN = {"license": "", "email": "person@acme.example"}
PICTURE = captured("read_back")
NO_PICTURE = captured("read_back", png=None, error="the page hung")


class Thread:
    """Runs what the bridge submits in a thread of its own."""

    def submit(self, call: Callable[[], str]) -> Future[str]:
        future: Future[str] = Future()

        def run() -> None:
            try:
                future.set_result(call())
            except Exception as error:  # noqa: BLE001 - raised again in the main thread
                future.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        return future

    def kill(self) -> None:
        raise AssertionError("the script hung")


class ScriptedDesk(Desk):
    """Signed in as given; plays and reads its lines, one script after the other, the last again."""

    def __init__(self, login: ConsoleLogin, *scripts: list[Line]) -> None:
        super().__init__(login, "here:1:1", cast("BrowserHost", Thread()))
        self._scripts = list(scripts)
        self.answers: list[ev.Answer | None] = []
        self.left = 0

    def leave(self) -> None:
        self.left += 1

    def _bridge(
        self,
        player: Callable[..., Any],
        flow: Flow,
        parameters: Mapping[str, str],
        **more: Any,
    ) -> Bridge:
        lines = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        if lines and isinstance(lines[0], Exception):
            raise lines[0]
        pulse = Pulse()
        return drive(self.host, lambda: told(lines, pulse, self.answers), pulse, tick=0.02)


def told(
    lines: list[Line], pulse: Pulse, answers: list[ev.Answer | None]
) -> Generator[ev.Event, ev.Answer | None, str]:
    """A player that tells these lines; answers: where those to AboutToCommit are kept."""
    for line in lines:
        if isinstance(line, Exception):
            raise line
        if callable(line):
            line(pulse)
            continue
        answer = yield line
        if isinstance(line, ev.AboutToCommit):
            answers.append(answer)
            if not isinstance(answer, ev.Go):
                return "stopped"
    return "scripted"


def until_aborted(pulse: Pulse) -> None:
    """What a step does that is being stopped: it ends."""
    end = clock.monotonic() + WITHIN
    while not pulse.aborted:
        assert clock.monotonic() < end, "nobody aborted"
        clock.sleep(0.01)


def about_to_commit(*pictures: ev.Capture, **seen: str) -> ev.AboutToCommit:
    """The question before the click, about the person of `task`."""
    anchors = {"username": "acme.person", "email": "person@acme.example"}
    facts = ev.Facts(anchors, SEEN | seen, {"license": "X"}, "", "u1")
    return ev.AboutToCommit("save", facts, pictures or (captured(),))


def task(state: State, operation: str = "assign_license", **columns: Any) -> Task:
    """A task that the scripted desk's worker has under its lease."""
    account = factory.account(factory.tenant(), username="acme.person", email="person@acme.example")
    return held(factory.task(account, operation, state, **columns))


def held(of: Task) -> Task:
    """The same under a lease that was taken now."""
    from robot import leases

    Task.objects.filter(pk=of.pk).update(
        lease_epoch=of.lease_epoch + 1, lease_until=leases.lease_end()
    )
    of.refresh_from_db()
    return of


def last_run(of: Task) -> Run:
    """The newest run of a task."""
    return of.runs.latest("pk")
