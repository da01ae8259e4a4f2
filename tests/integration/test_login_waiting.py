"""manage.py login where the console, or the person, is slow."""

from __future__ import annotations

import getpass
import sys
import time

import pytest
from pytest_django import Settings

from robot import flows_index, leases
from robot.models import ConsoleLogin
from robot.player.load import load_text
from robot.sandbox import totp
from robot.sandbox.server import Sandbox
from tests.browser.site import Site
from tests.integration.test_login_command import login, refusal, run, sandbox
from tests.unit.player.test_login import LOGIN

__all__ = ["login", "sandbox"]  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)


def test_page_that_is_no_login_counts_as_no_refusal(
    login: ConsoleLogin,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flow = load_text(LOGIN, "login")
    monkeypatch.setattr(flows_index, "load", lambda _: flow)
    with Site({"/login": "Back soon"}) as site:
        login.tenant.console_origin = site.origin
        login.tenant.save()
        code, line = refusal("acme", login.username)
    assert (code, "console unavailable" in line) == (1, True)
    login.refresh_from_db()
    assert login.refusals == 2


def test_lease_is_kept_while_the_person_looks_for_the_code(
    login: ConsoleLogin, sandbox: Sandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEASE_SECONDS = 2.0
    held: list[bool] = []

    def typed(_: str) -> str:
        time.sleep(3)
        row = ConsoleLogin.objects.get(pk=login.pk)
        held.append(row.lease_until is not None and row.lease_until > leases.database_now())
        return totp.code_at(sandbox.logins[0]["totp_secret"], time.time())

    monkeypatch.setattr(getpass, "getpass", typed)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    run("acme", login.username, "--code")
    assert held == [True]


def test_code_typed_after_the_lease_was_lost_is_not_used(
    login: ConsoleLogin, sandbox: Sandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEASE_SECONDS = 2.0

    def typed(_: str) -> str:
        ConsoleLogin.objects.filter(pk=login.pk).update(lease_epoch=99, worker="another")
        time.sleep(1)
        return totp.code_at(sandbox.logins[0]["totp_secret"], time.time())

    monkeypatch.setattr(getpass, "getpass", typed)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert refusal("acme", login.username, "--code")[0] == 1
    assert [one for one in sandbox.events() if one["kind"] == "login"] == []
