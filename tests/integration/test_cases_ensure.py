"""Every doubt has an open case, once; a closed case takes nobody in."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from reviewqueue import cases, decide, measures
from reviewqueue.models import Case, CaseMember
from robot import clock, transitions
from robot.models import Doubt
from robot.states import State
from tests.integration import factory, queue

pytestmark = pytest.mark.django_db


def test_a_raised_doubt_opens_a_case_when_its_transaction_commits(
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        doubt = queue.asked("approval_required")
    assert CaseMember.objects.get(doubt=doubt).case.closed_at is None


def test_ensuring_twice_makes_one_case_with_one_member() -> None:
    doubt = queue.asked("not_found")
    first, second = cases.ensure(doubt), cases.ensure(doubt)
    assert first == second
    assert (Case.objects.count(), CaseMember.objects.count()) == (1, 1)


def test_two_doubts_about_one_account_are_two_cases() -> None:
    person = factory.account(factory.tenant())
    one = queue.opened(queue.asked("not_found", of=person))
    two = queue.opened(queue.asked("not_found", of=person))
    assert one != two


def test_tasks_stopped_at_the_same_step_of_a_flow_share_a_case() -> None:
    tenant = factory.tenant()
    doubts = [
        queue.asked("locator_missing", of=factory.account(tenant), step=step)
        for step in ("s7", "s7", "s9")
    ]
    found = [queue.opened(doubt) for doubt in doubts]
    assert found[0] == found[1] != found[2]


def test_tenants_never_share_a_case() -> None:
    one = queue.opened(queue.asked("no_license_available"))
    two = queue.opened(queue.asked("no_license_available"))
    assert one != two


def test_a_tenants_lack_is_one_case_whatever_the_operation() -> None:
    tenant = factory.tenant()
    one = queue.asked("console_unavailable", of=factory.account(tenant))
    two = queue.asked("console_unavailable", "set_cost_center", of=factory.account(tenant))
    assert queue.opened(one) == queue.opened(two)


def test_a_task_that_stops_after_the_decision_gets_a_case_of_its_own() -> None:
    tenant = factory.tenant()
    first = queue.asked("no_license_available", of=factory.account(tenant))
    case = queue.opened(first)
    decide.decide(case, "fix", by=queue.user("vera"), shown=queue.shown(first))
    later = queue.asked("no_license_available", of=factory.account(tenant))
    assert queue.opened(later) != case
    assert queue.state(later.task) == State.IN_REVIEW


def test_the_sweep_finds_what_no_signal_told() -> None:
    doubt = queue.asked("not_found")
    assert measures.uncased() == "1 tasks in review have no open case"
    assert cases.ensure_all() == 1
    assert measures.uncased() is None
    assert CaseMember.objects.get(doubt=doubt).case.closed_at is None
    assert cases.ensure_all() == 0


def test_a_case_closed_while_its_task_still_waits_is_asked_again() -> None:
    doubt = queue.asked("not_found")
    case = queue.opened(doubt)
    Case.objects.filter(pk=case.pk).update(closed_at=case.opened_at)
    assert measures.uncased() is not None
    cases.ensure_all()
    assert queue.opened(doubt) != case
    assert measures.uncased() is None


def test_a_task_that_leaves_review_by_itself_closes_its_case() -> None:
    doubt = queue.asked("not_found")
    case = queue.opened(doubt)
    task = doubt.task
    transitions.move(task, State.SUPERSEDED, actor="intake", reason="a newer wish")
    cases.on_task_left(task)
    case.refresh_from_db()
    assert case.closed_at is not None
    assert case.closed_note == "the tasks left review by another way"


def test_a_newer_doubt_closes_the_case_of_the_older_one() -> None:
    doubt = queue.asked("not_found")
    old = queue.opened(doubt)
    task = doubt.task
    transitions.move(task, State.QUEUED, actor="worker", reason="again")
    transitions.move(task, State.RUNNING, actor="worker", reason="again")
    newer = transitions.doubt(task, "console_refused", actor="worker", reason="refused")
    new = queue.opened(newer)
    old.refresh_from_db()
    assert old.closed_at is not None
    assert new.closed_at is None
    assert cases.ensure(doubt) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(400)
def test_doubts_raised_at_the_same_moment_meet_in_one_case() -> None:
    tenant = factory.tenant()
    doubts = [queue.asked("page_drift", of=factory.account(tenant)) for _ in range(4)]
    _forget()
    start, failures = threading.Barrier(len(doubts)), []

    def ensure(doubt: Doubt) -> None:
        try:
            start.wait(timeout=60)
            cases.ensure(doubt)
        except Exception as error:  # noqa: BLE001  told to the main thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=ensure, args=(doubt,)) for doubt in doubts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
    assert failures == []
    assert Case.objects.count() == 1
    assert CaseMember.objects.count() == len(doubts)


def _forget() -> None:
    """As if no signal had come."""
    CaseMember.objects.all().delete()
    Case.objects.all().delete()


def test_the_metrics_count_open_cases_by_code() -> None:
    for code in ("not_found", "not_found", "console_refused"):
        queue.opened(queue.asked(code))
    Case.objects.filter(code="console_refused").update(
        opened_at=clock.now() - timedelta(minutes=10), overdue_since=clock.now()
    )
    told = {metric.name: list(metric.samples) for metric in measures.metrics()}
    counts = {labels["code"]: value for labels, value in told["open_cases"]}
    assert counts == {"not_found": 2, "console_refused": 1}
    assert told["overdue_cases"] == [({}, 1)]
    assert 600 <= told["oldest_case_seconds"][0][1] < 660
