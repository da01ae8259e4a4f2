"""Values are read in many spellings, kept in one, and refused with a sentence."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot import types
from robot.types import TYPES, InvalidValue

GOOD = {
    "username": ["acme.jane", "Acme.Jane@x_y/z-1", "abc", "a" * 70],
    "email": ["a@b.c", "Jane.Doe@acme.example", "ü@ö.example"],
    "name": ["J", "José O’Brien", "李 雷", "n" * 160],
    "license": ["X Series X2", "l" * 120],
    "phone": ["+15551234567", "+1 (555) 123-4567", "+44 20 7123 4567", "+1.555.123.4567"],
    "extension": ["10", "0042", "1234567890"],
    "site": ["London"],
    "cost_center": ["Sales / EMEA"],
    "console_user_id": ["u", "A-b_9"],
    "first_name": ["Anna Lena", "f" * 128],
    "last_name": ["O’Brien-Ñuñez", "l" * 30],
    "department": ["Research & Development", "d" * 100],
    "language": ["en-US", "de-DE"],
    "time_zone": ["Europe/London", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+1"],
    "flag": ["yes", "No", "true", "OFF", "Active", "Inactive", "Deactivated"],
    "text": ["anything", "t" * 254],
}
BAD = {
    "username": ["ab", "a" * 71, "jane doe", "jané", ""],
    "email": ["a@b", "a@b@c.d", "a b@c.d", "abcde", "a" * 125 + "@b.c", ""],
    "name": ["", "   ", "n" * 161, "a\nb", "a\x00b", "a\x7fb"],
    "license": ["", "l" * 121],
    "phone": ["5551234567", "+05551234567", "+1555", "+1234567890123456", "+1 555 CALL", ""],
    "extension": ["1", "12345678901", "10a", "١٢٣", ""],
    "site": ["", "s" * 121],
    "cost_center": ["", "c" * 121],
    "console_user_id": ["", "a b", "i" * 81, "ä"],
    "first_name": ["", "f" * 129, "a\nb"],
    "last_name": ["", "l" * 31],
    "department": ["", "d" * 101],
    "language": ["", "en", "EN-us", "en_US"],
    "time_zone": ["", "Europe/", "Mars Time", "/UTC"],
    "flag": ["", "perhaps", "1"],
    "text": ["", "t" * 255],
}


def _cases(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(kind, raw) for kind, raws in table.items() for raw in raws]


def test_every_type_has_examples() -> None:
    assert GOOD.keys() == BAD.keys() == TYPES.keys()


@pytest.mark.parametrize(("kind", "raw"), _cases(GOOD))
def test_the_canonical_form_stays_as_it_is_and_survives_the_console(kind: str, raw: str) -> None:
    value = TYPES[kind].parse(raw)
    assert TYPES[kind].parse(value) == value
    assert TYPES[kind].parse(TYPES[kind].render(value)) == value
    assert TYPES[kind].equal(raw, TYPES[kind].render(value))


@pytest.mark.parametrize(("kind", "raw"), _cases(BAD))
def test_a_wrong_value_is_refused_with_a_sentence(kind: str, raw: str) -> None:
    with pytest.raises(InvalidValue, match=r" .* "):
        TYPES[kind].parse(raw)


@given(st.sampled_from(sorted(TYPES)), st.text())
def test_any_text_is_refused_or_has_one_canonical_form(kind: str, raw: str) -> None:
    try:
        value = TYPES[kind].parse(raw)
    except InvalidValue:
        return
    assert TYPES[kind].parse(value) == value
    assert unicodedata.is_normalized("NFC", value)
    assert value == value.strip()


@given(st.sampled_from(sorted(TYPES)), st.text(), st.text())
def test_equality_is_symmetric_and_holds_of_a_text_with_itself(
    kind: str, left: str, right: str
) -> None:
    assert types.equal(kind, left, left)
    assert types.equal(kind, left, right) == types.equal(kind, right, left)


@pytest.mark.parametrize(
    ("kind", "left", "right", "same"),
    [
        ("username", "Acme.Jane", "acme.jane", True),
        ("email", "JANE@acme.example", "jane@acme.example", True),
        ("phone", "+1 555-123-4567", "+15551234567", True),
        ("phone", "+15551234567", "+15551234568", False),
        ("name", "Jose\u0301", "José", True),
        ("name", "Jose", "José", False),
        ("name", "jane", "Jane", False),
        ("extension", "0042", "42", False),
        ("license", " X2 ", "X2", True),
        ("license", "", "X2", False),
        ("phone", "not set", "not set", True),
        ("phone", "", "", True),
    ],
)
def test_what_counts_as_the_same(kind: str, left: str, right: str, same: bool) -> None:
    assert types.equal(kind, left, right) is same


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+15551234567", "+1 555-123-4567"),
        ("+442071234567", "+44 207-123-4567"),
        ("+3531234567", "+3531234567"),
    ],
)
def test_numbers_are_written_as_the_console_writes_them(number: str, shown: str) -> None:
    assert TYPES["phone"].render(number) == shown
    assert types.equal("phone", number, shown)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("phone_number", "phone"),
        ("full_name", "name"),
        ("license", "license"),
        ("banner", "text"),
        ("active", "flag"),
    ],
)
def test_a_parameter_has_the_type_of_its_name(name: str, kind: str) -> None:
    assert types.kind_of(name) == kind
