"""DATABASE_URL to Django's DATABASES entry: SQLite by default, PostgreSQL grown up."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from django.core.exceptions import ImproperlyConfigured

from config.env import hidden, refusal, split_url

SCHEMES = ("sqlite", "postgres", "postgresql")
# Options of libpq that say how to connect; anything else in the address is a typing error.
_POSTGRES_OPTIONS = (
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "connect_timeout",
    "application_name",
    "options",
)
#: What a server may make us wait for a lock, as SQLite's timeout does, and how long a connection that
#: was left in a transaction (a frozen worker) may keep its own. In milliseconds.
_POSTGRES_PATIENCE = (
    "-c lock_timeout=20000",
    "-c idle_in_transaction_session_timeout=60000",
)


def database(url: str, *, test_folder: Path) -> dict[str, Any]:
    """Django's settings for one address; `test_folder` is where test databases of SQLite lie.

    Raises ImproperlyConfigured for another scheme, a missing name and unknown options.
    """
    parts = split_url("DATABASE_URL", url)
    if parts.scheme == "sqlite":
        return _sqlite(unquote(parts.path), parts.netloc, test_folder)
    if parts.scheme in SCHEMES:
        return _postgres(url)
    raise refusal("DATABASE_URL", hidden(url), "sqlite:///absolute/path or postgres://...")


def _sqlite(path: str, host: str, test_folder: Path) -> dict[str, Any]:
    if host or len(path) < 2:
        raise refusal("DATABASE_URL", "sqlite://...", "sqlite:///absolute/path, three slashes")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            # WAL lets people read while a worker writes. IMMEDIATE takes the write lock at BEGIN:
            # a read that turns into a write would otherwise fail at once under a second writer.
            # Without recursive triggers INSERT OR REPLACE deletes past those that forbid it.
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA recursive_triggers=ON;"
            ),
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
        },
        # A file, not memory: threads of a race test then meet the locks that production has.
        "TEST": {"NAME": str(test_folder / "test.sqlite3")},
    }


def _postgres(url: str) -> dict[str, Any]:
    parts = split_url("DATABASE_URL", url)
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise refusal("DATABASE_URL", hidden(url), "postgres://user:password@host:port/name")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(options) - set(_POSTGRES_OPTIONS))
    if unknown:
        raise ImproperlyConfigured(
            f"DATABASE_URL has the option {unknown[0]!r}. Permitted: {', '.join(_POSTGRES_OPTIONS)}."
        )
    # The address's own come last: of two values the server takes the later.
    options["options"] = " ".join([*_POSTGRES_PATIENCE, options.get("options", "")]).strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def is_sqlite(entry: dict[str, Any]) -> bool:
    """True when this database allows one writer at a time."""
    return bool(entry["ENGINE"].endswith("sqlite3"))
