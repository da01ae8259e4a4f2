"""A newer version of a flow puts the tasks that stopped at the older one back to work."""

from __future__ import annotations

import pytest

from reviewqueue import decide, requeue
from reviewqueue.models import Case, Decision
from robot.models import LedgerEntry, Permit
from robot.states import State
from tests.integration import factory, queue

pytestmark = pytest.mark.django_db


def test_a_newer_flow_queues_its_tasks_and_closes_the_case_with_a_note() -> None:
    tenant = factory.tenant()
    doubts = [
        queue.asked("locator_missing", of=factory.account(tenant), flow_version=3) for _ in range(2)
    ]
    case, *_ = [queue.opened(doubt) for doubt in doubts]
    assert requeue.requeue_for_newer_flow("assign_license", 4) == 2
    case.refresh_from_db()
    assert case.closed_note == "assign_license version 4 was loaded"
    assert {queue.state(doubt.task) for doubt in doubts} == {State.QUEUED}
    told = LedgerEntry.objects.filter(task=doubts[0].task, kind="transition").latest("pk")
    assert told.body["reason"] == "assign_license version 4 was loaded"


def test_it_approves_nothing() -> None:
    queue.opened(queue.asked("page_drift", flow_version=3))
    requeue.requeue_for_newer_flow("assign_license", 4)
    assert not Permit.objects.exists()
    assert not Decision.objects.exists()


@pytest.mark.parametrize("version", [2, 3])
def test_the_same_or_an_older_version_changes_nothing(version: int) -> None:
    doubt = queue.asked("locator_missing", flow_version=3)
    queue.opened(doubt)
    assert requeue.requeue_for_newer_flow("assign_license", version) == 0
    assert queue.state(doubt.task) == State.IN_REVIEW


def test_other_flows_and_other_questions_wait_on() -> None:
    other = queue.asked("locator_missing", "set_cost_center", flow_version=1)
    account = queue.asked("console_refused", flow_version=1)
    for doubt in (other, account):
        queue.opened(doubt)
    assert requeue.requeue_for_newer_flow("assign_license", 9) == 0
    assert Case.objects.filter(closed_at=None).count() == 2


def test_what_somebody_does_by_hand_is_left_to_them() -> None:
    doubt = queue.asked("locator_missing", flow_version=3)
    case = queue.opened(doubt)
    decide.take(case, queue.user("vera"), doubt.pk, decide.shown_digest(doubt))
    assert requeue.requeue_for_newer_flow("assign_license", 4) == 0
    assert queue.state(doubt.task) == State.WITH_PERSON


def test_the_sweep_compares_with_the_versions_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    doubt = queue.asked("unexpected_dialog", flow_version=3)
    queue.opened(doubt)
    monkeypatch.setattr("robot.flows_index.version_of", lambda _name: 4)
    assert requeue.requeue_all() == 1
    assert queue.state(doubt.task) == State.QUEUED


def test_a_flow_that_is_gone_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = queue.asked("page_drift", "assign_license", flow_version=3)
    other = queue.asked("page_drift", "set_cost_center", flow_version=3)
    for doubt in (gone, other):
        queue.opened(doubt)

    def version_of(name: str) -> int:
        return {"set_cost_center": 4}[name]

    monkeypatch.setattr("robot.flows_index.version_of", version_of)
    assert requeue.requeue_all() == 1
    assert queue.state(gone.task) == State.IN_REVIEW
    assert queue.state(other.task) == State.QUEUED
