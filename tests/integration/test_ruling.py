"""A rule table: shown before it is saved, saved once, and never over somebody else's."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections

from robot import rules
from robot.evidence.verify import verify
from robot.intake import ruling
from robot.intake.ruling import Line, StaleRules
from robot.models import Account, LedgerEntry, ProtectedAccount, RuleTable, Task, Tenant
from tests.integration import factory

pytestmark = pytest.mark.django_db

TABLE = rules.parse(
    [
        {"if": {"department": "Sales"}, "give": {"license": "X2", "extension": "2000..2001"}},
        {"if": {"country": "GB"}, "give": {"license": "X4", "site": "London"}},
    ]
)


@pytest.fixture
def acme() -> Tenant:
    return factory.tenant()


def person(of: Tenant, name: str, **columns: Any) -> Account:
    columns.setdefault("attributes", {"department": "sales"})
    return factory.account(of, full_name=name, **columns)


def desired(**fields: Any) -> dict[str, Any]:
    return {name: {"value": value, "source": "api", "version": 1} for name, value in fields.items()}


def observed(**facts: str) -> dict[str, Any]:
    return {
        name: {"value": value, "read_at": "2026-01-01T00:00:00+00:00"}
        for name, value in facts.items()
    }


def told(lines: list[Line]) -> list[tuple[str, str, str | None, str | None, int]]:
    return [(str(line.account), line.field, line.now, line.would_be, line.rule) for line in lines]


# --- The dry run ---


def test_the_dry_run_says_who_would_get_what_by_which_rule(acme: Tenant) -> None:
    person(acme, "Anna", observed=observed(license="X2", extension="1042"))
    person(acme, "Ben", attributes={"department": "Sales", "country": "gb"})
    person(acme, "Cleo", attributes={"country": "FR"})
    run = ruling.preview(acme, TABLE)
    assert told(run.lines) == [
        ("Anna", "license", "X2", "X2", 1),
        ("Anna", "extension", "1042", "2000", 1),
        ("Ben", "license", None, "X2", 1),
        ("Ben", "site", None, "London", 2),
        ("Ben", "extension", None, "2001", 1),
    ]
    assert [line.changes for line in run.lines] == [False, True, True, True, True]
    assert [str(account) for account in run.unmatched] == ["Cleo"]


def test_what_was_wished_counts_before_what_was_seen(acme: Tenant) -> None:
    person(acme, "Anna", desired=desired(license=None), observed=observed(license="X2"))
    (line, _) = ruling.preview(acme, TABLE).lines
    assert (line.now, line.would_be, line.changes) == ("", "X2", True)


def test_nobody_gets_an_extension_that_somebody_has_or_is_to_have(acme: Tenant) -> None:
    person(acme, "Anna")
    person(acme, "Ben", attributes={}, desired=desired(extension="2000"))
    person(acme, "Cleo")
    person(acme, "Dan")
    person(factory.tenant(), "Elsewhere", extension="2001")
    lines = [one for one in ruling.preview(acme, TABLE).lines if one.field == "extension"]
    assert [line.would_be for line in lines] == ["2001", None, None]
    assert all(line.changes for line in lines)


@pytest.mark.parametrize("column", ["extension", "observed", "desired"])
def test_who_has_one_within_the_range_keeps_it(acme: Tenant, column: str) -> None:
    own: dict[str, Any] = {
        "extension": {"extension": "2001"},
        "observed": {"observed": observed(extension="2001")},
        "desired": {"desired": desired(extension="2001")},
    }
    person(acme, "Anna", **own[column])
    person(acme, "Ben")
    lines = [one for one in ruling.preview(acme, TABLE).lines if one.field == "extension"]
    assert [(line.would_be, line.changes) for line in lines] == [("2001", False), ("2000", True)]


def test_an_extension_known_only_as_a_key_is_taken_too(acme: Tenant) -> None:
    person(acme, "Anna")
    person(acme, "Ben", attributes={}, extension="2000")
    lines = [one for one in ruling.preview(acme, TABLE).lines if one.field == "extension"]
    assert [line.would_be for line in lines] == ["2001"]


def test_whom_rules_are_not_for_is_told_with_the_reason(acme: Tenant) -> None:
    admin = person(acme, "Admin", username="acme.admin")
    ProtectedAccount.objects.create(tenant=acme, username="acme.admin", reason="admin")
    robot = person(acme, "Robot", username=factory.login(acme).username)
    gone = person(acme, "Gone", observed=observed(present="", extension="2000"))
    leaver = person(acme, "Leaver", desired=desired(present=False))
    shut = person(acme, "Shut", observed=observed(active="Deactivated"))
    back = person(acme, "Back", desired=desired(active="yes"), observed=observed(active="Inactive"))
    run = ruling.preview(acme, TABLE)
    assert run.left_out == [
        (admin, "protected"),
        (robot, "protected"),
        (gone, "gone or leaving"),
        (leaver, "gone or leaving"),
        (shut, "may not sign in"),
    ]
    # What somebody had who is gone is free again.
    assert [(line.account, line.would_be) for line in run.lines] == [(back, "X2"), (back, "2000")]


def test_the_dry_run_changes_nothing(acme: Tenant) -> None:
    account = person(acme, "Anna")
    ruling.preview(acme, TABLE)
    account.refresh_from_db()
    assert account.desired == {}
    assert not RuleTable.objects.exists()
    assert not LedgerEntry.objects.exists()


# --- Saving ---


def test_a_saved_table_counts_and_stands_in_the_chain(acme: Tenant) -> None:
    person(acme, "Anna")
    assert ruling.current(acme) == (0, ())
    saved = ruling.save(acme, TABLE, by="otto", shown_version=0)
    assert ruling.current(acme) == (1, TABLE)
    assert (saved.version, saved.saved_by) == (1, "otto")
    entry = LedgerEntry.objects.get()
    assert (entry.kind, entry.actor) == ("rules_saved", "otto")
    assert entry.body == {"version": 1, "rules": rules.rows(TABLE)}
    assert verify(acme, None).holds
    assert not Task.objects.exists()  # saving queues nothing


def test_each_save_is_a_version_and_the_newest_counts(acme: Tenant) -> None:
    for version, table in enumerate([TABLE, TABLE[:1], TABLE]):
        ruling.save(acme, table, by="otto", shown_version=version)
    assert ruling.current(acme) == (3, TABLE)
    assert RuleTable.objects.count() == 3


def test_the_same_saved_twice_is_saved_once(acme: Tenant) -> None:
    first = ruling.save(acme, TABLE, by="otto", shown_version=0)
    for shown in (0, 1):
        assert ruling.save(acme, TABLE, by="otto", shown_version=shown) == first
    assert RuleTable.objects.count() == LedgerEntry.objects.count() == 1


def test_nobody_saves_over_a_version_they_have_not_seen(acme: Tenant) -> None:
    ruling.save(acme, TABLE, by="otto", shown_version=0)
    with pytest.raises(StaleRules, match="Version 1 was saved by otto"):
        ruling.save(acme, TABLE[:1], by="oona", shown_version=0)
    assert ruling.current(acme) == (1, TABLE)
    assert LedgerEntry.objects.count() == 1


def test_one_tenants_rules_are_not_anothers(acme: Tenant) -> None:
    ruling.save(acme, TABLE, by="otto", shown_version=0)
    other = factory.tenant()
    assert ruling.current(other) == (0, ())
    assert ruling.save(other, TABLE, by="otto", shown_version=0).version == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_is_told_so() -> None:
    tenant = factory.tenant()
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def press(table: tuple[rules.Rule, ...], by: str) -> None:
        together.wait(timeout=20)
        try:
            outcomes.append(f"version {ruling.save(tenant, table, by=by, shown_version=0).version}")
        except StaleRules:
            outcomes.append("stale")
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=press, args=(TABLE, "otto")),
        threading.Thread(target=press, args=(TABLE[:1], "oona")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == ["stale", "version 1"]
    assert RuleTable.objects.count() == 1
