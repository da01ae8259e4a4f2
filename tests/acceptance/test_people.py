"""The human path with a real worker and a real browser: what a person decides, the robot finishes.

Judged by the sandbox's truth and event log.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from reviewqueue import cases, decide
from reviewqueue.models import Case
from robot.models import Task
from robot.sandbox.control import Control
from robot.sandbox.people import X2_US
from robot.sandbox.server import Sandbox
from robot.states import State
from tests.acceptance.theatre import Theatre, reviewer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


def _keys(user: dict[str, Any]) -> dict[str, str]:
    return {"username": user["username"], "email": user["email"]}


def _case(task: Task) -> Case:
    """The open case of the task's newest doubt."""
    newest = task.doubts.order_by("-pk")[0]
    found = cases.ensure(newest)
    assert found is not None
    return found


def _answer(task: Task, kind: str, who: User, **more: Any) -> None:
    """Decide as the case page does: what was shown comes back as a digest."""
    case = _case(task)
    cases.claim(case, who)
    newest = task.doubts.order_by("-pk")[0]
    decide.decide(case, kind, by=who, shown={newest.pk: decide.shown_digest(newest)}, **more)


def test_an_approved_deletion_is_carried_out_as_a_pair_and_read_back(
    theatre: Theatre, sandbox: Sandbox
) -> None:
    leaver = theatre.user(sandbox.leavers[0])
    theatre.worker()
    first, second = theatre.ask(_keys(leaver), delete=True)
    [first] = theatre.settled([first])
    assert [d.code for d in first.doubts.all()] == ["approval_required"], theatre.report()
    assert theatre.writes(leaver["id"]) == []
    _answer(first, "approve", reviewer())
    first, second = theatre.settled([first, second], *_ENDS)
    assert (first.state, second.state) == (State.VERIFIED, State.VERIFIED), theatre.report()
    operations = [write["operation"] for write in theatre.writes(leaver["id"])]
    assert operations == ["save_user", "delete_user"]
    truth = sandbox.truth()
    assert leaver["id"] not in truth["users"]
    [number] = [n for n in truth["numbers"] if n["number"] == leaver["phone_number"]]
    assert number["status"] == "Available", "a deletion with the licence on would leave it stuck"


_ENDS = (State.VERIFIED, State.IN_REVIEW, State.REJECTED, State.SUPERSEDED)


def test_the_chosen_twin_is_changed_and_the_other_untouched(
    theatre: Theatre, sandbox: Sandbox
) -> None:
    meant, other = theatre.user("twin_a"), theatre.user("twin_b")
    asked = {
        "email": meant["email"],
        "full_name": f"{meant['first_name']} {meant['last_name']}",
        "site": meant["site"],
    }
    theatre.worker()
    [task] = theatre.ask(asked, set={"license": X2_US})
    [task] = theatre.settled([task])
    [doubt] = task.doubts.all()
    assert doubt.code == "ambiguous_match", theatre.report()
    candidates = doubt.detail["candidates"]
    assert {one["username"] for one in candidates} >= {meant["username"], other["username"]}
    [chosen] = [one for one in candidates if one["username"] == meant["username"]]
    _answer(task, "choose", reviewer(), candidate=chosen)
    [task] = theatre.settled([task], *_ENDS)
    assert task.state == State.VERIFIED, theatre.report()
    users = sandbox.truth()["users"]
    assert users[meant["id"]]["license"] == X2_US
    assert users[other["id"]] == other
    assert theatre.writes(other["id"]) == []


@pytest.mark.long
def test_done_by_hand_is_read_back_and_a_false_claim_comes_back(
    theatre: Theatre, sandbox: Sandbox, control: Control
) -> None:
    person = theatre.user("contact")
    control.fault("generic_failure", times=1, user_id=person["id"])
    theatre.worker()
    [task] = theatre.ask(_keys(person), set={"license": X2_US})
    [task] = theatre.settled([task])
    assert task.doubts.order_by("-pk")[0].code == "console_refused", theatre.report()
    vera = reviewer()
    _answer(task, "by_hand", vera)
    [task] = theatre.settled([task])
    assert task.state == State.IN_REVIEW, "nothing was done, and the robot must have seen it"
    assert task.doubts.count() == 2, theatre.report()
    number = next(
        n["number"]
        for n in sandbox.truth()["numbers"]
        if n["status"] == "Available" and n["number"].startswith("+1 ")
    )
    control.edit_user(person["id"], license=X2_US, phone_number=number, extension="1777")
    _answer(task, "by_hand", vera)
    [task] = theatre.settled([task], *_ENDS)
    assert (task.state, task.outcome) == (State.VERIFIED, "by_hand"), theatre.report()
    assert [w["outcome"] for w in theatre.writes(person["id"])] == ["refused"]


@pytest.mark.long
def test_nothing_is_written_when_the_console_changed_after_the_approval(
    theatre: Theatre, sandbox: Sandbox, control: Control
) -> None:
    leaver = theatre.user(sandbox.leavers[0])
    worker = theatre.worker()
    tasks = theatre.ask(_keys(leaver), delete=True)
    [first] = theatre.settled(tasks[:1])
    theatre.supervisor.stop(worker)
    _answer(first, "approve", reviewer())
    control.edit_user(leaver["id"], department="Legal Hold")
    theatre.worker("second")
    [first] = theatre.settled([first])
    assert first.state == State.IN_REVIEW, theatre.report()
    assert [d.code for d in first.doubts.order_by("pk")] == ["approval_required"] * 2
    assert theatre.writes(leaver["id"]) == []
    assert leaver["id"] in sandbox.truth()["users"]
