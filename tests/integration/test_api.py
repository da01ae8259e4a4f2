"""The tasks API as an outsider sees it: what is taken, what is refused, what a refusal leaves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils.dateparse import parse_datetime

from robot.intake.door import MAX_BODY
from robot.models import Account, ChainLink, IntakeRequest, LedgerEntry, Task
from robot.states import State
from tests.integration.client import JANE, Outsider

pytestmark = pytest.mark.django_db

SET = {"license": "X Series X2"}
SECRET = "canary-7f3a"


def _stored() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Account, Task, IntakeRequest))


def test_a_wish_becomes_a_queued_task_and_a_desired_field() -> None:
    one = Outsider()
    tasks = one.wish(set=SET, requested_by="rita")
    task = Task.objects.get(pk=tasks[0]["id"])
    account = Account.objects.get(pk=one.answer["account"])
    assert [(t["operation"], t["state"]) for t in tasks] == [("assign_license", "queued")]
    assert one.answer["desired_version"] == account.desired_version == 1
    entry = {"value": "X Series X2", "source": "api", "version": 1, "via": one.connection.slug}
    assert account.desired == {"license": entry}
    assert (account.username, account.email) == (JANE["username"], JANE["email"])
    assert (task.tenant, task.account) == (one.tenant, account)
    assert (task.source, task.requested_by) == (one.connection.slug, "rita")
    assert task.parameters == {"license": "X Series X2"}


def test_without_a_name_the_connection_is_who_asked() -> None:
    one = Outsider()
    tasks = one.wish(set=SET)
    assert Task.objects.get(pk=tasks[0]["id"]).requested_by == one.connection.slug


def test_what_was_wished_is_in_the_ledger_with_its_version_and_chained() -> None:
    one = Outsider()
    one.wish(set={**SET, "cost_center": "Sales"}, requested_by="rita")
    row = LedgerEntry.objects.get(tenant=one.tenant, kind="desired")
    assert row.actor == "rita"
    assert row.body["fields"] == {"license": "X Series X2", "cost_center": "Sales"}
    assert (row.body["version"], row.body["connection"]) == (1, one.connection.slug)
    assert ChainLink.objects.filter(tenant=one.tenant, kind="ledger", item=str(row.pk)).exists()


def test_values_are_kept_in_their_canonical_form() -> None:
    one = Outsider()
    keys = {"username": "Acme.JANE", "email": "Jane@Acme.Example"}
    phone = {"phone_number": "+1 (555) 123-4567", "extension": "1042"}
    tasks = one.wish(keys, set={**SET, **phone})
    assert tasks[0]["parameters"] == {**SET, "phone_number": "+15551234567", "extension": "1042"}
    assert Account.objects.get(pk=one.answer["account"]).username == "acme.jane"


ACCOUNT: dict[str, Any] = {"account": JANE}
INVALID: dict[str, tuple[Any, str]] = {
    "no account": ({"set": SET}, "account"),
    "unknown key": ({**ACCOUNT, "set": SET, SECRET: 1}, SECRET),
    "unknown key of the account": (
        {"account": {**JANE, SECRET: "x"}, "set": SET},
        f"account.{SECRET}",
    ),
    "unknown field": ({**ACCOUNT, "set": {SECRET: "x"}}, f"set.{SECRET}"),
    "bad number": ({**ACCOUNT, "set": {"phone_number": SECRET}}, "set.phone_number"),
    "bad extension": ({**ACCOUNT, "set": {"extension": SECRET}}, "set.extension"),
    "null": ({**ACCOUNT, "set": {"license": None}}, "set.license"),
    "a number for a text": ({**ACCOUNT, "set": {"extension": 1042}}, "set.extension"),
    "a list for a text": ({**ACCOUNT, "set": {"license": [SECRET]}}, "set.license"),
    "bad username": ({"account": {**JANE, "username": f"{SECRET} !"}}, "account.username"),
    "half a character": ({**ACCOUNT, "set": {"license": "\ud800"}}, "set.license"),
    "zero byte": ({**ACCOUNT, "set": {"license": f"{SECRET}\x00"}}, "set.license"),
    "far too long": ({**ACCOUNT, "set": {"license": SECRET * 100}}, "set.license"),
    "braces": ({**ACCOUNT, "set": {"extension": "{why} {0}"}}, "set.extension"),
    "remove something else": ({**ACCOUNT, "remove": [SECRET]}, "remove.0"),
    "delete as a text": ({**ACCOUNT, "delete": "true"}, "delete"),
    "delete as a number": ({**ACCOUNT, "delete": 1}, "delete"),
    "nothing": ({**ACCOUNT}, ""),
    "nothing to set": ({**ACCOUNT, "set": {}, "remove": []}, ""),
    "delete and set": ({**ACCOUNT, "delete": True, "set": SET}, ""),
    "remove and set": ({**ACCOUNT, "remove": ["license"], "set": SET}, ""),
    "an extension without a number": ({**ACCOUNT, "set": {"extension": "1042"}}, "set.extension"),
    "a list": ([SECRET], ""),
}


@pytest.mark.parametrize("name", [name for name in INVALID if name != "a list"])
def test_wrong_input_is_named_by_path_and_changes_nothing(name: str) -> None:
    body, path = INVALID[name]
    one = Outsider()
    one.post(body)
    assert one.status == 422, one.answer
    assert set(one.answer) == {"error", "detail", "fields"}
    assert path in [field["path"] for field in one.answer["fields"]]
    assert all(field["detail"] for field in one.answer["fields"])
    assert _stored() == (0, 0, 0)


@pytest.mark.parametrize("name", INVALID)
def test_a_refusal_leaves_one_ledger_row_without_values(name: str) -> None:
    one = Outsider()
    before = LedgerEntry.objects.count()
    one.post(INVALID[name][0])
    assert LedgerEntry.objects.count() == before + 1
    (row,) = one.refusals()
    assert row["reason"] in ("invalid", "invalid_json")
    assert SECRET not in json.dumps(row)
    assert row["connection"] == one.connection.slug


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"username": "acme.jane"},
        {"full_name": "Jane Doe", "site": "London"},
        {"email": "jane@acme.example", "full_name": "Jane Doe"},
        {"email": "jane@acme.example", "username": "JANE@acme.example"},
        {"extension": "1042", "console_user_id": "1042"},
    ],
    ids=["none", "one", "name and site", "half a pair", "same text twice", "same number twice"],
)
def test_fewer_than_two_different_anchors_are_refused(keys: dict[str, str]) -> None:
    one = Outsider()
    one.post({"account": keys, "set": SET})
    assert (one.status, one.answer["error"]) == (422, "too_few_keys")
    assert [field["path"] for field in one.answer["fields"]] == ["account"]
    assert _stored() == (0, 0, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"account": NaN}',
        b'{"set": {}, "set": {}}',
        b'{"account": {"email": "a@b.c", "email": "d@e.f"}}',
        b"[" * 30_000,
        b'{"account": ' + b"9" * 5000 + b"}",
        b"null",
        b'"text"',
    ],
    ids=["empty", "cut", "utf-16", "nan", "twice", "twice inside", "deep", "huge", "null", "text"],
)
def test_a_body_that_is_no_clear_json_object_is_refused(body: bytes) -> None:
    one = Outsider()
    one.post(body)
    assert one.status in (400, 422), one.answer
    assert set(one.answer) == {"error", "detail", "fields"}
    assert len(one.refusals()) == 1
    assert _stored() == (0, 0, 0)


def test_a_body_over_64_kib_is_not_even_read() -> None:
    one = Outsider()
    one.post({**ACCOUNT, "set": SET, "requested_by": "x" * MAX_BODY})
    assert (one.status, one.answer["error"]) == (413, "too_large")
    assert [row["reason"] for row in one.refusals()] == ["too_large"]


@pytest.mark.parametrize("key", ["", " ", "k" * 201, "schlüssel", "two words"])
def test_a_request_without_a_usable_idempotency_key_is_refused(key: str) -> None:
    one = Outsider()
    one.post({**ACCOUNT, "set": SET}, key=key)
    assert one.status == 422
    assert [field["path"] for field in one.answer["fields"]] == ["Idempotency-Key"]
    assert len(one.refusals()) == 1
    assert _stored() == (0, 0, 0)


def test_moments_are_told_with_their_zone() -> None:
    one = Outsider()
    tasks = one.wish(set=SET)
    created = parse_datetime(one.get(f"/tasks/{tasks[0]['id']}")["created_at"])
    assert created is not None
    assert created.tzinfo is not None
    assert Task.objects.get().state == State.QUEUED


def test_who_asked_has_no_longer_a_name_than_can_be_kept() -> None:
    longest = Task._meta.get_field("requested_by").max_length
    assert longest == LedgerEntry._meta.get_field("actor").max_length == 150
    one = Outsider()
    one.wish(set=SET, requested_by="r" * 150)
    one.post({**ACCOUNT, "set": SET, "requested_by": "r" * 151})
    assert (one.status, one.answer["fields"][0]["path"]) == (422, "requested_by")
    assert "150" in one.answer["detail"]
