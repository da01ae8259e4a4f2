"""A worker's desk: one ConsoleLogin's signed-in browser session for the length of a quantum.

The stored session is tried first; when the console asks to sign in, the recorded login flow is
played. Two refusals pause the login, since a third could lock it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Self

import structlog
from django.db.models import F, QuerySet

from robot import flows_index, leases, types, vault
from robot.models import ConsoleLogin, Task
from robot.player import events as ev
from robot.player.bridge import Bridge, drive
from robot.player.browser import shared_host
from robot.player.flow import Flow
from robot.player.host import BrowserHost, Session
from robot.player.origins import Origins
from robot.player.play import Events, login, play, read_back
from robot.player.pulse import Pulse
from robot.policy import LOGIN_REFUSALS, QUORUM

log = structlog.get_logger(__name__)


class LoginFailed(Exception):
    """The login is not signed in. detail and capture belong to the doubt it becomes."""

    def __init__(self, reason: str, detail: dict[str, Any], capture: ev.Capture | None) -> None:
        super().__init__(reason)
        self.reason, self.detail, self.capture = reason, detail, capture


class Desk:
    """Use as a context manager, under the login's lease."""

    def __init__(self, login: ConsoleLogin, worker: str, host: BrowserHost | None = None) -> None:
        self.login, self.worker = login, worker
        self.host = host or shared_host()
        tenant = login.tenant
        self.origins = Origins(
            tenant.console_origin.rstrip("/"),
            tenant.billing_origin.rstrip("/"),
            tuple(tenant.other_origins),
        )
        #: The task being worked on: signing in for it takes its time, so its lease is renewed too.
        self.task: Task | None = None
        self._session: Session | None = None
        self._signed_in = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Close the browser session; the stored one stays."""
        session, self._session = self._session, None
        self._signed_in = False
        if session is not None:
            session.close()

    def forget_session(self) -> None:
        """The console has ended the session: sign in anew next time."""
        self.leave()
        self.login.session = b""
        self.login.save(update_fields=["session"])

    def playing(
        self, flow: Flow, parameters: Mapping[str, str], *, stop_before_commit: bool = False
    ) -> Bridge:
        """A bridge that plays an operation on a signed-in page. Raises LoginFailed, PlayerError."""
        return self._bridge(play, flow, parameters, stop_before_commit=stop_before_commit)

    def reading(self, flow: Flow, parameters: Mapping[str, str]) -> Bridge:
        """A bridge that reads an operation's facts back. Raises LoginFailed, PlayerError."""
        return self._bridge(read_back, flow, parameters)

    def _bridge(
        self,
        player: Callable[..., Events],
        flow: Flow,
        parameters: Mapping[str, str],
        **more: Any,
    ) -> Bridge:
        """Drive one of the player's generators on this desk's page, by this tenant's rules."""
        driver, pulse = self.session().driver, Pulse()
        make = partial(
            player,
            flow,
            parameters,
            driver,
            origins=self.origins,
            equal=types.equal,
            quorum=QUORUM,
            pulse=pulse,
            **more,
        )
        return drive(self.host, make, pulse)

    def session(self) -> Session:
        """The open session, signed in with the stored cookies or by the login flow."""
        if self._session is not None and not self._session.alive():
            self.leave()
        if self._session is None:
            state = vault.load_session(self.login)
            self._session = self.host.open_session(state, self.login.tenant.origins)
            self._signed_in = state is not None
        if not self._signed_in:
            self.sign_in(self._session)
        return self._session

    def sign_in(self, session: Session) -> None:
        """Play the login flow and store the session, encrypted. Raises LoginFailed, PlayerError."""
        flow = flows_index.usable("login")
        try:
            secrets = vault.secrets_of(self.login, lambda: leases.renew(self.login, self.task))
        except vault.SecretMissing as missing:
            # Trying again mends nothing, and no console has refused anything.
            self._pause(f"{missing}; mend it, then `manage.py login`")
            raise LoginFailed("secret_missing", {"message": str(missing)}, None) from missing
        pulse = Pulse()

        def make() -> Events:
            return login(flow, session.driver, origins=self.origins, secrets=secrets, pulse=pulse)

        # What ends without a word from the console (a lost lease, a slow step) is no refusal by it.
        failed = LoginFailed("console_unavailable", {"message": "the sign-in was cut off"}, None)
        refused = False
        with drive(self.host, make, pulse) as bridge:
            heart = leases.Heartbeat(bridge, self.login, self.task)
            for event in bridge:
                heart.beat()
                match event:
                    case ev.SignedIn():
                        self._signed_in = True
                        self._let_in(event.state)
                    case ev.Doubtful():
                        refused = True
                        failed = LoginFailed(event.code, event.detail, event.capture)
                    case ev.Transient():
                        message = {"message": event.reason}
                        failed = LoginFailed("console_unavailable", message, None)
                    case _:
                        pass
        if not self._signed_in:
            self.leave()
            if refused:
                self._count(failed)
            raise failed

    def _let_in(self, state: dict[str, Any]) -> None:
        vault.store_session(self.login, state)
        if self.login.refusals:
            self._mine().update(refusals=0)

    def _count(self, refusal: LoginFailed) -> None:
        """Count a refusal; the last one allowed pauses the login."""
        log.warning("the console refused a login", login=self.login.pk, reason=refusal.reason)
        if not self._mine().update(refusals=F("refusals") + 1):
            return  # another worker has the login now, and counts for itself
        self.login.refresh_from_db(fields=["refusals"])
        if self.login.refusals >= LOGIN_REFUSALS:
            self._pause(
                f"refused {self.login.refusals} times: {refusal.reason}; "
                "sign it in with `manage.py login`"
            )

    def _pause(self, reason: str) -> None:
        self._mine().update(paused_reason=reason[:300])

    def _mine(self) -> QuerySet[ConsoleLogin]:
        """The login's row while this worker has its lease."""
        return ConsoleLogin.objects.filter(pk=self.login.pk, lease_epoch=self.login.lease_epoch)
