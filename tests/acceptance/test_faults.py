"""The console fails under a real worker: sessions end, answers are lost, the write happens once.

Judged by the sandbox's event log and truth.
"""

from __future__ import annotations

from typing import Any

import pytest

from robot.models import Task
from robot.sandbox.control import Control
from robot.sandbox.people import X2_US
from robot.sandbox.server import Sandbox
from robot.states import State
from tests.acceptance.theatre import Theatre

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


def _keys(user: dict[str, Any]) -> dict[str, str]:
    return {"username": user["username"], "email": user["email"]}


def _outcomes(theatre: Theatre, user_id: str) -> list[str]:
    return [write["outcome"] for write in theatre.writes(user_id)]


def test_a_session_that_ended_is_renewed_and_the_task_done_once(
    theatre: Theatre, control: Control, sandbox: Sandbox
) -> None:
    first, second = theatre.user("contact"), theatre.user("practice")
    theatre.worker()
    [task] = theatre.ask(_keys(first), set={"license": X2_US})
    [task] = theatre.settled([task])
    assert task.state == State.VERIFIED, theatre.report()
    control.fault("session_expiry")
    [task] = theatre.ask(_keys(second), set={"license": X2_US})
    [task] = theatre.settled([task])
    assert task.state == State.VERIFIED, theatre.report()
    assert _outcomes(theatre, second["id"]) == ["applied"]
    assert sandbox.truth()["users"][second["id"]]["license"] == X2_US
    signed_in = [
        one
        for one in sandbox.events()
        if one["kind"] == "sign_in" and one["detail"]["outcome"] == "signed_in"
    ]
    assert len(signed_in) == 2, theatre.report()


def _asked(theatre: Theatre, operation: str) -> tuple[dict[str, Any], Task]:
    if operation == "assign_license":
        person = theatre.user("contact")
        [task] = theatre.ask(_keys(person), set={"license": X2_US})
    else:
        person = theatre.user(theatre.sandbox.leavers[0])
        [task] = theatre.ask(_keys(person), remove=["license"])
    return person, task


@pytest.mark.long
@pytest.mark.parametrize("operation", ["assign_license", "remove_license"])
def test_a_write_whose_answer_was_lost_is_read_back_and_never_repeated(
    theatre: Theatre, control: Control, sandbox: Sandbox, operation: str
) -> None:
    control.fault("answer_lost_after", operation="save_user")
    theatre.worker()
    person, task = _asked(theatre, operation)
    [task] = theatre.settled([task])
    assert task.state == State.VERIFIED, theatre.report()
    assert _outcomes(theatre, person["id"]) == ["applied"]
    now = sandbox.truth()["users"][person["id"]]
    assert now["license"] == ("" if operation == "remove_license" else X2_US)


@pytest.mark.long
@pytest.mark.parametrize("operation", ["assign_license", "remove_license"])
def test_a_write_that_was_lost_asks_a_person_while_its_browser_lives(
    theatre: Theatre, control: Control, sandbox: Sandbox, operation: str
) -> None:
    control.fault("answer_lost_before", operation="save_user")
    theatre.worker()
    person, task = _asked(theatre, operation)
    [task] = theatre.settled([task])
    assert task.state == State.IN_REVIEW, theatre.report()
    assert [doubt.code for doubt in task.doubts.all()] == ["outcome_unknown"], theatre.report()
    assert _outcomes(theatre, person["id"]) == ["dropped"]
    assert sandbox.truth()["users"][person["id"]] == person
