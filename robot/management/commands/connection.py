"""manage.py connection: make, list and revoke the tokens of the tasks API."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug

from robot import clock
from robot.intake import tokens
from robot.models import Connection, Tenant

#: A task keeps the connection's slug as its source, which has so many characters.
_LONGEST = 40
_ACTOR = "manage.py connection"


class Command(BaseCommand):
    """Exit codes: 0 done, 2 wrong use."""

    help = "Make, list or revoke connections: the tokens with which others queue tasks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make one and print its token, once")
        create.add_argument("tenant", metavar="TENANT")
        create.add_argument("--slug", required=True, help="its name in ledger and tasks")
        create.add_argument(
            "--scope", action="append", choices=tokens.SCOPES, required=True, dest="scopes",
            help="may be repeated: read answers, queue changes, remove licences and users",
        )  # fmt: skip
        create.add_argument("--days", type=int, help="the token ends after so many days")
        create.add_argument(
            "--observe", action="store_true", help="it may read, whatever its scopes"
        )
        revoke = verbs.add_parser("revoke", help="make its token useless for good")
        revoke.add_argument("slug", metavar="SLUG")
        verbs.add_parser("list", help="every connection, without its token")

    def handle(self, *args: Any, **options: Any) -> None:
        verb = {"create": self._create, "revoke": self._revoke, "list": self._list}[options["verb"]]
        verb(options)

    def _create(self, options: dict[str, Any]) -> None:
        slug, days = options["slug"], options["days"]
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            known = ", ".join(Tenant.objects.order_by("slug").values_list("slug", flat=True))
            _wrong(f"No tenant {options['tenant']}. There are: {known or 'none yet'}.")
        try:
            validate_slug(slug)
        except ValidationError:
            slug = ""
        if not slug or len(slug) > _LONGEST:
            _wrong(f"--slug has letters, digits, - and _, at most {_LONGEST}.")
        if Connection.objects.filter(slug=slug).exists():
            _wrong(f"There is a connection {slug} already; revoked ones keep their name.")
        if days is not None and not 1 <= days <= 3650:
            _wrong("--days must be 1 to 3650.")
        _, token = tokens.create(
            tenant,
            slug,
            options["scopes"],
            expires_at=None if days is None else clock.now() + timedelta(days=days),
            mode="observe" if options["observe"] else "armed",
            actor=_ACTOR,
        )
        self.stderr.write("Keep this token now; it is not shown again.")
        self.stdout.write(token)

    def _revoke(self, options: dict[str, Any]) -> None:
        connection = Connection.objects.filter(slug=options["slug"]).first()
        if connection is None:
            _wrong(f"No connection {options['slug']}. See manage.py connection list.")
        tokens.revoke(connection, actor=_ACTOR)
        self.stdout.write(f"{connection.slug} is revoked.")

    def _list(self, options: dict[str, Any]) -> None:
        for one in Connection.objects.select_related("tenant").order_by("tenant__slug", "slug"):
            ends = f"until {one.expires_at:%Y-%m-%d}" if one.expires_at else "no end"
            used = f"used {one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "never used"
            state = ends if one.token_hash else "revoked"
            scopes = ",".join(one.scopes)
            self.stdout.write(
                f"{one.tenant.slug}  {one.slug}  {scopes}  {one.mode}  {state}  {used}"
            )


def _wrong(message: str) -> NoReturn:
    raise CommandError(message, returncode=2)
