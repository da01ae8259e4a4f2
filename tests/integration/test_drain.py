"""A quantum: what comes first, when it ends, and that the bell is rung for what is left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from robot import clock, doorbell, drain, leases, worker
from robot.desk import Desk, LoginFailed
from robot.models import ConsoleLogin, Task, Tenant
from robot.policy import QUANTUM_SECONDS, QUANTUM_TASKS
from robot.states import State
from robot.transitions import move
from tests.integration import factory

pytestmark = pytest.mark.django_db


class Clock:
    """Real time, and monotonic() that work can make run."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


class Stage:
    """Attempts and readings that only note their task and end it; `takes`: seconds each."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []
        self.rings: list[float] = []
        self.takes, self.fails, self.clock = 0.0, False, Clock()

    def acts(self, kind: str) -> Any:
        def make(desk: Desk, task: Task) -> Any:
            def play() -> None:
                self.done.append((kind, task.pk))
                self.clock.sleep(self.takes)
                if self.fails:
                    raise LoginFailed("refused", {}, None)
                move(task, State.VERIFIED, actor="w", reason="done", lease_until=None)

            return SimpleNamespace(play=play)

        return make


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    made = Stage()
    monkeypatch.setattr(drain, "Attempt", made.acts("task"))
    monkeypatch.setattr(drain, "Reading", made.acts("reading"))
    # A desk opens its browser when it is first asked for a session, which nobody does here.
    monkeypatch.setattr("robot.desk.shared_host", lambda: None)
    monkeypatch.setattr(doorbell, "ring", lambda after=0.0: made.rings.append(after))
    with clock.install(made.clock):
        yield made


def _tenant(tasks: int = 0) -> Tenant:
    tenant = factory.tenant()
    factory.login(tenant)
    for _ in range(tasks):
        factory.task(factory.account(tenant))
    return tenant


def test_urgent_tasks_come_before_readings_and_these_before_other_tasks(stage: Stage) -> None:
    tenant = _tenant()
    plain = factory.task(factory.account(tenant))
    reading = factory.task(factory.account(tenant), state=State.APPLIED_UNVERIFIED)
    leaver = factory.task(
        factory.account(tenant), "remove_license", State.APPLIED_UNVERIFIED, urgent=True
    )
    urgent = factory.task(factory.account(tenant), "remove_license", urgent=True)
    drain.serve()
    assert stage.done == [
        ("task", urgent.pk),
        ("reading", leaver.pk),
        ("reading", reading.pk),
        ("task", plain.pk),
    ]


def test_a_quantum_ends_after_so_many_tasks_and_rings_for_the_rest(stage: Stage) -> None:
    _tenant(tasks=QUANTUM_TASKS + 2)
    worker.drain()
    assert len(stage.done) == QUANTUM_TASKS
    assert len(stage.rings) == 1
    worker.drain()
    assert len(stage.done) == QUANTUM_TASKS + 2
    assert len(stage.rings) == 1, "nothing is left to ring for"


def test_a_quantum_ends_after_so_many_seconds(stage: Stage) -> None:
    _tenant(tasks=4)
    stage.takes = QUANTUM_SECONDS / 2 + 1
    worker.drain()
    assert len(stage.done) == 2
    assert len(stage.rings) == 1


def test_tenants_are_served_by_turns(stage: Stage) -> None:
    many, few = _tenant(tasks=2 * QUANTUM_TASKS), _tenant(tasks=1)
    for _ in range(3):
        worker.drain()
    tenants = [Task.objects.get(pk=key).tenant_id for _, key in stage.done]
    assert tenants == [many.pk] * QUANTUM_TASKS + [few.pk] + [many.pk] * QUANTUM_TASKS


def test_a_bell_that_finds_every_login_taken_rings_no_other(stage: Stage) -> None:
    tenant = _tenant(tasks=1)
    ConsoleLogin.objects.filter(tenant=tenant).update(lease_until=leases.lease_end())
    worker.drain()
    assert (stage.done, stage.rings) == ([], [])


def test_a_refused_login_ends_the_quantum_and_is_given_back(stage: Stage) -> None:
    tenant = _tenant(tasks=3)
    stage.fails = True
    assert drain.serve() == 0
    assert len(stage.done) == 1
    assert ConsoleLogin.objects.get(tenant=tenant).lease_until is None


def test_a_quantum_ends_when_the_login_was_taken_by_another(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _tenant(tasks=3)
    renewed = iter([True, False])
    monkeypatch.setattr(leases, "renew", lambda login: next(renewed))
    assert drain.serve() == 1
