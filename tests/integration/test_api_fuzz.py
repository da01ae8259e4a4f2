"""Whatever is sent: an answer in the one shape, never an error of ours, and nothing half-stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from robot.models import Account, IntakeRequest, LedgerEntry, Task
from robot.states import State
from tests.integration.client import Outsider

CALM = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])

texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "acme.jane",
            "jane@acme.example",
            "1042",
            "+15551234567",
            "X2",
            "",
            "\x00",
            "\ud800",
            "x" * 400,
        ]
    ),
)
junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = {"username", "email", "extension", "console_user_id", "full_name", "site"}
FIELDS = {"license", "phone_number", "extension", "cost_center"}


def _some(names: set[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(sorted(names)), st.one_of(texts, junk), max_size=4)


bodies = st.fixed_dictionaries(
    {},
    optional={
        "account": st.one_of(
            _some(KEYS), st.just({"username": "acme.jane", "email": "jane@acme.example"}), junk
        ),
        "set": st.one_of(_some(FIELDS), st.just({"license": "X2"}), junk),
        "remove": st.one_of(st.just(["license"]), st.lists(junk, max_size=2)),
        "delete": st.one_of(st.booleans(), junk),
        "requested_by": st.one_of(texts, junk),
    },
)


class TestFuzz(TestCase):
    """Each example in a transaction of its own."""

    def _judge(self, body: Any, *, key: str | None = None) -> None:
        one = Outsider()
        before = LedgerEntry.objects.count()
        one.post(body, key=key)
        stored = (Account.objects.count(), Task.objects.count(), IntakeRequest.objects.count())
        if one.status == 202:
            assert stored[0] == stored[2] == 1
            assert len(one.answer["tasks"]) == stored[1]
            assert Task.objects.filter(state=State.PLANNED).count() == 0
        else:
            assert 400 <= one.status < 500, one.content
            assert set(one.answer) == {"error", "detail", "fields"}
            assert stored == (0, 0, 0)
            assert LedgerEntry.objects.count() == before + 1

    @CALM
    @given(bodies)
    def test_any_json_of_about_the_right_shape(self, body: dict[str, Any]) -> None:
        self._judge(body)

    @CALM
    @given(st.binary(max_size=200))
    def test_any_bytes(self, body: bytes) -> None:
        self._judge(body)

    @CALM
    @given(st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=210))
    def test_any_idempotency_key(self, key: str) -> None:
        account = {"username": "acme.jane", "email": "jane@acme.example"}
        self._judge({"account": account, "set": {"license": "X2"}}, key=key)

    @CALM
    @given(junk)
    def test_any_json_at_all(self, body: Any) -> None:
        self._judge(json.dumps(body).encode())


@pytest.mark.django_db
def test_the_judge_of_the_fuzz_sees_an_accepted_request() -> None:
    one = Outsider()
    one.wish(set={"license": "X2"})
    assert (Account.objects.count(), Task.objects.count()) == (1, 1)
