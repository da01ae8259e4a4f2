"""Typed environment variables: read once at start, refused loudly, listed for `.env.example`.

Every reader raises ImproperlyConfigured naming the variable, its value and what is permitted; the
value of a secret is never named. Each call registers its variable in VARIABLES, so that a test can
compare the list with `.env.example`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable the product reads: its name, its default as text, whether it is a secret."""

    name: str
    default: str
    secret: bool = False


VARIABLES: dict[str, Variable] = {}
#: Whatever installation a process belongs to, it drives the browser of its machine.
_OF_THE_MACHINE = ("CONSOLE_BROWSER", "CONSOLE_BROWSER_ENDPOINT")


def foreign() -> dict[str, str]:
    """The environment without any setting of this installation; the browser's stay."""
    ours = VARIABLES.keys() - set(_OF_THE_MACHINE)
    return {k: v for k, v in os.environ.items() if k.removesuffix("_FILE") not in ours}


def hand_on(name: str, value: str) -> None:
    """Put a value where it is read without Django: by the player, by processes started from here."""
    if value:
        os.environ[name] = value
    os.environ.pop(f"{name}_FILE", None)


def refusal(name: str, value: str, permitted: str) -> ImproperlyConfigured:
    """The one shape of a message about a wrong variable."""
    return ImproperlyConfigured(f"{name}={value!r} is not permitted. Permitted: {permitted}.")


def _raw(name: str, default: str, *, secret: bool = False) -> str:
    VARIABLES[name] = Variable(name, default, secret)
    # An empty value is what compose files give for a variable that is not set.
    return os.environ.get(name, "").strip() or default


def env_str(name: str, default: str = "") -> str:
    """Any text."""
    return _raw(name, default)


def env_bool(name: str, *, default: bool) -> bool:
    """1/0, true/false, yes/no, on/off, in any case."""
    value = _raw(name, str(default).lower())
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise refusal(name, value, ", ".join(_TRUE + _FALSE))


def env_int(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    """A whole number from `least` to `most`, both included."""
    value = _raw(name, str(default))
    bounds = f"from {least}" + ("" if most is None else f" to {most}")
    try:
        number = int(value)
    except ValueError:
        number = None
    if number is None or number < least or (most is not None and number > most):
        raise refusal(name, value, f"a whole number {bounds}")
    return number


def env_float(name: str, default: float, *, least: float = 0.0, most: float) -> float:
    """A number from `least` to `most`, both included; never a NaN."""
    value = _raw(name, str(default))
    try:
        number = float(value)
    except ValueError:
        number = None
    if number is None or not least <= number <= most:
        raise refusal(name, value, f"a number from {least:g} to {most:g}")
    return number


def env_choice(name: str, default: str, choices: Sequence[str]) -> str:
    """One of the given words."""
    value = _raw(name, default)
    if value not in choices:
        raise refusal(name, value, ", ".join(choices))
    return value


def env_list(name: str, default: Sequence[str] = ()) -> list[str]:
    """Words separated by commas; blanks around them are dropped, empty ones refused."""
    value = _raw(name, ",".join(default))
    words = [word.strip() for word in value.split(",")] if value else []
    if not all(words):
        raise refusal(name, value, "words separated by single commas")
    return words


def env_path(name: str, default: Path, *, shown_default: str = "") -> Path:
    """An absolute path, or one below the folder the process was started in.

    shown_default: how the default is written in `.env.example`, where no machine's path may stand.
    """
    value = _raw(name, shown_default)
    if value == shown_default:
        return default
    return Path(value).expanduser().resolve()


def kept_path(file: Path) -> str:
    """The path of a program that set-up left in this file; empty where there is none (any more)."""
    try:
        path = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    return path if os.access(path, os.X_OK) else ""


def env_url(
    name: str,
    default: str,
    schemes: Sequence[str],
    *,
    shown_default: str = "",
    secret: bool = True,
) -> str:
    """An address whose scheme is one of `schemes`.

    secret: it may hold a password, so it can come from NAME_FILE and is never shown.
    """
    value = _raw(name, shown_default or default, secret=secret)
    if secret:
        value = secret_file(name, value, shown_default or default)
    if shown_default and value == shown_default:
        return default
    if not value:
        return value
    if split_url(name, value).scheme not in schemes:
        kinds = ", ".join(f"{scheme}://" for scheme in schemes)
        raise refusal(name, hidden(value), f"an address that begins with {kinds}")
    return value


def env_secret(name: str, *, fallback: Path | None = None, required: bool = True) -> str:
    """A secret from NAME, from the file named by NAME_FILE, or from `fallback` (made by set-up).

    Raises ImproperlyConfigured when it is given twice, when its file cannot be read, and when it
    is required and nowhere.
    """
    value = secret_file(name, _raw(name, "", secret=True), "")
    if not value and fallback is not None and fallback.is_file():
        value = fallback.read_text(encoding="utf-8").strip()
    if not value and required:
        raise ImproperlyConfigured(
            f"{name} is not set. Set {name}, or {name}_FILE to the path of a file that holds it; "
            "on a development machine `make demo` makes one."
        )
    return value


def secret_file(name: str, value: str, default: str) -> str:
    """The content of the file named by NAME_FILE, if set; otherwise `value`."""
    path = os.environ.get(f"{name}_FILE", "").strip()
    if not path:
        return value
    if value != default:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set. Set one of them.")
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise refusal(f"{name}_FILE", path, f"a readable text file ({reason})") from error
    if not content:
        raise refusal(f"{name}_FILE", path, "a file that is not empty")
    return content


def split_url(name: str, value: str) -> SplitResult:
    """Take an address apart as urlsplit does; refuses what it cannot read, port included, without showing a password."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        # Raised after the handler, so that the first error's text does not carry the value along.
        parts = None
    if parts is None:
        raise refusal(name, "(hidden)", "scheme://user:password@host:port/name")
    return parts


def hidden(value: str) -> str:
    """An address with everything but its scheme left out."""
    scheme, found, _ = value.partition("://")
    return f"{scheme}://..." if found else "(hidden)"
