"""Sign-in in three steps and the cookie session behind it."""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass

from robot.sandbox import totp
from robot.sandbox.clock import Clock
from robot.sandbox.model import Login

# 8x8 support: the threshold is 30 minutes. Counted from the last request (invented: the
# source does not say whether it is idle or absolute).
SESSION_SECONDS = 30 * 60
# 8x8 docs: the code is skipped on a remembered device for up to 90 days, bound to its cookies.
DEVICE_SECONDS = 90 * 24 * 3600
# invented: the number; the documents only say that there is a lock-out.
BAD_PASSWORDS = 5

# invented: all texts of refusals.
BAD_CREDENTIALS = "The username or password you entered is incorrect."
LOCKED = "Your account is locked after too many attempts. Contact your administrator."
BAD_CODE = "The verification code is not valid."
REUSED_CODE = "This verification code has already been used. Wait for a new one."
STALE_TICKET = "Your sign-in took too long. Start again."


class SignInRefusedError(Exception):
    """A step of the sign-in failed; the text is shown on the page."""

    def __init__(self, message: str, outcome: str) -> None:
        super().__init__(message)
        self.message = message
        self.outcome = outcome


@dataclass(slots=True)
class _Session:
    login: Login
    last_seen: float


class Sessions:
    """Who is signed in."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._logins: dict[str, Login] = {}
        self._sessions: dict[str, _Session] = {}
        self._tickets: dict[str, Login] = {}
        self._devices: dict[str, tuple[str, float]] = {}
        self._bad: dict[str, int] = {}
        self._used: set[tuple[str, int]] = set()

    def reset(self, logins: list[Login]) -> None:
        """Start again with these logins: nobody in, nothing used, nothing locked."""
        with self._lock:
            self._logins = {login.username: login for login in logins}
            for store in (self._sessions, self._tickets, self._devices, self._bad):
                store.clear()
            self._used.clear()

    def check_password(self, username: str, password: str) -> str:
        """Returns a ticket for the code step. Raises SignInRefusedError."""
        with self._lock:
            if self._bad.get(username, 0) >= BAD_PASSWORDS:
                raise SignInRefusedError(LOCKED, "locked")
            login = self._logins.get(username)
            known = login.password if login else ""
            if login is None or not hmac.compare_digest(known.encode(), password.encode()):
                self._bad[username] = self._bad.get(username, 0) + 1
                raise SignInRefusedError(BAD_CREDENTIALS, "bad_password")
            self._bad.pop(username, None)
            ticket = secrets.token_urlsafe(16)
            self._tickets[ticket] = login
            return ticket

    def check_code(self, ticket: str, code: str) -> str:
        """Returns the session's token. Raises SignInRefusedError.

        A code is good for its own window and one on either side (RFC 6238, 5.2), once for
        each login. Both the wall clock and the advanced clock count: the robot's own time may
        or may not have been pushed forward together with ours.
        """
        with self._lock:
            login = self._tickets.get(ticket)
            if login is None:
                raise SignInRefusedError(STALE_TICKET, "stale_ticket")
            near = {
                totp.counter_at(moment) + step
                for moment in (self._clock.now(), self._clock.wall())
                for step in (-1, 0, 1)
            }
            fits = [at for at in near if totp.code_for(login.totp_secret, at) == code]
            if not fits:
                raise SignInRefusedError(BAD_CODE, "bad_code")
            if any((login.username, at) in self._used for at in fits):
                raise SignInRefusedError(REUSED_CODE, "code_reused")
            self._used.update((login.username, at) for at in fits)
            return self._begin(ticket)

    def _begin(self, ticket: str) -> str:
        login = self._tickets.pop(ticket)
        token = secrets.token_urlsafe(24)
        self._sessions[token] = _Session(login, self._clock.now())
        return token

    def remember_device(self, token: str) -> str:
        """A cookie that stands for the code of this session's login, on this device."""
        with self._lock:
            device = secrets.token_urlsafe(24)
            login = self._sessions[token].login
            self._devices[device] = (login.username, self._clock.now() + DEVICE_SECONDS)
            return device

    def skip_code(self, ticket: str, device: str) -> str:
        """The session's token when the device is remembered for this login, "" otherwise."""
        with self._lock:
            username, until = self._devices.get(device, ("", 0.0))
            login = self._tickets.get(ticket)
            if login is None or login.username != username or self._clock.now() >= until:
                return ""
            return self._begin(ticket)

    def login_for(self, token: str) -> Login | None:
        """The signed-in login, its 30 minutes begun anew; None when there is none."""
        with self._lock:
            session = self._sessions.get(token)
            if session is None:
                return None
            if self._clock.now() - session.last_seen >= SESSION_SECONDS:
                del self._sessions[token]
                return None
            session.last_seen = self._clock.now()
            return session.login

    def sign_out(self, token: str) -> None:
        """End one session."""
        with self._lock:
            self._sessions.pop(token, None)

    def expire_all(self) -> None:
        """Every session ends now."""
        with self._lock:
            self._sessions.clear()
