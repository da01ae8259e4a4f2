"""Who may work: leases in the database's time, fairness, protection, pause."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db.models import F

from robot import clock, leases
from robot.models import ConsoleLogin, Pause, ProtectedAccount, Task
from robot.states import State
from tests.integration import factory

pytestmark = pytest.mark.django_db


def test_a_login_is_given_to_one_worker_until_its_lease_ends() -> None:
    tenant = factory.tenant()
    login = factory.login(tenant)
    factory.task(factory.account(tenant))
    taken = leases.claim_login("one")
    assert taken is not None
    assert taken.pk == login.pk
    assert leases.claim_login("two") is None
    past = leases.database_now() - timedelta(seconds=1)
    ConsoleLogin.objects.filter(pk=login.pk).update(lease_until=past)
    again = leases.claim_login("two")
    assert again is not None
    assert again.lease_epoch == taken.lease_epoch + 1
    assert not leases.renew(taken), "the first worker must learn that it lost the login"


def test_the_least_recently_served_login_comes_first_and_urgent_work_before_all() -> None:
    quiet, busy = factory.tenant(), factory.tenant()
    now = clock.now()
    old = factory.login(quiet)
    new = factory.login(busy)
    ConsoleLogin.objects.filter(pk=old.pk).update(last_served_at=now - timedelta(hours=2))
    ConsoleLogin.objects.filter(pk=new.pk).update(last_served_at=now - timedelta(hours=1))
    factory.task(factory.account(quiet))
    urgent = factory.task(factory.account(busy))
    first = leases.claim_login("w")
    assert first is not None
    assert first.pk == old.pk
    leases.release_login(first)
    Task.objects.filter(pk=urgent.pk).update(urgent=True)
    first = leases.claim_login("w")
    assert first is not None
    assert first.pk == new.pk


@pytest.mark.parametrize("whole", [True, False], ids=["all", "tenant"])
def test_nothing_is_claimed_under_a_pause(whole: bool) -> None:
    tenant = factory.tenant()
    login = factory.login(tenant)
    factory.task(factory.account(tenant))
    pause = Pause.objects.create(
        tenant=None if whole else tenant, reason="console moves", by="otto", since=clock.now()
    )
    assert leases.is_paused(tenant)
    assert leases.claim_login("w") is None
    assert leases.claim_task(login, "w") is None
    Pause.objects.filter(pk=pause.pk).update(lifted_at=clock.now())
    assert leases.claim_login("w") is not None


def test_protected_accounts_are_never_claimed() -> None:
    tenant = factory.tenant()
    login = factory.login(tenant, "Acme.Robot.One")
    ProtectedAccount.objects.create(tenant=tenant, username="acme.boss", reason="primary admin")
    factory.task(factory.account(tenant, username="Acme.Boss"))
    factory.task(factory.account(tenant, username="acme.robot.one"))
    assert leases.claim_task(login, "w") is None
    assert leases.is_protected_username(tenant, "ACME.boss")


@pytest.mark.parametrize("state", [State.COMMITTING, State.APPLIED_UNVERIFIED, State.UNKNOWN])
def test_an_account_with_an_unproven_write_is_left_alone(state: State) -> None:
    tenant = factory.tenant()
    login = factory.login(tenant)
    account = factory.account(tenant)
    later = clock.now() + timedelta(hours=1)
    factory.task(account, state=state, due_at=later, intent_at=clock.now())
    factory.task(account, operation="set_cost_center")
    assert leases.claim_task(login, "w") is None


def test_a_reading_is_taken_by_one_worker_and_its_state_stays() -> None:
    tenant = factory.tenant()
    login = factory.login(tenant)
    task = factory.task(factory.account(tenant), state=State.APPLIED_UNVERIFIED)
    taken = leases.claim_read(login, "w")
    assert taken is not None
    assert (taken.pk, taken.state) == (task.pk, State.APPLIED_UNVERIFIED)
    assert leases.claim_read(login, "x") is None


def test_a_heartbeat_fails_once_the_epoch_was_raised() -> None:
    tenant = factory.tenant()
    login = factory.login(tenant)
    factory.task(factory.account(tenant))
    taken = leases.claim_task(login, "w")
    assert taken is not None
    assert leases.renew(login, taken)
    Task.objects.filter(pk=taken.pk).update(lease_epoch=F("lease_epoch") + 1)
    assert not leases.renew(login, taken)


def test_a_worker_is_proved_dead_only_by_its_own_machine() -> None:
    mine = leases.worker_name()
    host, pid, start = mine.rsplit(":", 2)
    assert pid == str(os.getpid())
    assert not leases.proved_dead(mine)
    assert leases.proved_dead(f"{host}:{pid}:{int(start) + 1}"), "the pid was given to another"
    assert not leases.proved_dead(f"elsewhere:{pid}:{start}")


def test_a_queued_task_behind_an_open_one_is_not_claimed() -> None:
    tenant = factory.tenant()
    login = factory.login(tenant)
    account = factory.account(tenant)
    first = factory.task(account, state=State.IN_REVIEW)
    second = factory.task(account, operation="remove_license", after=first)
    assert leases.claim_task(login, "w") is None
    Task.objects.filter(pk=first.pk).update(state=State.REJECTED, finished_at=clock.now())
    taken = leases.claim_task(login, "w")
    assert taken is not None
    assert taken.pk == second.pk


def _named(pid: int) -> str:
    """A worker of that pid on this machine, as it would have named itself."""
    host = leases.worker_name().rsplit(":", 2)[0]
    return f"{host}:{pid}:{leases._stat(pid)[leases._STARTED]}"


def test_a_worker_that_ended_is_dead_before_and_after_its_parent_has_noticed() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        worker = _named(child.pid)
        assert not leases.proved_dead(worker)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert leases._stat(child.pid)[leases._STATE] == "Z"
        assert leases.proved_dead(worker)
    assert leases.proved_dead(worker)


@pytest.mark.parametrize("error", [PermissionError, InterruptedError, OSError])
def test_a_process_that_cannot_be_looked_at_is_not_proved_dead(
    error: type[OSError], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = leases.worker_name()

    def fails(pid: int) -> list[str]:
        raise error

    monkeypatch.setattr(leases, "_stat", fails)
    assert not leases.proved_dead(mine)


@pytest.mark.parametrize(
    ("answer", "dead"), [(None, False), (PermissionError, False), (ProcessLookupError, True)]
)
def test_a_process_that_is_hidden_is_dead_only_if_no_signal_finds_it(
    answer: type[OSError] | None, dead: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = leases.worker_name()

    def hidden(pid: int) -> list[str]:
        raise FileNotFoundError

    def kill(pid: int, number: int) -> None:
        assert number == 0
        if answer is not None:
            raise answer

    monkeypatch.setattr(leases, "_stat", hidden)
    monkeypatch.setattr(os, "kill", kill)
    assert leases.proved_dead(mine) is dead


def test_on_a_system_without_proc_nobody_is_proved_dead() -> None:
    host = leases.worker_name().rsplit(":", 2)[0]
    assert not leases.proved_dead(f"{host}:{os.getpid()}:")


def test_the_database_tells_each_tenant_with_due_work_once_however_much_there_is() -> None:
    quiet, busy = factory.tenant(), factory.tenant()
    for _ in range(3):
        factory.task(factory.account(quiet))
        factory.task(factory.account(busy), urgent=True)
    assert sorted(leases._due()) == [(quiet.pk, False), (busy.pk, True)]
    assert list(leases.due_tenants()) == [busy.pk, quiet.pk]
