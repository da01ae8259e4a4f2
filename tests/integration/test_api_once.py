"""One idempotency key, one set of tasks: repeated, reused for something else, and raced for."""

from __future__ import annotations

import json
import threading

import pytest
from django.db import connections

from robot.intake import accounts
from robot.models import Account, IntakeRequest, LedgerEntry, Task, Tenant
from tests.integration.client import JANE, Outsider

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(400)]

WISH = {"account": JANE, "set": {"license": "X2", "phone_number": "+15551234567"}}


def _rows() -> tuple[int, ...]:
    models = (Account, Task, IntakeRequest, LedgerEntry)
    return tuple(model.objects.count() for model in models)


def test_the_same_request_again_gets_the_same_bytes_and_changes_nothing() -> None:
    one = Outsider()
    one.post(WISH, key="first")
    first, rows = one.content, _rows()
    one.post(WISH, key="first")
    assert (one.status, one.content) == (202, first)
    assert one.headers["Idempotency-Replayed"] == "true"
    assert _rows() == rows


def test_the_first_answer_is_repeated_though_the_tasks_have_moved_on() -> None:
    one = Outsider()
    one.post(WISH, key="first")
    first = one.content
    one.wish(set={"license": "X4"})
    one.post(WISH, key="first")
    assert one.content == first
    assert Account.objects.get().desired["license"]["value"] == "X4"


def test_another_spelling_of_the_same_request_is_the_same_request() -> None:
    one = Outsider()
    one.post(WISH, key="first")
    first, rows = one.content, _rows()
    spelt = {
        "set": {"phone_number": "+1 555-123-4567", "license": " X2"},
        "account": {"email": "JANE@acme.example", "username": "acme.jane"},
    }
    one.post(json.dumps(spelt, indent=4).encode(), key="first")
    assert (one.status, one.content, _rows()) == (202, first, rows)


def test_a_used_key_with_another_request_is_refused() -> None:
    one = Outsider()
    one.post(WISH, key="first")
    rows = _rows()
    one.post({**WISH, "requested_by": "rita"}, key="first")
    assert (one.status, one.answer["error"]) == (409, "idempotency_conflict")
    assert [row["reason"] for row in one.refusals()] == ["idempotency_conflict"]
    assert _rows() == (*rows[:3], rows[3] + 1)


def test_the_key_of_a_refused_request_is_free_again() -> None:
    one = Outsider()
    one.post({"account": JANE, "set": {"extension": "1042"}}, key="first")
    assert one.status == 422
    one.post(WISH, key="first")
    assert one.status == 202


def test_two_connections_of_a_tenant_share_their_keys_and_two_tenants_do_not() -> None:
    one = Outsider()
    other = Outsider(one.tenant)
    stranger = Outsider()
    one.post(WISH, key="first")
    other.post(WISH, key="first")
    assert other.content == one.content
    stranger.post({**WISH, "requested_by": "rita"}, key="first")
    assert stranger.status == 202
    assert Task.objects.filter(tenant=one.tenant).count() == 1


def test_a_replay_needs_the_scopes_of_its_request() -> None:
    one = Outsider()
    weak = Outsider(one.tenant, ["queue"])
    one.post({"account": JANE, "delete": True}, key="first")
    weak.post({"account": JANE, "delete": True}, key="first")
    assert weak.status == 403


def test_whoever_loses_a_race_that_the_lock_did_not_prevent_looks_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = Outsider()
    find = accounts.find_or_make
    calls = []

    def late(tenant: Tenant, keys: dict[str, str], *, actor: str) -> Account:
        calls.append(tenant)
        if len(calls) == 1:
            # Twice the same username in one transaction: what a worker's write in between does.
            Account.objects.create(tenant=tenant, created_at=tenant.created_at, **keys)
            Account.objects.create(tenant=tenant, created_at=tenant.created_at, **keys)
        return find(tenant, keys, actor=actor)

    monkeypatch.setattr("robot.intake.accounts.find_or_make", late)
    one.post(WISH)
    assert one.status == 202
    assert len(calls) == 2
    assert Account.objects.count() == 1


def _at_once(outsiders: list[Outsider], bodies: list[object], keys: list[str]) -> None:
    """Send all requests at the same moment, each from a thread of its own."""
    gate = threading.Barrier(len(outsiders))

    def send(one: Outsider, body: object, key: str) -> None:
        try:
            gate.wait(timeout=60)
            one.post(body, key=key)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=send, args=args)
        for args in zip(outsiders, bodies, keys, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()


def _copies(of: Outsider, count: int) -> list[Outsider]:
    return [Outsider(of.tenant) for _ in range(count)]


@pytest.mark.django_db(transaction=True)
def test_the_same_key_sent_at_once_makes_one_set_of_tasks() -> None:
    senders = _copies(Outsider(), 6)
    _at_once(senders, [WISH] * 6, ["raced"] * 6)
    assert {one.status for one in senders} == {202}
    assert len({one.content for one in senders}) == 1
    assert sum("Idempotency-Replayed" not in one.headers for one in senders) == 1
    assert (Account.objects.count(), Task.objects.count(), IntakeRequest.objects.count()) == (
        1,
        1,
        1,
    )
    assert LedgerEntry.objects.filter(kind="desired").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_key_for_different_requests_at_once_serves_one_of_them() -> None:
    senders = _copies(Outsider(), 4)
    bodies: list[object] = [{**WISH, "set": {"license": f"X{n}"}} for n in range(4)]
    _at_once(senders, bodies, ["raced"] * 4)
    assert sorted(one.status for one in senders) == [202, 409, 409, 409]
    assert Task.objects.count() == 1
    assert LedgerEntry.objects.filter(kind="intake_refused").count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_same_wish_under_many_keys_at_once_makes_one_account_and_one_task() -> None:
    senders = _copies(Outsider(), 6)
    _at_once(senders, [WISH] * 6, [f"raced-{n}" for n in range(6)])
    assert {one.status for one in senders} == {202}
    assert (Account.objects.count(), Task.objects.count()) == (1, 1)
    assert Account.objects.get().desired_version == 1


@pytest.mark.django_db(transaction=True)
def test_people_without_a_username_are_not_made_twice_at_once() -> None:
    senders = _copies(Outsider(), 6)
    keys = {"email": "sam@acme.example", "full_name": "Sam Lee", "site": "London"}
    body = {"account": keys, "set": {"license": "X2"}}
    _at_once(senders, [body] * 6, [f"raced-{n}" for n in range(6)])
    assert {one.status for one in senders} == {202}
    assert (Account.objects.count(), Task.objects.count()) == (1, 1)
