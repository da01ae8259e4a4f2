"""Who may do what is changed at the server alone."""

from __future__ import annotations

import io

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command

from reviewqueue import groups
from tests.integration import queue

pytestmark = pytest.mark.django_db


def test_the_groups_are_there_after_migrate_with_exactly_their_permissions() -> None:
    extras = {}
    for name in groups.GROUPS:
        codes = Group.objects.get(name=name).permissions.values_list("codename", flat=True)
        extras[name] = {code for code in codes if not code.startswith("view_")}
    assert extras == {"reviewer": {"decide_case"}, "operator": {"pause_robot"}, "auditor": set()}


def test_a_permission_slipped_into_a_group_is_gone_after_the_next_migrate() -> None:
    reviewer, auditor = Group.objects.get(name="reviewer"), Group.objects.get(name="auditor")
    auditor.permissions.set(reviewer.permissions.all())
    groups.make()
    assert not auditor.permissions.filter(codename="decide_case").exists()


def test_somebody_new_signs_in_with_a_typed_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long night watch\n"))
    call_command("staff", "mona", group=["reviewer"], email="mona@acme.example")
    mona = User.objects.get(username="mona")
    assert mona.is_staff
    assert mona.check_password("a long night watch")
    assert groups.may_decide(mona)
    assert not groups.may_pause(mona)


def test_a_weak_password_makes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    with pytest.raises(CommandError) as refused:
        call_command("staff", "mona", group=["reviewer"])
    assert refused.value.returncode == 2
    assert not User.objects.filter(username="mona").exists()


def test_another_group_replaces_the_one_before() -> None:
    vera = queue.user("vera")
    call_command("staff", "vera", group=["operator"])
    assert not groups.may_decide(vera)
    assert groups.may_pause(vera)


def test_who_is_switched_off_may_nothing() -> None:
    queue.user("vera")
    call_command("staff", "vera", off=True)
    assert not groups.may_decide(User.objects.get(username="vera"))


@pytest.mark.parametrize("options", [{}, {"off": True}])
def test_wrong_use_says_what_is_missing(options: dict[str, bool]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("staff", "nobody", **options)
    assert refused.value.returncode == 2


def test_the_list_names_everybody_and_their_groups() -> None:
    for name in ("vera", "nora"):
        queue.user(name)
    out = io.StringIO()
    call_command("staff", stdout=out)
    assert out.getvalue().splitlines() == ["nora: no group", "vera: reviewer"]
