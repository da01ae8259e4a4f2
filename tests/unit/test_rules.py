"""Rules: the first that says something counts, whatever stands between; wrong ones are named."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from robot import rules, rules_text, types
from robot.rules import FIELDS, Given, Person, Range, Rule, WrongRules, decide, pick

WORDS = st.sampled_from(["Sales", "Ops", "Köln", "Contact Center"])
VALUES = {
    "license": st.sampled_from(["X2", "X4"]),
    "site": st.sampled_from(["London", "New York"]),
    "phone_number": st.sampled_from(["+12125550100..+12125550199", "+442071230000..+442071239999"]),
    "extension": st.sampled_from(["2000..2999", "0100..0199"]),
    "cost_center": st.sampled_from(["Sales", "Ops"]),
    "in_directory": st.sampled_from(["yes", "no"]),
}
conditions = st.fixed_dictionaries({}, optional=dict.fromkeys(rules.CONDITIONS, WORDS))
values = st.fixed_dictionaries({}, optional=VALUES).filter(bool)
people = st.builds(
    Person,
    groups=st.frozensets(WORDS),
    department=st.one_of(st.just(""), WORDS),
    country=st.one_of(st.just(""), WORDS),
    title=st.one_of(st.just(""), WORDS),
)


def numbered(parts: list[tuple[dict[str, str], dict[str, str]]]) -> tuple[Rule, ...]:
    return tuple(Rule(number, *part) for number, part in enumerate(parts, start=1))


tables = st.lists(st.tuples(conditions, values), max_size=6).map(numbered)


def _fits(rule: Rule, person: Person) -> bool:
    """Said once more in other words: nothing that is asked for is otherwise or unknown."""
    asked = dict(rule.conditions)
    group = asked.pop("group", None)
    return (group is None or group in person.groups) and all(
        getattr(person, name) == wanted for name, wanted in asked.items()
    )


# --- Who gets what ---


@given(tables, people)
def test_the_first_matching_rule_that_speaks_of_a_field_gives_it(
    table: tuple[Rule, ...], person: Person
) -> None:
    expected = {}
    for name in FIELDS:
        speaking = [rule for rule in table if name in rule.values and _fits(rule, person)]
        if speaking:
            expected[name] = Given(speaking[0].values[name], speaking[0].position)
    assert decide(table, person) == expected


@given(tables, people, st.data())
def test_rules_for_others_may_stand_anywhere(
    table: tuple[Rule, ...], person: Person, data: st.DataObject
) -> None:
    matching = [rule for rule in table if _fits(rule, person)]
    others = data.draw(st.permutations([rule for rule in table if not _fits(rule, person)]))
    mixed = [*matching]
    for rule in others:
        mixed.insert(data.draw(st.integers(0, len(mixed))), rule)
    assert decide(mixed, person) == decide(table, person)


@given(values, people)
def test_a_rule_without_conditions_is_for_everybody(
    given_values: dict[str, str], person: Person
) -> None:
    decided = decide([Rule(1, {}, given_values)], person)
    assert {name: one.value for name, one in decided.items()} == given_values


@pytest.mark.parametrize("name", ["group", "department", "country", "title"])
def test_one_condition_that_does_not_hold_is_enough(name: str) -> None:
    person = Person(groups=frozenset({"a"}), department="a", country="a", title="a")
    everything = dict.fromkeys(rules.CONDITIONS, "a")
    assert decide([Rule(1, everything, {"license": "X2"})], person)
    assert not decide([Rule(1, everything | {name: "b"}, {"license": "X2"})], person)


def test_text_is_compared_however_it_was_composed_and_without_case() -> None:
    decomposed = unicodedata.normalize("NFD", "STRASSENBAU KÖLN")
    rule = Rule(1, {"department": "Straßenbau Köln", "group": "ÉQUIPE"}, {"license": "X2"})
    person = Person(
        department=f" {decomposed} ", groups=frozenset({unicodedata.normalize("NFD", "équipe")})
    )
    assert decide([rule], person) == {"license": Given("X2", 1)}


def test_attributes_that_are_missing_or_no_text_count_as_not_known() -> None:
    odd: dict[str, Any] = {"groups": ["Sales", 7], "department": None, "country": 1}
    assert Person.of(odd) == Person(groups=frozenset({"Sales"}))
    assert Person.of({"groups": "Sales"}) == Person()


# --- Ranges ---

spans = st.tuples(st.integers(0, 120), st.integers(0, 12)).map(
    lambda span: Range("extension", f"{span[0]:04}", f"{span[0] + span[1]:04}")
)


@given(spans, st.sets(st.integers(0, 140).map(lambda number: f"{number:04}")))
def test_pick_gives_the_lowest_that_nobody_has(span: Range, taken: set[str]) -> None:
    free = [
        value
        for number in range(int(span.first), int(span.last) + 1)
        if (value := f"{number:04}") not in taken
    ]
    found = pick(span, taken)
    assert found == (free[0] if free else None)
    assert found is None or (found in span and found not in taken)


def test_a_number_is_taken_however_it_is_written() -> None:
    span = rules.read_range("phone_number", "+12125550100..+12125550102")
    seen = ["+1 212-555-0100", "(none)", "", "+12125550101"]
    assert pick(span, rules.held("phone_number", seen)) == "+12125550102"
    assert pick(span, rules.held("phone_number", [*seen, "+1 (212) 555-0102"])) is None


def test_picking_from_a_vast_range_looks_only_at_what_is_taken() -> None:
    span = rules.read_range("phone_number", "+100000000000000..+999999999999999")
    assert pick(span, ["+100000000000000"]) == "+100000000000001"


# --- What is refused ---


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ({}, "rules: must be a list"),
        (["x"], "rules.1: must be a mapping"),
        ([{"give": {"license": "X2"}, "unless": {}}], "rules.1.unless: is not known"),
        ([{"if": {"group": "Sales"}}], "rules.1.give: is missing"),
        ([{"give": {}}], "rules.1.give: is missing"),
        ([{"give": ["license"]}], "rules.1.give: must be a mapping"),
        ([{"if": "Sales", "give": {"license": "X2"}}], "rules.1.if: must be a mapping"),
        (
            [{"give": {"license": "X2"}}, {"if": {"city": "Bonn"}, "give": {"license": "X2"}}],
            "rules.2.if.city: is not known; there are group, department, country, title",
        ),
        ([{"if": {"group": " "}, "give": {"license": "X"}}], "rules.1.if.group: text must be 1"),
        ([{"give": {"licence": "X2"}}], "rules.1.give.licence: is not known; there are license,"),
        ([{"give": {"license": 2}}], "rules.1.give.license: must be a text"),
        ([{"give": {"site": "New\x85York"}}], "rules.1.give.site: must be on one line"),
        ([{"give": {"license": ""}}], "rules.1.give.license: a licence name must be 1 to 120"),
        ([{"give": {"in_directory": "maybe"}}], "rules.1.give.in_directory: yes or no"),
        ([{"give": {"extension": "2000"}}], "rules.1.give.extension: is written FIRST..LAST"),
        ([{"give": {"extension": "1..2..3"}}], "rules.1.give.extension: is written FIRST..LAST"),
        ([{"give": {"extension": "20..x"}}], "rules.1.give.extension: an extension has 2 to 10"),
        ([{"give": {"extension": "30..20"}}], "rules.1.give.extension: 30 comes after 20"),
        ([{"give": {"extension": "99..100"}}], "rules.1.give.extension: 99 and 100 must have"),
        ([{"give": {"phone_number": "5550100..5550199"}}], "rules.1.give.phone_number: a phone"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(table: object, line: str) -> None:
    with pytest.raises(WrongRules) as refused:
        rules.parse(table)
    assert [one for one in refused.value.lines if one.startswith(line)], refused.value.lines
    assert len(refused.value.lines) == 1


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(WrongRules, match=r"^rules\.1\.give\.licence: .*\(1 more\)$") as refused:
        rules.parse([{"give": {"licence": "X2"}}, {"give": {"extension": "20"}}])
    assert len(refused.value.lines) == 2


# --- As text ---


def test_what_is_written_reads_as_people_write_it() -> None:
    text = "- if:\n    country: NO\n  give:\n    extension: 2000..2999\n    in_directory: yes\n"
    assert rules_text.write(rules_text.read(text)) == text


@given(st.text(min_size=1, max_size=12))
@example("~")
@example("*a")
@example("- x: [")
@example("<<")
@example("yes # no")
@example("a\u2028b")
def test_any_text_that_may_be_a_value_survives_being_written(text: str) -> None:
    try:
        table = rules.parse([{"if": {"title": text}, "give": {"site": text}}])
    except WrongRules:
        return
    assert rules_text.read(rules_text.write(table)) == table


@given(tables)
def test_a_table_written_and_read_again_is_the_same(table: tuple[Rule, ...]) -> None:
    assert rules_text.read(rules_text.write(table)) == table
    assert rules.parse(rules.rows(table)) == table


def test_values_are_kept_in_their_canonical_form() -> None:
    (rule,) = rules_text.read(
        "- if: {country: NO, group: '  Sales '}\n"
        "  give: {in_directory: on, phone_number: +1 212-555-0100 .. +1 212-555-0199}\n"
    )
    assert rule.conditions == {"group": "Sales", "country": "NO"}
    assert rule.values == {
        "phone_number": "+12125550100..+12125550199",
        "in_directory": "yes",
    }
    for name, value in rule.values.items():
        assert name in rules.RANGED or types.TYPES[types.kind_of(name)].parse(value) == value


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "rules: is empty"),
        ("# nothing\n", "rules: is empty"),
        ("- give: {license: [", "rules: is no YAML"),
        ("- give: {license: X2, license: X4}", "'license' is given twice"),
        ("- !x {give: {license: X2}, give: {license: X4}}", "'give' is given twice"),
        ("- ? [give]\n  : {license: X2}", "a key must be a word"),
        ("- &a\n  give: {license: X2}\n- *a\n", "instead of an alias"),
        ("[" * 5000, "is too deep"),
        ("#" * (rules_text.LONGEST + 1), "more than 64 KiB"),
    ],
)
def test_text_that_is_no_table_is_refused(text: str, line: str) -> None:
    with pytest.raises(WrongRules) as refused:
        rules_text.read(text)
    assert line in str(refused.value)
