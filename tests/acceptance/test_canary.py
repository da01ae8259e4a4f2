"""Secrets stay where they are kept: not in the database, the logs, the evidence or a case.

The canaries are the robot's password, its TOTP seed, its API token and the console's session cookie.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from robot import processes, vault
from robot.models import ConsoleLogin, Evidence
from robot.sandbox.people import X2_US
from robot.sandbox.server import Sandbox
from robot.states import State
from tests.acceptance.theatre import Theatre

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


def _database() -> str:
    """Every cell of every table, as text."""
    cells = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names from the database itself
            for row in cursor.fetchall():
                cells += [
                    bytes(cell).decode("latin-1")
                    if isinstance(cell, bytes | memoryview)
                    else str(cell)
                    for cell in row
                ]
    return "\n".join(cells)


def _files(*folders: Path) -> str:
    """All bytes of all files below, as text."""
    return "\n".join(
        path.read_bytes().decode("latin-1")
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "secrets" not in path.parts and path.suffix != ".conf"
    )


def _canaries(theatre: Theatre, sandbox: Sandbox) -> dict[str, str]:
    login = sandbox.logins[0]
    state = vault.load_session(ConsoleLogin.objects.get())
    assert state is not None
    cookies = {f"cookie {c['name']}": c["value"] for c in state["cookies"]}
    assert cookies, "signed in without a cookie?"
    return {
        "password": login["password"],
        "totp seed": login["totp_secret"],
        "api token": theatre.token,
        **cookies,
    }


def test_no_canary_is_anywhere_after_a_day_of_work(theatre: Theatre, sandbox: Sandbox) -> None:
    theatre.worker()
    person = theatre.user("contact")
    keys = {"username": person["username"], "email": person["email"]}
    [task] = theatre.ask(keys, set={"license": X2_US})
    [task] = theatre.settled([task])
    assert task.state == State.VERIFIED, theatre.report()
    evidence = Path(urlsplit(settings.EVIDENCE_STORE).path)
    kept = _database() + _files(theatre.folder / "logs", evidence)
    assert person["username"] in kept, "the search itself must be able to find something"
    found = [name for name, value in _canaries(theatre, sandbox).items() if value in kept]
    assert found == []


@pytest.mark.long
def test_a_refused_login_shows_its_secret_to_nobody(theatre: Theatre, sandbox: Sandbox) -> None:
    canary = "Canary-7f3a91c2d4"
    login = ConsoleLogin.objects.get()
    processes.write_private(Path(login.password_ref.removeprefix("file:")), canary)
    theatre.worker()
    person = theatre.user("contact")
    keys = {"username": person["username"], "email": person["email"]}
    [task] = theatre.ask(keys, set={"license": X2_US})
    [task] = theatre.settled([task])
    assert [doubt.code for doubt in task.doubts.all()] == ["login_challenge"], theatre.report()
    evidence = Path(urlsplit(settings.EVIDENCE_STORE).path)
    assert canary not in _database() + _files(theatre.folder / "logs", evidence)
    typed = [row.meta.get("url", "") for row in Evidence.objects.exclude(kind="unavailable")]
    assert not [url for url in typed if "login" in url], "no picture of a page with a typed secret"
    login.refresh_from_db()
    assert login.paused_reason, "two refusals pause the login before the console locks it out"
    refused = [event for event in sandbox.events() if event["kind"] == "sign_in"]
    assert len(refused) == 2, refused
