"""manage.py evidence: check the chains, hand them out, draw a sample for an auditor."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from robot.evidence import chain, export, filecheck
from robot.evidence.verify import Head, Report, verify
from robot.models import Tenant


class Command(BaseCommand):
    """Exit 0: everything holds; 1: something does not, each finding on a line; 2: wrong use."""

    help = "Verify, export or sample the evidence: verify | export TENANT | sample TENANT"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.usage = argparse.SUPPRESS  # wrong use is answered in one line
        actions = parser.add_subparsers(dest="action", required=True, prog="manage.py evidence")

        one = actions.add_parser("verify", usage=argparse.SUPPRESS, help="check every chain")
        one.add_argument("--tenant", metavar="SLUG", help="only this tenant's")
        one.add_argument(
            "--head", metavar="SEQ:HASH", help="printed earlier; must still be in the chain"
        )

        two = actions.add_parser(
            "export", usage=argparse.SUPPRESS, help="write a chain to a folder"
        )
        two.add_argument("tenant", metavar="TENANT")
        two.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")

        three = actions.add_parser(
            "sample", usage=argparse.SUPPRESS, help="verified tasks with their evidence"
        )
        three.add_argument("tenant", metavar="TENANT")
        three.add_argument("--n", type=int, default=25, help="how many tasks")
        three.add_argument("--seed", default="1", help="same seed, same tasks")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "verify":
            self._verify(options["tenant"], options["head"])
        elif options["action"] == "export":
            self._export(_tenant(options["tenant"]), options["out"])
        else:
            self._sample(_tenant(options["tenant"]), options["n"], options["seed"])

    def _verify(self, slug: str | None, head: str | None) -> None:
        known = _head(head) if head else None
        tenants = [_tenant(slug)] if slug else list(Tenant.objects.order_by("slug"))
        if known is not None and len(tenants) != 1:
            raise CommandError("--head belongs to one tenant: add --tenant SLUG", returncode=2)
        if not tenants:
            self.stdout.write("no tenants yet: nothing was ever chained")
        broken = 0
        for tenant in tenants:
            report = verify(tenant, known)
            broken += not report.holds
            self._print(report)
        if not slug:
            beside = list(filecheck.strangers_beside())
            broken += bool(beside)
            self.stdout.writelines(f"evidence store  {finding}\n" for finding in beside)
        if broken:
            raise CommandError("the evidence does not hold; see the lines above", returncode=1)

    def _print(self, report: Report) -> None:
        for finding in report.findings:
            self.stdout.write(f"{report.tenant}  {finding}")
        if report.more:
            self.stdout.write(f"{report.tenant}  and {report.more} more")
        verdict = "holds" if report.holds else "DOES NOT HOLD"
        self.stdout.write(
            f"{report.tenant}  {verdict}: {report.links} links, {report.files} files, "
            f"head {report.head[0]}:{report.head[1]}"
        )

    def _export(self, tenant: Tenant, folder: Path) -> None:
        try:
            done = export.export(tenant, folder)
        except export.ExportError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(
            f"{tenant.slug}  {done.links} links, {done.files} files, "
            f"head {done.head[0]}:{done.head[1]}"
        )
        self.stdout.write(f"check it anywhere: python {folder / 'verify.py'}")

    def _sample(self, tenant: Tenant, size: int, seed: str) -> None:
        if size < 1:
            raise CommandError("--n must be 1 or more", returncode=2)
        total, sampled = export.sample(tenant, size, seed)
        self.stdout.write(
            f"{tenant.slug}: {min(size, total)} of {total} verified tasks, those with the smallest "
            f"sha256 of '{seed}:<task>'"
        )
        for one in sampled:
            task = one.task
            when = chain.utc_text(task.finished_at) if task.finished_at else ""
            self.stdout.write(
                f"task {task.pk}  {task.operation}  {task.account.username}  "
                f"asked by {task.requested_by}  {task.outcome or 'verified'}  {when}"
            )
            for item in one.evidence:
                self.stdout.write(
                    f"    evidence {item.pk}  {item.kind}  {item.step}  "
                    f"{chain.utc_text(item.taken_at)}  {item.sha256}"
                )


def _tenant(slug: str) -> Tenant:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        known = ", ".join(Tenant.objects.order_by("slug").values_list("slug", flat=True)[:10])
        raise CommandError(f"no tenant {slug!r}; there are: {known or 'none'}", returncode=2)
    return tenant


def _head(text: str) -> Head:
    found = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", text)
    if found is None:
        raise CommandError(
            "--head is written SEQ:HASH, as `evidence verify` prints it", returncode=2
        )
    return int(found[1]), found[2]
