"""The queue's list and the case page, as a browser without scripts sees them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from reviewqueue import cases, decide
from reviewqueue.models import Case, Decision
from robot import clock
from robot.models import Doubt
from robot.player.doubts import CODES
from robot.states import State
from tests.integration import factory, queue

pytestmark = pytest.mark.django_db

LIST = "admin:reviewqueue_case_changelist"


def client(name: str, **options: Any) -> Client:
    """A browser in which this user is signed in."""
    made = Client(**options)
    made.force_login(queue.user(name))
    return made


def page_of(case: Case, name: str = "vera") -> str:
    """The case page as this user sees it."""
    answer = client(name).get(reverse("admin:reviewqueue_case_change", args=[case.pk]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def address(verb: str, case: Case) -> str:
    return reverse(f"admin:reviewqueue_case_{verb}", args=[case.pk])


def form(doubt: Doubt, **more: str) -> dict[str, Any]:
    """What the page's form sends for one doubt."""
    return {"shown": f"{doubt.pk}:{decide.shown_digest(doubt)}", **more}


def listed(name: str = "vera", **query: str) -> list[int]:
    """The cases on the list, in its order."""
    answer = client(name).get(reverse(LIST), query)
    assert answer.status_code == 200
    found = re.findall(r"/reviewqueue/case/(\d+)/change/", answer.content.decode())
    return [int(number) for number in dict.fromkeys(found)]


# --- The list ---


def test_the_list_is_urgent_first_then_oldest_and_without_closed_cases() -> None:
    made = [queue.opened(queue.asked("not_found", urgent=index == 2)) for index in range(4)]
    for index, case in enumerate(made):
        opened = clock.now() - timedelta(minutes=10 - index)
        Case.objects.filter(pk=case.pk).update(opened_at=opened)
    Case.objects.filter(pk=made[3].pk).update(closed_at=clock.now())
    assert listed() == [made[2].pk, made[0].pk, made[1].pk]
    assert listed(state="closed") == [made[3].pk]
    assert len(listed(state="all")) == 4


def test_the_list_is_filtered_by_holder_code_tenant_and_age() -> None:
    tenant = factory.tenant("north")
    mine = queue.opened(queue.asked("not_found"))
    north = queue.opened(queue.asked("console_refused", of=factory.account(tenant)))
    cases.claim(mine, queue.user("vera"))
    Case.objects.filter(pk=north.pk).update(overdue_since=clock.now())
    assert listed(held="mine") == [mine.pk]
    assert listed(held="free") == [north.pk]
    assert listed(code="console_refused") == [north.pk]
    assert listed(tenant="north") == [north.pk]
    assert listed(state="overdue") == [north.pk]
    assert listed("rita", held="mine") == []


def test_the_list_says_question_operation_person_and_holder() -> None:
    doubt = queue.leaver()
    cases.claim(queue.opened(doubt), queue.user("vera"))
    text = client("ada").get(reverse(LIST)).content.decode()
    for words in ("May the robot delete Anna Berg?", "remove licence and delete user", "vera"):
        assert words in text


# --- The page ---


@pytest.mark.parametrize("code", sorted(CODES))
def test_each_question_names_the_person_and_offers_its_answers(code: str) -> None:
    doubt = queue.asked(code, detail={"candidates": queue.TWINS, "message": "As seen."})
    text = page_of(queue.opened(doubt))
    account = doubt.task.account
    assert account.username in text
    assert account.email in text
    for kind in decide.allowed_actions(queue.opened(doubt), queue.user("vera"), [doubt]) - {"take"}:
        assert f'name="kind" value="{kind}"' in text


def test_asked_stands_beside_seen_and_what_differs_is_marked() -> None:
    doubt = queue.asked(
        "partial_save",
        parameters={"license": "X2", "extension": "1042"},
        detail={
            "asked": {"license": "X2", "extension": "1042"},
            "seen": {"license": "X2", "extension": "1043", "site": "London"},
        },
    )
    text = page_of(queue.opened(doubt))
    rows = re.findall(r'<tr class="(.*?)">\s*<th scope="row">(.*?)</th>', text)
    assert rows == [("rq-differs", "extension"), ("", "licence")]
    assert "1043" in text


def test_an_approval_for_a_pair_says_both() -> None:
    text = page_of(queue.opened(queue.leaver()))
    assert f"Delete Anna Berg after removing {queue.LICENSE}: both, this one approval." in text


def test_what_all_candidates_share_is_said_once() -> None:
    doubt = queue.asked("ambiguous_match", detail={"candidates": queue.TWINS})
    text = page_of(queue.opened(doubt))
    candidates = text[text.index('id="rq-candidates"') : text.index("</fieldset>")]
    assert candidates.count("anna@acme.example") == 1
    assert candidates.count("acme.anna.berg2") == 1


def test_a_flow_case_says_what_to_record_again() -> None:
    doubt = queue.asked("locator_missing", flow_version=3, step="s9")
    text = page_of(queue.opened(doubt))
    tenant = doubt.task.tenant.slug
    assert f"manage.py flow record assign_license --tenant {tenant}" in text
    assert "version 3" in text
    assert "<b>s9</b>" in text


def test_text_from_the_console_is_never_markup() -> None:
    doubt = queue.asked(
        "console_refused",
        detail={"message": "<script>alert(1)</script>", "asked": {"<b>x</b>": "<i>y</i>"}},
    )
    text = page_of(queue.opened(doubt))
    assert "<script>alert" not in text
    assert "<i>y</i>" not in text


def test_a_reviewer_who_opens_a_case_holds_it_and_others_see_who() -> None:
    case = queue.opened(queue.leaver())
    page_of(case, "vera")
    case.refresh_from_db()
    assert cases.holder(case) == "vera"
    text = page_of(case, "rita")
    assert "vera holds this case" in text
    assert 'name="kind"' not in text


@pytest.mark.parametrize("name", ["otto", "ada", "root"])
def test_who_only_looks_neither_holds_the_case_nor_finds_buttons(name: str) -> None:
    case = queue.opened(queue.leaver())
    text = page_of(case, name)
    case.refresh_from_db()
    assert cases.holder(case) == ""
    assert 'name="kind"' not in text
    assert "Only members of the group reviewer decide" in text


def test_the_page_is_kept_by_no_cache() -> None:
    case = queue.opened(queue.leaver())
    answer = client("vera").get(reverse("admin:reviewqueue_case_change", args=[case.pk]))
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_decided_case_says_who_decided_what() -> None:
    doubt = queue.leaver()
    case = queue.opened(doubt)
    decide.decide(
        case, "reject", by=queue.user("vera"), shown=queue.shown(doubt), reason="she stays"
    )
    text = page_of(case, "ada")
    assert "rejected by vera" in text
    assert "she stays" in text


# --- The verbs ---


def test_a_decision_leads_to_the_next_case_with_a_message() -> None:
    first, second = queue.leaver(), queue.asked("not_found")
    case, following = queue.opened(first), queue.opened(second)
    answer = client("vera").post(address("decide", case), form(first, kind="approve"), follow=True)
    assert answer.redirect_chain == [(address("change", following), 302)]
    assert "Approved: Anna Berg." in answer.content.decode()
    assert queue.state(first.task) == State.QUEUED


def test_after_the_last_case_comes_the_list() -> None:
    doubt = queue.leaver()
    case = queue.opened(doubt)
    answer = client("vera").post(address("decide", case), form(doubt, kind="approve"))
    assert answer.url == reverse(LIST)  # type: ignore[attr-defined]


def test_a_case_held_by_a_colleague_is_not_the_next_one() -> None:
    first, second, third = (queue.opened(queue.asked("not_found")) for _ in range(3))
    cases.claim(second, queue.user("rita"))
    answer = client("vera").post(address("leave", first))
    assert answer.url == address("change", third)  # type: ignore[attr-defined]


def test_what_changed_meanwhile_is_shown_again_with_the_reason() -> None:
    doubt = queue.leaver()
    case, stale = queue.opened(doubt), form(doubt, kind="approve")
    doubt.task.account.email = "new@acme.example"
    doubt.task.account.save()
    answer = client("vera").post(address("decide", case), stale, follow=True)
    assert answer.redirect_chain[-1][0] == address("change", case)
    assert "The case changed while you looked at it" in answer.content.decode()
    assert queue.state(doubt.task) == State.IN_REVIEW


def test_the_chosen_radio_decides_which_candidate() -> None:
    doubt = queue.asked("ambiguous_match", detail={"candidates": queue.TWINS})
    case = queue.opened(doubt)
    client("vera").post(address("decide", case), form(doubt, kind="choose", candidate="1"))
    assert Decision.objects.get().candidate == queue.TWINS[1]


@pytest.mark.parametrize("candidate", ["", "2", "-1", "x"])
def test_no_radio_or_a_wrong_one_chooses_nobody(candidate: str) -> None:
    doubt = queue.asked("ambiguous_match", detail={"candidates": queue.TWINS})
    case = queue.opened(doubt)
    answer = client("vera").post(
        address("decide", case), form(doubt, kind="choose", candidate=candidate), follow=True
    )
    assert "Nobody was selected" in answer.content.decode()
    assert not Decision.objects.exists()


def test_the_correction_form_corrects() -> None:
    doubt = queue.asked("not_found")
    case = queue.opened(doubt)
    sent = form(doubt, kind="fix", **{"fix-username": "acme.anna.b", "fix-email": ""})
    client("vera").post(address("decide", case), sent)
    assert Decision.objects.get().parameters == {"username": "acme.anna.b"}


def test_taking_it_by_hand_and_giving_it_back() -> None:
    doubt = queue.asked("precondition")
    case, vera = queue.opened(doubt), client("vera")
    vera.post(address("take", case), form(doubt))
    assert queue.state(doubt.task) == State.WITH_PERSON
    vera.post(address("give_back", case), form(doubt))
    assert queue.state(doubt.task) == State.IN_REVIEW


@pytest.mark.parametrize("verb", ["decide", "take", "give_back", "leave"])
def test_nothing_is_done_by_a_link(verb: str) -> None:
    case = queue.opened(queue.asked("precondition"))
    assert client("vera").get(address(verb, case)).status_code == 405


@pytest.mark.parametrize("verb", ["decide", "take", "give_back", "leave"])
def test_a_form_of_another_site_does_nothing(verb: str) -> None:
    doubt = queue.asked("precondition")
    case = queue.opened(doubt)
    sent = form(doubt, kind="reject", reason="x")
    browser = client("vera", enforce_csrf_checks=True)
    assert browser.post(address(verb, case), sent).status_code == 403
    assert queue.state(doubt.task) == State.IN_REVIEW


@pytest.mark.parametrize("name", ["otto", "ada", "nora", "root"])
@pytest.mark.parametrize("verb", ["decide", "take", "give_back"])
def test_the_verbs_refuse_everybody_but_reviewers(name: str, verb: str) -> None:
    doubt = queue.asked("precondition")
    case = queue.opened(doubt)
    answer = client(name).post(address(verb, case), form(doubt, kind="reject", reason="x"))
    assert answer.status_code == 403
    assert queue.state(doubt.task) == State.IN_REVIEW


def test_who_is_not_signed_in_is_sent_to_the_login_page() -> None:
    doubt = queue.asked("precondition")
    case = queue.opened(doubt)
    answer = Client().post(address("decide", case), form(doubt, kind="reject", reason="x"))
    assert answer.url.startswith(reverse("admin:login"))  # type: ignore[attr-defined]
    assert queue.state(doubt.task) == State.IN_REVIEW
