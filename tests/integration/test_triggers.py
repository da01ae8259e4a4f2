"""Proof is append only in the database itself; the triggers are there after every migrate."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.db.models import F

from robot import clock, permits, triggers
from robot.evidence import chain
from robot.models import ChainLink, Doubt, Evidence, LedgerEntry, Permit
from robot.transitions import ledger
from tests.integration import factory

pytestmark = pytest.mark.django_db

TABLES = [LedgerEntry, Evidence, ChainLink, Doubt, Permit]


def _row(model: type[models.Model]) -> models.Model:
    tenant = factory.tenant()
    task = factory.task(factory.account(tenant))
    if model is Evidence:
        return Evidence.objects.create(tenant=tenant, kind="text", taken_at=clock.now())
    if model is Doubt:
        return Doubt.objects.create(task=task, code="not_found", created_at=clock.now())
    if model is Permit:
        doubt = Doubt.objects.create(task=task, code="not_found", created_at=clock.now())
        return permits.grant(task, doubt, {}, by="vera", decision="1")
    entry = ledger(tenant, "note", "rita", {})
    return entry if model is LedgerEntry else ChainLink.objects.get(tenant=tenant)


def _update(model: type[models.Model]) -> str:
    return f"UPDATE {model._meta.db_table} SET id = id"  # noqa: S608  our own table names


def _delete(model: type[models.Model]) -> str:
    return f"DELETE FROM {model._meta.db_table}"  # noqa: S608  our own table names


@pytest.mark.parametrize("statement", [_update, _delete], ids=["update", "delete"])
@pytest.mark.parametrize("model", TABLES)
def test_proof_can_be_neither_changed_nor_deleted(
    model: type[models.Model], statement: Callable[[type[models.Model]], str]
) -> None:
    _row(model)
    with (
        pytest.raises(DatabaseError, match="is append only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement(model))
    assert model._default_manager.count() == 1


@pytest.mark.parametrize("model", TABLES)
def test_a_row_cannot_be_replaced_by_inserting_another(model: type[models.Model]) -> None:
    table, row = model._meta.db_table, _row(model)
    statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"  # noqa: S608
    if connection.vendor == "postgresql":
        update = "ON CONFLICT (id) DO UPDATE SET id = EXCLUDED.id"
        statement = f"INSERT INTO {table} SELECT * FROM {table} {update}"  # noqa: S608
    with (
        pytest.raises(DatabaseError, match="is append only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert model._default_manager.filter(pk=row.pk).exists()


def test_a_permit_can_be_spent_and_made_void_and_nothing_else() -> None:
    permit = _row(Permit)
    assert isinstance(permit, Permit)
    for column in chain.plain(chain.kinds()["permit"].content(permit)):
        with pytest.raises(DatabaseError, match="is append only"), transaction.atomic():
            Permit.objects.update(**{column: F(column)})
    assert permits.spend([permit])
    assert Permit.objects.update(voided_at=clock.now()) == 1


@pytest.mark.parametrize("model", TABLES)
def test_the_orm_is_refused_like_anybody(model: type[models.Model]) -> None:
    row = _row(model)
    with pytest.raises(DatabaseError, match="is append only"), transaction.atomic():
        row.save(force_update=True)
    assert model._default_manager.filter(pk=row.pk).exists()


def test_a_table_cannot_be_emptied_at_once_either() -> None:
    ledger(factory.tenant(), "note", "rita", {})
    statement = "DELETE FROM robot_ledgerentry"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = "TRUNCATE robot_ledgerentry CASCADE"
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else it waits for the test's end
        with pytest.raises(DatabaseError, match="is append only"), transaction.atomic():
            cursor.execute(statement)


def test_a_missing_trigger_is_named_and_comes_back_with_migrate() -> None:
    assert triggers.missing() == []
    name = triggers.names(LedgerEntry, connection.vendor)[0]
    on = " ON robot_ledgerentry" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{on}")
    assert triggers.missing() == [name]
    call_command("migrate", verbosity=0)
    assert triggers.missing() == []


def test_dropped_they_let_everything_through_which_the_chain_then_shows() -> None:
    row = _row(LedgerEntry)
    triggers.drop()
    assert len(triggers.missing()) >= 2 * len(TABLES)
    assert LedgerEntry.objects.filter(pk=row.pk).update(actor="nobody") == 1


def test_another_rooms_rows_can_be_protected_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from robot.models import ProtectedAccount

    monkeypatch.setattr(triggers, "_PROTECTED", list(triggers._PROTECTED))
    triggers.protect(ProtectedAccount)
    triggers.install()
    row = ProtectedAccount.objects.create(
        tenant=factory.tenant(), username="acme.admin", reason="primary admin"
    )
    with pytest.raises(DatabaseError, match="robot_protectedaccount is append only"):
        ProtectedAccount.objects.filter(pk=row.pk).delete()
