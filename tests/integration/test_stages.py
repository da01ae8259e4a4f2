"""A leaver's stages: shut out today, licence freed later, deleted later still; undone by coming back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from robot import clock, stages
from robot.models import Account, Departure, LedgerEntry, Task
from robot.states import State
from robot.sweep import sweep
from tests.integration.client import Outsider
from tests.integration.walk import VERIFIED, bring, newest, see

pytestmark = pytest.mark.django_db


class Calendar:
    """Virtual time that only moves when told."""

    def __init__(self) -> None:
        self.at = clock.now()

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def days(self, number: int) -> None:
        self.at += timedelta(days=number)


@pytest.fixture
def calendar() -> Iterator[Calendar]:
    one = Calendar()
    with clock.install(one):
        yield one


@pytest.fixture
def leaver() -> Outsider:
    """Jane, in the console with a licence, whom the directory shuts out; we work instead of SCIM."""
    one = Outsider()
    one.tenant.mode = "instead"
    one.tenant.save()
    one.wish(set={"license": "X2", "cost_center": "Ops"})
    for task in Task.objects.all():
        bring(task, *VERIFIED)
    see(Account.objects.get(), present="yes", active="Active", license="X2", cost_center="Ops")
    one.wish(set={"active": False})
    return one


def _operations(state: State | None = None) -> list[str]:
    rows = Task.objects.exclude(state=State.SUPERSEDED).order_by("pk")
    return [one.operation for one in rows if state is None or one.state == state]


def _shut_out(calendar: Calendar) -> Departure:
    bring(newest_of("deactivate_user"), *VERIFIED)
    see(Account.objects.get(), active="Deactivated")
    return Departure.objects.get()


def newest_of(operation: str) -> Task:
    return Task.objects.filter(operation=operation).latest("pk")


def test_leaving_shuts_out_at_once_and_shows_when_the_rest_is_due(
    calendar: Calendar, leaver: Outsider
) -> None:
    assert _operations(State.QUEUED) == ["deactivate_user"]
    assert newest(leaver, "deactivate_user").urgent
    one = Departure.objects.get()
    assert one.free_at - one.since == timedelta(days=7)
    assert one.delete_at - one.since == timedelta(days=60)
    assert stages.advance() == 0


def test_the_licence_is_freed_on_its_day_by_activating_and_shutting_out_again(
    calendar: Calendar, leaver: Outsider
) -> None:
    _shut_out(calendar)
    calendar.days(6)
    sweep()
    assert Departure.objects.get().freed_at is None
    calendar.days(1)
    sweep()
    planned = ["activate_user", "remove_license", "deactivate_user"]
    assert _operations()[-3:] == planned
    assert stages.advance() == 0, "the same stage twice"
    assert Account.objects.get().desired["license"]["source"] == "stage"


def test_the_user_is_deleted_on_its_day_behind_an_approval(
    calendar: Calendar, leaver: Outsider
) -> None:
    _shut_out(calendar)
    calendar.days(7)
    stages.advance()
    for name in ("activate_user", "remove_license", "deactivate_user"):
        task = newest_of(name)
        bring(task, *([] if task.state == State.QUEUED else [State.QUEUED]), *VERIFIED)
    see(Account.objects.get(), license="", active="Deactivated")
    calendar.days(53)
    stages.advance()
    assert _operations()[-1] == "delete_user"
    assert "delete_user" not in _operations(State.VERIFIED)
    entry = Account.objects.get().desired["present"]
    assert (entry["value"], entry["source"]) == (False, "stage")
    assert stages.advance() == 0


def test_somebody_who_comes_back_is_let_in_and_given_back_what_was_freed(
    calendar: Calendar, leaver: Outsider
) -> None:
    _shut_out(calendar)
    calendar.days(8)
    stages.advance()
    for name in ("activate_user", "remove_license", "deactivate_user"):
        task = newest_of(name)
        bring(task, *([] if task.state == State.QUEUED else [State.QUEUED]), *VERIFIED)
    see(Account.objects.get(), license="", active="Deactivated")
    leaver.wish(set={"active": True})
    assert _operations()[-2:] == ["activate_user", "assign_license"]
    last = newest_of("assign_license")
    assert (last.parameters, last.after) == ({"license": "X2"}, newest_of("activate_user"))
    assert Departure.objects.get().returned_at == calendar.now()
    calendar.days(100)
    assert stages.advance() == 0


def test_what_is_wished_of_somebody_shut_out_is_done_when_they_come_back(
    calendar: Calendar, leaver: Outsider
) -> None:
    _shut_out(calendar)
    assert leaver.wish(set={"job_title": "Director"}) == []
    assert Account.objects.get().desired["job_title"]["value"] == "Director"
    leaver.wish(set={"active": True})
    assert _operations()[-2:] == ["activate_user", "set_profile"]


def test_stopped_stages_wait_until_they_are_let_go_on(calendar: Calendar, leaver: Outsider) -> None:
    one = _shut_out(calendar)
    assert stages.stop(one, by="otto", reason="a law suit")
    assert not stages.stop(one, by="otto", reason="again")
    calendar.days(100)
    assert stages.advance() == 0
    assert "remove_license" not in _operations()
    assert stages.resume(one, by="otto")
    assert stages.advance() == 1
    kinds = LedgerEntry.objects.filter(actor="otto").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["stages_stopped", "stages_resumed"]


def test_stages_are_not_stopped_without_a_reason(calendar: Calendar, leaver: Outsider) -> None:
    with pytest.raises(ValueError, match="Say why"):
        stages.stop(Departure.objects.get(), by="otto", reason=" ")


def test_leaving_twice_is_one_departure(calendar: Calendar, leaver: Outsider) -> None:
    leaver.wish(set={"active": False})
    assert Departure.objects.count() == 1
    assert _operations().count("deactivate_user") == 1


def test_a_stage_that_was_stopped_since_it_was_seen_due_is_left_alone(
    calendar: Calendar, leaver: Outsider
) -> None:
    seen = _shut_out(calendar)
    calendar.days(8)
    assert stages.stop(Departure.objects.get(), by="otto", reason="a law suit")
    assert not stages._advanced(seen)
    assert "remove_license" not in _operations()
