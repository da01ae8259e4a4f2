"""Who is it: matching table rows with the keys asked for, and proof by two keys. Pure.

Keys: username, email, known_extension, console_user_id, and full_name with site together. A key
counts when it was asked for and is shown; an empty cell shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from robot.player.steps import KEYS
from robot.player.targets import nfc

#: Equality of two raw strings under a type name.
Equal = Callable[[str, str, str], bool]

#: Keys that single out a person by themselves; a row that has one of them is a candidate.
_SINGLE = ("username", "email", "console_user_id")
#: Two proofs with different values are what an anchor needs.
PROOFS = 2


@dataclass(frozen=True, slots=True)
class Match:
    """What a list shows of the person. index: of the one row; near: rows that fit in part."""

    outcome: Literal["one", "none", "many", "mismatch", "unprovable"]
    index: int = -1
    rows: tuple[int, ...] = ()


def compared(
    asked: Mapping[str, str], seen: Mapping[str, str], types: Callable[[str], str], equal: Equal
) -> tuple[set[str], set[str]]:
    """(keys that fit, keys that differ) of those both asked for and shown."""
    both = [key for key in KEYS if nfc(asked.get(key, "")) and nfc(seen.get(key, ""))]
    fit = {key for key in both if equal(types(key), asked[key], seen[key])}
    return fit, set(both) - fit


def proofs(fit: set[str], asked: Mapping[str, str]) -> int:
    """How many proofs with different values the fitting keys are; full name and site are one."""
    values = {nfc(asked[key]).casefold() for key in fit if key not in ("full_name", "site")}
    return len(values) + ({"full_name", "site"} <= fit)


def match(
    asked: Mapping[str, str],
    rows: Sequence[Mapping[str, str]],
    types: Callable[[str], str],
    equal: Equal,
) -> Match:
    """Find the person among rows (key -> shown text). asked: key -> value, absent ones left out."""
    whole: list[int] = []
    near: list[int] = []
    by_username = any(nfc(asked.get(key, "")) for key in _SINGLE)
    singles = _SINGLE if by_username else ("known_extension", "full_name")
    for index, row in enumerate(rows):
        fit, differ = compared(asked, row, types, equal)
        if not fit & set(singles):
            continue
        (near if differ else whole).append(index)
    if len(whole) > 1:
        return Match("many", rows=tuple(whole))
    if whole:
        fit, _ = compared(asked, rows[whole[0]], types, equal)
        outcome: Literal["one", "unprovable"] = (
            "one" if proofs(fit, asked) >= PROOFS else "unprovable"
        )
        return Match(outcome, whole[0], tuple(whole))
    if near:
        # A name alone is shared by strangers: only a key of one's own makes a near row a mismatch.
        return Match("mismatch" if by_username else "none", near[0], tuple(near))
    return Match("none")


def present(
    asked: Mapping[str, str],
    rows: Sequence[Mapping[str, str]],
    types: Callable[[str], str],
    equal: Equal,
) -> list[int]:
    """Rows that may be the person, for a proof of absence: doubt counts as present.

    A row is another person only when its username (or console user id) is shown, was asked for and
    differs; look-alikes share names and e-mail addresses (8x8 consoles allow the same e-mail twice).
    """
    left: list[int] = []
    for index, row in enumerate(rows):
        fit, differ = compared(asked, row, types, equal)
        if fit and not differ & {"username", "console_user_id"}:
            left.append(index)
    return left


def snake(header: str) -> str:
    """A column's header as a key: `Phone number` -> phone_number."""
    return "_".join(nfc(header).lower().split())


def candidate(row: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    """A row as shown to a person: its keys by name, every other column by its header."""
    keys = {key: row.get(header, "") for key, header in columns.items()}
    named = set(columns.values())
    return keys | {snake(h): text for h, text in row.items() if h not in named and snake(h)}
