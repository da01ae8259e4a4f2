"""Parameter types: how a value is parsed, rendered for the console, and compared.

One table, TYPES, names every type that a flow may use. Parsing refuses what the console would
refuse, so that bad input is answered at the door and never reaches a browser. Limits are those of
8x8's public user API description (user-api-v1) unless marked invented.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass


class InvalidValue(ValueError):
    """The value cannot be of this type; the message says what a right value looks like."""


def nfc(text: str) -> str:
    """The canonical form in which all text is compared (Unicode NFC, outer blanks removed)."""
    return unicodedata.normalize("NFC", text).strip()


@dataclass(frozen=True, slots=True)
class ValueType:
    """A kind of value: `parse` gives the canonical form, `render` what is typed into the console."""

    name: str
    parse: Callable[[str], str]
    render: Callable[[str], str] = str

    def equal(self, left: str, right: str) -> bool:
        """True when both denote the same value; text that does not parse is compared as exact NFC."""
        try:
            return self.parse(left) == self.parse(right)
        except InvalidValue:
            return nfc(left) == nfc(right)


def _matching(what: str, pattern: str, shortest: int, longest: int) -> Callable[[str], str]:
    regex = re.compile(pattern)

    def parse(raw: str) -> str:
        value = nfc(raw)
        if not shortest <= len(value) <= longest or not regex.fullmatch(value):
            raise InvalidValue(
                f"{what} must have {shortest} to {longest} characters: {raw!r} has not"
            )
        return value

    return parse


_PRINTABLE = r"[^\x00-\x1f\x7f]+"


def _text(what: str, longest: int) -> Callable[[str], str]:
    regex = re.compile(_PRINTABLE)

    def parse(raw: str) -> str:
        value = nfc(raw)
        if not value or len(value) > longest or not regex.fullmatch(value):
            raise InvalidValue(f"{what} must be 1 to {longest} printable characters, not {raw!r}")
        return value

    return parse


def _email(raw: str) -> str:
    value = nfc(raw).lower()
    if not 5 <= len(value) <= 128 or not re.fullmatch(
        r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+", value
    ):
        raise InvalidValue(f"an e-mail address has 5 to 128 characters and one @, not {raw!r}")
    return value


def _username(raw: str) -> str:
    # 8x8 user names are compared as the console shows them; case does not make another user.
    value = nfc(raw)
    if not re.fullmatch(r"[A-Za-z0-9.@\-_/]{3,70}", value):
        raise InvalidValue(f"a username has 3 to 70 of A-Z a-z 0-9 . @ - _ /, not {raw!r}")
    return value.lower()


def _phone(raw: str) -> str:
    value = re.sub(r"[\s().-]", "", nfc(raw))
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", value):
        raise InvalidValue(f"a phone number is written +<country><number> (E.164), not {raw!r}")
    return value


def _render_phone(value: str) -> str:
    """As the console shows numbers: `+1 555-123-4567` (public automation code).

    Other countries' numbers are written alike where ten digits follow the country code; inferred.
    """
    found = re.fullmatch(r"\+([0-9]{1,3})([0-9]{3})([0-9]{3})([0-9]{4})", value)
    return f"+{found[1]} {found[2]}-{found[3]}-{found[4]}" if found else value


def _extension(raw: str) -> str:
    value = nfc(raw)
    if not re.fullmatch(r"[0-9]{2,10}", value):
        raise InvalidValue(f"an extension has 2 to 10 digits, not {raw!r}")
    return value


#: IANA time zone database names.
_ZONE = r"[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+)*"

#: What the console shows where we say yes or no: a switch, a column, the status of a user.
_FLAGS = {
    "yes": {"yes", "true", "on", "active"},
    "no": {"no", "false", "off", "inactive", "deactivated"},
}


def _flag(raw: str) -> str:
    value = nfc(raw).lower()
    for name, words in _FLAGS.items():
        if value in words:
            return name
    raise InvalidValue(f"yes or no is needed, not {raw!r}")


TYPES: dict[str, ValueType] = {
    kind.name: kind
    for kind in (
        ValueType("username", _username),
        ValueType("email", _email),
        ValueType("name", _text("a name", 160)),
        ValueType("license", _text("a licence name", 120)),
        ValueType("phone", _phone, _render_phone),
        ValueType("extension", _extension),
        ValueType("site", _text("a site name", 120)),
        ValueType("cost_center", _text("a cost center name", 120)),
        ValueType("console_user_id", _matching("a console user id", r"[A-Za-z0-9_\-]+", 1, 80)),
        ValueType("first_name", _text("a first name", 128)),
        ValueType("last_name", _text("a last name", 30)),
        ValueType("department", _text("a department", 100)),
        ValueType("language", _matching("a language such as en-US", r"[a-z]{2}-[A-Z]{2}", 5, 5)),
        ValueType("time_zone", _matching("a time zone such as Europe/London", _ZONE, 3, 64)),
        ValueType("flag", _flag),
        ValueType("text", _text("text", 254)),
    )
}


def equal(kind: str, left: str, right: str) -> bool:
    """Equality of two raw strings under the named type; an empty string equals only an empty string."""
    if not nfc(left) or not nfc(right):
        return nfc(left) == nfc(right)
    return TYPES[kind].equal(left, right)


#: Names of parameters and facts whose type has another name; any other fact is compared as text.
_KINDS = {
    "phone_number": "phone",
    "known_extension": "extension",
    "full_name": "name",
    "contact_number": "phone",
    "new_email": "email",
    "new_site": "site",
    "active": "flag",
    "in_directory": "flag",
}


def kind_of(name: str) -> str:
    """The type of a parameter or fact by its name; `text` for what has no type of its own."""
    kind = _KINDS.get(name, name)
    return kind if kind in TYPES else "text"


def equal_fact(name: str, left: str, right: str) -> bool:
    """Equality of two raw strings of the named parameter or fact, under its type."""
    return equal(kind_of(name), left, right)
