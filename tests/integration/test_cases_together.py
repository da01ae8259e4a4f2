"""Several people and one case: groups decided line by line, work by hand, two reviewers at once."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from reviewqueue import cases, decide, errors
from reviewqueue.models import Case, CaseMember, Decision
from robot.models import Doubt
from robot.states import State
from tests.integration import factory, queue

pytestmark = pytest.mark.django_db


def test_done_by_hand_waits_for_the_robots_own_reading() -> None:
    doubt = queue.asked("precondition")
    decide.decide(queue.opened(doubt), "by_hand", by=queue.user("vera"), shown=queue.shown(doubt))
    assert queue.state(doubt.task) == State.APPLIED_UNVERIFIED


def test_work_taken_by_hand_is_given_back_undone() -> None:
    doubt = queue.asked("precondition")
    case, vera = queue.opened(doubt), queue.user("vera")
    decide.take(case, vera, doubt.pk, decide.shown_digest(doubt))
    assert queue.state(doubt.task) == State.WITH_PERSON
    assert case.closed_at is None
    with pytest.raises(errors.AlreadyClaimed):
        cases.claim(case, queue.user("rita"))
    decide.give_back(case, vera, doubt.pk, decide.shown_digest(doubt))
    assert queue.state(doubt.task) == State.IN_REVIEW
    cases.claim(case, queue.user("rita"))


def test_work_taken_by_hand_is_said_to_be_done() -> None:
    doubt = queue.asked("precondition")
    case, vera = queue.opened(doubt), queue.user("vera")
    decide.take(case, vera, doubt.pk, decide.shown_digest(doubt))
    doubt.task.refresh_from_db()
    assert decide.allowed_actions(case, vera, [doubt]) == {"by_hand", "reject", "give_back"}
    decide.decide(case, "by_hand", by=vera, shown=queue.shown(doubt))
    assert queue.state(doubt.task) == State.APPLIED_UNVERIFIED


def test_leaving_the_page_does_not_free_what_somebody_does_by_hand() -> None:
    doubt = queue.asked("precondition")
    case, vera = queue.opened(doubt), queue.user("vera")
    decide.take(case, vera, doubt.pk, decide.shown_digest(doubt))
    assert cases.let_go(case, vera) is False
    assert cases.holder(case) == "vera"


def test_a_group_is_decided_by_the_lines_selected_and_the_rest_stay_open() -> None:
    tenant = factory.tenant()
    doubts = [
        queue.asked("removal_brake", "remove_license", of=factory.account(tenant)) for _ in range(3)
    ]
    case, *_ = [queue.opened(doubt) for doubt in doubts]
    outcome = decide.decide(case, "approve", by=queue.user("vera"), shown=queue.shown(*doubts[:2]))
    assert [decision.doubt_id for decision in outcome.decided] == [doubts[0].pk, doubts[1].pk]
    assert case.closed_at is None
    assert [queue.state(one.task) for one in doubts] == ["queued", "queued", "in_review"]
    decide.decide(
        case, "reject", by=queue.user("vera"), shown=queue.shown(doubts[2]), reason="stays"
    )
    assert case.closed_at is not None


def test_in_a_group_one_line_that_cannot_be_decided_does_not_stop_the_others() -> None:
    tenant = factory.tenant()
    mine, other = (
        queue.asked("removal_brake", "remove_license", of=factory.account(tenant), requested_by=who)
        for who in ("vera", "ines")
    )
    case = queue.opened(mine)
    assert case == queue.opened(other)
    outcome = decide.decide(case, "approve", by=queue.user("vera"), shown=queue.shown(mine, other))
    assert [one.doubt_id for one in outcome.decided] == [other.pk]
    assert len(outcome.refused) == 1
    assert queue.state(mine.task) == State.IN_REVIEW


def test_a_task_that_joined_after_the_page_was_shown_is_not_decided_with_it() -> None:
    tenant = factory.tenant()
    first = queue.asked("no_license_available", of=factory.account(tenant))
    case, shown = queue.opened(first), queue.shown(first)
    later = queue.asked("no_license_available", of=factory.account(tenant))
    assert queue.opened(later) == case
    decide.decide(case, "fix", by=queue.user("vera"), shown=shown)
    assert queue.state(later.task) == State.IN_REVIEW
    case.refresh_from_db()
    assert case.closed_at is None


def _together(*doubts: Doubt) -> Case:
    """One case of them all, whatever their scope."""
    first, *others = [queue.opened(doubt) for doubt in doubts]
    CaseMember.objects.filter(case__in=others).update(case=first)
    return first


@pytest.mark.parametrize(
    ("kind", "code"), [("by_hand", "no_license_available"), ("choose", "ambiguous_match")]
)
def test_several_at_once_are_neither_done_by_hand_nor_chosen(kind: str, code: str) -> None:
    tenant, detail = factory.tenant(), {"candidates": queue.TWINS}
    doubts = [queue.asked(code, of=factory.account(tenant), detail=detail) for _ in range(2)]
    case, vera = _together(*doubts), queue.user("vera")
    assert kind in decide.allowed_actions(case, vera, doubts[:1])
    assert kind not in decide.allowed_actions(case, vera, doubts)
    outcome = decide.decide(
        case, kind, by=vera, shown=queue.shown(*doubts), candidate=queue.TWINS[0]
    )
    assert outcome.decided == []
    assert [queue.state(one.task) for one in doubts] == [State.IN_REVIEW] * 2


def test_several_at_once_are_tried_again_but_not_given_the_same_value() -> None:
    tenant = factory.tenant()
    doubts = [queue.asked("no_license_available", of=factory.account(tenant)) for _ in range(2)]
    case, vera = _together(*doubts), queue.user("vera")
    with pytest.raises(errors.NotAllowed, match="one person at a time"):
        decide.decide(
            case, "fix", by=vera, shown=queue.shown(*doubts), parameters={"license": "X4"}
        )
    assert [queue.state(one.task) for one in doubts] == [State.IN_REVIEW] * 2
    given = {"license": " "}
    again = decide.decide(case, "fix", by=vera, shown=queue.shown(*doubts), parameters=given)
    assert len(again.decided) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(400)
def test_two_reviewers_deciding_at_the_same_moment_make_one_decision() -> None:
    doubt = queue.leaver()
    case, shown = queue.opened(doubt), queue.shown(doubt)
    people = [queue.user("vera"), queue.user("rita")]
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def press(index: int) -> None:
        try:
            mine = Case.objects.get(pk=case.pk)
            start.wait(timeout=60)
            kind = ("approve", "reject")[index]
            decide.decide(mine, kind, by=people[index], shown=shown, reason="no leaver")
            outcomes.append("decided")
        except (errors.CaseError, threading.BrokenBarrierError) as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
    assert "decided" in outcomes
    assert len(outcomes) == 2
    assert set(outcomes) <= {"decided", "AlreadyClaimed", "AlreadyDecided"}
    assert outcomes.count("decided") == 1
    assert Decision.objects.count() == 1
