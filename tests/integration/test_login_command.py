"""manage.py login in a real browser against the sandbox: by flow, by a typed code, by a person."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from robot import clock, leases, vault, window
from robot.models import ConsoleLogin, LedgerEntry, Tenant
from robot.player.browser import find_browser
from robot.processes import ROOT, free_port, write_private
from robot.sandbox import totp
from robot.sandbox.server import Sandbox
from tests.integration.at_window import DEADLINE, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def login(sandbox: Sandbox, tmp_path: Path) -> ConsoleLogin:
    """The first robot login, paused after two refusals, as the desk leaves it."""
    tenant = Tenant.objects.create(
        slug="acme",
        name="Acme Inc.",
        console_origin=sandbox.console_origin,
        billing_origin=sandbox.billing_origin,
        created_at=clock.now(),
    )
    given = sandbox.logins[0]
    for name in ("password", "totp_secret"):
        write_private(tmp_path / name, given[name])
    return ConsoleLogin.objects.create(
        tenant=tenant,
        username=given["username"],
        password_ref=f"file:{tmp_path / 'password'}",
        totp_ref=f"file:{tmp_path / 'totp_secret'}",
        refusals=2,
        paused_reason="refused 2 times",
    )


def run(*argv: str) -> str:
    out = io.StringIO()
    call_command("login", *argv, stdout=out)
    return out.getvalue()


def refusal(*argv: str) -> tuple[int, str]:
    """Exit code and the one line of a command that does not succeed."""
    with pytest.raises(CommandError) as caught:
        run(*argv)
    return caught.value.returncode, str(caught.value)


def sign_ins(sandbox: Sandbox) -> list[Any]:
    """What the sandbox itself knows of sign-ins."""
    return [one for one in sandbox.events() if one["kind"] == "login"]


def assert_signed_in(login: ConsoleLogin, sandbox: Sandbox) -> None:
    """The stored session opens the console, and the pause is lifted."""
    login.refresh_from_db()
    assert (login.paused_reason, login.refusals) == ("", 0)
    assert login.lease_until is None
    state = vault.load_session(login)
    assert state is not None
    assert opens(state, sandbox)
    for cookie in state["cookies"]:
        assert cookie["value"].encode() not in bytes(login.session)


def opens(state: dict[str, Any], sandbox: Sandbox) -> bool:
    """Do these cookies open the users list?"""
    import urllib.request

    cookies = "; ".join(f"{one['name']}={one['value']}" for one in state["cookies"])
    request = urllib.request.Request(
        f"{sandbox.console_origin}/cm-be/users/api/v1/users", headers={"Cookie": cookies}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=DEADLINE) as answer:
        return "content" in json.load(answer)


def ledger_bodies() -> list[dict[str, Any]]:
    return [entry.body for entry in LedgerEntry.objects.filter(kind="login").order_by("pk")]


def test_recorded_flow_signs_in_lifts_the_pause_and_is_told_in_the_ledger(
    login: ConsoleLogin, sandbox: Sandbox
) -> None:
    said = run("acme", login.username.upper())

    assert "is signed in" in said
    assert_signed_in(login, sandbox)
    (body,) = ledger_bodies()
    assert (body["outcome"], body["way"]) == ("signed_in", "flow")
    assert body["lifted_pause"] == "refused 2 times"


def test_wrong_password_exits_one_keeps_the_pause_and_counts(
    login: ConsoleLogin, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("not-the-password-7f3a")

    code, line = refusal("acme", login.username)

    assert code == 1
    assert "was not signed in" in line
    assert "not-the-password-7f3a" not in line
    login.refresh_from_db()
    assert login.refusals == 3
    assert login.paused_reason == "refused 2 times"
    assert (bytes(login.session), login.lease_until) == (b"", None)
    assert [body["outcome"] for body in ledger_bodies()] == ["refused"]


def test_unknown_tenant_login_and_secret_are_wrong_use(login: ConsoleLogin, tmp_path: Path) -> None:
    assert refusal("nobody", login.username) == (2, "No tenant nobody. There are: acme.")
    code, line = refusal("acme", "ghost")
    assert (code, login.username in line) == (2, True)
    (tmp_path / "password").unlink()
    code, line = refusal("acme", login.username)
    assert (code, "gives no secret" in line) == (2, True)


def test_login_that_a_worker_uses_is_left_alone(login: ConsoleLogin, sandbox: Sandbox) -> None:
    ConsoleLogin.objects.filter(pk=login.pk).update(lease_until=leases.lease_end(), worker="w")

    code, line = refusal("acme", login.username)

    assert (code, "at work" in line) == (1, True)
    login.refresh_from_db()
    assert login.worker == "w"
    assert not sign_ins(sandbox)


def test_code_without_a_terminal_is_wrong_use(
    login: ConsoleLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert refusal("acme", login.username, "--code")[0] == 2


def test_code_typed_in_a_terminal_signs_in_and_is_never_echoed(
    login: ConsoleLogin, sandbox: Sandbox, tmp_path: Path
) -> None:
    """A process with a terminal of its own, as a person has one."""
    secret = sandbox.logins[0]["totp_secret"]
    (tmp_path / "totp_secret").unlink()  # only the person has it
    ours, theirs = pty.openpty()
    env = os.environ | {"DATABASE_URL": database_url()}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "login", "acme", login.username, "--code"],
        cwd=ROOT,
        env=env,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        shown = read_until(ours, b"One-time code: ")
        code = totp.code_at(secret, time.time())
        os.write(ours, f"{code}\n".encode())
        shown += read_until(ours, b"stored.")
        assert process.wait(DEADLINE) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert code.encode() not in shown
    assert_signed_in(login, sandbox)
    assert ledger_bodies()[0]["way"] == "code"


def database_url() -> str:
    """This test's own database, for another process."""
    base = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite://{base['NAME']}"
    return (
        f"postgres://{base['USER']}:{base['PASSWORD']}@{base['HOST']}:{base['PORT']}/{base['NAME']}"
    )


def read_until(terminal: int, wanted: bytes) -> bytes:
    """What the terminal shows, up to and with the wanted text."""
    shown, end = b"", time.monotonic() + DEADLINE
    while wanted not in shown:
        assert time.monotonic() < end, shown.decode(errors="replace")
        if select.select([terminal], [], [], 0.2)[0]:
            shown += os.read(terminal, 4096)
    return shown


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """The window is a headless browser here, with a port for the person's hands."""
    chosen = free_port()
    args = ["--no-sandbox", f"--remote-debugging-port={chosen}"]
    monkeypatch.setattr(window, "OPTIONS", {"headless": True, "args": args})
    monkeypatch.setattr(window, "visible_browser", find_browser)
    return chosen


def test_person_signs_in_in_the_window_and_the_session_is_kept(
    login: ConsoleLogin, sandbox: Sandbox, port: int
) -> None:
    person = Person(port, sandbox)
    person.start()

    run("acme", login.username, "--headed")

    person.join(DEADLINE)
    assert not person.is_alive()
    assert person.problem is None
    assert_signed_in(login, sandbox)
    assert ledger_bodies()[0]["way"] == "window"


def test_window_closed_too_early_changes_nothing(
    login: ConsoleLogin, sandbox: Sandbox, port: int
) -> None:
    person = Person(port, sandbox, closes=True)
    person.start()

    code, line = refusal("acme", login.username, "--headed")

    person.join(DEADLINE)
    assert not person.is_alive()
    assert person.problem is None
    assert (code, "window was closed" in line) == (1, True)
    login.refresh_from_db()
    assert (login.paused_reason, bytes(login.session)) == ("refused 2 times", b"")
    assert ledger_bodies() == []


def test_window_needs_a_display(login: ConsoleLogin, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    code, line = refusal("acme", login.username, "--headed")
    assert (code, "no display" in line) == (2, True)
