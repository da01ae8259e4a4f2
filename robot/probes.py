"""Whether what the robot stands on is there: asked by /readyz, the start checks and `doctor`.

Each gives None when all is well, else one sentence that says what is wrong and how to mend it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import redis
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from robot.evidence.store import SCRATCH, WRONG_ADDRESS, folder_of
from robot.models import Tenant
from robot.policy import OPERATIONS
from robot.triggers import missing

FLOWS = Path(__file__).resolve().parent / "flows"
_BROKER_SECONDS = 2.0


def database(connection: BaseDatabaseWrapper) -> str | None:
    """The database answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"The database does not answer ({type(error).__name__}). See DATABASE_URL."
    return None


def migrations(connection: BaseDatabaseWrapper) -> str | None:
    """Every migration has been applied."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return f"{len(missing)} migrations are missing. Run `manage.py migrate`."
    return None


def triggers() -> str | None:
    """The database itself refuses to change what is append only."""
    gone = missing()
    if gone:
        return f"Missing triggers: {', '.join(gone)}. Run `manage.py migrate`, and ask who dropped them."
    return None


def broker(url: str) -> str | None:
    """The broker answers a ping within 2 s. The in-memory broker of tests always does."""
    if url.startswith("memory"):
        return None
    # kombu's name for a socket differs from the client's.
    address = url.replace("redis+socket://", "unix://", 1)
    try:
        with redis.Redis.from_url(
            address, socket_connect_timeout=_BROKER_SECONDS, socket_timeout=_BROKER_SECONDS
        ) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        return (
            f"The broker does not answer ({type(error).__name__}). `make demo` starts one; "
            "else set BROKER_URL."
        )
    return None


def evidence_store(store: str) -> str | None:
    """A file can be written to the store's folder and removed again."""
    folder = folder_of(store)
    if folder is None:
        return WRONG_ADDRESS
    # Where it is no stranger to a verification that runs meanwhile.
    probe = folder / SCRATCH / f"probe-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.parent.mkdir(mode=0o700, exist_ok=True)
        probe.write_bytes(b"probe")
        probe.unlink()
    except OSError as error:
        return f"Evidence cannot be written to {folder} ({error.strerror}). See EVIDENCE_STORE."
    return None


def field_keys(keys: Sequence[str]) -> str | None:
    """There is a key, and each is a Fernet key. The keys are not named."""
    if not any(keys):
        return "FIELD_KEYS is empty. Set it to a Fernet key; set-up makes one."
    for place, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            return f"Key {place} of FIELD_KEYS is no Fernet key (32 bytes, URL-safe base64)."
    return None


def mail() -> str | None:
    """E-mails leave this machine, or nobody is to get one."""
    if settings.NOTIFY_EMAIL and settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return (
            "NOTIFY_EMAIL gets nothing: e-mails only go to the log. "
            "Set EMAIL_URL to smtp+tls://user:password@host:587."
        )
    return None


def origin(address: str) -> str | None:
    """A console's origin: https, or plain http on this machine only; scheme and host, no path."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return f"{address!r} is not an address."
    if not host or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        return f"{address!r} is not an origin, scheme://host or scheme://host:port."
    if parts.scheme == "https":
        return None
    if parts.scheme == "http" and host in {"127.0.0.1", "::1", "localhost"}:
        return None
    return f"{address} is not https: a password would cross the network in the clear."


def protected_users(tenant: Tenant) -> str | None:
    """The tenant has listed somebody: the console's list does not tell who administers it."""
    if tenant.protectedaccount_set.exists():
        return None
    return (
        "Nobody is on its list of protected users. List its administrators: "
        f"`manage.py tenant protect {tenant.slug} USERNAME --reason admin`."
    )


def flows(folder: Path = FLOWS) -> list[str]:
    """What is wrong with the shipped flows, one line each, dotted path first."""
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        return []
    # Only here: the loader and its models would slow every start of Django down.
    from robot.player.errors import FlowError
    from robot.player.load import load_file
    from robot.types import TYPES

    lines: list[str] = []
    for path in paths:
        try:
            load_file(path, types=TYPES.keys())
        except FlowError as error:
            lines += str(error).splitlines()
        except OSError as error:
            lines.append(f"{path.stem}: cannot be read ({error.strerror})")
    return lines


def operations_without_flow(folder: Path = FLOWS) -> list[str]:
    """Operations that no shipped flow carries out, one sentence each."""
    return [
        f"No flow carries out {name}. Record one: `manage.py flow record`."
        for name in OPERATIONS
        if not (folder / f"{name}.yaml").is_file()
    ]
