"""What begins with a person: protected accounts, and removals beyond the brake."""

from __future__ import annotations

from datetime import timedelta

import pytest

from robot import answers, clock
from robot.models import Account, Doubt, ProtectedAccount, Task
from robot.permits import mismatched, open_permits
from robot.policy import BRAKE, Brake
from robot.states import State
from robot.transitions import move
from tests.integration import factory
from tests.integration.client import JANE, Outsider
from tests.integration.walk import newest

pytestmark = pytest.mark.django_db


def _person(number: int) -> dict[str, str]:
    return {"username": f"acme.p{number}", "email": f"p{number}@acme.example"}


def _leave(one: Outsider, count: int, start: int = 0) -> list[str]:
    """Take the licence of so many people; the states of the tasks."""
    return [one.wish(_person(start + n), remove=["license"])[0]["state"] for n in range(count)]


def test_a_protected_account_is_put_before_a_person_and_never_approved() -> None:
    one = Outsider()
    ProtectedAccount.objects.create(tenant=one.tenant, username=JANE["username"], reason="admin")
    tasks = one.wish({**JANE, "username": "ACME.Jane"}, set={"license": "X2"})
    assert [task["state"] for task in tasks] == ["in_review"]
    doubt = Doubt.objects.get()
    assert doubt.code == "precondition"
    assert "never touches" in doubt.detail["message"]
    assert answers.allowed(doubt) == ("by_hand", "reject")


def test_the_robots_own_account_is_protected() -> None:
    one = Outsider()
    factory.login(one.tenant, "Acme.Robot.One")
    tasks = one.wish({"username": "acme.robot.one", "email": "r@acme.example"}, delete=True)
    assert [task["state"] for task in tasks] == ["in_review", "waiting"]


def test_protection_is_of_one_tenant() -> None:
    ProtectedAccount.objects.create(
        tenant=factory.tenant(), username=JANE["username"], reason="admin"
    )
    assert [task["state"] for task in Outsider().wish(set={"license": "X2"})] == ["queued"]


def test_removals_beyond_the_allowance_wait_for_a_person() -> None:
    one = Outsider()
    assert _leave(one, BRAKE.floor) == ["queued"] * BRAKE.floor
    assert _leave(one, 2, start=50) == ["in_review"] * 2
    doubt = Doubt.objects.earliest("pk")
    assert doubt.code == "removal_brake"
    assert doubt.detail["removals"] == BRAKE.floor + 1
    assert doubt.detail["allowed"] == BRAKE.floor
    one.wish(_person(60), set={"license": "X2"})
    assert newest(one, "assign_license").state == State.QUEUED, "only removals are held"


def test_a_deletion_counts_once_and_only_its_first_half_is_held() -> None:
    one = Outsider()
    for number in range(BRAKE.floor):
        tasks = one.wish(_person(number), delete=True)
        assert [task["state"] for task in tasks] == ["queued", "waiting"]
    tasks = one.wish(_person(99), delete=True)
    assert [task["state"] for task in tasks] == ["in_review", "waiting"]
    assert Doubt.objects.get().task.operation == "remove_license"


def test_an_approved_removal_goes_on_and_its_permit_fits_it() -> None:
    one = Outsider()
    _leave(one, BRAKE.floor + 1)
    doubt = Doubt.objects.get()
    answers.approve(doubt, by="vera", decision="1")
    task = Task.objects.get(pk=doubt.task_id)
    assert task.state == State.QUEUED
    facts = {"parameters": task.parameters, "desired_version": task.desired_version, "seen": {}}
    (permit,) = open_permits(task)
    assert mismatched([permit], facts) == []


def test_the_brake_counts_one_tenant_and_one_day() -> None:
    one, other = Outsider(), Outsider()
    _leave(one, BRAKE.floor)
    assert _leave(other, 1) == ["queued"]
    long_ago = clock.now() - timedelta(hours=BRAKE.hours, minutes=1)
    Task.objects.filter(tenant=one.tenant).update(created_at=long_ago)
    assert _leave(one, 1, start=50) == ["queued"]


def test_a_removal_that_was_called_off_is_not_counted() -> None:
    one = Outsider()
    _leave(one, BRAKE.floor)
    one.wish(_person(0), set={"license": "X2"})
    assert _leave(one, 1, start=50) == ["queued"]
    assert _leave(one, 1, start=60) == ["in_review"]


def test_a_removal_that_a_person_refused_or_that_was_made_is_counted() -> None:
    one = Outsider()
    _leave(one, BRAKE.floor)
    for task in Task.objects.all():
        move(task, State.RUNNING, actor="worker", reason="claimed")
        move(task, State.VERIFIED, actor="worker", reason="already so")
    assert _leave(one, 1, start=50) == ["in_review"]


def _seen(one: Outsider, count: int, *, gone: int = 0) -> None:
    """So many accounts that the robot has read, some of them gone."""
    now = clock.now().isoformat()
    for number in range(count):
        present = "" if number < gone else "yes"
        factory.account(one.tenant, observed={"present": {"value": present, "read_at": now}})


def test_a_larger_tenant_may_remove_a_share_of_those_seen_in_the_console() -> None:
    one = Outsider()
    _seen(one, 160, gone=20)
    assert BRAKE.allowance(140) == 7
    assert _leave(one, 8) == ["queued"] * 7 + ["in_review"]


def test_accounts_that_were_only_asked_about_do_not_raise_the_allowance() -> None:
    one = Outsider()
    for _ in range(140):
        factory.account(one.tenant)
    assert Account.objects.count() == 140
    assert _leave(one, BRAKE.floor + 1)[-1] == "in_review"


@pytest.mark.parametrize(("active", "allowed"), [(0, 5), (100, 5), (119, 5), (120, 6), (1000, 50)])
def test_the_allowance_is_five_or_five_in_a_hundred(active: int, allowed: int) -> None:
    assert Brake().allowance(active) == allowed
