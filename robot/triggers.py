"""Append only, held by the database: no UPDATE or DELETE on rows that are proof.

A permit may still be spent or made void: of its row all that is chained is held.
They stop defects and hurried fingers. Somebody who owns the database can drop them; the chain then
shows what was changed (`manage.py evidence verify`). Made again after every migrate.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate

from robot.models import ChainLink, Doubt, Evidence, LedgerEntry, Permit

_PROTECTED: list[type[models.Model]] = [LedgerEntry, Evidence, ChainLink, Doubt, Permit]
#: Columns of a model that may change.
_FREE: dict[type[models.Model], set[str]] = {Permit: {"consumed_at", "voided_at"}}
_FUNCTION = "switchboard_append_only"


def protect(model: type[models.Model]) -> None:
    """Make the rows of another room's model append only from the next migrate on."""
    if model not in _PROTECTED:
        _PROTECTED.append(model)


def connect() -> None:
    """Have the triggers made after every migrate; called when the robot's app is ready."""
    post_migrate.connect(_after_migrate, dispatch_uid="robot.triggers")


def install(alias: str = DEFAULT_DB_ALIAS) -> None:
    """Make every trigger whose table exists, in place of one of that name. Safe to run twice."""
    _run(_statements(connections[alias], make=True), alias)


def drop(alias: str = DEFAULT_DB_ALIAS) -> None:
    """Take them away: what a test does before it empties the tables, and an attacker before worse."""
    _run(_statements(connections[alias], make=False), alias)


def missing(alias: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Names of triggers that should be there and are not; for the check at the start."""
    connection = connections[alias]
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    wanted = [name for model in _PROTECTED for name in names(model, connection.vendor)]
    return [name for name in wanted if name not in present]


def names(model: type[models.Model], vendor: str) -> list[str]:
    """The triggers of one model's table."""
    events = ("row", "truncate") if vendor == "postgresql" else ("update", "delete")
    return [f"{_table(model)}_no_{event}" for event in events]


def _table(model: type[models.Model]) -> str:
    return model._meta.db_table  # noqa: SLF001  documented by Django in spite of its name


def _update_of(model: type[models.Model]) -> str:
    """The UPDATE that is refused: any, or that of the columns which may not change."""
    if model not in _FREE:
        return "UPDATE"
    fields = model._meta.concrete_fields  # noqa: SLF001  documented
    held = [str(field.column) for field in fields if field.column not in _FREE[model]]
    return f"UPDATE OF {', '.join(held)}"


def _after_migrate(sender: AppConfig, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    # Sent once for each app when all tables are there; those without a protected one need nothing.
    if not set(sender.get_models()).isdisjoint(_PROTECTED):
        install(using)


def _run(statements: list[str], alias: str) -> None:
    with connections[alias].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _statements(connection: BaseDatabaseWrapper, *, make: bool) -> list[str]:
    tables = set(connection.introspection.table_names())
    models_here = [model for model in _PROTECTED if _table(model) in tables]
    if connection.vendor == "postgresql":
        return _postgres(models_here, make=make)
    return _sqlite(models_here, make=make)


def _sqlite(protected: list[type[models.Model]], *, make: bool) -> list[str]:
    found = []
    for model in protected:
        table = _table(model)
        for suffix, event in (("update", _update_of(model)), ("delete", "DELETE")):
            name = f"{table}_no_{suffix}"
            found.append(f'DROP TRIGGER IF EXISTS "{name}"')
            if make:
                found.append(
                    f'CREATE TRIGGER "{name}" BEFORE {event} ON "{table}" '
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append only'); END"
                )
    return found


def _postgres(protected: list[type[models.Model]], *, make: bool) -> list[str]:
    found = []
    if make:
        found.append(
            f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION '% is append only', TG_TABLE_NAME; END $$"
        )
    for model in protected:
        table = _table(model)
        for suffix, event, scope in (
            ("row", f"{_update_of(model)} OR DELETE", "ROW"),
            ("truncate", "TRUNCATE", "STATEMENT"),
        ):
            name = f"{table}_no_{suffix}"
            found.append(f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"')
            if make:
                found.append(
                    f'CREATE TRIGGER "{name}" BEFORE {event} ON "{table}" '
                    f"FOR EACH {scope} EXECUTE FUNCTION {_FUNCTION}()"
                )
    return found
