"""The gate before a commit: each guard alone can keep the click from happening."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from robot import clock, gate, leases, permits, policy
from robot.models import Pause, Permit, ProtectedAccount, Run, Task
from robot.player.events import AboutToCommit, Facts
from robot.policy import OPERATIONS
from robot.states import State
from robot.transitions import StaleTransition
from tests.integration import factory

pytestmark = pytest.mark.django_db

SEEN = Facts(
    anchors={"username": "acme.person", "email": "person@acme.example"},
    seen={"license": ""},
    form={"license": "X"},
    url="http://127.0.0.1:1/users/user/edit/u1",
    console_user_id="u1",
)
EVENT = AboutToCommit("click_save", SEEN, ())


def _running(operation: str = "assign_license", **columns: Any) -> Task:
    account = factory.account(factory.tenant(), username="acme.person")
    return factory.task(
        account, operation, State.RUNNING, lease_epoch=3, lease_until=leases.lease_end(), **columns
    )


def _run(task: Task) -> Run:
    return Run.objects.create(
        task=task,
        login=factory.login(task.tenant),
        kind="attempt",
        worker="w",
        epoch=task.lease_epoch,
        flow=task.operation,
        flow_version=1,
        started_at=clock.now(),
    )


def test_an_ordinary_change_passes_and_its_intent_is_stored() -> None:
    task = _running()
    assert gate.closed(task, EVENT) is None
    gate.store_intent(task, _run(task), EVENT, 10)
    assert (task.state, task.intents, task.before) == (State.COMMITTING, 1, {"license": ""})


@pytest.mark.parametrize("left", [0, 9])
def test_no_intent_under_a_lease_that_ends_within_the_click_budget(left: int) -> None:
    task = _running()
    until = leases.database_now() + timedelta(seconds=left)
    Task.objects.filter(pk=task.pk).update(lease_until=until)
    with pytest.raises(StaleTransition):
        gate.store_intent(task, _run(task), EVENT, 10)
    assert Task.objects.get(pk=task.pk).state == State.RUNNING


def test_no_intent_for_a_worker_whose_epoch_was_taken() -> None:
    task = _running()
    run = _run(task)
    Task.objects.filter(pk=task.pk).update(lease_epoch=4)
    with pytest.raises(StaleTransition):
        gate.store_intent(task, run, EVENT, 10)


def test_a_pause_closes_it_without_a_question() -> None:
    task = _running()
    Pause.objects.create(tenant=task.tenant, reason="r", by="otto", since=clock.now())
    shut = gate.closed(task, EVENT)
    assert shut is not None
    assert shut.code == ""


def test_a_protected_user_on_the_page_closes_it_whatever_we_call_the_account() -> None:
    task = _running()
    ProtectedAccount.objects.create(tenant=task.tenant, username="acme.boss", reason="admin")
    anchors = {"username": "Acme.Boss", "email": "person@acme.example"}
    boss = AboutToCommit("s", Facts(anchors, {}, {}, "", "u1"), ())
    shut = gate.closed(task, boss)
    assert shut is not None
    assert (shut.code, shut.detail["protected"]) == ("precondition", True)


def test_another_console_user_than_the_linked_one_closes_it() -> None:
    task = _running()
    task.account.console_user_id = "u2"
    shut = gate.closed(task, EVENT)
    assert shut is not None
    assert shut.code == "identity_mismatch"


@pytest.mark.parametrize("operation", [name for name, one in OPERATIONS.items() if one.asks])
def test_what_always_asks_needs_an_approval_of_just_these_facts(operation: str) -> None:
    task = _running(operation)
    shut = gate.closed(task, EVENT)
    assert shut is not None
    assert shut.code == "approval_required"
    permit = Permit.objects.create(
        task=task,
        code="approval_required",
        digest=permits.digest(permits.bound("approval_required", shut.facts)),
        decision="d",
        granted_by="vera",
        granted_at=clock.now(),
    )
    assert gate.closed(task, EVENT) is None
    changed = AboutToCommit("s", Facts(SEEN.anchors, {"license": "X4"}, {}, "", "u1"), ())
    again = gate.closed(task, changed)
    assert again is not None
    assert again.code == "approval_required"
    permit.refresh_from_db()
    assert permit.voided_at is not None


def test_a_second_intent_needs_a_permit_and_spends_it() -> None:
    task = _running(intents=1)
    shut = gate.closed(task, EVENT)
    assert shut is not None
    assert shut.code == "outcome_unknown"
    run = _run(task)
    permit = permits.grant_second_intent(task, run)
    assert gate.closed(task, EVENT) is None
    gate.store_intent(task, run, EVENT, 10)
    permit.refresh_from_db()
    assert permit.consumed_at is not None


def test_a_choice_stays_a_choice_after_its_permit_was_spent() -> None:
    chosen = {"username": "acme.person", "email": "person@acme.example"}
    task = _running(choice=chosen)
    shut = gate.closed(task, EVENT)
    assert shut is not None
    assert shut.code == "ambiguous_match"
    Permit.objects.create(
        task=task,
        code="ambiguous_match",
        digest=permits.digest({"choice": chosen}),
        decision="d",
        granted_by="vera",
        granted_at=clock.now(),
        consumed_at=clock.now(),
    )
    assert gate.closed(task, EVENT) is None


def test_a_commit_needs_two_classes_in_production() -> None:
    assert policy.QUORUM.commit >= 2


@pytest.mark.parametrize("state", ["unknown", "applied_unverified"])
def test_a_reading_may_wait_for_its_whole_settle_schedule(state: str) -> None:
    longest = max(operation.settle[-1] for operation in OPERATIONS.values())
    assert policy.GREATEST_AGE[state] > longest


def _approval(task: Task, facts: dict[str, Any]) -> Permit:
    return Permit.objects.create(
        task=task,
        code="approval_required",
        digest=permits.digest(permits.bound("approval_required", facts)),
        decision="d",
        granted_by="vera",
        granted_at=clock.now(),
    )


def test_no_intent_when_the_last_permit_was_voided_after_the_gate_was_asked() -> None:
    task = _running("delete_user")
    permit = _approval(task, gate.facts_of(task, SEEN))
    assert gate.closed(task, EVENT) is None
    permits.void([permit])
    with pytest.raises(StaleTransition, match="voided"):
        gate.store_intent(task, _run(task), EVENT, 10)
    assert Task.objects.get(pk=task.pk).state == State.RUNNING


def test_a_worker_that_lost_the_task_voids_nothing() -> None:
    task = _running("delete_user")
    permit = _approval(task, {"seen": "by the worker that holds it now"})
    Task.objects.filter(pk=task.pk).update(lease_epoch=4)
    with pytest.raises(StaleTransition):
        gate.closed(task, EVENT)
    permit.refresh_from_db()
    assert permit.voided_at is None


def test_what_voids_the_first_approval_of_a_pair_voids_the_second() -> None:
    first = _running("remove_license")
    second = factory.task(
        first.account, "delete_user", State.WAITING, after=first, approved_with=first
    )
    facts = gate.facts_of(first, SEEN)
    pair = gate.pair_facts(first, facts)
    assert pair is not None
    _approval(first, facts)
    kept = _approval(second, pair)
    assert gate.closed(first, EVENT) is None
    assert permits.open_permits(second) == [kept]
    changed = AboutToCommit("s", Facts(SEEN.anchors, {"license": "X4"}, {}, "", "u1"), ())
    assert gate.closed(first, changed) is not None
    assert permits.open_permits(second) == []


@pytest.mark.parametrize(
    "known", [{"console_user_id": "u1", "username": ""}, {"username": "Acme.Person2"}]
)
def test_a_console_user_that_another_account_of_ours_stands_for_closes_it(
    known: dict[str, str],
) -> None:
    task = _running()
    other = factory.account(task.tenant, **known)
    anchors = SEEN.anchors | {"username": known["username"].lower() or "acme.person"}
    shut = gate.closed(task, AboutToCommit("s", Facts(anchors, {}, {}, "", "u1"), ()))
    assert shut is not None
    assert (shut.code, shut.detail["other_account"]) == ("identity_mismatch", other.pk)
    assert f"account {other.pk} " in shut.detail["message"]


def test_an_account_of_another_tenant_closes_nothing() -> None:
    task = _running()
    factory.account(factory.tenant(), username="acme.person", console_user_id="u1")
    assert gate.closed(task, EVENT) is None
