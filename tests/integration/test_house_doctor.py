"""manage.py doctor: exit codes and what it says to do."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from robot import clock, triggers
from robot.models import ProtectedAccount, Tenant

pytestmark = pytest.mark.django_db


def _broken() -> str:
    """What doctor prints where something is broken."""
    printed = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("doctor", stdout=printed)
    assert caught.value.returncode == 1
    return " ".join(printed.getvalue().split())


def _tenant(origin: str) -> Tenant:
    return Tenant.objects.create(
        slug="acme", name="Acme", console_origin=origin, created_at=clock.now()
    )


def test_where_all_is_well_every_line_says_ok() -> None:
    tenant = _tenant("https://console.example")
    ProtectedAccount.objects.create(tenant=tenant, username="acme.boss", reason="admin")
    printed = StringIO()
    call_command("doctor", stdout=printed)
    lines = [line.split()[:2] for line in printed.getvalue().splitlines() if line.strip()]
    assert {first for first, _ in lines} == {"ok"}
    named = {second for _, second in lines}
    assert {"Python", "browser", "database", "migrations", "broker", "flows", "tenant"} <= named


def test_a_dead_broker_is_named_with_what_to_do(settings: Settings) -> None:
    settings.BROKER_URL = "redis://:canary@127.0.0.1:1/0"
    said = _broken()
    assert "no broker The broker does not answer" in said
    assert "set BROKER_URL" in said
    assert "canary" not in said


def test_a_console_without_https_is_named() -> None:
    _tenant("http://console.example")
    assert "no tenant acme http://console.example is not https" in _broken()


def test_e_mails_that_reach_nobody_are_named(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    settings.NOTIFY_EMAIL = ["night@acme.example"]
    assert "no e-mail NOTIFY_EMAIL gets nothing" in _broken()


def test_a_tenant_that_lists_nobody_as_protected_is_warned_of() -> None:
    _tenant("https://console.example")
    printed = StringIO()
    call_command("doctor", stdout=printed)
    said = " ".join(printed.getvalue().split())
    assert "?? tenant acme Nobody is on its list of protected users." in said
    assert "manage.py tenant protect acme" in said


def test_a_dropped_trigger_is_named() -> None:
    triggers.drop()
    assert "no triggers Missing triggers: robot_" in _broken()


def test_a_browser_that_does_not_start_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    broken = tmp_path_factory.mktemp("browser") / "chromium"
    broken.write_text("#!/bin/sh\nexit 127\n", "utf-8")
    broken.chmod(0o755)
    monkeypatch.setenv("CONSOLE_BROWSER", str(broken))
    assert "no browser" in _broken()
