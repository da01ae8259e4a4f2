"""manage.py rules: a tenant's rule table, and who would get what by another one before it is saved."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError

from robot import rules_text
from robot.intake import ruling
from robot.intake.ruling import DryRun, Line
from robot.models import Account, Tenant
from robot.rules import FIELDS, Rule, WrongRules

ACTOR = "manage.py rules"


class Command(BaseCommand):
    """Exit codes: 0 done, 1 not saved since somebody else saved meanwhile, 2 wrong use or file."""

    help = (
        "Print a tenant's rules; with --file, who would get what by those; with --save, save them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant", metavar="TENANT")
        parser.add_argument("--file", metavar="FILE", help="YAML, as this command prints it")
        parser.add_argument("--save", action="store_true", help="save them after the dry run")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            known = ", ".join(Tenant.objects.order_by("slug").values_list("slug", flat=True))
            _wrong(f"No tenant {options['tenant']}. There are: {known or 'none yet'}.")
        if not options["file"]:
            if options["save"]:
                _wrong("--save needs --file: what is to be saved?")
            self._print(tenant)
            return
        table = _read(options["file"])
        version, _ = ruling.current(tenant)
        self._dry_run(ruling.preview(tenant, table), table)
        if options["save"]:
            self._save(tenant, table, version)

    def _print(self, tenant: Tenant) -> None:
        saved = ruling.newest(tenant)
        if saved is None:
            self.stdout.write(f"# {tenant.slug} has no rules yet")
            return
        _, table = ruling.current(tenant)
        when = f"{saved.saved_at:%Y-%m-%d %H:%M} UTC"
        self.stdout.write(
            f"# rules of {tenant.slug}, version {saved.version}, by {saved.saved_by}, {when}"
        )
        self.stdout.write(rules_text.write(table), ending="")

    def _dry_run(self, run: DryRun, table: tuple[Rule, ...]) -> None:
        for line in run.lines:
            self.stdout.write(f"{_who(line.account)}  {_told(line)}  rule {line.rule}")
        for account in run.unmatched:
            self.stdout.write(f"{_who(account)}  matches no rule")
        for account, reason in run.left_out:
            self.stdout.write(f"{_who(account)}  left out: {reason}")
        self.stdout.write("")
        changes = Counter(line.field for line in run.lines if line.changes)
        so = Counter(line.field for line in run.lines if not line.changes)
        for name in FIELDS:
            if changes[name] or so[name]:
                self.stdout.write(
                    f"{name:13} {changes[name]:5} would change  {so[name]:5} so already"
                )
        used = {line.rule for line in run.lines}
        idle = [str(rule.position) for rule in table if rule.position not in used]
        if idle:
            self.stdout.write(f"rules that give nobody anything: {', '.join(idle)}")
        people = len({line.account.pk for line in run.lines})
        self.stdout.write(
            f"{people} people get something, {len(run.unmatched)} match no rule, "
            f"{len(run.left_out)} are left out"
        )

    def _save(self, tenant: Tenant, table: tuple[Rule, ...], version: int) -> None:
        try:
            saved = ruling.save(tenant, table, by=ACTOR, shown_version=version)
        except ruling.StaleRules as error:
            raise CommandError(f"Not saved. {error}", returncode=1) from error
        was = "saved as" if saved.version > version else "so already, as"
        self.stdout.write(f"{was} version {saved.version}")


def _wrong(message: str) -> NoReturn:
    raise CommandError(message, returncode=2)


def _read(name: str) -> tuple[Rule, ...]:
    try:
        return rules_text.read(Path(name).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        _wrong(f"{name} cannot be read: {reason}.")
    except WrongRules as error:
        _wrong(f"{name}: {error}")


def _who(account: Account) -> str:
    keys = [account.full_name, account.username or account.email]
    return "  ".join(key for key in keys if key) or f"account {account.pk}"


def _told(line: Line) -> str:
    now = "not known" if line.now is None else line.now or "none"
    if line.would_be is None:
        return f"{line.field}: {now} -> no free one left in the range"
    return f"{line.field}: {now} -> {line.would_be}" if line.changes else f"{line.field}: {now}"
