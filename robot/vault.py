"""Secrets by reference, and the encryption of what must be stored.

A ConsoleLogin names where its password lies (`env:NAME`, `file:PATH`); the value is read at the
moment of use, handed to the player as a `Secret` whose text form is ***, and stored nowhere. Console
sessions are stored encrypted (Fernet, keys of FIELD_KEYS, the first encrypts, all decrypt).
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyotp
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from robot import clock
from robot.models import ConsoleLogin
from robot.player.secret import Secret

#: Seconds of a code's 30 that must be left when it is used: typing and the answer take time.
_CODE_MARGIN = 5


class SecretMissing(Exception):
    """A secret reference leads to no such secret; the message names the reference, never a value."""


def resolve(reference: str) -> Secret:
    """The secret that `env:NAME` or `file:PATH` points to. Raises SecretMissing."""
    kind, _, place = reference.partition(":")
    if kind == "env" and os.environ.get(place):
        return Secret(os.environ[place])
    if kind == "file" and Path(place).is_file():
        text = Path(place).read_text(encoding="utf-8").strip()
        if text:
            return Secret(text)
    raise SecretMissing(f"{reference!r} gives no secret; set it, or use env:NAME or file:PATH")


def code_of(login: ConsoleLogin, waiting: Callable[[], object]) -> Secret:
    """A TOTP code (RFC 6238) of a window that no worker has used; waits for the next if need be.

    The window is spent in the database first: consoles refuse a code used twice. waiting is called
    about once a second meanwhile, so that a lease can be renewed.
    """
    totp = _totp(login.totp_ref)
    while True:
        stamp = clock.now().timestamp()
        window = int(stamp) // totp.interval
        left = totp.interval - stamp % totp.interval
        unused = ConsoleLogin.objects.filter(pk=login.pk, code_window__lt=window)
        if left >= _CODE_MARGIN and unused.update(code_window=window):
            return Secret(totp.at(int(stamp)))
        waiting()
        clock.sleep(min(left, 1.0))


def _totp(reference: str) -> pyotp.TOTP:
    """What makes the codes. Raises SecretMissing."""
    secret = resolve(reference)
    with contextlib.suppress(ValueError):
        totp = pyotp.TOTP(secret.reveal())
        totp.byte_secret()
        return totp
    # Outside of the handler: the error's text, and what it was raised with, may hold the secret.
    raise SecretMissing(f"{reference!r} holds no TOTP secret: base32, 112 bits or more")


def secrets_of(
    login: ConsoleLogin, waiting: Callable[[], object] = lambda: None
) -> dict[str, Callable[[], Secret]]:
    """What the login flow may ask for, by name: password and, where the login has one, totp.

    The code is taken now, in the caller's thread, since the browser's thread has no database.
    Raises SecretMissing.
    """
    given = {"username": Secret(login.username), "password": resolve(login.password_ref)}
    if login.totp_ref:
        given["totp"] = code_of(login, waiting)
    return {name: (lambda secret=secret: secret) for name, secret in given.items()}  # type: ignore[misc]


def typed_by_hand(login: ConsoleLogin) -> dict[str, Callable[[], Secret]]:
    """What a person types who signs the login in, by name, as far as it can be known here.

    No code window is spent: the code is the one of the moment when it is asked for.
    """
    known: dict[str, Callable[[], Secret]] = {"username": lambda: Secret(login.username)}
    with contextlib.suppress(SecretMissing):
        password = resolve(login.password_ref)
        known["password"] = lambda: password
    with contextlib.suppress(SecretMissing):
        totp = pyotp.TOTP(resolve(login.totp_ref).reveal())
        known["totp"] = lambda: Secret(totp.at(int(clock.now().timestamp())))
    return known


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


def store_session(login: ConsoleLogin, state: dict[str, Any]) -> None:
    """Keep the browser's cookies of a signed-in login, encrypted."""
    login.session = _fernet().encrypt(json.dumps(state).encode())
    login.save(update_fields=["session"])


def load_session(login: ConsoleLogin) -> dict[str, Any] | None:
    """The stored cookies, or None when there are none or no key fits (then it signs in anew)."""
    if not login.session:
        return None
    try:
        state: dict[str, Any] = json.loads(_fernet().decrypt(bytes(login.session)))
    except InvalidToken:
        return None
    return state
