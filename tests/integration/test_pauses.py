"""One open pause of a tenant and one of all, whoever presses when; kept by the database."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.db.migrations.executor import MigrationExecutor

from reviewqueue import errors, pauses
from robot import clock, leases
from robot.models import LedgerEntry, Pause, Tenant
from tests.integration import factory, queue

pytestmark = pytest.mark.django_db(transaction=True)


def _open(tenant: Tenant | None, minutes: int = 0) -> Pause:
    since = clock.now() - timedelta(minutes=minutes)
    return Pause.objects.create(tenant=tenant, reason="r", by="otto", since=since)


@pytest.mark.parametrize("whole", [True, False], ids=["all", "tenant"])
def test_a_second_open_pause_is_refused_by_the_database(whole: bool) -> None:
    tenant, other = factory.tenant(), factory.tenant()
    held = None if whole else tenant
    first = _open(held)
    _open(other)
    with pytest.raises(IntegrityError):
        _open(held)
    pauses.lift(first, queue.user("otto"))
    _open(held)


def test_two_who_press_at_once_make_one_pause_and_one_lift_ends_it() -> None:
    tenant, otto = factory.tenant(), queue.user("otto")
    start, told = threading.Barrier(2), list[str]()

    def press() -> None:
        try:
            start.wait(timeout=60)
            pauses.pause(tenant, otto, "Console update")
            told.append("paused")
        except errors.NotAllowed as error:
            told.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(told) == sorted(["paused", f"The robot is paused for {tenant} already."])
    assert LedgerEntry.objects.filter(kind="paused").count() == 1
    pauses.lift(Pause.objects.get(), otto)
    assert not leases.is_paused(tenant)


def test_pauses_that_were_open_twice_are_brought_down_to_the_first() -> None:
    earlier = [("robot", "0002_task_one_form_at_a_time_where_the_console_suggests")]
    executor = MigrationExecutor(connection)
    executor.migrate(earlier)
    # The rows as they were then: the models of today may have columns more.
    then = executor.loader.project_state(earlier).apps
    now = clock.now()
    try:
        tenants = [
            then.get_model("robot", "Tenant").objects.create(slug=slug, name=slug, created_at=now)
            for slug in ("one", "two")
        ]
        pauses = then.get_model("robot", "Pause").objects

        def opened(tenant: object, minutes: int) -> int:
            since = now - timedelta(minutes=minutes)
            made = pauses.create(tenant=tenant, reason="r", by="otto", since=since)
            return int(made.pk)

        kept = [opened(one, 9) for one in (*tenants, None)]
        later = [opened(one, 3) for one in (tenants[0], None)]
    finally:
        onwards = MigrationExecutor(connection)
        onwards.migrate(onwards.loader.graph.leaf_nodes())
    assert set(Pause.objects.filter(lifted_at=None).values_list("pk", flat=True)) == set(kept)
    for pause in Pause.objects.filter(pk__in=later):
        assert (pause.lifted_at, pause.lifted_by) == (pause.since, "switchboard")
