"""What the verbs of `manage.py flow` share: arguments, whom they may touch, how failures are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

from celery import current_app
from django.core.management.base import CommandError

from robot import clock, flows_index
from robot.desk import LoginFailed
from robot.intake import tokens
from robot.management import flow_live
from robot.models import Account, Connection, ConsoleLogin, Tenant
from robot.player.errors import FlowError, PlayerError
from robot.player.flow import Flow
from robot.player.recording import RecordingError


def wrong(message: str) -> NoReturn:
    """End with exit code 2 and this line."""
    raise CommandError(message, returncode=2)


def the_tenant(slug: str) -> Tenant:
    """The tenant of that slug, or wrong use."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        known = ", ".join(Tenant.objects.order_by("slug").values_list("slug", flat=True))
        wrong(f"No tenant {slug}. There are: {known or 'none yet'}.")
    return tenant


def the_flow(name: str) -> Flow:
    """The flow of that name, or wrong use; exit code 1 when its file is wrong."""
    try:
        return flows_index.load(name)
    except KeyError as error:
        wrong(f"{error.args[0]}.")
    except FlowError as error:
        raise CommandError(str(error), returncode=1) from error


def pairs(given: list[str]) -> dict[str, str]:
    """NAME=VALUE arguments as a mapping."""
    found = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign or not name:
            wrong(f"{one!r} is not NAME=VALUE.")
        found[name] = value
    return found


def only_practice(tenant: Tenant, username: str, *, said: bool) -> None:
    """Refuse any account but the practice account, unless it was said in so many words."""
    if not username:
        wrong(
            "Name the account: --param username=... and --param email=... of the practice account."
        )
    if username.lower() != tenant.practice_account.lower() and not said:
        known = tenant.practice_account or "none is set for this tenant"
        wrong(f"Only on the practice account ({known}); else add --yes-this-account.")


def practice(tenant: Tenant, options: dict[str, Any]) -> dict[str, str]:
    """Parameters of the account that is checked: keys given, keys known, and what was set."""
    given = pairs(options["set"])
    username = given.get("username", options["username"] or tenant.practice_account)
    only_practice(tenant, username, said=options["yes_this_account"])
    account = Account.objects.filter(tenant=tenant, username=username.lower()).first()
    email = given.get("email", options["email"] or (account.email if account else ""))
    if not email:
        wrong("Two keys prove who it is: add --email of the account.")
    return {**given, "username": username, "email": email}


def by_hand(tenant: Tenant) -> Connection:
    """The connection of wishes made at the terminal; its token is thrown away and never valid."""
    slug = f"{tenant.slug}-by-hand"[:40]
    known = Connection.objects.filter(tenant=tenant, slug=slug).first()
    if known is not None:
        return known
    made, _ = tokens.create(tenant, slug, ["queue", "remove"], expires_at=clock.now())
    return made


@contextmanager
def held_login(tenant: Tenant) -> Iterator[ConsoleLogin]:
    """A login of the tenant under its lease; that none is free is wrong use."""
    with ExitStack() as stack:
        try:
            login = stack.enter_context(flow_live.held_login(tenant))
        except flow_live.NoLogin as error:
            wrong(f"{error}.")
        yield login


@contextmanager
def told() -> Iterator[None]:
    """What the console or the browser does wrong, as one line and exit code 1."""
    try:
        yield
    except LoginFailed as error:
        message = f"The console did not let the login in: {error.reason}."
        raise CommandError(message, returncode=1) from error
    except RecordingError as error:
        raise CommandError(f"{error}.", returncode=1) from error
    except PlayerError as error:
        raise CommandError(f"The browser did not come through: {error}.", returncode=1) from error


def worker_answers() -> bool:
    """Whether any worker hears the broker within a second."""
    try:
        return bool(current_app.control.ping(timeout=1.0))
    except Exception:  # noqa: BLE001 - a broker that is away, in whatever way, has no worker behind it
        return False
