"""manage.py login: sign a console login in by hand or by its recorded flow, and keep the session.

For a login that was paused, or whose console asks for what no flow can give: SSO, a challenge, a code
sent to a person. What is typed is never stored, shown or logged; only the browser's cookies are kept,
encrypted. While it runs no worker uses the login.
"""

from __future__ import annotations

import getpass
import queue
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import F, Q

from robot import clock, doorbell, flows_index, leases, vault
from robot.management.keeping import kept
from robot.models import ConsoleLogin, Tenant
from robot.player import events as ev
from robot.player.bridge import drive
from robot.player.browser import find_browser
from robot.player.errors import Aborted, PlayerError
from robot.player.host import BrowserHost
from robot.player.origins import Origins
from robot.player.play import login as login_events
from robot.player.pulse import Pulse
from robot.player.secret import Secret
from robot.policy import LOGIN_REFUSALS
from robot.transitions import ledger
from robot.window import NoWindow, sign_in_by_hand

ACTOR = "manage.py login"
#: Seconds a person has to type a code, and to sign in in the browser's window.
_CODE_WITHIN = 300.0
_WINDOW_WITHIN = 900.0
#: Seconds between two renewals of the login's lease while a person types.
_BEAT = 1.0


class Refused(Exception):
    """The console did not let the login in; the message is safe to show."""


class Command(BaseCommand):
    """Exit codes: 0 signed in, 1 not signed in, 2 wrong use or settings."""

    help = "Sign a console login in and store its session, encrypted; lifts its pause."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant", metavar="TENANT")
        parser.add_argument("username", metavar="USERNAME", help="of the console login")
        way = parser.add_mutually_exclusive_group()
        way.add_argument(
            "--headed", action="store_true", help="sign in yourself in a browser window"
        )
        way.add_argument("--code", action="store_true", help="ask here for the one-time code")

    def handle(self, *args: Any, **options: Any) -> None:
        login = _known(options["tenant"], options["username"])
        if options["code"] and not sys.stdin.isatty():
            _wrong("--code asks in a terminal, and this is none")
        _claim(login)
        way = "window" if options["headed"] else "code" if options["code"] else "flow"
        try:
            state = _by_hand(login) if way == "window" else _by_flow(login, ask=options["code"])
        except (vault.SecretMissing, NoWindow) as error:
            raise CommandError(str(error), returncode=2) from error
        except (Refused, PlayerError) as error:
            raise CommandError(f"{login} was not signed in: {error}", returncode=1) from error
        except KeyboardInterrupt:
            raise CommandError(f"{login} was not signed in: stopped", returncode=1) from None
        else:
            _keep(login, state, way)
        finally:
            leases.release_login(login)
        self.stdout.write(f"{login} is signed in at {login.tenant}; the session is stored.")


def _wrong(message: str) -> None:
    raise CommandError(message, returncode=2)


def _known(slug: str, username: str) -> ConsoleLogin:
    """The login, or one line that names those there are."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        known = ", ".join(Tenant.objects.order_by("slug").values_list("slug", flat=True))
        raise CommandError(f"No tenant {slug}. There are: {known or 'none yet'}.", returncode=2)
    logins = ConsoleLogin.objects.filter(tenant=tenant)
    login = logins.filter(username__iexact=username).select_related("tenant").first()
    if login is None:
        known = ", ".join(logins.order_by("username").values_list("username", flat=True))
        raise CommandError(
            f"{slug} has no console login {username}. There are: {known or 'none yet'}.",
            returncode=2,
        )
    return login


def _claim(login: ConsoleLogin) -> None:
    """Take the login's lease, paused or not. One session at a time: the console ends the other."""
    free = Q(lease_until=None) | Q(lease_until__lt=leases.database_now())
    rows = ConsoleLogin.objects.filter(free, pk=login.pk, lease_epoch=login.lease_epoch)
    taken = rows.update(
        lease_epoch=F("lease_epoch") + 1,
        lease_until=leases.lease_end(),
        worker=leases.worker_name(),
    )
    if not taken:
        message = f"{login} is at work just now; pause the tenant or try again in a minute."
        raise CommandError(message, returncode=1)
    login.refresh_from_db()


def _origins(tenant: Tenant) -> Origins:
    billing = tenant.billing_origin.rstrip("/")
    return Origins(tenant.console_origin.rstrip("/"), billing, tuple(tenant.other_origins))


def _by_flow(login: ConsoleLogin, *, ask: bool) -> dict[str, Any]:
    """Play the recorded login flow; the cookies. Raises Refused, SecretMissing, PlayerError."""
    flow, origins = flows_index.load("login"), _origins(login.tenant)
    if find_browser() is None:
        _wrong("no browser: set CONSOLE_BROWSER to the path of a Chromium")
    prompt, pulse = _Prompt(), Pulse()
    secrets: Mapping[str, Callable[[], Secret]]
    if ask:
        username, password = Secret(login.username), vault.resolve(login.password_ref)
        prompt.pulse = pulse
        secrets = {"username": lambda: username, "password": lambda: password, "totp": prompt}
    else:
        secrets = vault.secrets_of(login)
    refusal = "the login flow ended early"
    host = BrowserHost()
    try:
        with (
            host.open_session(None, login.tenant.origins) as session,
            drive(
                host,
                lambda: login_events(
                    flow, session.driver, origins=origins, secrets=secrets, pulse=pulse
                ),
                pulse,
            ) as bridge,
            kept(login) as lost,
        ):
            try:
                for event in bridge:
                    match event:
                        case None:
                            prompt.answer_if_asked(lost)
                            if lost.is_set() or not bridge.deadline_holds():
                                bridge.abort("the login's lease was lost, or a step hung")
                        case ev.SignedIn():
                            return event.state
                        case ev.Doubtful():
                            if event.code != "console_unavailable":
                                _count_refusal(login)
                            said = event.detail.get("message", "")
                            refusal = f"{event.code.replace('_', ' ')} ({event.step}): {said}"
                        case ev.Transient():
                            refusal = event.reason
                        case _:
                            pass
            finally:
                prompt.give_up()
    finally:
        host.stop()
    raise Refused(refusal)


class _Prompt:
    """A code asked for in the browser's thread and typed in the main thread's terminal."""

    def __init__(self) -> None:
        self.pulse = Pulse()
        self._wanted = Event()
        self._given: queue.SimpleQueue[Secret | None] = queue.SimpleQueue()

    def __call__(self) -> Secret:
        """In the browser's thread, when the flow has come to the code's field. Raises Aborted."""
        self.pulse.allow(_CODE_WITHIN)
        self._wanted.set()
        given = self._given.get()
        if given is None:
            raise Aborted("no code was given")
        return given

    def answer_if_asked(self, lost: Event) -> None:
        """In the main thread: ask the person, without echo. A code typed after the loss is dropped."""
        if self._wanted.is_set():
            self._wanted.clear()
            code = Secret(getpass.getpass("One-time code: ").strip())
            self._given.put(None if lost.is_set() else code)

    def give_up(self) -> None:
        """Let go whoever waits for a code."""
        self._given.put(None)


def _by_hand(login: ConsoleLogin) -> dict[str, Any]:
    """Let a person sign in in a window; the cookies. Raises NoWindow, PlayerError."""
    stop = Event()
    origins = _origins(login.tenant)
    with ThreadPoolExecutor(1, thread_name_prefix="window") as thread:
        waiting: Future[dict[str, Any]] = thread.submit(
            sign_in_by_hand, origins, stop, within=_WINDOW_WITHIN
        )
        try:
            while True:
                try:
                    return waiting.result(_BEAT)
                except FutureTimeout:
                    if not leases.renew(login):
                        raise Refused("the login's lease was lost") from None
        finally:
            stop.set()


def _count_refusal(login: ConsoleLogin) -> None:
    """A refusal here counts like a worker's: the console locks the login after a few."""
    rows = ConsoleLogin.objects.filter(pk=login.pk)
    rows.update(refusals=F("refusals") + 1)
    rows.filter(refusals__gte=LOGIN_REFUSALS, paused_reason="").update(
        paused_reason="refused in `manage.py login`; sign it in with that"
    )
    ledger(login.tenant, "login", ACTOR, {"username": login.username, "outcome": "refused"})


def _keep(login: ConsoleLogin, state: dict[str, Any], way: str) -> None:
    """Store the session, lift the pause and say so in the ledger."""
    with transaction.atomic():
        vault.store_session(login, state)
        lifted = login.paused_reason
        ConsoleLogin.objects.filter(pk=login.pk).update(paused_reason="", refusals=0)
        body = {
            "username": login.username,
            "outcome": "signed_in",
            "way": way,
            "lifted_pause": lifted,
            "at": clock.now().isoformat(),
        }
        ledger(login.tenant, "login", ACTOR, body)
        doorbell.ring_on_commit()
