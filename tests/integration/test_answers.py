"""Decisions: single-use permits bound to facts, typed fixes, by hand only up to the read-back."""

from __future__ import annotations

from typing import Any

import pytest

from robot import answers, permits
from robot.models import Account, Doubt, Permit, Task
from robot.states import State
from robot.transitions import TransitionError, doubt, move
from tests.integration import factory

pytestmark = pytest.mark.django_db

FACTS: dict[str, Any] = {
    "parameters": {},
    "flow": "remove_license",
    "flow_version": 1,
    "desired_version": 1,
    "console_user_id": "u1",
    "anchors": {"username": "acme.leaver", "email": "leaver@acme.example"},
    "seen": {"license": "X2"},
    "choice": {},
}


def _asked(code: str, facts: dict[str, Any] | None = None, **columns: Any) -> Doubt:
    account = factory.account(factory.tenant())
    task = factory.task(account, state=State.RUNNING, **columns)
    detail = {"candidates": [{"username": "acme.a", "email": "a@acme.example"}]}
    given = facts if facts is not None else {"parameters": task.parameters, "desired_version": 1}
    return doubt(task, code, actor="worker", reason="test", facts=given, detail=detail)


def test_an_approval_is_good_for_the_facts_shown_and_only_once() -> None:
    asked = _asked("approval_required", FACTS, operation="remove_license")
    answers.approve(asked, by="vera", decision="d1")
    task = asked.task
    [permit] = permits.open_permits(task)
    assert task.state == State.QUEUED
    assert permits.mismatched([permit], FACTS) == []
    assert permits.spend([permit])
    assert not permits.spend([permit]), "the second worker must not click"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seen", {"license": "X4"}),
        ("anchors", {"username": "acme.leaver2", "email": "leaver@acme.example"}),
        ("flow_version", 2),
        ("desired_version", 2),
        ("console_user_id", "u2"),
        ("parameters", {"license": "X4"}),
    ],
)
def test_an_approval_does_not_fit_when_anything_shown_has_changed(name: str, value: object) -> None:
    asked = _asked("approval_required", FACTS, operation="remove_license")
    answers.approve(asked, by="vera", decision="d1")
    given = permits.open_permits(asked.task)
    assert permits.mismatched(given, FACTS | {name: value}) == given


def test_one_approval_covers_the_pair_each_bound_to_its_own_page() -> None:
    account = factory.account(factory.tenant())
    first = factory.task(account, operation="remove_license", state=State.RUNNING)
    second = factory.task(
        account, operation="delete_user", state=State.WAITING, after=first, approved_with=first
    )
    later = FACTS | {"flow": "delete_user", "seen": {"license": ""}}
    asked = doubt(
        first, "approval_required", actor="w", reason="asks", facts=FACTS | {"pair": later}
    )
    answers.approve(asked, by="vera", decision="d1")
    [one], [two] = permits.open_permits(first), permits.open_permits(second)
    assert permits.mismatched([one], FACTS) == []
    assert permits.mismatched([two], later) == []
    assert permits.mismatched([two], later | {"seen": {"license": "X2"}}) == [two]


def test_a_decision_on_an_overtaken_question_is_refused() -> None:
    asked = _asked("approval_required", FACTS, operation="remove_license")
    move(asked.task, State.QUEUED, actor="x", reason="requeued")
    move(asked.task, State.RUNNING, actor="x", reason="claimed")
    doubt(asked.task, "approval_required", actor="worker", reason="again", facts=FACTS)
    with pytest.raises(answers.Refused, match="newer"):
        answers.approve(asked, by="vera", decision="d1")
    assert not Permit.objects.exists()


def test_two_reviewers_one_decision() -> None:
    asked = _asked("approval_required", FACTS, operation="remove_license")
    same = Doubt.objects.get(pk=asked.pk)
    answers.approve(asked, by="vera", decision="d1")
    with pytest.raises(TransitionError):
        answers.reject(same, reason="no", by="rita", decision="d2")
    assert Task.objects.get(pk=asked.task_id).state == State.QUEUED


def test_only_a_shown_candidate_can_be_chosen() -> None:
    asked = _asked("ambiguous_match")
    with pytest.raises(answers.Refused, match="candidate"):
        answers.choose(asked, {"username": "acme.b"}, by="vera", decision="d1")
    shown = asked.detail["candidates"][0]
    answers.choose(asked, shown, by="vera", decision="d2")
    asked.task.refresh_from_db()
    assert asked.task.choice == shown
    [permit] = permits.open_permits(asked.task)
    assert permits.mismatched([permit], {"choice": {"username": "acme.b"}}) == [permit]


def test_a_fix_is_typed_and_writes_a_desired_override() -> None:
    asked = _asked("no_license_available")
    with pytest.raises(answers.Refused, match="license"):
        answers.fix(asked, {"license": "X\x00"}, by="vera", decision="d1")
    with pytest.raises(answers.Refused, match="cannot be changed"):
        answers.fix(asked, {"cost_center": "Sales"}, by="vera", decision="d1")
    answers.fix(asked, {"license": "X4"}, by="vera", decision="d2")
    account = Account.objects.get(pk=asked.task.account_id)
    asked.task.refresh_from_db()
    assert account.desired["license"] == {"value": "X4", "source": "review", "version": 1}
    assert asked.task.parameters["license"] == "X4"
    assert asked.task.desired_version == account.desired_version


def test_a_key_is_corrected_only_where_the_person_was_not_proved() -> None:
    asked = _asked("not_found")
    answers.fix(asked, {"username": "Acme.Right"}, by="vera", decision="d1")
    assert Account.objects.get(pk=asked.task.account_id).username == "acme.right"
    other = _asked("console_refused")
    with pytest.raises(answers.Refused):
        answers.fix(other, {"username": "acme.else"}, by="vera", decision="d2")


def test_by_hand_counts_only_after_it_was_read_back() -> None:
    asked = _asked("console_refused")
    answers.take(asked, by="vera")
    assert Task.objects.get(pk=asked.task_id).state == State.WITH_PERSON
    answers.done_by_hand(asked, by="vera", decision="d1")
    task = Task.objects.get(pk=asked.task_id)
    assert (task.state, task.outcome) == (State.APPLIED_UNVERIFIED, "by_hand")


def test_a_rejection_needs_a_reason_and_ends_the_task() -> None:
    asked = _asked("not_found")
    with pytest.raises(answers.Refused, match="reason"):
        answers.reject(asked, reason="  ", by="vera", decision="d1")
    answers.reject(asked, reason="left before joining", by="vera", decision="d2")
    task = Task.objects.get(pk=asked.task_id)
    assert (task.state, task.finished_at is not None) == (State.REJECTED, True)


def test_a_protected_account_can_only_be_done_by_hand_or_rejected() -> None:
    asked = _asked("precondition")
    asked.detail["protected"] = True
    assert set(answers.allowed(asked)) == {"by_hand", "reject"}


def test_an_approved_pair_is_asked_about_again_after_its_first_was_done_by_hand() -> None:
    asked = _asked("approval_required", FACTS | {"pair": FACTS}, operation="remove_license")
    second = factory.task(
        asked.task.account, "delete_user", State.WAITING, after=asked.task, approved_with=asked.task
    )
    answers.approve(asked, by="vera", decision="d1")
    assert len(permits.open_permits(second)) == 1
    move(asked.task, State.RUNNING, actor="x", reason="claimed")
    refused = doubt(asked.task, "console_refused", actor="worker", reason="test")
    answers.done_by_hand(refused, by="vera", decision="d2")
    assert permits.open_permits(asked.task) == permits.open_permits(second) == []


def test_what_was_seen_before_the_robots_own_commit_is_kept_for_judging_work_by_hand() -> None:
    seen = {"license": "", "cost_center": "Sales"}
    asked = _asked("partial_save", intents=1, before=seen, form={"license": "X"})
    answers.done_by_hand(asked, by="vera", decision="d1")
    task = Task.objects.get(pk=asked.task_id)
    assert (task.before, task.form) == (seen, {})


def test_work_by_hand_is_not_judged_by_what_the_console_told_the_robot() -> None:
    asked = _asked("console_refused", banner="The change failed.", retries=3)
    answers.done_by_hand(asked, by="vera", decision="d1")
    task = Task.objects.get(pk=asked.task_id)
    assert (task.banner, task.retries) == ("", 0)
