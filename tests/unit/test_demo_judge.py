"""The demo's judge: exactly what was asked passes, and any one thing beside it is a line and counts.

The console's part is done by the sandbox's own rules on its own world, without a browser.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, cast

import pytest

from robot.demo import play, scenario, stage
from robot.demo.scenario import PARTIAL, VERIFIED, WAITING, Wish
from robot.demo.stage import Company, Played
from robot.demo.truth import differences
from robot.models import Tenant
from robot.sandbox import writes
from robot.sandbox.control import Control
from robot.sandbox.model import SOFTPHONE, User, World
from robot.sandbox.server import Sandbox

Truth = dict[str, Any]
Ended = dict[tuple[int, str], str]
ACME, BIRCH = stage.companies(25)


class Day:
    """One company's wishes, carried out by the sandbox's rules exactly as they are to end."""

    def __init__(self, company: Company, seed: int = 7) -> None:
        self.sandbox = Sandbox(
            seed,
            company.people,
            company=company.slug,
            cost_center_type="site_based" if company.site_based else "independent",
        )
        self.before = self.sandbox.truth()
        control = cast(Control, self.sandbox._state)
        self.wishes = play.wishes_of(Played(company, Tenant(), "", control), self.before)
        self.ended: Ended = {
            (index, operation): end
            for index, wish in enumerate(self.wishes)
            for operation, end in wish.ends.items()
        }
        for (index, operation), end in self.ended.items():
            if end in (VERIFIED, PARTIAL):
                self._carry_out(self.wishes[index], operation)
        self.after = self.sandbox.truth()

    def _carry_out(self, wish: Wish, operation: str) -> None:
        world, wanted = self.sandbox._engine.world, wish.body.get("set", {})
        assert wish.user_id is not None
        user = world.users[wish.user_id]
        held = world.license_of(user)
        if operation == "assign_license" and held and held.name == wanted["license"]:
            return  # already so
        if operation == "set_cost_center":
            done = writes.assign_cost_center(world, user.id, wanted["cost_center"])
        else:
            fields = _typed(world, user, operation, wanted)
            done = writes.save_user(world, user.id, fields, partial=False)
        assert done.outcome in ("applied", "partial"), done

    def judged(self) -> play.Verdict:
        return play.judged(self.wishes, self.ended, self.before, self.after)

    def person(self, end: str, operation: str = "") -> Truth:
        """Somebody, as the truth has them after, whose only task ended so."""
        found: Truth = next(
            self.after["users"][wish.user_id]
            for wish in self.wishes
            if wish.user_id and list(wish.ends.values()) == [end] and operation in ("", *wish.ends)
        )
        return found


def _typed(world: World, user: User, operation: str, wanted: dict[str, str]) -> dict[str, Any]:
    """What the form sends for this operation."""
    if operation == "remove_license":
        return {"license": ""}
    if operation == "set_work_phone":
        return dict(wanted)
    country = world.site(user.site).country
    prefix = "+44 " if country == "GB" else "+1 "
    number = min(
        one.number
        for one in world.numbers.values()
        if one.status == "Available" and one.number.startswith(prefix)
    )
    extension = world.next_extension(world.site(user.site))
    line = {"phone_number": number, "extension": extension, "device": SOFTPHONE}
    return {"license": wanted["license"], **line}


@pytest.fixture
def day() -> Day:
    return Day(ACME)


@pytest.mark.parametrize("company", [ACME, BIRCH], ids=["acme", "birch"])
@pytest.mark.parametrize("seed", [7, 8, 9])
def test_exactly_the_changes_asked_are_no_difference(company: Company, seed: int) -> None:
    one = Day(company, seed)
    assert one.judged() == play.Verdict([], 0, 0, 0)
    assert differences(one.before, one.before, one.wishes, {}) == []
    assert one.before != one.after


def _user(day: Day, key: str) -> Truth:
    found: Truth = day.after["users"][day.sandbox.cast[key]]
    return found


def _assigned(day: Day, stock: str) -> Truth:
    user_id = day.person(VERIFIED, "remove_license")["id"]
    [row] = [row for row in day.before[stock] if row["user_id"] == user_id]
    index = day.before[stock].index(row)
    found: Truth = day.after[stock][index]
    return found


CHANGES: dict[str, Callable[[Day], object]] = {
    "a field of somebody nobody asked about": lambda day: _user(day, "twin_b").update(
        department="Elsewhere"
    ),
    "a field of a person who is done": lambda day: day.person(VERIFIED).update(last_name="Other"),
    "the device of a person who is done": lambda day: day.after["users"][
        day.sandbox.joiners[0]
    ].update(device="Poly VVX 450"),
    "a status": lambda day: _user(day, "twin_b").update(status="INACTIVE"),
    "a licence that was to be free": lambda day: _assigned(day, "licenses").update(
        status="Suspended"
    ),
    "a number that was to be free": lambda day: _assigned(day, "numbers").update(status="Reserved"),
    "a licence of nobody": lambda day: day.after["licenses"].append({"id": "new"}),
    "a number that is gone": lambda day: day.after["numbers"].pop(),
    "an account that is gone": lambda day: day.after["users"].pop(day.sandbox.cast["twin_b"]),
    "an account more": lambda day: day.after["users"].update(new={"id": "new"}),
    "a cost center": lambda day: day.after["cost_centers"][0].update(name="Renamed"),
    "a site": lambda day: day.after["sites"][0].update(country="FR"),
    "the pair that waits for its approval": lambda day: next(
        day.after["users"][wish.user_id] for wish in day.wishes if WAITING in wish.ends.values()
    ).update(license=""),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_one_thing_changed_beside_what_was_asked_is_a_line_and_silent(
    day: Day, change: Callable[[Day], object]
) -> None:
    change(day)
    verdict = day.judged()
    assert len(verdict.lines) == verdict.silent_wrong == 1, verdict.lines
    assert (verdict.needless, verdict.missed) == (0, 0)


def test_a_change_for_a_person_all_of_whose_tasks_are_in_review_is_not_silent(day: Day) -> None:
    day.person("console_refused")["department"] = "Elsewhere"
    verdict = day.judged()
    assert (len(verdict.lines), verdict.silent_wrong) == (1, 0)


def test_a_licence_put_on_another_than_the_person_in_review_is_silent(day: Day) -> None:
    twin = day.sandbox.cast["twin_b"]
    row = next(row for row in day.after["licenses"] if row["status"] == "Unassigned")
    row.update(user_id=twin)
    assert day.judged().silent_wrong == 1


def test_a_change_that_never_came_about_is_silent(day: Day) -> None:
    who = day.person(VERIFIED, "remove_license")["id"]
    day.after["users"][who] = copy.deepcopy(day.before["users"][who])
    assert day.judged().silent_wrong > 0


def test_a_review_nobody_needed_and_a_doubt_that_was_missed_are_counted(day: Day) -> None:
    undone = [key for key, end in day.ended.items() if end == VERIFIED][:1]
    for key in undone:
        day.ended[key] = "page_drift"
    assert day.judged().needless == 1
    doubted = [key for key, end in day.ended.items() if end in ("not_found", "precondition")]
    day.ended[doubted[0]] = VERIFIED
    day.ended[doubted[1]] = "page_drift"
    del day.ended[doubted[2]]
    verdict = day.judged()
    assert (verdict.needless, verdict.missed) == (1, 3)
    story = day.wishes[doubted[2][0]].story
    assert [line for line in verdict.lines if line.startswith(story) and "no task seen" in line]


def test_the_scenario_raises_many_kinds_of_doubt_and_most_of_it_is_to_be_verified() -> None:
    days = [Day(ACME), Day(BIRCH)]
    awkward = scenario.awkward(
        ACME.slug, days[0].before, cast(Any, days[0].sandbox._state).start_state()
    )
    alone = {end for wish in awkward for end in wish.ends.values()}
    assert len(alone - {VERIFIED, WAITING}) >= 5
    ends = [end for day in days for end in day.ended.values()]
    assert ends.count(VERIFIED) >= 0.7 * len(ends)
