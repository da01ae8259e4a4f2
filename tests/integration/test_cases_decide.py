"""A decision is taken once, by a reviewer, about what was shown; the robot acts on nothing else."""

from __future__ import annotations

import pytest

from reviewqueue import cases, decide, errors
from reviewqueue.models import Case, Decision
from robot.models import Account, ChainLink, Doubt, LedgerEntry, Permit, Task
from robot.states import State
from tests.integration import factory, queue

pytestmark = pytest.mark.django_db


def test_approval_queues_the_task_with_a_permit_for_each_of_the_pair() -> None:
    doubt = queue.leaver()
    facts = doubt.facts | {"pair": {"parameters": {}, "desired_version": 1}}
    from robot import triggers

    triggers.drop()
    Doubt.objects.filter(pk=doubt.pk).update(facts=facts)
    doubt.refresh_from_db()
    case = queue.opened(doubt)
    decide.decide(case, "approve", by=queue.user("vera"), shown=queue.shown(doubt))
    assert queue.state(doubt.task) == State.QUEUED
    assert Permit.objects.filter(task=doubt.task).count() == 1
    assert Permit.objects.filter(task=doubt.task.approves.get()).count() == 1
    case.refresh_from_db()
    assert case.closed_note == "decided"


def test_the_decision_is_chained_and_names_who_decided_on_what() -> None:
    doubt = queue.leaver()
    shown = queue.shown(doubt)
    decide.decide(queue.opened(doubt), "approve", by=queue.user("vera"), shown=shown)
    decision = Decision.objects.get()
    assert (decision.kind, decision.by, decision.digest) == ("approve", "vera", shown[doubt.pk])
    assert ChainLink.objects.filter(kind="decision", item=str(decision.pk)).count() == 1
    assert Permit.objects.get(task=doubt.task).decision == f"decision {decision.pk}"


def test_second_reviewer_gets_already_decided() -> None:
    doubt = queue.leaver()
    case, shown = queue.opened(doubt), queue.shown(doubt)
    decide.decide(case, "reject", by=queue.user("vera"), shown=shown, reason="not a leaver")
    with pytest.raises(errors.AlreadyDecided):
        decide.decide(case, "approve", by=queue.user("rita"), shown=shown)
    assert Decision.objects.count() == 1
    assert queue.state(doubt.task) == State.REJECTED


def test_a_case_held_by_one_reviewer_is_not_decided_by_another() -> None:
    doubt = queue.leaver()
    case = queue.opened(doubt)
    cases.claim(case, queue.user("vera"))
    with pytest.raises(errors.AlreadyClaimed, match="vera holds this case"):
        decide.decide(case, "approve", by=queue.user("rita"), shown=queue.shown(doubt))
    assert queue.state(doubt.task) == State.IN_REVIEW


def test_a_hold_ends_by_itself_and_another_reviewer_takes_over() -> None:
    doubt = queue.leaver()
    case = queue.opened(doubt)
    cases.claim(case, queue.user("vera"))
    Case.objects.filter(pk=case.pk).update(claimed_until=case.opened_at)
    case.refresh_from_db()
    assert cases.holder(case) == ""
    cases.claim(case, queue.user("rita"))
    assert cases.holder(case) == "rita"


def test_what_changed_since_it_was_shown_is_not_decided() -> None:
    doubt = queue.leaver()
    case, shown = queue.opened(doubt), queue.shown(doubt)
    Task.objects.filter(pk=doubt.task_id).update(parameters={"license": "X4"})
    with pytest.raises(errors.StaleDecision):
        decide.decide(case, "approve", by=queue.user("vera"), shown=shown)
    assert not Permit.objects.exists()
    assert not Decision.objects.exists()


def test_a_person_whose_keys_changed_is_shown_again() -> None:
    doubt = queue.leaver()
    case, shown = queue.opened(doubt), queue.shown(doubt)
    Account.objects.filter(pk=doubt.task.account_id).update(email="other@acme.example")
    with pytest.raises(errors.StaleDecision):
        decide.decide(case, "approve", by=queue.user("vera"), shown=shown)


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_reject_needs_a_reason(reason: str) -> None:
    doubt = queue.leaver()
    with pytest.raises(errors.NotAllowed, match="needs a reason"):
        decide.decide(
            queue.opened(doubt),
            "reject",
            by=queue.user("vera"),
            shown=queue.shown(doubt),
            reason=reason,
        )
    assert queue.state(doubt.task) == State.IN_REVIEW


@pytest.mark.parametrize("name", ["otto", "ada", "nora", "root"])
@pytest.mark.parametrize("kind", ["approve", "by_hand", "reject"])
def test_only_reviewers_decide(name: str, kind: str) -> None:
    doubt = queue.leaver()
    case, who = queue.opened(doubt), queue.user(name)
    assert decide.allowed_actions(case, who, [doubt]) == frozenset()
    with pytest.raises(errors.NotPermitted):
        decide.decide(case, kind, by=who, shown=queue.shown(doubt), reason="because")
    assert queue.state(doubt.task) == State.IN_REVIEW


def test_a_reviewer_who_was_switched_off_decides_nothing() -> None:
    doubt = queue.leaver()
    who = queue.user("vera")
    who.is_active = False
    who.save()
    with pytest.raises(errors.NotPermitted):
        decide.decide(queue.opened(doubt), "approve", by=who, shown=queue.shown(doubt))


@pytest.mark.parametrize("asker", ["vera", "VERA", "vera@acme.example"])
@pytest.mark.parametrize("kind", ["approve", "by_hand"])
def test_who_asked_for_a_removal_does_not_let_it_pass(asker: str, kind: str) -> None:
    doubt = queue.leaver(requested_by=asker)
    case = queue.opened(doubt)
    assert decide.allowed_actions(case, queue.user("vera"), [doubt]) == {"reject"}
    with pytest.raises(errors.FourEyes):
        decide.decide(case, kind, by=queue.user("vera"), shown=queue.shown(doubt))
    cases.let_go(case, queue.user("vera"))
    decide.decide(case, kind, by=queue.user("rita"), shown=queue.shown(doubt))
    assert Decision.objects.get().by == "rita"


def test_who_asked_for_a_licence_may_answer_a_question_about_it() -> None:
    doubt = queue.asked("console_refused", requested_by="vera")
    decide.decide(queue.opened(doubt), "fix", by=queue.user("vera"), shown=queue.shown(doubt))
    assert queue.state(doubt.task) == State.QUEUED


@pytest.mark.parametrize("kind", ["approve", "choose", "take", "delete", ""])
def test_what_is_no_answer_to_the_question_is_refused(kind: str) -> None:
    doubt = queue.asked("not_found")
    with pytest.raises(errors.NotAllowed):
        decide.decide(
            queue.opened(doubt),
            kind,
            by=queue.user("vera"),
            shown=queue.shown(doubt),
            candidate=queue.TWINS[0],
        )
    assert not Decision.objects.exists()


def test_choosing_binds_the_task_to_the_candidate() -> None:
    doubt = queue.asked("ambiguous_match", detail={"candidates": queue.TWINS})
    decide.decide(
        queue.opened(doubt),
        "choose",
        by=queue.user("vera"),
        shown=queue.shown(doubt),
        candidate=queue.TWINS[1],
    )
    assert Task.objects.get(pk=doubt.task_id).choice == queue.TWINS[1]
    assert Decision.objects.get().candidate == queue.TWINS[1]


@pytest.mark.parametrize("candidate", [None, {}, {"username": "acme.somebody.else"}])
def test_nobody_but_a_shown_candidate_is_chosen(candidate: dict[str, str] | None) -> None:
    doubt = queue.asked("ambiguous_match", detail={"candidates": queue.TWINS})
    with pytest.raises(errors.NotAllowed):
        decide.decide(
            queue.opened(doubt),
            "choose",
            by=queue.user("vera"),
            shown=queue.shown(doubt),
            candidate=candidate,
        )
    assert not Decision.objects.exists()


def test_a_fix_stores_only_what_differs() -> None:
    doubt = queue.asked("console_refused", parameters={"license": "X2", "extension": "1042"})
    decide.decide(
        queue.opened(doubt),
        "fix",
        by=queue.user("vera"),
        shown=queue.shown(doubt),
        parameters={"license": "X2 ", "extension": "1043"},
    )
    task = Task.objects.get(pk=doubt.task_id)
    assert task.parameters == {"license": "X2", "extension": "1043"}
    assert Decision.objects.get().parameters == {"extension": "1043"}
    assert set(task.account.desired) == {"extension"}


def test_a_value_not_of_its_type_changes_nothing_and_says_why() -> None:
    doubt = queue.asked("console_refused", parameters={"extension": "1042"})
    with pytest.raises(errors.NotAllowed, match="2 to 10 digits"):
        decide.decide(
            queue.opened(doubt),
            "fix",
            by=queue.user("vera"),
            shown=queue.shown(doubt),
            parameters={"extension": "none"},
        )
    assert queue.state(doubt.task) == State.IN_REVIEW
    assert not Decision.objects.exists()


def test_a_parameter_that_was_not_offered_is_refused() -> None:
    doubt = queue.asked("console_refused", parameters={"extension": "1042"})
    with pytest.raises(errors.NotAllowed, match="cannot be changed here"):
        decide.decide(
            queue.opened(doubt),
            "fix",
            by=queue.user("vera"),
            shown=queue.shown(doubt),
            parameters={"license": "X4"},
        )


def test_a_doubt_of_another_case_cannot_be_slipped_in() -> None:
    mine, other = queue.leaver(), queue.leaver()
    case = queue.opened(mine)
    queue.opened(other)
    with pytest.raises(errors.StaleDecision):
        decide.decide(case, "approve", by=queue.user("vera"), shown=queue.shown(other))
    assert queue.state(other.task) == State.IN_REVIEW


def test_a_decision_that_cannot_be_carried_out_leaves_no_row_behind() -> None:
    person = factory.account(factory.tenant())
    doubt = queue.asked("precondition", of=person)
    case = queue.opened(doubt)
    factory.task(person, "set_cost_center", State.RUNNING)
    with pytest.raises(errors.NotAllowed, match="another task"):
        decide.decide(case, "by_hand", by=queue.user("vera"), shown=queue.shown(doubt))
    assert not Decision.objects.exists()
    assert not ChainLink.objects.filter(kind="decision").exists()
    assert LedgerEntry.objects.filter(task=doubt.task, actor="vera").count() == 0
