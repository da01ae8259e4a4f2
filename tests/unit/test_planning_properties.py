"""What holds of every plan, whatever is wished and seen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from robot import types
from robot.planning import FIELDS, Planned, Unplannable, Value, plan
from robot.policy import OPERATIONS

#: Planned, but refused at the door as long as no flow does them.
UNBUILT = ("create_user", "set_site")
REMOVALS = {name for name, operation in OPERATIONS.items() if operation.removal}

LICENSES = st.sampled_from(["X2", "X4", "Contact Center É"])
NUMBERS = st.sampled_from(["+15551234567", "+442071234567", "+15557654321"])
EXTENSIONS = st.sampled_from(["1042", "10", "77"])
CENTERS = st.sampled_from(["Sales", "Ops"])

desires = st.fixed_dictionaries(
    {},
    optional={
        "license": st.one_of(st.none(), LICENSES),
        "phone_number": NUMBERS,
        "extension": EXTENSIONS,
        "cost_center": CENTERS,
        "present": st.booleans(),
    },
)
facts = st.fixed_dictionaries(
    {},
    optional={
        "license": st.one_of(st.just(""), LICENSES),
        "phone_number": st.one_of(st.just(""), NUMBERS, NUMBERS.map(types.TYPES["phone"].render)),
        "extension": st.one_of(st.just(""), EXTENSIONS),
        "cost_center": st.one_of(st.just(""), CENTERS),
    },
)
wished = st.sets(st.sampled_from(FIELDS))


def _plan(desired: dict[str, Value], observed: dict[str, str], wanted: set[str]) -> list[Planned]:
    try:
        return plan(desired, observed, wanted & desired.keys())
    except Unplannable as refused:
        if refused.field not in wanted:
            raise
        return []


def _carried_out(planned: list[Planned], observed: dict[str, str]) -> dict[str, str]:
    """What the console shows once all of it is done."""
    seen = dict(observed)
    for item in planned:
        seen |= item.parameters
        if item.operation == "remove_license":
            seen |= {"license": "", "phone_number": "", "extension": ""}
    return seen


@given(desires, facts, wished)
def test_links_lead_backwards_and_operations_are_known(
    desired: dict[str, Value], observed: dict[str, str], wanted: set[str]
) -> None:
    planned = _plan(desired, observed, wanted)
    for index, item in enumerate(planned):
        assert item.operation in {*OPERATIONS, *UNBUILT}
        for link in (item.after, item.approved_with):
            assert link is None or 0 <= link < index
    assert len({item.operation for item in planned}) == len(planned)


@given(desires, facts, wished)
def test_parameters_are_wished_values_in_canonical_form(
    desired: dict[str, Value], observed: dict[str, str], wanted: set[str]
) -> None:
    for item in _plan(desired, observed, wanted):
        for name, value in item.parameters.items():
            assert types.TYPES[types.kind_of(name)].parse(value) == value
            if name in wanted & desired.keys():
                assert value == desired[name]


@given(desires, facts, wished)
def test_nothing_is_left_to_plan_once_all_is_done(
    desired: dict[str, Value], observed: dict[str, str], wanted: set[str]
) -> None:
    planned = _plan(desired, observed, wanted)
    if any(item.operation == "delete_user" for item in planned):
        return
    assert _plan(desired, _carried_out(planned, observed), wanted) == []


@given(desires, facts, wished)
def test_every_wished_value_not_seen_so_is_in_the_plan(
    desired: dict[str, Value], observed: dict[str, str], wanted: set[str]
) -> None:
    try:
        planned = plan(desired, observed, wanted & desired.keys())
    except Unplannable:
        return
    if "present" in wanted and desired.get("present") is False:
        assert [item.operation for item in planned] == ["remove_license", "delete_user"]
        return
    carried = {name: value for item in planned for name, value in item.parameters.items()}
    for name in wanted & desired.keys() - {"present"}:
        value = desired[name]
        if value is None:
            assert observed.get("license") == "" or planned[0].operation == "remove_license"
        else:
            seen = name in observed and types.equal_fact(name, str(value), observed[name])
            assert seen or carried[name] == value


@given(desires, facts)
def test_only_a_wish_to_be_gone_plans_removals(
    desired: dict[str, Value], observed: dict[str, str]
) -> None:
    wanted = {*FIELDS}
    removals = [p for p in _plan(desired, observed, wanted) if p.operation in REMOVALS]
    if desired.get("present") is not False and desired.get("license", "") is not None:
        assert removals == []


@given(desires, facts)
def test_no_wish_no_plan(desired: dict[str, Value], observed: dict[str, str]) -> None:
    assert plan(desired, observed, []) == []
