"""Lives: from any state of the console, the plan's operations in their order make the wish true."""

from __future__ import annotations

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from robot import types
from robot.planning import PHONE_FIELDS, PROFILE_FIELDS, Company, Planned, Unplannable, Value, plan
from tests.unit.console_model import PBX_OF, SITES, User

INSTEAD = Company(instead=True, pbx_of=PBX_OF)
ALONGSIDE = Company(pbx_of=PBX_OF)

NUMBERS = st.sampled_from(["+12125550101", "+12125550102"])
EXTENSIONS = st.sampled_from(["1042", "1043"])
SITE = st.sampled_from(sorted(SITES))
PROFILE = {name: st.sampled_from(["Ann", "Bea"]) for name in PROFILE_FIELDS} | {
    "email": st.sampled_from(["ann@acme.example", "bea@acme.example"]),
    "language": st.sampled_from(["en-US", "en-GB"]),
    "time_zone": st.sampled_from(["Europe/London", "America/New_York"]),
}
FLAG = st.sampled_from(["yes", "no"])


@st.composite
def users(draw: st.DrawFn, *, there: bool = False) -> User:
    """A user in any state the console can be in, or none."""
    if not there and draw(st.booleans()):
        return User(None)
    site = draw(SITE)
    licensed = draw(st.booleans())
    name = f"X{draw(st.sampled_from('24'))}-{SITES[site][1]}"
    return User(
        {
            **{name: draw(values) for name, values in PROFILE.items()},
            "site": site,
            "active": draw(st.sampled_from(["Active", "Deactivated"])),
            "license": name if licensed else "",
            "phone_number": "+1 212-555-0101" if licensed else "",
            "extension": "1042" if licensed else "",
            "in_directory": draw(st.sampled_from(["Yes", "No"])),
            "contact_number": draw(st.sampled_from(["", "+1 303-555-0142"])),
            "cost_center": draw(st.sampled_from(["Sales", "Ops"])),
        }
    )


@st.composite
def wishes(draw: st.DrawFn, /, *, licensed: bool = False, **fixed: Value) -> dict[str, Value]:
    """Everything an identity provider may say of a person at once.

    licensed: surely with a licence; else perhaps without, or without a word about it. fixed: values
    that are not left to chance.
    """
    site = draw(SITE)
    named = [f"X2-{SITES[site][1]}", f"X4-{SITES[site][1]}"]
    license_name = draw(st.sampled_from(named if licensed else [None, "", *named]))
    wish: dict[str, Value] = {
        **{name: draw(values) for name, values in PROFILE.items()},
        "site": site,
        "active": draw(FLAG),
        "in_directory": draw(FLAG),
        "contact_number": "+13035550143",
        "cost_center": draw(st.sampled_from(["Sales", "Ops"])),
        "present": draw(st.sampled_from([True, True, True, False])),
    }
    if license_name != "":
        wish["license"] = license_name
    if license_name:
        wish["phone_number"] = draw(NUMBERS)
        wish["extension"] = draw(EXTENSIONS)
    return wish | fixed


def observed(user: User) -> dict[str, str]:
    return {"present": ""} if user.facts is None else {"present": "yes", **user.facts}


def in_order(planned: list[Planned]) -> list[Planned]:
    """Done as a worker may: whatever is urgent first, but nothing before what it waits for."""
    left, done = list(range(len(planned))), []
    while left:
        free = [i for i in left if planned[i].after is None or planned[i].after in done]
        chosen = min(free, key=lambda i: (not planned[i].urgent, i))
        left.remove(chosen)
        done.append(chosen)
    return [planned[i] for i in done]


def planned_for(wish: dict[str, Value], user: User, company: Company) -> list[Planned]:
    """The plan. A move that costs a licence which nobody has named over there is not tried here."""
    facts = user.facts or {"site": str(wish["site"]), "license": ""}
    across = PBX_OF[facts["site"]] != PBX_OF[str(wish["site"])]
    assume(not (across and facts["license"] and "license" not in wish))
    return plan(wish, observed(user), wish.keys(), company)


def carried_out(planned: list[Planned], user: User) -> None:
    for item in in_order(planned):
        user.carry_out(item)


def unfulfilled(wish: dict[str, Value], user: User, *, instead: bool) -> set[str]:
    """Fields of the wish that the console does not show so."""
    if wish["present"] is False:
        return {"present"} if user.facts is not None else set()
    if user.facts is None:
        return {"present"} if instead and wish["active"] == "yes" else set()
    facts = user.facts
    if wish["active"] == "no":
        # Nothing else of somebody who shall not sign in is touched, but the licence is freed.
        relevant = {"active"} if instead else set()
        relevant |= {"license"} if wish.get("license", "") is None else set()
    else:
        relevant = set(wish) - {"present"} - (set() if instead else {"active"})
    return {
        name for name in relevant if not types.equal_fact(name, str(wish[name] or ""), facts[name])
    }


@given(users(), wishes())
def test_instead_of_scim_the_plan_makes_every_wish_true_and_then_there_is_nothing_left(
    user: User, wish: dict[str, Value]
) -> None:
    assume(wish["present"] is True or user.facts is not None)
    carried_out(planned_for(wish, user, INSTEAD), user)
    event(" ".join(user.log))
    assert unfulfilled(wish, user, instead=True) == set()
    if user.facts is not None:
        assert plan(wish, observed(user), wish.keys(), INSTEAD) == []


@given(users(there=True), wishes())
def test_alongside_scim_nobody_is_created_or_signed_out_but_for_a_trapped_licence(
    user: User, wish: dict[str, Value]
) -> None:
    # 8x8's SCIM has done its part: whoever is wished active is.
    facts = user.facts
    assert facts is not None
    assume(wish["active"] == "no" or facts["active"] == "Active")
    was = facts["active"]
    carried_out(planned_for(wish, user, ALONGSIDE), user)
    assert "create_user" not in user.log
    assert user.facts is None or user.facts["active"] == was
    assert unfulfilled(wish, user, instead=False) == set()


@given(users(there=True), wishes(present=True, active="no"))
def test_whoever_shall_not_sign_in_is_never_left_active(user: User, wish: dict[str, Value]) -> None:
    carried_out(planned_for(wish, user, INSTEAD), user)
    assert user.facts is not None
    assert user.facts["active"] == "Deactivated"


@given(users(there=True), wishes(licensed=True, present=True, active="yes"))
def test_nothing_is_removed_that_nobody_wished_away(user: User, wish: dict[str, Value]) -> None:
    facts = user.facts
    assert facts is not None
    across = PBX_OF[facts["site"]] != PBX_OF[str(wish["site"])]
    planned = planned_for(wish, user, INSTEAD)
    assert "delete_user" not in [one.operation for one in planned]
    assert "deactivate_user" not in [one.operation for one in planned]
    if not across:
        assert "remove_license" not in [one.operation for one in planned]


def test_a_move_to_another_pbx_takes_the_licence_off_and_gives_it_again_in_that_order() -> None:
    seen = {"site": "New York", "license": "X2-US", "active": "Active"}
    wish: dict[str, Value] = {"site": "London", "license": "X2-GB"}
    assert [(one.operation, one.after) for one in plan(wish, seen, wish.keys(), INSTEAD)] == [
        ("remove_license", None),
        ("set_site", 0),
        ("assign_license", 1),
    ]


def test_a_move_that_costs_the_licence_needs_to_be_told_which_one_comes_instead() -> None:
    seen = {"site": "New York", "license": "X2-US", "active": "Active"}
    with pytest.raises(Unplannable) as refused:
        plan({"site": "London"}, seen, ["site"], INSTEAD)
    assert refused.value.field == "site"
    off: dict[str, Value] = {"site": "London", "license": None}
    assert [one.operation for one in plan(off, seen, ["site"], INSTEAD)] == [
        "remove_license",
        "set_site",
    ]


def test_a_licence_trapped_on_a_deactivated_user_is_freed_and_the_user_is_deactivated_again() -> (
    None
):
    seen = {"active": "Deactivated", "license": "X2-US"}
    wish: dict[str, Value] = {"active": "no", "license": None}
    for company in (INSTEAD, ALONGSIDE):
        planned = plan(wish, seen, wish.keys(), company)
        assert [(one.operation, one.after) for one in planned] == [
            ("activate_user", None),
            ("remove_license", 0),
            ("deactivate_user", 1),
        ]


def test_phone_fields_follow_the_licence_they_were_wished_with() -> None:
    seen = {"active": "Active", "license": "", "site": "Austin"}
    wish: dict[str, Value] = {"license": "X2-US", "phone_number": "+12125550101"}
    (only,) = plan(wish, seen, wish.keys(), INSTEAD)
    assert only.operation == "assign_license"
    assert set(only.parameters) == {"license", "phone_number"} < {"license", *PHONE_FIELDS}
