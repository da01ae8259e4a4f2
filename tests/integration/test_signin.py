"""Signing in: guessing passwords is slow, for one name and from one address, and nobody else waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from reviewqueue import signin
from reviewqueue.models import SignInAttempt
from robot import clock

pytestmark = pytest.mark.django_db

RIGHT = "a long night watch"


@pytest.fixture(autouse=True)
def staff(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for name in ("vera", "otto"):
        User.objects.create_user(name, password=RIGHT, is_staff=True)


def attempt(name: str, password: str = "wrong", **headers: str) -> str:
    """What the page says; empty when it let them in."""
    form = {"username": name, "password": password}
    answer = Client().post(reverse("admin:login"), form, **headers)  # type: ignore[arg-type]
    return "" if answer.status_code == 302 else answer.content.decode()


def test_after_ten_wrong_passwords_not_even_the_right_one_is_taken_for_a_while() -> None:
    for _ in range(signin.MOST_FOR_A_NAME):
        assert "Too many" not in attempt("vera")
    said = attempt("Vera", RIGHT)
    assert "Too many failed attempts to sign in. Try again in 15 minutes" in said
    assert attempt("otto", RIGHT) == "", "nobody else waits"
    SignInAttempt.objects.update(at=clock.now() - timedelta(minutes=16))
    assert attempt("vera", RIGHT) == ""
    assert not SignInAttempt.objects.exists()


def test_refused_attempts_do_not_make_the_wait_longer() -> None:
    for _ in range(signin.MOST_FOR_A_NAME + 5):
        attempt("vera")
    assert SignInAttempt.objects.count() == signin.MOST_FOR_A_NAME


def test_one_address_cannot_go_through_all_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signin, "MOST_FROM_AN_ADDRESS", 5)
    for number in range(5):
        attempt(f"name{number}")
    assert "Too many" in attempt("vera", RIGHT)
    assert attempt("vera", RIGHT, REMOTE_ADDR="192.0.2.7") == ""


def test_behind_a_proxy_the_address_is_what_the_proxy_says_and_nothing_before_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signin, "MOST_FROM_AN_ADDRESS", 2)

    def come(claimed: str, seen: str, name: str) -> str:
        forwarded = {"HTTP_X_FORWARDED_FOR": f"{claimed}, {seen}"}
        return attempt(name, HTTP_X_FORWARDED_PROTO="https", **forwarded)

    settings.HTTPS = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for number in range(2):
        come(f"192.0.2.{number}", "198.51.100.1", f"name{number}")
    assert "Too many" in come("192.0.2.9", "198.51.100.1", "vera")
    assert "Too many" not in come("192.0.2.9", "198.51.100.2", "vera")
    settings.HTTPS = False
    assert "Too many" not in come("192.0.2.9", "198.51.100.1", "vera"), "no proxy: nobody's word"


def test_neither_names_nor_passwords_nor_addresses_are_stored() -> None:
    attempt("canary-name", "canary-password", REMOTE_ADDR="192.0.2.7")
    row = SignInAttempt.objects.values().get()
    assert "canary" not in str(row)
    assert "192.0.2.7" not in str(row)
