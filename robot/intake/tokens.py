"""Tokens of API connections: `sb_<prefix>_<secret>_<checksum>`, shown once, kept as a keyed hash.

The prefix finds the connection, the secret (256 bit) proves it, the checksum lets a scanner tell a
token from other text. A stolen database proves nothing: the hash is keyed with a pepper that lies
elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare

from robot import clock
from robot.models import Connection, Tenant
from robot.transitions import ledger

SCOPES = ("read", "queue", "remove")

_DIGITS = string.digits + string.ascii_letters
_SHAPE = re.compile(r"sb_([0-9a-z]{10})_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})")
#: last_used_at is for people who look for forgotten tokens: a write a minute tells enough.
_USED_EVERY = timedelta(minutes=1)


class BadToken(Exception):
    """The token opens nothing. connection: the one it names, if there is one."""

    def __init__(self, reason: str, connection: Connection | None = None) -> None:
        super().__init__(reason)
        self.reason, self.connection = reason, connection


def create(
    tenant: Tenant,
    slug: str,
    scopes: Collection[str],
    *,
    expires_at: datetime | None = None,
    mode: str = "armed",
    actor: str = "command",
) -> tuple[Connection, str]:
    """Make a connection of kind `api`; it and its token, which cannot be shown again.

    Raises ValueError for unknown scopes or none, IntegrityError for a slug that is taken.
    """
    unknown = set(scopes) - {*SCOPES}
    if unknown or not scopes:
        raise ValueError(f"scopes are one or more of {', '.join(SCOPES)}")
    prefix = "".join(secrets.choice(_DIGITS[:36]) for _ in range(10))
    token = _signed(f"sb_{prefix}_{_base62(secrets.randbits(256), 43)}")
    with transaction.atomic():
        connection = Connection.objects.create(
            tenant=tenant,
            slug=slug,
            kind="api",
            mode=mode,
            scopes=[scope for scope in SCOPES if scope in scopes],
            token_prefix=prefix,
            token_hash=_hash(token),
            created_at=clock.now(),
            expires_at=expires_at,
        )
        body = {"connection": slug, "scopes": connection.scopes, "mode": mode}
        ledger(tenant, "connection_created", actor, body)
    return connection, token


def revoke(connection: Connection, *, actor: str = "command") -> None:
    """Make its token useless for good; the connection stays, since tasks name it."""
    with transaction.atomic():
        connection.token_hash, connection.expires_at = "", clock.now()
        connection.save(update_fields=["token_hash", "expires_at"])
        body = {"connection": connection.slug}
        ledger(connection.tenant, "connection_revoked", actor, body)


def verify(token: str) -> Connection:
    """The connection this token proves. Raises BadToken; an unknown one takes as long as a wrong one."""
    shape = _SHAPE.fullmatch(token)
    if shape is None:
        raise BadToken("malformed")
    found = Connection.objects.select_related("tenant").filter(
        token_prefix=shape.group(1), kind="api"
    )
    connection = found.first()
    proved = constant_time_compare(connection.token_hash if connection else "", _hash(token))
    if connection is None:
        raise BadToken("unknown")
    if not connection.token_hash:
        raise BadToken("revoked", connection)
    if not proved:
        raise BadToken("wrong", connection)
    now = clock.now()
    if connection.expires_at is not None and connection.expires_at <= now:
        raise BadToken("expired", connection)
    _used(connection, now)
    return connection


def checks_out(token: str) -> bool:
    """True when the text is shaped like a token and its checksum fits; asks no database."""
    shape = _SHAPE.fullmatch(token)
    return shape is not None and _signed(token.rpartition("_")[0]) == token


def _used(connection: Connection, now: datetime) -> None:
    long_ago = Q(last_used_at=None) | Q(last_used_at__lte=now - _USED_EVERY)
    if connection.last_used_at is None or connection.last_used_at <= now - _USED_EVERY:
        Connection.objects.filter(long_ago, pk=connection.pk).update(last_used_at=now)


def _hash(token: str) -> str:
    pepper = getattr(settings, "TOKEN_PEPPER", "") or settings.SECRET_KEY
    return hmac.new(pepper.encode(), token.encode(), hashlib.sha256).hexdigest()


def _signed(text: str) -> str:
    return f"{text}_{_base62(zlib.crc32(text.encode()), 6)}"


def _base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return digits
