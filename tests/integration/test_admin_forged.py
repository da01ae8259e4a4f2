"""Requests that no page of ours sends get an answer, not an error."""

from __future__ import annotations

import pytest
from django.urls import reverse

from reviewqueue.models import Decision
from tests.integration import queue
from tests.integration.test_admin_cases import address, client, form

pytestmark = pytest.mark.django_db

NO_NUMBERS = {"squared": "²", "endless": "9" * 5000, "negative": "-1", "word": "one"}


@pytest.mark.parametrize("number", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_a_case_without_a_number_is_not_found(number: str) -> None:
    page = reverse("admin:reviewqueue_case_change", args=[number])
    assert client("vera").get(page).status_code == 404


@pytest.mark.parametrize("number", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_a_candidate_and_a_doubt_without_a_number_decide_nothing(number: str) -> None:
    doubt = queue.asked("ambiguous_match")
    case = queue.opened(doubt)
    vera = client("vera")
    chosen = form(doubt, kind="choose", candidate=number)
    assert vera.post(address("decide", case), chosen).status_code == 302
    shown = {"kind": "approve", "shown": f"{number}:digest"}
    assert vera.post(address("decide", case), shown).status_code == 302
    assert not Decision.objects.exists()
