"""Rules: which licence, site, number, extension, cost center and directory flag for whom. Pure.

A table is a list of rules, the first at the top. A rule's conditions must all hold; one without any
is for everybody. Field by field the first rule that matches and says something about it counts, so
that an exception stands above what it is an exception from.

    - if: {department: Sales, country: US}
      give: {license: X2, extension: 2000..2999}
    - give: {in_directory: yes}

`parse` is the only door: what it lets in is in canonical form and free of contradictions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from robot import types

#: Fields that rules speak about, in the order people read them; the ranged ones hold FIRST..LAST.
RANGED = ("phone_number", "extension")
FIELDS = ("license", "site", *RANGED, "cost_center", "in_directory")
#: Attributes of a person that a condition may ask for, each with the type of its text.
CONDITIONS = {"group": "text", "department": "department", "country": "text", "title": "text"}

#: Line breaks and control characters that parameter types let through and YAML does not keep.
_BREAKS = re.compile("[\x80-\x9f\u2028\u2029]")

Rows = list[dict[str, dict[str, str]]]


class WrongRules(ValueError):
    """No table. `lines`: all that is wrong, each `rules.2.give.license: what, and what is right`."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        more = len(self.lines) - 1
        super().__init__(self.lines[0] + (f" ({more} more)" if more else ""))


@dataclass(frozen=True, slots=True)
class Range:
    """Values of a ranged field from `first` to `last`, both included and equally long."""

    field: str
    first: str
    last: str

    def __contains__(self, value: str) -> bool:
        return len(value) == len(self.first) and self.first <= value <= self.last

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: for whom, and what. position: from 1, as people count; a range as its text."""

    position: int
    conditions: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """What rules may know of somebody; "" where nothing is known. key: whom the caller means."""

    key: str = ""
    name: str = ""
    groups: frozenset[str] = frozenset()
    department: str = ""
    country: str = ""
    title: str = ""

    @classmethod
    def of(cls, attributes: Mapping[str, Any], *, key: str = "", name: str = "") -> Person:
        """The person of Account.attributes; what is missing or no text counts as not known."""
        groups = attributes.get("groups")
        listed = groups if isinstance(groups, list) else []
        return cls(
            key=key,
            name=name,
            groups=frozenset(one for one in listed if isinstance(one, str)),
            department=_text_of(attributes, "department"),
            country=_text_of(attributes, "country"),
            title=_text_of(attributes, "title"),
        )


class Given(NamedTuple):
    """A value and the number of the rule that gave it."""

    value: str
    rule: int


#: field -> what it would be and why; without the fields that no rule speaks about.
Decided = dict[str, Given]


def decide(rules: Sequence[Rule], person: Person) -> Decided:
    """What the rules give this person."""
    decided: Decided = {}
    for rule in rules:
        if _matches(rule, person):
            for name, value in rule.values.items():
                decided.setdefault(name, Given(value, rule.position))
    return {name: decided[name] for name in FIELDS if name in decided}


def held(name: str, seen: Iterable[str]) -> set[str]:
    """Values of a ranged field in canonical form, however the console shows or people write them.

    What is no such value is nobody's.
    """
    kind = types.TYPES[types.kind_of(name)]
    found = set()
    for raw in seen:
        try:
            found.add(kind.parse(raw))
        except types.InvalidValue:
            continue
    return found


def pick(values: Range, taken: Collection[str]) -> str | None:
    """The lowest value of the range that is not taken (see `held`), None when all are."""
    sign = "+" if values.first.startswith("+") else ""
    width = len(values.first) - len(sign)
    for number in range(int(values.first), int(values.last) + 1):
        value = f"{sign}{number:0{width}}"
        if value not in taken:
            return value
    return None


def read_range(name: str, text: str) -> Range:
    """FIRST..LAST of a ranged field. Raises types.InvalidValue."""
    ends = re.split(r"\.\.+", types.nfc(text))
    if len(ends) != 2:
        example = "+12125550100..+12125550199" if name == "phone_number" else "2000..2999"
        raise types.InvalidValue(f"is written FIRST..LAST, such as {example}, not {text!r}")
    kind = types.TYPES[types.kind_of(name)]
    first, last = (kind.parse(end) for end in ends)
    if len(first) != len(last):
        raise types.InvalidValue(f"{first} and {last} must have the same number of digits")
    if first > last:
        raise types.InvalidValue(f"{first} comes after {last}: write the lower one first")
    return Range(name, first, last)


def parse(data: object) -> tuple[Rule, ...]:
    """The table of this data (as from YAML or JSON). Raises WrongRules with all that is wrong."""
    if not isinstance(data, list):
        raise WrongRules(["rules: must be a list of rules, each with `give` and perhaps `if`"])
    lines: list[str] = []
    rules = [_rule(row, position, lines) for position, row in enumerate(data, start=1)]
    if lines:
        raise WrongRules(lines)
    return tuple(rules)


def rows(rules: Iterable[Rule]) -> Rows:
    """The table as plain data: what `parse` reads again, and what is stored and digested."""
    return [
        ({"if": dict(rule.conditions)} if rule.conditions else {}) | {"give": dict(rule.values)}
        for rule in rules
    ]


def _rule(row: object, position: int, lines: list[str]) -> Rule:
    where = f"rules.{position}"
    if not isinstance(row, dict):
        lines.append(f"{where}: must be a mapping with `give` and perhaps `if`")
        return Rule(position)
    lines += [
        f"{where}.{_name(name)}: is not known; a rule has `if` and `give`"
        for name in row
        if name not in ("if", "give")
    ]
    conditions = _part(row.get("if", {}), f"{where}.if", CONDITIONS, _condition, lines)
    if not row.get("give"):
        lines.append(f"{where}.give: is missing; a rule that gives nothing says nothing")
        return Rule(position)
    return Rule(position, conditions, _part(row["give"], f"{where}.give", FIELDS, _value, lines))


def _part(
    part: object, where: str, known: Iterable[str], read: Any, lines: list[str]
) -> dict[str, str]:
    """`if` or `give` in canonical form and order; complains of all that is wrong in it."""
    if not isinstance(part, dict):
        lines.append(f"{where}: must be a mapping")
        return {}
    found: dict[str, str] = {}
    for name, raw in part.items():
        path = f"{where}.{_name(name)}"
        if name not in known:
            lines.append(f"{path}: is not known; there are {', '.join(known)}")
        elif not isinstance(raw, str):
            lines.append(f"{path}: must be a text")
        elif _BREAKS.search(raw):
            lines.append(f"{path}: must be on one line, without control characters")
        else:
            try:
                found[name] = read(name, raw)
            except types.InvalidValue as error:
                lines.append(f"{path}: {error}")
    return {name: found[name] for name in known if name in found}


def _condition(name: str, raw: str) -> str:
    return types.TYPES[CONDITIONS[name]].parse(raw)


def _value(name: str, raw: str) -> str:
    if name in RANGED:
        return str(read_range(name, raw))
    return types.TYPES[types.kind_of(name)].parse(raw)


def _name(name: object) -> str:
    """A key as part of a path: the caller's own text, kept to a line and not a long one."""
    return " ".join(str(name).split())[:40]


def _matches(rule: Rule, person: Person) -> bool:
    return all(_holds(name, wanted, person) for name, wanted in rule.conditions.items())


def _holds(name: str, wanted: str, person: Person) -> bool:
    if name == "group":
        return _folded(wanted) in {_folded(group) for group in person.groups}
    return _folded(wanted) == _folded(str(getattr(person, name)))


def _folded(text: str) -> str:
    """Text as conditions compare it: however it was composed, in small or capital letters."""
    return unicodedata.normalize("NFC", types.nfc(text).casefold())


def _text_of(attributes: Mapping[str, Any], name: str) -> str:
    value = attributes.get(name)
    return value if isinstance(value, str) else ""
