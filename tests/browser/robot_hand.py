"""The robot at the sandbox: plays a shipped flow on a page, answers Go, reads back and judges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser

from robot import clock, flows_index, types
from robot.player import events as ev
from robot.player.flow import Flow
from robot.player.judge import Verdict, judge
from robot.player.origins import Origins
from robot.player.page import PlaywrightDriver
from robot.player.play import Events, login, play, read_back
from robot.player.secret import Secret
from robot.sandbox.server import Sandbox
from tests.browser.desk import Desk

#: Seconds the robot may take between Go and the click.
BUDGET = 30.0
QUIET_SEED = 23


@dataclass
class Played:
    """What came of one play: its outcome and events."""

    outcome: str
    events: list[ev.Event] = field(default_factory=list)

    def one(self, kind: type[Any]) -> Any:
        """The only event of a kind."""
        found = [one for one in self.events if isinstance(one, kind)]
        assert len(found) == 1, f"{len(found)} {kind.__name__} in {self.told()}"
        return found[0]

    @property
    def doubt(self) -> str:
        """The code of the doubt it ended with; "" when it did not."""
        return next((one.code for one in self.events if isinstance(one, ev.Doubtful)), "")

    def told(self) -> str:
        """Outcome and last event, for a failing test."""
        last = self.events[-1] if self.events else None
        return f"{self.outcome}: {last!r:.900}"


@dataclass
class RobotHand:
    """Plays flows at a desk where somebody has signed in (or, for login, nobody has)."""

    desk: Desk

    def __post_init__(self) -> None:
        page = self.desk.page
        self.driver = PlaywrightDriver(page.context, page, list)
        sandbox = self.desk.sandbox
        self.origins = Origins(sandbox.console_origin, sandbox.billing_origin)

    def _run(self, events: Events, answer: Callable[[ev.AboutToCommit], ev.Answer]) -> Played:
        seen: list[ev.Event] = []
        reply: ev.Answer | None = None
        while True:
            try:
                event = events.send(reply)
            except StopIteration as end:
                return Played(end.value, seen)
            seen.append(event)
            reply = answer(event) if isinstance(event, ev.AboutToCommit) else None

    def play(
        self,
        flow: str | Flow,
        parameters: Mapping[str, str],
        answer: Callable[[ev.AboutToCommit], ev.Answer] | None = None,
        **options: Any,
    ) -> Played:
        """Play a flow with these parameters; Go is answered unless told otherwise."""
        loaded = flows_index.load(flow) if isinstance(flow, str) else flow
        say = answer or (lambda _: ev.Go(clock.monotonic() + BUDGET))
        given = {"origins": self.origins, "equal": types.equal, **options}
        return self._run(play(loaded, parameters, self.driver, **given), say)

    def read_back(self, flow: str | Flow, parameters: Mapping[str, str]) -> Played:
        """Read a flow's facts from a fresh page."""
        loaded = flows_index.load(flow) if isinstance(flow, str) else flow
        events = read_back(loaded, parameters, self.driver, origins=self.origins, equal=types.equal)
        return self._run(events, lambda _: ev.Stop("a read-back commits nothing"))

    def prove(self, flow: str | Flow, parameters: Mapping[str, str], done: Played) -> Verdict:
        """Read back what `done` committed and judge it."""
        loaded = flows_index.load(flow) if isinstance(flow, str) else flow
        facts = done.one(ev.AboutToCommit).facts
        again = self.read_back(loaded, parameters)
        assert again.outcome == "read_back", again.told()
        seen = again.one(ev.ReadBack)
        return judge(
            loaded, parameters, facts.seen, facts.form, seen.facts, types.equal, gone=seen.gone
        )

    def sign_in(self, index: int = 0, password: str = "") -> Played:
        """Play the login flow with one of the sandbox's logins, or with a password that is wrong."""
        bot = self.desk.sandbox.logins[index]
        secrets = {
            "username": lambda: Secret(bot["username"]),
            "password": lambda: Secret(password or bot["password"]),
            "totp": lambda: Secret(self.desk.code(index)),
        }
        flow = flows_index.load("login")
        events = login(flow, self.driver, origins=self.origins, secrets=secrets)
        return self._run(events, lambda _: ev.Stop("a login commits nothing"))


@contextmanager
def quiet_robot(browser: Browser, **options: Any) -> Iterator[RobotHand]:
    """A robot signed in at a sandbox of its own, for tests in which nothing is ever written."""
    with Sandbox(seed=QUIET_SEED, **options) as sandbox:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        try:
            hand = RobotHand(Desk(context.new_page(), sandbox))
            came = hand.sign_in()
            assert came.outcome == "signed_in", came.told()
            yield hand
        finally:
            context.close()


def keys(user: Mapping[str, Any], *names: str) -> dict[str, str]:
    """Identity keys of a user of the truth, all or those named."""
    known = {
        "username": user["username"],
        "email": user["email"],
        "full_name": f"{user['first_name']} {user['last_name']}",
        "site": user["site"],
        "known_extension": user["extension"],
        "console_user_id": user["id"],
    }
    return {name: value for name, value in known.items() if value and name in (names or known)}


def notes(events: Iterable[ev.Event]) -> list[str]:
    """`kind step` of every note: a lost class, a healed read."""
    return [f"{one.kind} {one.step}" for one in events if isinstance(one, ev.Note)]
