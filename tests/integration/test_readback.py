"""Reading back: only a page that shows what was asked, and nothing else changed, verifies a task."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from robot import clock, doorbell
from robot.desk import LoginFailed
from robot.models import Doubt, LedgerEntry, Run, Task
from robot.player import events as ev
from robot.player.errors import BrowserLost
from robot.policy import RETRY_PAUSES
from robot.readback import Reading
from robot.states import State
from tests.integration import factory, scripted
from tests.integration.evidence_story import captured
from tests.integration.readings import (
    DISTURBED,
    HALF,
    LAST,
    OLD,
    RIGHT,
    SETTLE,
    asked,
    read,
    shows,
    waiting,
)
from tests.integration.scripted import Line, ScriptedDesk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rings(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> list[float]:
    settings.SETTLE_SCALE = 1.0
    heard: list[float] = []
    monkeypatch.setattr(doorbell, "ring", lambda after=0.0: heard.append(after))
    return heard


def test_what_is_read_back_and_equal_is_verified_and_observed() -> None:
    task = waiting()
    assert read(task, ev.Arrived("open", captured("arrived")), shows(RIGHT)) == "verified"
    assert (task.state, task.lease_until) == (State.VERIFIED, None)
    assert task.account.observed["license"]["value"] == "X"
    assert task.account.observed["present"]["value"] == "yes"
    assert {one.kind for one in task.evidence.all()} == {"arrived", "read_back"}


def test_a_user_that_is_provably_gone_is_verified_as_deleted() -> None:
    task = waiting(operation="delete_user")
    assert read(task, shows({}, gone=True)) == "verified"
    assert task.account.observed["present"]["value"] == ""


def test_the_old_value_is_read_again_at_each_settle_time_and_asked_about_after_the_last(
    rings: list[float],
) -> None:
    task = waiting()
    for index in range(LAST):
        before = clock.now()
        assert "still the old value" in read(task, shows(OLD))
        pause = SETTLE[index + 1] - SETTLE[index]
        assert (task.state, task.settle_index) == (State.APPLIED_UNVERIFIED, index + 1)
        assert before + timedelta(seconds=pause) <= task.due_at
        assert task.due_at <= clock.now() + timedelta(seconds=pause)
        assert task.lease_until is None, "the login is free meanwhile"
        assert rings[-1] >= pause
    assert not Doubt.objects.exists()
    read(task, shows(OLD))
    question = asked(task)
    assert question.code == "value_not_saved"
    assert (question.detail["asked"], question.detail["seen"]) == (
        {"license": "X"},
        {"license": ""},
    )
    assert question.evidence is not None


def test_a_value_that_comes_late_is_verified_all_the_same() -> None:
    task = waiting()
    read(task, shows(OLD))
    assert read(task, shows(RIGHT)) == "verified"


@pytest.mark.parametrize(
    ("facts", "disturbed"), [(DISTURBED, ["email"]), (HALF, [])], ids=["disturbed", "half"]
)
def test_what_was_saved_in_part_or_changed_something_else_is_asked_about_at_the_end(
    facts: dict[str, str], disturbed: list[str]
) -> None:
    task = waiting()
    assert read(task, shows(facts)).startswith("again")
    task = waiting(settle_index=LAST)
    read(task, shows(facts))
    question = asked(task)
    assert (question.code, question.detail["disturbed"]) == ("partial_save", disturbed)


@pytest.mark.parametrize("banner", ["Saving failed.", "The number could not be saved", "Error!"])
def test_after_the_console_said_no_two_readings_are_enough(banner: str) -> None:
    task = waiting(banner=banner)
    assert read(task, shows(OLD)).startswith("again")
    read(task, shows(OLD))
    question = asked(task)
    assert (question.code, question.detail["message"]) == ("console_refused", banner)


def test_what_the_console_refused_and_yet_did_is_verified() -> None:
    task = waiting(banner="Saving failed.")
    assert read(task, shows(RIGHT)) == "verified"


def test_without_facts_from_before_what_is_not_so_is_not_called_a_part() -> None:
    task = waiting(before={}, outcome="by_hand", settle_index=LAST)
    read(task, shows(HALF))
    assert asked(task).code == "value_not_saved"


UNREADABLE: dict[str, tuple[list[Line], str]] = {
    "fault": ([ev.Transient("t")], "console_unavailable"),
    "doubt": ([ev.Doubtful("not_found", "find", {"message": "nobody"})], "not_found"),
    "session": ([ev.SessionLost("https://admin.example/login")], "session_lost"),
    "browser": ([BrowserLost("gone")], "console_unavailable"),
    "browser later": ([ev.Note("find", "x"), BrowserLost("gone")], "console_unavailable"),
    "cut off": ([], "console_unavailable"),
    "no picture": ([shows(RIGHT, picture=False)], "console_unavailable"),
}


@pytest.mark.parametrize("kind", sorted(UNREADABLE))
def test_what_cannot_be_read_is_read_again_after_growing_pauses_and_then_asked_about(
    kind: str,
) -> None:
    lines, code = UNREADABLE[kind]
    task = waiting()
    for tries, pause in enumerate(RETRY_PAUSES, start=1):
        before = clock.now()
        assert read(task, *lines) == f"again: {code}"
        assert (task.state, task.retries) == (State.APPLIED_UNVERIFIED, tries)
        assert (task.settle_index, task.lease_until) == (0, None)
        assert task.due_at >= before + timedelta(seconds=pause)
    read(task, *lines)
    assert asked(task).code == code


@pytest.mark.parametrize("kind", sorted(UNREADABLE))
def test_what_cannot_be_read_after_an_unknown_outcome_is_asked_about_as_that(kind: str) -> None:
    task = waiting(State.UNKNOWN, retries=len(RETRY_PAUSES))
    read(task, *UNREADABLE[kind][0])
    assert asked(task).code == "outcome_unknown"


def test_a_reading_that_came_through_gives_the_next_one_all_its_tries() -> None:
    task = waiting(retries=len(RETRY_PAUSES))
    read(task, shows(OLD))
    assert task.retries == 0


def test_a_refused_login_lets_the_task_come_again_and_ends_the_quantum() -> None:
    task = waiting()
    with pytest.raises(LoginFailed):
        read(task, LoginFailed("login_challenge", {"message": "a captcha"}, captured("doubt")))
    task.refresh_from_db()
    assert (task.state, task.retries) == (State.APPLIED_UNVERIFIED, 1)
    assert scripted.last_run(task).ended_at is not None


@pytest.mark.parametrize(
    "lines",
    [[shows(RIGHT)], [shows(OLD)], [ev.Transient("t")], [BrowserLost("gone")]],
    ids=["right", "old", "fault", "browser"],
)
@pytest.mark.parametrize("columns", [{}, {"retries": 3, "settle_index": LAST}], ids=["", "last"])
def test_a_reading_whose_task_was_taken_changes_nothing(
    lines: list[Line], columns: dict[str, Any]
) -> None:
    task = waiting(**columns)
    reading = Reading(ScriptedDesk(factory.login(task.tenant), lines), task)
    Task.objects.filter(pk=task.pk).update(lease_epoch=task.lease_epoch + 1)
    before = Task.objects.filter(pk=task.pk).values().get()
    reading.play()
    assert Task.objects.filter(pk=task.pk).values().get() == before
    assert not Doubt.objects.exists()
    assert Run.objects.get().ended_at is not None
    task.account.refresh_from_db()
    assert task.account.observed == {}


def test_a_session_that_had_ended_is_forgotten() -> None:
    task = waiting()
    login = factory.login(task.tenant)
    login.session = b"cookies"
    login.save()
    lines: list[Line] = [ev.SessionLost("https://admin.example/login")]
    Reading(ScriptedDesk(login, lines), task).play()
    login.refresh_from_db()
    assert not bytes(login.session)


def test_notes_of_a_reading_are_in_the_ledger() -> None:
    task = waiting()
    note = ev.Note("after", "lost_class", {"classes": ["name"]})
    read(task, note, shows(RIGHT))
    entry = LedgerEntry.objects.get(task=task, kind="note")
    assert entry.body == {"step": "after", "what": "lost_class", "detail": {"classes": ["name"]}}
