"""Signing in: what counts as a refusal, what pauses a login at once, and whose login it is by then."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db.models import F

from reviewqueue.requeue import requeue_for_newer_flow
from robot import clock, desk, flows_index, leases
from robot.attempt import Attempt
from robot.desk import Desk, LoginFailed
from robot.models import ConsoleLogin
from robot.player import events as ev
from robot.player.errors import FlowError
from robot.player.host import BrowserHost, Session
from robot.player.pulse import Pulse
from robot.states import State
from tests.integration import factory, queue, scripted
from tests.integration.scripted import Line

pytestmark = pytest.mark.django_db

CAPTCHA = ev.Doubtful("login_challenge", "password", {"message": "a captcha"})


class Stage:
    """A desk that nobody has signed in yet, and what the console will say."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.row = factory.login(factory.tenant())
        ConsoleLogin.objects.filter(pk=self.row.pk).update(password_ref="env:ROBOT_PASSWORD")
        self.row.refresh_from_db()
        monkeypatch.setenv("ROBOT_PASSWORD", "canary-secret")
        self.desk = Desk(self.row, "here:1:1", cast("BrowserHost", scripted.Thread()))
        self.lines: list[Line] = []
        monkeypatch.setattr(desk, "login", self._told)
        monkeypatch.setattr(leases.Heartbeat, "EVERY", 0.0)

    def _told(self, *_: Any, pulse: Pulse, **__: Any) -> Any:
        return scripted.told(self.lines, pulse, [])

    def sign_in(self, *lines: Line) -> LoginFailed:
        """The failure that it must end with."""
        self.lines = list(lines)
        with pytest.raises(LoginFailed) as failed:
            self.desk.sign_in(cast("Session", SimpleNamespace(driver=None)))
        return failed.value

    @property
    def now(self) -> ConsoleLogin:
        return ConsoleLogin.objects.get(pk=self.row.pk)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def test_two_refusals_pause_the_login(stage: Stage) -> None:
    assert stage.sign_in(CAPTCHA).reason == "login_challenge"
    assert (stage.now.refusals, stage.now.paused_reason) == (1, "")
    stage.sign_in(CAPTCHA)
    assert stage.now.refusals == 2
    assert "manage.py login" in stage.now.paused_reason


def test_a_login_that_is_let_in_starts_counting_anew(stage: Stage) -> None:
    stage.sign_in(CAPTCHA)
    stage.lines = [ev.SignedIn({"cookies": []})]
    stage.desk.sign_in(cast("Session", SimpleNamespace(driver=None)))
    assert stage.now.refusals == 0
    assert stage.now.session


@pytest.mark.parametrize(
    "lines",
    [
        [ev.Transient("the page did not load")],
        [],
        [ev.SessionLost("https://admin.example/login")],
        [ev.Note("password", "slow")],
    ],
    ids=["fault", "nothing", "session", "cut off"],
)
def test_what_is_no_word_of_the_console_is_no_refusal(stage: Stage, lines: list[Line]) -> None:
    for _ in range(3):
        assert stage.sign_in(*lines).reason == "console_unavailable"
    assert (stage.now.refusals, stage.now.paused_reason) == (0, "")


def test_a_step_that_took_too_long_is_no_refusal(stage: Stage) -> None:
    def hangs(pulse: Pulse) -> None:
        pulse.allow(-1.0)
        scripted.until_aborted(pulse)

    assert stage.sign_in(hangs).reason == "console_unavailable"
    assert stage.now.refusals == 0


def test_a_worker_whose_login_was_taken_neither_counts_nor_pauses(stage: Stage) -> None:
    ConsoleLogin.objects.filter(pk=stage.row.pk).update(
        lease_epoch=F("lease_epoch") + 1, lease_until=leases.lease_end(), refusals=1
    )
    stage.sign_in(CAPTCHA)
    assert (stage.now.refusals, stage.now.paused_reason) == (1, "")
    leases.release_login(stage.row)
    assert stage.now.lease_until is not None, "the other worker's lease was given back"


@pytest.mark.parametrize(
    ("password", "totp", "said"),
    [
        ("env:ROBOT_NOWHERE", "", "ROBOT_NOWHERE"),
        ("env:ROBOT_PASSWORD", "env:ROBOT_NOWHERE", "ROBOT_NOWHERE"),
        ("env:ROBOT_PASSWORD", "env:ROBOT_PASSWORD", "no TOTP secret"),
    ],
)
def test_a_missing_secret_pauses_the_login_at_once_with_one_question(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, password: str, totp: str, said: str
) -> None:
    ConsoleLogin.objects.filter(pk=stage.row.pk).update(password_ref=password, totp_ref=totp)
    stage.row.refresh_from_db()
    task = scripted.held(factory.task(factory.account(stage.row.tenant), state=State.RUNNING))
    session = SimpleNamespace(driver=None, alive=lambda: True, close=lambda: None)
    monkeypatch.setattr(stage.desk, "host", SimpleNamespace(open_session=lambda *_: session))
    with pytest.raises(LoginFailed):
        Attempt(stage.desk, task).play()
    asked = task.doubts.get()
    assert asked.code == "login_challenge"
    assert said in asked.detail["message"]
    assert said in stage.now.paused_reason
    assert stage.now.refusals == 0
    assert "canary" not in f"{asked.detail} {stage.now.paused_reason}"


@pytest.mark.parametrize(
    ("broken", "error", "said"),
    [
        ("assign_license", FlowError("assign_license", ["steps.3: no"]), "assign_license: steps.3"),
        ("login", FlowError("login", ["steps.3: no"]), "login: steps.3"),
        ("login", KeyError("login"), "flow record login"),
    ],
)
def test_a_flow_that_cannot_be_used_is_a_question_about_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, broken: str, error: Exception, said: str
) -> None:
    session = SimpleNamespace(driver=None, alive=lambda: True, close=lambda: None)
    monkeypatch.setattr(stage.desk, "host", SimpleNamespace(open_session=lambda *_: session))
    found = flows_index.load

    def load(name: str) -> Any:
        if name == broken:
            raise error
        return found(name)

    monkeypatch.setattr(flows_index, "load", load)
    task = scripted.held(factory.task(factory.account(stage.row.tenant), state=State.RUNNING))
    Attempt(stage.desk, task).play()
    task.refresh_from_db()
    asked = task.doubts.get()
    assert (task.state, asked.code) == (State.IN_REVIEW, "page_drift")
    assert said in asked.detail["message"]


def test_an_operation_without_a_flow_is_asked_about_and_goes_on_once_there_is_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str) -> Any:
        raise KeyError(name)

    with monkeypatch.context() as without:
        without.setattr(flows_index, "load", load)
        task = scripted.held(factory.task(factory.account(stage.row.tenant), state=State.RUNNING))
        Attempt(stage.desk, task).play()
    queue.opened(task.doubts.get())
    assert requeue_for_newer_flow("assign_license", flows_index.version_of("assign_license")) == 1
    task.refresh_from_db()
    assert (task.state, task.crashes) == (State.QUEUED, 0)
    assert task.due_at <= clock.now()
