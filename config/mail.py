"""EMAIL_URL to Django's mail settings."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote

from config.env import hidden, refusal, split_url

SCHEMES = ("console", "memory", "smtp", "smtps", "smtp+tls")
_BACKENDS = {"console": "console", "memory": "locmem"}
_PORTS = {"smtp": 25, "smtps": 465, "smtp+tls": 587}


class Mail(NamedTuple):
    """Django's EMAIL_ settings; the backend is a dotted path, the port 0 where none is used."""

    backend: str
    host: str
    port: int
    user: str
    password: str
    use_tls: bool
    use_ssl: bool


def mail(url: str) -> Mail:
    """smtp+tls://user:password@host:port, smtps://..., smtp://..., console:// or memory://.

    Raises ImproperlyConfigured when the scheme is another or the host is missing.
    """
    parts = split_url("EMAIL_URL", url)
    backend = f"django.core.mail.backends.{_BACKENDS.get(parts.scheme, 'smtp')}.EmailBackend"
    if parts.scheme in _BACKENDS:
        return Mail(backend, "", 0, "", "", use_tls=False, use_ssl=False)
    if not parts.hostname or parts.scheme not in SCHEMES:
        raise refusal("EMAIL_URL", hidden(url), "smtp+tls://user:password@host:port or console://")
    return Mail(
        backend,
        parts.hostname,
        parts.port or _PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        use_tls=parts.scheme == "smtp+tls",
        use_ssl=parts.scheme == "smtps",
    )
