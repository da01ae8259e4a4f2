"""The player at work through its own thread, bridge and proxy: secrets, and commits that go wrong."""

from __future__ import annotations

import io
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psutil
import pytest
from PIL import Image
from playwright.sync_api import Page

from robot import clock, flows_index, types
from robot.player import events as ev
from robot.player.bridge import drive
from robot.player.errors import PlayerError
from robot.player.host import BrowserHost, Session
from robot.player.origins import Origins
from robot.player.page import PlaywrightDriver
from robot.player.play import Events, login, play
from robot.player.pulse import Pulse
from robot.player.secret import Secret
from robot.sandbox import totp
from robot.sandbox.control import Control
from robot.sandbox.people import X2_US
from robot.sandbox.server import Sandbox
from tests.browser.contract import at
from tests.browser.desk import wait_until
from tests.browser.robot_hand import keys
from tests.browser.site import Site
from tests.browser.wishes import american

CANARY = "canary-81c4-secret"


@dataclass
class Room:
    """A host with one session at a sandbox, as a worker has it."""

    host: BrowserHost
    sandbox: Sandbox
    session: Session

    @property
    def origins(self) -> Origins:
        return Origins(self.sandbox.console_origin, self.sandbox.billing_origin)

    @property
    def control(self) -> Control:
        return Control(self.sandbox.control_origin)

    def follow(
        self, make: Callable[[Pulse], Events], at_commit: Callable[[], None] = lambda: None
    ) -> tuple[list[ev.Event], str]:
        """Drive a generator to its end; Go is answered, and then `at_commit` is called."""
        pulse = Pulse()
        met: list[ev.Event] = []
        with drive(self.host, lambda: make(pulse), pulse) as bridge:
            for event in bridge:
                if event is not None:
                    met.append(event)
                if isinstance(event, ev.AboutToCommit):
                    bridge.answer(ev.Go(clock.monotonic() + 60))
                    at_commit()
        return met, bridge.outcome

    def sign_in(self, password: str = "") -> tuple[list[ev.Event], str]:
        bot = self.sandbox.logins[0]
        secrets = {
            "username": lambda: Secret(bot["username"]),
            "password": lambda: Secret(password or bot["password"]),
            "totp": lambda: Secret(totp.code_at(bot["totp_secret"], time.time())),
        }
        flow = flows_index.load("login")
        return self.follow(
            lambda pulse: login(
                flow, self.session.driver, origins=self.origins, secrets=secrets, pulse=pulse
            )
        )

    def assign(self, at_commit: Callable[[], None] = lambda: None) -> tuple[list[ev.Event], str]:
        user = self.sandbox.truth()["users"][american(self.sandbox, self.sandbox.joiners)]
        given = {**keys(user), "license": X2_US}
        flow = flows_index.load("assign_license")
        return self.follow(
            lambda pulse: play(
                flow,
                given,
                self.session.driver,
                origins=self.origins,
                equal=types.equal,
                pulse=pulse,
            ),
            at_commit,
        )

    def events(self, kind: str) -> int:
        return sum(one["kind"] == kind for one in self.sandbox.events())


@pytest.fixture(scope="module")
def host() -> Iterator[BrowserHost]:
    one = BrowserHost()
    yield one
    one.stop()


@pytest.fixture
def room(host: BrowserHost, sandbox: Sandbox) -> Iterator[Room]:
    origins = [sandbox.console_origin, sandbox.billing_origin]
    with host.open_session(None, origins) as session:
        yield Room(host, sandbox, session)


def unknown(events: list[ev.Event]) -> bool:
    return isinstance(events[-1], ev.Doubtful) and events[-1].code == "outcome_unknown"


def test_a_signed_in_session_is_kept_and_needs_no_second_login(room: Room) -> None:
    events, outcome = room.sign_in()
    assert outcome == "signed_in", events[-1]
    state = events[-1]
    assert isinstance(state, ev.SignedIn)
    origins = [room.sandbox.console_origin]
    with room.host.open_session(state.state, origins) as other:
        room.host.run(lambda: other.driver.open(room.sandbox.console_origin + "/users", 60))
        assert "login" not in room.host.run(other.driver.place).url


def test_no_picture_and_no_text_is_taken_while_a_secret_is_on_the_page(room: Room) -> None:
    events, _ = room.sign_in()
    taken = [one.capture for one in events if isinstance(one, ev.Arrived)]
    assert [("login" in one.url, one.png is not None, one.text) for one in taken] == [
        (True, True, None),  # before the first key
        (False, True, None),  # after the page was left
    ]


def test_a_refused_password_is_shown_nowhere(room: Room) -> None:
    events, outcome = room.sign_in(password=CANARY)
    last = events[-1]
    assert outcome == "doubt"
    assert isinstance(last, ev.Doubtful)
    assert (last.code, last.capture) == ("login_challenge", None)
    assert CANARY not in repr(events)


def test_what_was_typed_is_in_no_error_and_behind_none(host: BrowserHost) -> None:
    html = "<input id=off disabled><button>no field</button>"
    with Site({"/page": html}) as site, host.open_session(None, [site.origin]) as session:
        host.run(lambda: session.driver.open(site.origin + "/page", 60))
        for selector in ("css=button", "css=#off"):
            ref = at(selector)
            with pytest.raises(PlayerError) as caught:
                host.run(lambda ref=ref: session.driver.fill(ref, Secret(CANARY), 0.3))  # type: ignore[misc]
            error: BaseException | None = caught.value
            assert CANARY not in "".join(traceback.format_exception(error))
            while error is not None:
                assert CANARY not in repr(error) + str(vars(error))
                error = error.__context__ or error.__cause__


def test_a_password_field_is_black_in_every_picture_and_looks_as_before_after_it(
    host: BrowserHost,
) -> None:
    field = "<input type=password style='position:fixed;left:0;top:0;width:400px;height:100px;font-size:60px'>"
    with Site({"/page": field}) as site, host.open_session(None, [site.origin]) as session:
        driver = session.driver
        host.run(lambda: driver.open(site.origin + "/page", 60))
        host.run(lambda: driver.fill(at("css=input"), Secret(CANARY), 5))
        picture = host.run(lambda: driver.picture(None))
        assert picture.png is not None
        image = Image.open(io.BytesIO(picture.png)).convert("RGB").crop((10, 10, 390, 90))
        assert image.getcolors() == [(380 * 80, (0, 0, 0))]
        style = host.run(lambda: session.page.eval_on_selector("input", "e => e.style.background"))
        assert style == ""


def test_the_pictures_before_a_commit_show_the_person_and_the_button(room: Room) -> None:
    room.sign_in()
    events, outcome = room.assign()
    assert outcome == "committed", events[-1]
    [about] = [one for one in events if isinstance(one, ev.AboutToCommit)]
    assert len(about.captures) == 2
    for taken in about.captures:
        assert taken.png is not None
        assert taken.box is not None
        x, y, width, height = taken.box
        assert 0 <= x <= x + width <= taken.viewport[0]
        assert 0 <= y <= y + height <= taken.viewport[1]
    assert about.captures[0].png != about.captures[1].png


def test_a_lost_answer_leaves_the_outcome_unknown_and_the_write_is_sent_once(room: Room) -> None:
    room.sign_in()
    room.control.fault("answer_lost_after")
    events, _ = room.assign()
    assert unknown(events), events[-1]
    assert room.events("write") == 1


@pytest.mark.parametrize("asked", ["/count', {method: 'POST', mode", "/who', {mode"])
def test_what_strangers_answer_is_no_answer_of_the_console(page: Page, asked: str) -> None:
    pages: dict[str, Any] = {"/who": lambda: (401, "text/plain", "who are you")}
    with Site({}) as own, Site(pages) as other:
        call = f"fetch('{other.origin}{asked}: 'no-cors'}}).catch(() => 0)"
        own.pages["/page"] = f'<button onclick="{call}">x'
        driver = PlaywrightDriver(page.context, page, list, [own.origin])
        driver.open(own.origin + "/page", 10)
        driver.watch()
        driver.click(at("css=button"), 5)
        driver.wait(0.1)
        wait_until("it was asked", lambda: other.met)
        driver.settle(5)
        reply = driver.reply()
        assert (reply.pending, reply.answered, reply.lost) == (0, 0, 0)
        assert not driver.place().signed_out


def test_a_read_that_is_open_after_the_click_is_told(page: Page) -> None:
    with Site({"/page": "<button onclick=\"fetch('/held')\">x", "/held": "late"}) as own:
        driver = PlaywrightDriver(page.context, page, list, [own.origin])
        driver.open(own.origin + "/page", 10)
        driver.watch()
        driver.click(at("css=button"), 5)
        driver.wait(0.1)
        wait_until("it was asked", lambda: "/held" in own.paths())
        assert driver.reply().reading == 1
        own.release.set()
        driver.settle(5)
        assert driver.reply().reading == 0


def test_an_answer_that_does_not_come_in_time_leaves_the_outcome_unknown(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robot.player.commit.REPLY_WITHIN", 1.0)
    room.sign_in()
    room.control.hold()
    events, _ = room.assign()
    assert unknown(events), events[-1]
    assert len(room.control.held()) == 1
    room.control.release(apply=False)


def test_a_browser_killed_after_the_click_leaves_the_outcome_unknown_and_one_write(
    room: Room,
) -> None:
    room.sign_in()
    room.control.hold()

    def kill() -> None:
        wait_until("the write is held", room.control.held)
        engine = room.host._engine
        assert engine is not None
        pid = engine.driver_pid()
        assert pid is not None
        for one in psutil.Process(pid).children(recursive=True):
            one.kill()

    events, _ = room.assign(kill)
    assert unknown(events), events[-1]
    room.control.release(apply=True)
    wait_until("the write is applied", lambda: room.events("write"))
    assert room.events("write") == 1


def test_a_bridge_that_is_left_at_the_question_clicks_nothing(room: Room) -> None:
    room.sign_in()
    user = room.sandbox.truth()["users"][american(room.sandbox, room.sandbox.joiners)]
    given = {**keys(user), "license": X2_US}
    flow = flows_index.load("assign_license")
    pulse = Pulse()
    driver = room.session.driver

    def make() -> Events:
        return play(flow, given, driver, origins=room.origins, equal=types.equal, pulse=pulse)

    with drive(room.host, make, pulse) as bridge:
        for event in bridge:
            if isinstance(event, ev.AboutToCommit):
                break
    assert bridge.outcome == ""
    assert room.events("write") == 0
    assert room.session.alive()
