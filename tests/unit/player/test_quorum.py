"""Quorum: which surveys let a step act."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as some

from robot.player.errors import Disagreement, Missing
from robot.player.quorum import Purpose, Quorum, decide, find
from robot.player.targets import Target
from tests.unit.player.fake_driver import Fake, FakeDriver, Page
from tests.unit.player.world import Stopwatch, stopped_clock

SAVE = Target.model_validate(
    {
        "alternatives": [
            {"by": "role", "role": "button", "name": "Save"},
            {"by": "attribute", "attribute": "id", "value": "save"},
            {"by": "form", "tag": "button", "index": -1},
        ]
    }
)
ROLE, ID, FORM = (
    'internal:role=button[name="Save"s]',
    'css=[id="save"]',
    "css=form >> css=button >> nth=-1",
)


@pytest.fixture(autouse=True)
def watch() -> Iterator[Stopwatch]:
    with stopped_clock() as one:
        yield one


@pytest.mark.parametrize(
    ("found", "need", "enough", "disagree", "lost"),
    [
        ([{1}, {1}, {1}], 2, True, False, ()),
        ([{1}, set(), {1}], 2, True, False, ("attribute",)),
        ([{1}, set(), set()], 2, False, False, ("attribute", "structure")),
        ([{1}, set(), set()], 1, True, False, ("attribute", "structure")),
        ([{1, 2}, {1}, set()], 2, False, False, ("name", "structure")),
        ([{1, 2}, {1}, {1}], 2, True, False, ("name",)),
        ([{1}, {2}, {1}], 1, False, True, ()),
        ([set(), set(), set()], 1, False, False, ("attribute", "name", "structure")),
        ([{1, 2}, {1, 2}, {1, 2}], 1, False, False, ("attribute", "name", "structure")),
    ],
)
def test_a_survey_is_judged_by_classes_that_find_one_element(
    found: list[set[int]], need: int, enough: bool, disagree: bool, lost: tuple[str, ...]
) -> None:
    verdict = decide(SAVE.alternatives, [frozenset(one) for one in found], need)
    assert (verdict.enough, verdict.disagree, verdict.lost) == (enough, disagree, lost)


@given(
    some.lists(some.frozensets(some.integers(0, 3)), min_size=3, max_size=3), some.integers(1, 3)
)
def test_no_survey_passes_while_single_finds_differ(found: list[frozenset[int]], need: int) -> None:
    verdict = decide(SAVE.alternatives, found, need)
    singles = {next(iter(one)) for one in found if len(one) == 1}
    if len(singles) > 1:
        assert verdict.disagree
        assert not verdict.enough
    if verdict.enough:
        assert len(singles) == 1
        assert all(found[i] == singles for i in verdict.agreeing)


def driver(*elements: Fake) -> FakeDriver:
    fake = FakeDriver({})
    fake.page = Page(list(elements))
    return fake


def looked(fake: FakeDriver, purpose: Purpose) -> tuple[str, ...]:
    return find(fake, SAVE, {}, purpose, Quorum(), 2.0, visible=True).ref.selectors


def test_all_agreeing_act_on_the_joined_selectors() -> None:
    assert looked(driver(Fake({ROLE, ID, FORM})), "commit") == (ROLE, ID, FORM)


def test_a_name_that_fits_two_buttons_counts_for_nothing_at_a_commit() -> None:
    fake = driver(Fake({ROLE, FORM}), Fake({ROLE}))
    with pytest.raises(Missing, match="only structure finds it; 2 classes must agree"):
        looked(fake, "commit")
    assert looked(fake, "navigate") == (ROLE, ID, FORM) or looked(fake, "navigate") == (FORM,)


@pytest.mark.parametrize("purpose", ["read", "navigate", "commit"])
def test_disagreement_stops_every_kind_of_step_and_names_each(purpose: Purpose) -> None:
    with pytest.raises(Disagreement) as caught:
        looked(driver(Fake({ROLE, ID}), Fake({FORM})), purpose)
    assert [one["found"] for one in caught.value.detail["attempted"]] == [[0], [0], [1]]


def test_an_element_that_comes_late_is_waited_for(watch: Stopwatch) -> None:
    fake = driver()
    begin = watch.seconds

    def appear() -> None:
        if watch.seconds - begin > 1 and not fake.page.elements:
            fake.page.elements.append(Fake({ROLE, ID, FORM}))

    fake.while_waiting = appear
    assert looked(fake, "commit") == (ROLE, ID, FORM)


def test_an_element_that_comes_late_and_half_built_is_waited_for_till_it_is_whole(
    watch: Stopwatch,
) -> None:
    fake, late = driver(), Fake({ROLE, ID})
    begin = watch.seconds

    def built() -> None:
        if watch.seconds - begin > 1 and not fake.page.elements:
            fake.page.elements.append(late)
        elif watch.seconds - begin > 1.2:
            late.found_by.add(FORM)

    fake.while_waiting = built
    found = find(fake, SAVE, {}, "commit", Quorum(), 5.0, visible=True)
    assert found.lost == ()
    assert found.ref.selectors == (ROLE, ID, FORM)


def test_a_class_that_stays_lost_is_told_soon(watch: Stopwatch) -> None:
    begin = watch.seconds
    found = find(driver(Fake({ROLE, ID})), SAVE, {}, "commit", Quorum(), 20.0, visible=True)
    assert found.lost == ("structure",)
    assert watch.seconds - begin < 1


def test_a_disagreement_that_passes_while_the_page_is_built_stops_nothing(watch: Stopwatch) -> None:
    first, second = Fake({ROLE, ID}), Fake({FORM})
    fake = driver(first, second)

    def built() -> None:
        first.found_by.add(FORM)
        second.found_by.clear()

    fake.while_waiting = built
    assert looked(fake, "commit") == (ROLE, ID, FORM)


def test_an_invisible_element_is_not_there_for_a_click() -> None:
    with pytest.raises(Missing):
        looked(driver(Fake({ROLE, ID, FORM}, shown=False)), "commit")
