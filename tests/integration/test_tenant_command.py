"""manage.py tenant says what should be so: twice is once, wrong use changes nothing, no secret passes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from robot import leases
from robot.evidence.verify import verify
from robot.models import ConsoleLogin, LedgerEntry, ProtectedAccount, Tenant
from robot.processes import ROOT

pytestmark = pytest.mark.django_db

ACME = ("set", "acme", "--name", "Acme Inc.", "--console", "https://admin.console.example")
SECRET = "correct-horse-battery"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("tenant", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> tuple[int, str]:
    """Exit code and message of a command that must not come through."""
    with pytest.raises(CommandError) as error:
        run(*arguments)
    return error.value.returncode, str(error.value)


def ledger_kinds() -> list[str]:
    return list(LedgerEntry.objects.order_by("pk").values_list("kind", flat=True))


def secret_file(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text + "\n", encoding="utf-8")
    return f"file:{path}"


def test_a_tenant_is_made_with_all_that_was_given() -> None:
    run(
        *ACME, "--billing", "https://billing.console.example/",
        "--other", "https://login.console.example", "--practice", "acme.practice",
    )  # fmt: skip
    tenant = Tenant.objects.get()
    assert (tenant.slug, tenant.name) == ("acme", "Acme Inc.")
    assert tenant.origins == [
        "https://admin.console.example",
        "https://billing.console.example",
        "https://login.console.example",
    ]
    assert tenant.practice_account == "acme.practice"
    assert verify(tenant, None).holds


def test_the_same_said_twice_changes_nothing(tmp_path: Path) -> None:
    reference = secret_file(tmp_path, "password", SECRET)
    commands = [
        ACME,
        ("login", "acme", "acme.robot", "--password-ref", reference),
        ("protect", "acme", "acme.admin", "--reason", "primary administrator"),
    ]
    for command in commands:
        run(*command)
    before = ledger_kinds()
    said = [run(*command) for command in commands]
    assert all("already" in line for line in said)
    assert before == ledger_kinds() == ["tenant_made", "console_login_set", "protected"]
    assert (Tenant.objects.count(), ConsoleLogin.objects.count()) == (1, 1)


def test_only_what_is_given_changes() -> None:
    run(*ACME, "--billing", "https://billing.console.example", "--practice", "acme.practice")
    assert "practice_account" in run("set", "acme", "--practice", "acme.other")
    tenant = Tenant.objects.get()
    assert tenant.practice_account == "acme.other"
    assert tenant.billing_origin == "https://billing.console.example"
    assert LedgerEntry.objects.latest("pk").body == {"practice_account": "acme.other"}


def test_who_signs_people_out_and_a_leavers_stages_are_the_tenants() -> None:
    run(*ACME)
    tenant = Tenant.objects.get()
    assert (tenant.mode, tenant.free_license_after, tenant.delete_after) == ("alongside", 7, 60)
    run("set", "acme", "--mode", "instead", "--free-license-after", "3", "--delete-after", "90")
    tenant.refresh_from_db()
    assert (tenant.mode, tenant.free_license_after, tenant.delete_after) == ("instead", 3, 90)
    assert refused("set", "acme", "--delete-after", "-1") == (
        2,
        "--delete-after is 0 to 3650 days.",
    )


def test_an_origin_is_kept_as_a_browser_writes_it() -> None:
    run("set", "acme", "--console", "https://Admin.Console.Example:443/")
    assert Tenant.objects.get().console_origin == "https://admin.console.example"


@pytest.mark.parametrize(
    "origin",
    [
        "http://admin.console.example",
        "admin.console.example",
        "https://a.example/users",
        "https://",
    ],
)
def test_an_address_that_is_no_safe_origin_is_refused(origin: str) -> None:
    code, message = refused("set", "acme", "--console", origin)
    assert code == 2
    assert "--console" in message
    assert not Tenant.objects.exists()


def test_a_new_tenant_needs_its_console() -> None:
    code, message = refused("set", "acme", "--name", "Acme Inc.")
    assert code == 2
    assert "--console" in message


def test_a_login_is_kept_by_reference_and_its_own_user_is_protected(tmp_path: Path) -> None:
    run(*ACME)
    password = secret_file(tmp_path, "password", SECRET)
    code = secret_file(tmp_path, "totp", TOTP)
    run("login", "acme", "acme.robot", "--password-ref", password, "--totp-ref", code)
    login = ConsoleLogin.objects.get()
    assert (login.password_ref, login.totp_ref) == (password, code)
    assert leases.is_protected_username(login.tenant, "ACME.ROBOT")


def test_a_login_is_changed_and_not_doubled_by_another_spelling(tmp_path: Path) -> None:
    run(*ACME)
    password = secret_file(tmp_path, "password", SECRET)
    run("login", "acme", "acme.robot", "--password-ref", password)
    other = secret_file(tmp_path, "other", SECRET)
    assert "password_ref" in run("login", "acme", "ACME.Robot", "--password-ref", other)
    assert ConsoleLogin.objects.get().password_ref == other


@pytest.mark.parametrize("given", [SECRET, "env:", "env:NOT A NAME", "file:secrets/password", ""])
def test_what_is_no_reference_is_refused_and_not_repeated(given: str) -> None:
    run(*ACME)
    code, message = refused("login", "acme", "acme.robot", "--password-ref", given)
    assert code == 2
    assert "env:NAME" in message
    assert SECRET not in message
    assert not ConsoleLogin.objects.exists()


def test_a_reference_that_leads_nowhere_yet_is_stored_and_told(tmp_path: Path) -> None:
    run(*ACME)
    nowhere = f"file:{tmp_path / 'nothing'}"
    code, message = refused("login", "acme", "acme.robot", "--password-ref", nowhere)
    assert code == 1
    assert nowhere in message
    assert ConsoleLogin.objects.get().password_ref == nowhere


def test_a_totp_secret_that_is_none_is_told_without_its_text(tmp_path: Path) -> None:
    run(*ACME)
    password = secret_file(tmp_path, "password", SECRET)
    wrong = secret_file(tmp_path, "totp", "123456!")
    code, message = refused(
        "login", "acme", "acme.robot", "--password-ref", password, "--totp-ref", wrong
    )
    assert code == 1
    assert "base32" in message
    assert "123456!" not in message


def test_a_protected_user_is_found_whatever_the_capitals_and_can_be_let_go() -> None:
    run(*ACME)
    tenant = Tenant.objects.get()
    run("protect", "acme", "Acme.Admin", "--reason", "primary administrator")
    assert leases.is_protected_username(tenant, "acme.ADMIN")
    run("protect", "acme", "acme.admin", "--reason", "owner")
    assert ProtectedAccount.objects.get().reason == "owner"
    run("unprotect", "acme", "ACME.admin")
    assert not leases.is_protected_username(tenant, "acme.admin")
    assert ledger_kinds()[1:] == ["protected", "protected", "unprotected"]


def test_the_list_shows_logins_and_protected_users_and_no_reference(tmp_path: Path) -> None:
    run(*ACME, "--practice", "acme.practice")
    reference = secret_file(tmp_path, "password", SECRET)
    run("login", "acme", "acme.robot", "--password-ref", reference)
    run("protect", "acme", "acme.admin", "--reason", "owner")
    listed = run("list")
    for part in ("Acme Inc.", "https://admin.console.example", "acme.practice", "acme.robot"):
        assert part in listed
    assert "acme.admin" in listed
    assert str(tmp_path) not in listed


@pytest.mark.parametrize(
    "arguments",
    [
        ("login", "nobody", "acme.robot", "--password-ref", "env:X"),
        ("protect", "nobody", "acme.admin", "--reason", "owner"),
        ("unprotect", "nobody", "acme.admin"),
    ],
)
def test_an_unknown_tenant_is_wrong_use_and_the_known_ones_are_named(
    arguments: tuple[str, ...],
) -> None:
    run(*ACME)
    code, message = refused(*arguments)
    assert code == 2
    assert "acme" in message


@pytest.mark.parametrize("arguments", [[], ["set"], ["protect", "acme", "acme.admin"]])
def test_wrong_use_ends_with_two(arguments: list[str], settings: Any) -> None:
    command = [sys.executable, "manage.py", "tenant", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
