"""An attempt: what each of the player's events does to the task, before the commit and after it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from robot import clock, doorbell, gate, leases
from robot.attempt import Attempt
from robot.desk import LoginFailed
from robot.models import ConsoleLogin, Doubt, LedgerEntry, Pause, Task
from robot.player import events as ev
from robot.player.errors import BrowserLost
from robot.player.pulse import Pulse
from robot.policy import RETRY_PAUSES
from robot.states import State
from tests.integration import factory, scripted
from tests.integration.evidence_story import captured
from tests.integration.scripted import Line, ScriptedDesk

pytestmark = pytest.mark.django_db

COMMITTED = ev.Committed("save", captured("after_commit"), "Saved.")


@pytest.fixture(autouse=True)
def rings(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    heard: list[float] = []
    monkeypatch.setattr(doorbell, "ring", lambda after=0.0: heard.append(after))
    return heard


def _play(task: Task, *lines: Line) -> ScriptedDesk:
    desk = ScriptedDesk(factory.login(task.tenant), list(lines))
    Attempt(desk, task).play()
    task.refresh_from_db()
    return desk


def _running(**columns: Any) -> Task:
    return scripted.task(State.RUNNING, **columns)


def _pause(task: Task) -> None:
    Pause.objects.create(tenant=task.tenant, reason="r", by="otto", since=clock.now())


def _asked(task: Task) -> Doubt:
    assert task.state == State.IN_REVIEW
    return task.doubts.get()


def test_a_commit_is_answered_with_go_after_its_intent_and_then_only_read() -> None:
    task = _running()
    desk = _play(
        task, ev.Arrived("open", captured("arrived")), scripted.about_to_commit(), COMMITTED
    )
    assert isinstance(desk.answers[0], ev.Go)
    assert (task.state, task.intents, task.banner) == (State.APPLIED_UNVERIFIED, 1, "Saved.")
    assert (task.before, task.form) == (scripted.SEEN, {"license": "X"})
    assert scripted.last_run(task).outcome == "committed"
    assert {one.kind for one in task.evidence.all()} == {
        "arrived",
        "before_commit",
        "after_commit",
    }


def test_a_pause_stops_between_steps() -> None:
    task = _running()
    _pause(task)
    _play(task, ev.Arrived("open", captured("arrived")), scripted.until_aborted)
    assert (task.state, task.retries, task.intents) == (State.QUEUED, 0, 0)
    assert task.due_at <= clock.now()


def test_a_pause_before_the_commit_stops_it_without_a_question() -> None:
    task = _running()
    _pause(task)
    desk = _play(task, scripted.about_to_commit())
    assert desk.answers == [ev.Stop("paused")]
    assert (task.state, task.retries, task.intents) == (State.QUEUED, 0, 0)


def test_a_pause_inside_committing_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    task = _running()
    stored = gate.store_intent

    def store_and_pause(*args: Any) -> None:
        stored(*args)
        _pause(task)

    def ticks(pulse: Pulse) -> None:
        clock.sleep(0.2)
        pulse.check()

    monkeypatch.setattr(gate, "store_intent", store_and_pause)
    desk = _play(task, scripted.about_to_commit(), ticks, COMMITTED)
    assert isinstance(desk.answers[0], ev.Go)
    assert task.state == State.APPLIED_UNVERIFIED


def test_a_transient_fault_is_tried_again_after_growing_pauses_and_then_asked_about(
    rings: list[float],
) -> None:
    task = _running()
    for tries, pause in enumerate(RETRY_PAUSES, start=1):
        before = clock.now()
        _play(task, ev.Transient("the page did not load"))
        assert (task.state, task.retries) == (State.QUEUED, tries)
        assert task.due_at >= before + timedelta(seconds=pause)
        assert rings[-1] >= pause
        Task.objects.filter(pk=task.pk).update(state=State.RUNNING)
        scripted.held(task)
    _play(task, ev.Transient("the page did not load"))
    asked = _asked(task)
    assert (asked.code, asked.detail["message"]) == ("console_unavailable", "the page did not load")


@pytest.mark.parametrize(
    "lines",
    [
        [ev.Transient("t")],
        [BrowserLost("gone")],
        [ev.Arrived("open", captured("arrived")), BrowserLost("gone")],
        [ev.Arrived("open", captured("arrived"))],
        [ev.SessionLost("https://admin.example/login")],
        [ev.SignedIn({})],
    ],
    ids=["fault", "no page", "browser", "cut off", "session", "of another kind"],
)
def test_what_gives_way_before_the_commit_is_tried_again(lines: list[Line]) -> None:
    task = _running()
    _play(task, *lines)
    assert (task.state, task.retries, task.intents) == (State.QUEUED, 1, 0)


@pytest.mark.parametrize(
    "last",
    [
        ev.Transient("t"),
        BrowserLost("gone"),
        ev.Doubtful("outcome_unknown", "save", {}),
        ev.SessionLost("https://admin.example/login"),
        ev.Note("save", "nothing"),
    ],
    ids=["fault", "browser", "doubt", "session", "cut off"],
)
def test_what_gives_way_after_the_intent_is_unknown_and_never_tried_again(last: Line) -> None:
    task = _running()
    _play(task, scripted.about_to_commit(), last)
    assert (task.state, task.intents, task.lease_until) == (State.UNKNOWN, 1, None)


@pytest.mark.parametrize("pictures", [(captured(png=None, error="hung"),), (captured("arrived"),)])
def test_without_a_picture_nothing_is_clicked(pictures: tuple[ev.Capture, ...]) -> None:
    task = _running()
    desk = _play(task, scripted.about_to_commit(*pictures))
    assert desk.answers == [ev.Stop("no picture")]
    assert (task.state, task.intents) == (State.QUEUED, 0)


def test_a_commit_that_took_no_pictures_is_not_clicked() -> None:
    task = _running()
    question = scripted.about_to_commit()
    desk = _play(task, ev.AboutToCommit(question.step, question.facts, ()))
    assert desk.answers == [ev.Stop("no picture")]
    assert task.intents == 0


def test_evidence_that_took_too_long_to_store_is_no_base_for_a_click(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("robot.attempt.ANSWER_WITHIN", -1.0)
    task = _running()
    desk = _play(task, scripted.about_to_commit())
    assert desk.answers == [ev.Stop("too late")]
    assert (task.state, task.intents) == (State.QUEUED, 0)


def test_a_closed_gate_is_a_question_with_the_page_as_it_was() -> None:
    task = _running(operation="delete_user")
    desk = _play(task, scripted.about_to_commit())
    assert desk.answers == [ev.Stop("approval_required")]
    asked = _asked(task)
    assert asked.evidence is not None
    assert (asked.code, asked.evidence.kind) == ("approval_required", "before_commit")
    assert asked.facts["seen"] == scripted.SEEN


def test_the_lease_is_renewed_right_before_the_intent(settings: Settings) -> None:
    task = _running()
    soon = leases.database_now() + timedelta(seconds=settings.CLICK_BUDGET_SECONDS - 1)
    Task.objects.filter(pk=task.pk).update(lease_until=soon)
    desk = _play(task, scripted.about_to_commit(), COMMITTED)
    assert isinstance(desk.answers[0], ev.Go)
    assert task.state == State.APPLIED_UNVERIFIED


def test_a_login_that_was_taken_before_the_intent_keeps_the_click_from_happening() -> None:
    task = _running()
    login = factory.login(task.tenant)
    desk = ScriptedDesk(login, [scripted.about_to_commit()])
    ConsoleLogin.objects.filter(pk=login.pk).update(lease_epoch=7)
    Attempt(desk, task).play()
    task.refresh_from_db()
    assert not isinstance(desk.answers[0], ev.Go)
    assert (task.state, task.intents) == (State.RUNNING, 0)


def test_a_worker_that_lost_its_task_changes_nothing() -> None:
    task = _running()
    Task.objects.filter(pk=task.pk).update(lease_epoch=task.lease_epoch + 1)
    _play(task, ev.Doubtful("not_found", "find", {}))
    assert task.state == State.RUNNING
    assert not Doubt.objects.exists()
    assert scripted.last_run(task).outcome.startswith("lost")


def test_a_doubt_before_the_commit_is_a_question() -> None:
    task = _running()
    _play(task, ev.Doubtful("not_found", "find", {"asked": {"x": "y"}}, captured("doubt")))
    asked = _asked(task)
    assert (asked.code, asked.step, asked.detail) == ("not_found", "find", {"asked": {"x": "y"}})


def test_what_is_already_so_is_verified_with_a_picture() -> None:
    task = _running()
    facts = {"license": "X", "username": "acme.person"}
    _play(task, ev.AlreadySo("done", facts, captured("arrived"), "u1"))
    assert (task.state, task.outcome) == (State.VERIFIED, "already_so")
    assert task.account.observed["license"]["value"] == "X"
    assert task.account.console_user_id == "u1"


def test_what_is_already_so_without_a_picture_is_tried_again() -> None:
    task = _running()
    _play(task, ev.AlreadySo("done", {"license": "X"}, captured("arrived", png=None, error="hung")))
    assert (task.state, task.retries) == (State.QUEUED, 1)


def test_already_so_after_a_commit_of_ours_is_judged_like_a_reading() -> None:
    before = {"license": "", "email": "person@acme.example"}
    task = _running(intents=1, before=before, outcome="changed")
    seen = {"license": "X", "email": "other@acme.example"}
    _play(task, ev.AlreadySo("done", seen, captured("arrived"), "u1"))
    asked = _asked(task)
    assert asked.code == "partial_save"
    assert asked.detail["seen"] == {"email": "other@acme.example"}


def test_a_note_stops_nothing_and_stands_in_the_ledger() -> None:
    task = _running()
    _play(task, ev.Note("find", "healed", {"by": "label"}), ev.Transient("t"))
    assert LedgerEntry.objects.get(task=task, kind="note").body["what"] == "healed"


@pytest.mark.parametrize(
    ("paused", "state"), [("", State.QUEUED), ("refused", State.IN_REVIEW)], ids=["once", "twice"]
)
def test_a_refused_login_is_tried_again_until_the_login_is_paused(
    paused: str, state: State
) -> None:
    task = _running()
    login = factory.login(task.tenant)
    ConsoleLogin.objects.filter(pk=login.pk).update(paused_reason=paused, lease_epoch=7)
    failed = LoginFailed("login_challenge", {"message": "a captcha"}, captured("doubt"))
    with pytest.raises(LoginFailed):
        Attempt(ScriptedDesk(login, [failed]), task).play()
    task.refresh_from_db()
    assert task.state == state
    assert login.lease_epoch == 0, "another worker's lease is none of ours"
    if paused:
        asked = _asked(task)
        assert (asked.code, asked.detail["login"]) == ("login_challenge", login.username)
