"""Desired minus observed: which operations make a wish true. Pure: no database, no clock.

A wish is about fields of an account. What the console demands in an order comes out in that order,
linked by index: `after` waits for an earlier item, `approved_with` shares the approval of one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from robot import types

#: A desired value: text; None for a licence that should be off; True or False for `present`.
Value = str | bool | None

FIELDS = ("license", "phone_number", "extension", "cost_center", "present")
PHONE_FIELDS = ("phone_number", "extension")


class Unplannable(ValueError):
    """No operation makes this field true; `field` names it, the message says what is missing."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(message)
        self.field = field_name


@dataclass(frozen=True, slots=True)
class Planned:
    """One task to be made. after, approved_with: index of an earlier item of the same plan."""

    operation: str
    parameters: dict[str, str] = field(default_factory=dict)
    after: int | None = None
    approved_with: int | None = None
    urgent: bool = False


def plan(
    desired: Mapping[str, Value], observed: Mapping[str, str], wanted: Collection[str]
) -> list[Planned]:
    """The operations that make the `wanted` fields as desired; empty when all is observed so.

    desired: field -> value for every field known, wanted or not. observed: fact -> raw text last
    seen, without what is not known; a field that was never seen is planned, and the flow ends
    without a change if it finds it already so. Raises Unplannable, and KeyError for a wanted field
    without a desired value.
    """
    if "present" in wanted and desired["present"] is False:
        # Deleting a licensed user is refused by the console (8x8 support, 2025): the licence comes
        # off first, whatever was seen, and one approval is for both. A leaver goes before others.
        return [
            Planned("remove_license", urgent=True),
            Planned("delete_user", after=0, approved_with=0, urgent=True),
        ]
    planned = _license_and_phone(desired, observed, wanted)
    if "cost_center" in wanted:
        planned += _cost_center(desired, observed)
    return planned


def _license_and_phone(
    desired: Mapping[str, Value], observed: Mapping[str, str], wanted: Collection[str]
) -> list[Planned]:
    phone = {name: _text(desired, name) for name in PHONE_FIELDS if name in wanted}
    if "license" in wanted:
        wish = desired["license"]
        if wish is None:
            if phone:
                raise Unplannable(
                    next(iter(phone)), "cannot be set while the licence is taken away"
                )
            return [] if observed.get("license") == "" else [Planned("remove_license")]
        license_name = _text(desired, "license")
        if not _is_so("license", license_name, observed):
            # The console asks for number and extension on the same form and saves them together.
            return [Planned("assign_license", {"license": license_name, **phone})]
    if all(_is_so(name, value, observed) for name, value in phone.items()):
        return []
    number = phone.get("phone_number") or _known_number(desired, observed)
    return [Planned("set_work_phone", {"phone_number": number, **phone})]


def _cost_center(desired: Mapping[str, Value], observed: Mapping[str, str]) -> list[Planned]:
    wish = _text(desired, "cost_center")
    if _is_so("cost_center", wish, observed):
        return []
    return [Planned("set_cost_center", {"cost_center": wish})]


def _text(desired: Mapping[str, Value], name: str) -> str:
    value = desired[name]
    if not isinstance(value, str):
        raise Unplannable(name, "can be set but not taken away")
    return value


def _is_so(name: str, value: str, observed: Mapping[str, str]) -> bool:
    return name in observed and types.equal_fact(name, value, observed[name])


def _known_number(desired: Mapping[str, Value], observed: Mapping[str, str]) -> str:
    """The number that an extension alone belongs to: as desired, else as seen."""
    wish = desired.get("phone_number")
    if isinstance(wish, str):
        return wish
    try:
        return types.TYPES["phone"].parse(observed.get("phone_number", ""))
    except types.InvalidValue:
        raise Unplannable(
            "extension", "needs a phone_number beside it: no number of this account is known"
        ) from None
