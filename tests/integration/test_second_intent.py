"""The second intent: all of its conditions, each alone enough to leave it to a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from robot import clock, leases
from robot.models import Task
from robot.states import State
from tests.integration.readings import (
    DISTURBED,
    HALF,
    LAST,
    OLD,
    RIGHT,
    asked,
    read,
    shows,
    waiting,
)

pytestmark = pytest.mark.django_db


def _lost(**columns: Any) -> Task:
    """A task whose worker was lost around the commit; its readings are at their last settle time."""
    return waiting(State.UNKNOWN, **({"worker": "here:1:1", "settle_index": LAST - 1} | columns))


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Workers that are proved dead."""
    names = ["here:1:1"]
    monkeypatch.setattr(leases, "proved_dead", lambda worker: worker in names)
    return names


def test_an_unknown_outcome_is_tried_once_more_when_nothing_speaks_against_it(
    dead: list[str],
) -> None:
    task = _lost()
    assert "still the old value" in read(task, shows(OLD))
    assert read(task, shows(OLD)) == "second intent"
    assert (task.state, task.lease_until) == (State.QUEUED, None)
    permit = task.permits.get()
    assert (permit.code, permit.granted_by) == ("second_intent", "switchboard")


@pytest.mark.parametrize("reading", [RIGHT, DISTURBED, HALF], ids=["right", "disturbed", "half"])
def test_an_unknown_outcome_that_shows_anything_new_gets_no_second_intent(
    dead: list[str], reading: dict[str, str]
) -> None:
    task = _lost()
    read(task, shows(OLD))
    read(task, shows(reading))
    assert task.state == (State.VERIFIED if reading is RIGHT else State.IN_REVIEW)
    assert not task.permits.exists()


@pytest.mark.parametrize(
    "columns",
    [
        {"operation": "remove_license", "before": {"license": "X4"}, "parameters": {}},
        {"intents": 2},
        {"worker": "elsewhere:1:1"},
        {"settle_index": LAST},
        {"before": {}},
    ],
    ids=["not idempotent", "second time", "alive", "one reading", "nothing from before"],
)
def test_a_second_intent_is_a_persons_where_one_condition_lacks(
    dead: list[str], columns: dict[str, Any]
) -> None:
    task = _lost(**columns)
    shown = shows(task.before or OLD)
    while task.state == State.UNKNOWN:
        read(task, shown)
    assert asked(task).code in ("outcome_unknown", "value_not_saved")
    assert not task.permits.exists()


def test_an_earlier_reading_that_saw_something_else_is_no_proof(dead: list[str]) -> None:
    task = _lost()
    read(task, shows(HALF))
    read(task, shows(OLD))
    assert asked(task).code == "outcome_unknown"


def test_a_reading_from_before_the_outcome_was_unknown_is_no_proof(dead: list[str]) -> None:
    task = _lost()
    read(task, shows(OLD))
    Task.objects.filter(pk=task.pk).update(state_since=clock.now() + timedelta(seconds=1))
    read(task, shows(OLD))
    assert asked(task).code == "outcome_unknown"


def test_an_attempt_that_ended_alike_is_no_reading(dead: list[str]) -> None:
    task = _lost()
    read(task, shows(OLD))
    task.runs.update(kind="attempt")
    read(task, shows(OLD))
    assert asked(task).code == "outcome_unknown"


def test_what_certainly_was_clicked_gets_no_second_intent(dead: list[str]) -> None:
    task = waiting(worker="here:1:1", settle_index=LAST - 1)
    read(task, shows(OLD))
    read(task, shows(OLD))
    assert asked(task).code == "value_not_saved"
