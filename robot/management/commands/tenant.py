"""manage.py tenant: the customers of this installation, their robot logins and protected users.

The admin only shows them: whoever may answer a question may not also move a tenant's addresses. Every
command says what should be so and may be repeated; what it changed is in the tenant's ledger. Secrets
are given by reference (`env:NAME`, `file:/PATH`) and never pass through here.
"""

from __future__ import annotations

import re
from argparse import ArgumentParser
from pathlib import PurePosixPath
from typing import Any, NoReturn
from urllib.parse import urlsplit

import pyotp
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug
from django.db import transaction

from robot import clock, probes, types, vault
from robot.models import ConsoleLogin, ProtectedAccount, Tenant
from robot.transitions import ledger

ACTOR = "manage.py tenant"
_LONGEST_NAME = 120
_LONGEST_REASON = 200
_LONGEST_STAGE = 3650
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}
_NAME_OF_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Command(BaseCommand):
    """Exit codes: 0 it is so, 1 stored but a secret cannot be read here, 2 wrong use."""

    help = "Tenants: set SLUG | login SLUG USERNAME | protect SLUG USERNAME | unprotect | list"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        one = verbs.add_parser("set", help="make a tenant, or change what is given of it")
        one.add_argument("tenant", metavar="TENANT", help="short name: letters, digits, - and _")
        one.add_argument("--name", help="as people call it")
        one.add_argument("--console", metavar="ORIGIN", help="https://host of the Admin Console")
        one.add_argument("--billing", metavar="ORIGIN", help="of My 8x8; '' for none")
        one.add_argument(
            "--other", metavar="ORIGIN", action="append",
            help="may be repeated: the login site, servers that pages load from; replaces the list",
        )  # fmt: skip
        one.add_argument(
            "--mode", choices=["alongside", "instead"],
            help="8x8's SCIM signs people in and out, or we do instead",
        )  # fmt: skip
        one.add_argument("--free-license-after", metavar="DAYS", type=int, help="of leaving")
        one.add_argument("--delete-after", metavar="DAYS", type=int, help="of leaving")
        one.add_argument("--practice", metavar="USERNAME", help="the account flows are checked on")
        two = verbs.add_parser("login", help="a robot login, by reference to its secrets")
        two.add_argument("tenant", metavar="TENANT")
        two.add_argument("username", metavar="USERNAME")
        two.add_argument("--password-ref", metavar="REF", help="env:NAME or file:/PATH")
        two.add_argument("--totp-ref", metavar="REF", help="of the base32 TOTP secret; '' for none")
        for verb, text in (("protect", "never touch this user"), ("unprotect", "take that back")):
            other = verbs.add_parser(verb, help=text)
            other.add_argument("tenant", metavar="TENANT")
            other.add_argument("username", metavar="USERNAME")
            if verb == "protect":
                other.add_argument("--reason", required=True)
        verbs.add_parser("list", help="every tenant with its logins and protected users")

    def handle(self, *args: Any, **options: Any) -> None:
        verbs = {
            "set": self._set,
            "login": self._login,
            "protect": self._protect,
            "unprotect": self._unprotect,
            "list": self._list,
        }
        with transaction.atomic():
            missing = verbs[options["verb"]](options)
        if missing:
            raise CommandError(missing, returncode=1)

    def _set(self, options: dict[str, Any]) -> str:
        slug = options["tenant"]
        try:
            validate_slug(slug)
        except ValidationError:
            _wrong(f"{slug!r} is no short name: letters, digits, - and _.")
        wanted = _wanted(options)
        tenant = Tenant.objects.select_for_update(no_key=True).filter(slug=slug).first()
        if tenant is None:
            if "console_origin" not in wanted:
                _wrong(f"There is no tenant {slug} yet: add --console https://HOST to make it.")
            made = {"name": slug, **wanted}
            tenant = Tenant.objects.create(slug=slug, created_at=clock.now(), **made)
            ledger(tenant, "tenant_made", ACTOR, made)
            self.stdout.write(f"made tenant {slug}")
            return ""
        changed = _apply(tenant, wanted)
        if changed:
            ledger(tenant, "tenant_changed", ACTOR, {name: wanted[name] for name in changed})
        self.stdout.write(_told(f"tenant {slug}", changed))
        return ""

    def _login(self, options: dict[str, Any]) -> str:
        tenant, username = _tenant(options["tenant"]), _username(options["username"])
        wanted = {
            f"{name}_ref": _reference(f"--{name}-ref", given, may_be_empty=name == "totp")
            for name in ("password", "totp")
            if (given := options[f"{name}_ref"]) is not None
        }
        logins = ConsoleLogin.objects.filter(tenant=tenant, username__iexact=username)
        login = logins.first()
        if login is None:
            if "password_ref" not in wanted:
                _wrong(f"{tenant.slug} has no login {username} yet: add --password-ref.")
            login = ConsoleLogin.objects.create(tenant=tenant, username=username, **wanted)
            changed = sorted(wanted)
            self.stdout.write(f"made login {username} of {tenant.slug}")
        else:
            changed = _apply(login, wanted)
            self.stdout.write(_told(f"login {login.username} of {tenant.slug}", changed))
        if changed:
            body = {"username": login.username, "changed": changed}
            ledger(tenant, "console_login_set", ACTOR, body)
        return _unreadable(login)

    def _protect(self, options: dict[str, Any]) -> str:
        tenant, username = _tenant(options["tenant"]), _username(options["username"]).lower()
        reason = _text("--reason", options["reason"], _LONGEST_REASON)
        row = ProtectedAccount.objects.filter(tenant=tenant, username=username).first()
        if row is not None and row.reason == reason:
            self.stdout.write(f"{username} of {tenant.slug} is protected already")
            return ""
        ProtectedAccount.objects.update_or_create(
            tenant=tenant, username=username, defaults={"reason": reason}
        )
        ledger(tenant, "protected", ACTOR, {"username": username, "reason": reason})
        self.stdout.write(f"{username} of {tenant.slug} is protected: {reason}")
        return ""

    def _unprotect(self, options: dict[str, Any]) -> str:
        tenant, username = _tenant(options["tenant"]), _username(options["username"]).lower()
        gone, _ = ProtectedAccount.objects.filter(tenant=tenant, username=username).delete()
        if gone:
            ledger(tenant, "unprotected", ACTOR, {"username": username})
        said = "is no longer on the list" if gone else "was not on the list"
        self.stdout.write(f"{username} {said} of {tenant.slug}'s protected users")
        return ""

    def _list(self, options: dict[str, Any]) -> str:
        for tenant in Tenant.objects.order_by("slug"):
            practice = tenant.practice_account or "none"
            self.stdout.write(
                f"{tenant.slug}  {tenant.name}  {' '.join(tenant.origins)}  practice: {practice}"
            )
            for login in tenant.consolelogin_set.order_by("username"):
                code = "with a code" if login.totp_ref else "no code"
                state = f"paused: {login.paused_reason}" if login.paused_reason else "may work"
                self.stdout.write(f"  login      {login.username}  {code}  {state}")
            for row in tenant.protectedaccount_set.order_by("username"):
                self.stdout.write(f"  protected  {row.username}  {row.reason}")
        return ""


def _wrong(message: str) -> NoReturn:
    raise CommandError(message, returncode=2)


def _tenant(slug: str) -> Tenant:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        known = ", ".join(Tenant.objects.order_by("slug").values_list("slug", flat=True))
        _wrong(f"No tenant {slug}. There are: {known or 'none yet'}.")
    return tenant


def _wanted(options: dict[str, Any]) -> dict[str, Any]:
    """The columns that were given, in their stored form."""
    wanted: dict[str, Any] = {}
    if options["name"] is not None:
        wanted["name"] = _text("--name", options["name"], _LONGEST_NAME)
    if options["console"] is not None:
        wanted["console_origin"] = _origin("--console", options["console"])
    if options["billing"] is not None:
        billing = options["billing"].strip()
        wanted["billing_origin"] = _origin("--billing", billing) if billing else ""
    if options["other"] is not None:
        others = [_origin("--other", one) for one in options["other"] if one.strip()]
        wanted["other_origins"] = list(dict.fromkeys(others))
    if options["practice"] is not None:
        wanted["practice_account"] = _username(options["practice"])
    if options["mode"] is not None:
        wanted["mode"] = options["mode"]
    for name in ("free_license_after", "delete_after"):
        if options[name] is not None:
            if not 0 <= options[name] <= _LONGEST_STAGE:
                _wrong(f"--{name.replace('_', '-')} is 0 to {_LONGEST_STAGE} days.")
            wanted[name] = options[name]
    return wanted


def _origin(option: str, given: str) -> str:
    """As a browser writes it: no path, small letters, no port that goes without saying."""
    problem = probes.origin(given.strip())
    if problem:
        _wrong(f"{option}: {problem}")
    parts = urlsplit(given.strip().lower())
    return f"{parts.scheme}://{parts.netloc.removesuffix(_DEFAULT_PORTS[parts.scheme])}"


def _username(given: str) -> str:
    try:
        return types.TYPES["username"].parse(given)
    except types.InvalidValue as error:
        _wrong(f"{error}.")


def _text(option: str, given: str, longest: int) -> str:
    text = given.strip()
    if not 1 <= len(text) <= longest:
        _wrong(f"{option} must have 1 to {longest} characters.")
    return text


def _reference(option: str, given: str, *, may_be_empty: bool) -> str:
    """A reference that could lead somewhere. What is none may be the secret itself: never repeated."""
    kind, _, place = given.partition(":")
    named = kind == "env" and _NAME_OF_VARIABLE.fullmatch(place)
    # A worker may be started in another folder.
    lies = kind == "file" and PurePosixPath(place).is_absolute()
    if not (named or lies or (may_be_empty and not given)) or len(given) > _LONGEST_REASON:
        _wrong(f"{option} is env:NAME or file:/ABSOLUTE/PATH, never the secret itself.")
    return given


def _apply(row: Tenant | ConsoleLogin, wanted: dict[str, Any]) -> list[str]:
    """Store what differs; the names of these columns."""
    changed = sorted(name for name, value in wanted.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, wanted[name])
    if changed:
        row.save(update_fields=changed)
    return changed


def _told(what: str, changed: list[str]) -> str:
    return f"changed {what}: {', '.join(changed)}" if changed else f"{what} is so already"


def _unreadable(login: ConsoleLogin) -> str:
    """What keeps this terminal from reading the login's secrets; "" when nothing does."""
    try:
        vault.resolve(login.password_ref)
        if login.totp_ref:
            pyotp.TOTP(vault.resolve(login.totp_ref).reveal()).byte_secret()
    except vault.SecretMissing as error:
        return f"Stored, but {error}."
    except ValueError:  # told without its text: it may hold the secret
        return f"Stored, but {login.totp_ref} holds no TOTP secret: base32, 112 bits or more."
    return ""
