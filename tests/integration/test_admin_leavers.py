"""The page of a leaver: dates for everybody, the stop for operators only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from robot import clock
from robot.models import Departure
from tests.integration import factory, queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def leaver() -> Departure:
    now = clock.now()
    return Departure.objects.create(
        account=factory.account(factory.tenant(), full_name="Anna Berg"),
        since=now,
        free_at=now + timedelta(days=7),
        delete_at=now + timedelta(days=60),
    )


def _as(name: str) -> Client:
    made = Client()
    made.force_login(queue.user(name))
    return made


def _post(name: str, verb: str, leaver: Departure, **data: str) -> int:
    address = reverse(f"admin:robot_departure_{verb}", args=[leaver.pk])
    status = _as(name).post(address, data).status_code
    leaver.refresh_from_db()
    return status


def test_everybody_sees_the_dates_and_only_an_operator_the_stop(leaver: Departure) -> None:
    address = reverse("admin:robot_departure_change", args=[leaver.pk])
    for name in ("vera", "ada", "otto"):
        page = _as(name).get(address).content.decode()
        assert "Anna Berg left on" in page
        assert f"due {leaver.free_at:%-d %b %Y}" in page
        assert ("Stop the stages" in page) == (name == "otto")
    rows = _as("vera").get(reverse("admin:robot_departure_changelist")).content.decode()
    assert "Anna Berg" in rows
    assert "shut out" in rows


def test_an_operator_stops_the_stages_and_lets_them_go_on(leaver: Departure) -> None:
    assert _post("otto", "stop", leaver, reason="a law suit") == 302
    assert (leaver.stopped_by, leaver.stop_reason) == ("otto", "a law suit")
    page = _as("otto").get(reverse("admin:robot_departure_change", args=[leaver.pk]))
    assert "Let the stages go on" in page.content.decode()
    assert _post("otto", "resume", leaver) == 302
    assert leaver.stopped_at is None


@pytest.mark.parametrize("name", ["vera", "ada"])
@pytest.mark.parametrize("verb", ["stop", "resume"])
def test_nobody_else_may(leaver: Departure, name: str, verb: str) -> None:
    assert _post(name, verb, leaver, reason="because") == 403
    assert leaver.stopped_at is None


def test_without_a_reason_nothing_is_stopped(leaver: Departure) -> None:
    assert _post("otto", "stop", leaver, reason=" ") == 302
    assert leaver.stopped_at is None


def test_a_page_that_is_only_looked_at_stops_nothing(leaver: Departure) -> None:
    address = reverse("admin:robot_departure_stop", args=[leaver.pk])
    assert _as("otto").get(address).status_code == 405
