"""manage.py doctor: is everything there that the robot stands on?"""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from rich.console import Console
from rich.table import Table

from robot import probes
from robot.models import Tenant

LEAST_PYTHON = (3, 11)


class Command(BaseCommand):
    """Prints a line for each thing, ok or what to do about it; exit 1 when one is not ok.

    What need not be so, but should be looked at, is marked `??` and leaves the exit code alone.
    """

    help = "Check Python, browser, database, broker, evidence, keys, e-mail, flows and tenants."
    # It says itself, and in one table, what the start checks would stop it with.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        table = Table(show_header=False, box=None, pad_edge=False)
        broken = 0
        for name, ok, text in diagnoses():
            broken += ok is False
            mark = _MARKS[ok]
            table.add_row(mark, name, text)
        console = Console()
        with console.capture() as printed:
            console.print(table)
        self.stdout.write(printed.get())
        if broken:
            raise CommandError(f"{broken} of these must be mended first.", returncode=1)


#: (what, whether it is well or None for a warning, its version or what to do)
Diagnosis = tuple[str, bool | None, str]
_MARKS = {True: "[green]ok[/green]", False: "[red]no[/red]", None: "[yellow]??[/yellow]"}


def diagnoses() -> Iterable[Diagnosis]:
    """One after the other."""
    yield _python()
    yield _browser()
    yield _said("database", lambda: probes.database(connection), connection.vendor)
    migrated = _said("migrations", lambda: probes.migrations(connection), "all applied")
    yield migrated
    if migrated[1]:  # which make the triggers
        yield _said("triggers", probes.triggers, "in place")
    yield _said("broker", lambda: probes.broker(settings.BROKER_URL), "answers")
    yield _said("evidence", lambda: probes.evidence_store(settings.EVIDENCE_STORE), "writable")
    yield _said("FIELD_KEYS", lambda: probes.field_keys(settings.FIELD_KEYS), "valid")
    yield _said("e-mail", probes.mail, "is sent" if settings.NOTIFY_EMAIL else "nobody gets one")
    yield _said("flows", _flows, "all parse")
    yield from _tenants()


def _said(name: str, probe: Callable[[], str | None], well: str) -> Diagnosis:
    try:
        problem = probe()
    except DatabaseError as error:
        problem = f"The database does not answer ({type(error).__name__}). See DATABASE_URL."
    return name, problem is None, problem or well


def _flows() -> str | None:
    return "; ".join([*probes.flows(), *probes.operations_without_flow()]) or None


def _python() -> Diagnosis:
    good = sys.version_info >= LEAST_PYTHON
    return "Python", good, platform.python_version() if good else "3.11 or later is needed"


def _browser() -> Diagnosis:
    from robot.player.browser import find_browser

    if settings.CONSOLE_BROWSER_ENDPOINT:
        return "browser", True, "runs elsewhere (CONSOLE_BROWSER_ENDPOINT)"
    found = find_browser()
    if not found:
        return "browser", False, "None found. Run `make demo` once, or set CONSOLE_BROWSER."
    try:
        asked = subprocess.run(
            [found, "--version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return "browser", False, f"{found} does not start ({type(error).__name__})."
    return "browser", True, f"{asked.stdout.strip()} ({found})"


def _tenants() -> Iterable[Diagnosis]:
    try:
        tenants = list(Tenant.objects.order_by("slug"))
    except DatabaseError:
        return  # said above, by the database or its migrations
    for tenant in tenants:
        problems = [problem for address in tenant.origins if (problem := probes.origin(address))]
        yield f"tenant {tenant.slug}", not problems, "; ".join(problems) or "origins are safe"
        if problem := probes.protected_users(tenant):
            yield f"tenant {tenant.slug}", None, problem
