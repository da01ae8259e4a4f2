"""The chain as rows: one head a tenant, no fork, no gap, nothing outside a transaction."""

from __future__ import annotations

import hashlib
import threading

import pytest
from django.db import IntegrityError, connection, transaction

from robot import clock
from robot.evidence import chain
from robot.models import ChainHead, ChainLink, LedgerEntry, Tenant
from tests.integration import factory

THREADS, EACH = 6, 8


def _entry(tenant: Tenant, number: int = 1) -> LedgerEntry:
    return LedgerEntry.objects.create(
        tenant=tenant, kind="note", actor="rita", body={"number": number}, at=clock.now()
    )


def _append(tenant: Tenant, number: int = 1) -> ChainLink:
    with transaction.atomic():
        return chain.record(_entry(tenant, number))


@pytest.mark.django_db
def test_each_link_is_bound_to_the_one_before_and_the_head_is_the_last() -> None:
    tenant = factory.tenant("acme")
    assert chain.head(tenant) == (0, chain.genesis("acme"))
    links = [_append(tenant, number) for number in range(3)]
    assert [link.seq for link in links] == [1, 2, 3]
    assert [link.prev for link in links] == [chain.genesis("acme"), links[0].hash, links[1].hash]
    assert chain.head(tenant) == (3, links[2].hash)


@pytest.mark.django_db
def test_the_format_is_what_an_outsider_would_compute() -> None:
    link = _append(factory.tenant("acme"))
    genesis = hashlib.sha256(b'{"tenant":"acme","v":1}').hexdigest()
    assert link.prev == genesis
    text = (
        f'{{"digest":"{link.digest}","item":"{link.item}","kind":"ledger","prev":"{genesis}",'
        f'"seq":1,"tenant":"acme","v":1}}'
    )
    assert link.hash == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.django_db
def test_the_digest_of_a_row_is_the_same_after_the_database_gave_it_back() -> None:
    tenant = factory.tenant()
    body = {
        "text": "Zoë – 日本 \u2028",
        "ratio": 0.1,
        "whole": 3.0,
        "small": 1e-7,
        "deep": [{"b": None}],
    }
    with transaction.atomic():
        entry = LedgerEntry.objects.create(
            tenant=tenant, kind="note", actor="rita", body=body, at=clock.now()
        )
        link = chain.record(entry)
    again = LedgerEntry.objects.get(pk=entry.pk)
    assert chain.kinds()["ledger"].digest(again) == link.digest


@pytest.mark.django_db
def test_tenants_have_chains_of_their_own() -> None:
    one, two = factory.tenant(), factory.tenant()
    _append(one)
    _append(two)
    _append(one)
    assert (chain.head(one)[0], chain.head(two)[0]) == (2, 1)


@pytest.mark.django_db
def test_an_item_is_chained_once() -> None:
    tenant = factory.tenant()
    with transaction.atomic():
        entry = _entry(tenant)
        chain.record(entry)
    with pytest.raises(IntegrityError), transaction.atomic():
        chain.record(entry)
    assert chain.head(tenant)[0] == 1


@pytest.mark.django_db
def test_an_item_of_a_task_goes_to_the_chain_of_the_tasks_tenant() -> None:
    tenant = factory.tenant()
    doubt = factory.task(factory.account(tenant)).doubts.create(
        code="not_found", created_at=clock.now()
    )
    with transaction.atomic():
        assert chain.record(doubt).tenant_id == tenant.pk


@pytest.mark.django_db
def test_content_that_is_no_json_is_refused_and_nothing_is_chained() -> None:
    tenant = factory.tenant()
    entry = _entry(tenant)
    for bad in (float("nan"), 1e16, 2**60, object()):
        entry.body = {"bad": bad}
        with pytest.raises(chain.ChainError), transaction.atomic():
            chain.record(entry)
    assert not ChainLink.objects.exists()


@pytest.mark.django_db
def test_a_row_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(chain.ChainError, match="not registered"), transaction.atomic():
        chain.record(factory.tenant())


@pytest.mark.django_db
def test_a_kind_cannot_be_taken_over_by_another_model() -> None:
    with pytest.raises(chain.ChainError, match="already"):
        chain.register("ledger", Tenant, chain.fields("slug"), tenant_path="id")
    with pytest.raises(chain.ChainError, match="no way to its tenant"):
        chain.register("tenant", Tenant, chain.fields("slug"))


@pytest.mark.django_db
def test_a_head_that_moved_meanwhile_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = factory.tenant()
    _append(tenant)
    right = chain.link_hash

    def meanwhile(*parts: object) -> str:
        ChainHead.objects.filter(tenant=tenant).update(hash="f" * 64)
        return right(*parts)  # type: ignore[arg-type]

    monkeypatch.setattr(chain, "link_hash", meanwhile)
    with pytest.raises(chain.ChainError, match="moved"):
        _append(tenant, 2)
    assert ChainLink.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_chained() -> None:
    entry = _entry(factory.tenant())
    with pytest.raises(chain.ChainError, match="inside the transaction"):
        chain.record(entry)
    assert not ChainLink.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_leaves_the_chain_as_it_was() -> None:
    tenant = factory.tenant()
    _append(tenant)
    before = chain.head(tenant)

    def fail_later() -> None:
        with transaction.atomic():
            _append(tenant, 2)
            raise ValueError("something failed later")

    with pytest.raises(ValueError, match="later"):
        fail_later()
    assert chain.head(tenant) == before
    _append(tenant, 3)
    assert [link.seq for link in ChainLink.objects.order_by("seq")] == [1, 2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(400)
def test_many_writers_at_once_leave_one_chain_without_gap_or_fork() -> None:
    tenant = factory.tenant()
    errors: list[BaseException] = []
    start = threading.Barrier(THREADS)

    def write(worker: int) -> None:
        try:
            start.wait(timeout=60)
            for number in range(EACH):
                _append(tenant, worker * 1000 + number)
        except BaseException as error:  # noqa: BLE001  shown by the assert below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
    assert errors == []
    links = list(ChainLink.objects.filter(tenant=tenant).order_by("seq"))
    assert [link.seq for link in links] == list(range(1, THREADS * EACH + 1))
    expected = [chain.genesis(tenant.slug), *(link.hash for link in links)]
    assert [link.prev for link in links] == expected[:-1]
    assert chain.head(tenant) == (THREADS * EACH, links[-1].hash)
    assert len({link.item for link in links}) == THREADS * EACH
