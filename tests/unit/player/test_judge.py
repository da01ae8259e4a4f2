"""Judging a reading: only what was asked may have changed, and it must be exactly that."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from robot.player.judge import ABSENT, judge
from tests.unit.player.world import DELETE, equal, flow

FLOW = flow()
BEFORE = {"license": "", "first_name": "Ann"}
ASKED = {"license": "X2"}
values = some.sampled_from(["", "X2", "X4", "Ann", "Bob"])
facts = some.fixed_dictionaries(
    {}, optional={"license": values, "first_name": values, "extra": values}
)


def test_the_asked_value_read_back_with_all_else_as_before_holds() -> None:
    assert judge(FLOW, ASKED, BEFORE, {}, {"license": "X2", "first_name": "Ann"}, equal).holds


def test_the_old_value_is_wrong_and_untouched() -> None:
    verdict = judge(FLOW, ASKED, BEFORE, {}, dict(BEFORE), equal)
    assert (verdict.holds, verdict.untouched, verdict.wrong) == (
        False,
        True,
        {"license": ("X2", "")},
    )


def test_a_disturbed_neighbour_is_named_though_the_value_is_right() -> None:
    verdict = judge(FLOW, ASKED, BEFORE, {}, {"license": "X2", "first_name": "Bob"}, equal)
    assert (verdict.holds, verdict.disturbed) == (False, {"first_name": ("Ann", "Bob")})
    assert not verdict.untouched


def test_a_fact_that_is_not_shown_is_wrong_or_disturbed_never_fine() -> None:
    verdict = judge(FLOW, ASKED, BEFORE, {}, {}, equal)
    assert verdict.wrong == {"license": ("X2", ABSENT)}
    assert verdict.disturbed == {"first_name": ("Ann", ABSENT)}


def test_without_a_wish_what_the_form_showed_at_the_commit_counts() -> None:
    form = {"license": "X4"}
    assert judge(FLOW, {}, BEFORE, form, {"license": "X4", "first_name": "Ann"}, equal).holds
    assert not judge(FLOW, {}, BEFORE, form, {"license": "X2", "first_name": "Ann"}, equal).holds


def test_without_facts_from_before_nothing_proves_that_nothing_was_applied() -> None:
    assert not judge(FLOW, ASKED, {}, {}, {"license": ""}, equal).untouched


def test_a_deletion_is_judged_by_absence_alone() -> None:
    of = flow(DELETE, "delete_user")
    assert judge(of, {}, {"license": ""}, {}, {}, equal, gone=True).holds
    left = judge(of, {}, {"license": ""}, {}, {}, equal, gone=False)
    assert (left.holds, left.untouched) == (False, True)


@given(facts, facts, facts)
def test_no_reading_holds_unless_every_wish_is_met_and_every_other_fact_is_as_before(
    before: dict[str, str], form: dict[str, str], seen: dict[str, str]
) -> None:
    verdict = judge(FLOW, ASKED, before, form, seen, equal)
    others = before.keys() - {"license"}
    expected = seen.get("license") == "X2" and all(seen.get(k) == before[k] for k in others)
    assert verdict.holds == expected


@given(facts, facts)
def test_whatever_reads_as_before_is_told_to_be_untouched(
    before: dict[str, str], extra: dict[str, str]
) -> None:
    seen = extra | before
    assert judge(FLOW, ASKED, before, {}, seen, equal).untouched == bool(before)
