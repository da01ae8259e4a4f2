"""What the demo asks for, and how each task must end: written down before anything runs.

People are those of the Sandbox's seed, already in the console as 8x8's own SCIM leaves them. The
expected ends follow from public facts of the console alone, never from what the robot did.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from robot.policy import BRAKE
from robot.sandbox.people import X2_GB, X2_US, X6_US, X8_US

VERIFIED = "verified"
#: The second half of a pair, waiting for the first half's approval.
WAITING = "waiting"
#: Parameters of a doubtful kind of end whose write was half saved by the console.
PARTIAL = "partial_save"


@dataclass(frozen=True, slots=True)
class Wish:
    """One request to the tasks API and its expected end.

    tenant: key of the tenant. user_id: the console's id of the person who is really meant, None when
    there is none. account, body: of the request. ends: operation -> state `verified` or `waiting`, or
    the code of the doubt.
    """

    tenant: str
    story: str
    user_id: str | None
    account: dict[str, str]
    body: dict[str, Any]
    ends: dict[str, str] = field(default_factory=dict)


def _keys(user: dict[str, Any]) -> dict[str, str]:
    return {"username": user["username"], "email": user["email"]}


def _license_for(user: dict[str, Any]) -> str:
    return X2_GB if user["site"] == "London" else X2_US


def _spare(truth: dict[str, Any]) -> Iterator[str]:
    """Free American numbers from the end of the list: the robot itself picks from its start."""
    free = [n["number"] for n in truth["numbers"] if n["status"] == "Available"]
    return (number for number in sorted(free, reverse=True) if number.startswith("+1 "))


def ordinary(
    tenant: str, truth: dict[str, Any], start: dict[str, Any], *, site_based: bool
) -> list[Wish]:
    """Joiners get a licence and a cost center, movers a number or a cost center, leavers go."""
    users = truth["users"]
    centers = [center["name"] for center in truth["cost_centers"]]
    wishes = []
    for index, user_id in enumerate(start["joiners"]):
        user = users[user_id]
        wanted = {"license": _license_for(user)}
        ends = {"assign_license": VERIFIED}
        if not site_based:
            wanted["cost_center"] = centers[index % len(centers)]
            ends["set_cost_center"] = VERIFIED
        wishes.append(Wish(tenant, "joiner", user_id, _keys(user), {"set": wanted}, ends))
    numbers = _spare(truth)
    for index, user_id in enumerate(start["movers"]):
        user = users[user_id]
        wanted, ends = {}, {}
        if user["site"] != "London":
            wanted = {"phone_number": next(numbers), "extension": f"19{index:02d}"}
            ends = {"set_work_phone": VERIFIED}
        if not site_based:
            others = [name for name in centers if name != user["cost_center"]]
            wanted["cost_center"] = others[index % len(others)]
            ends["set_cost_center"] = VERIFIED
        if not wanted:
            wanted, ends = {"license": user["license"]}, {"assign_license": VERIFIED}
        wishes.append(Wish(tenant, "mover", user_id, _keys(user), {"set": wanted}, ends))
    # As many as the removal brake lets pass in a day without a person (policy.BRAKE).
    for index, user_id in enumerate(start["leavers"][: BRAKE.floor]):
        user = users[user_id]
        if index == 0:
            ends = {"remove_license": "approval_required", "delete_user": WAITING}
            wishes.append(Wish(tenant, "leaver", user_id, _keys(user), {"delete": True}, ends))
        else:
            ends = {"remove_license": VERIFIED}
            wishes.append(
                Wish(tenant, "leaver", user_id, _keys(user), {"remove": ["license"]}, ends)
            )
    return wishes


def awkward(tenant: str, truth: dict[str, Any], start: dict[str, Any]) -> list[Wish]:
    """The people for whom a robot must stop and ask."""
    users, cast = truth["users"], start["cast"]

    def person(key: str) -> dict[str, Any]:
        found: dict[str, Any] = users[cast[key]]
        return found

    twin, accent, contact = person("twin_a"), person("accent"), person("contact")
    company = truth["company"]
    set_license = {"set": {"license": X2_US}}

    def wish(
        story: str, keys: dict[str, str], body: dict[str, Any], ends: dict[str, str], who: str = ""
    ) -> Wish:
        return Wish(tenant, story, cast[who] if who else None, keys, body, ends)

    return [
        wish(
            "two people share name, e-mail address and site",
            {
                "email": twin["email"],
                "full_name": f"{twin['first_name']} {twin['last_name']}",
                "site": twin["site"],
            },
            set_license,
            {"assign_license": "ambiguous_match"},
            "twin_a",
        ),
        wish(
            "the e-mail address of the request is not the one the console shows",
            {"username": accent["username"], "email": f"jose.obrien@{company}.example"},
            set_license,
            {"assign_license": "identity_mismatch"},
            "accent",
        ),
        wish(
            "8x8's SCIM has not created this joiner yet",
            {"username": f"{company}.late.joiner", "email": f"late.joiner@{company}.example"},
            set_license,
            {"assign_license": "not_found"},
        ),
        wish(
            "no such licence is left",
            _keys(contact),
            {"set": {"license": X8_US}},
            {"assign_license": "no_license_available"},
            "contact",
        ),
        wish(
            "the console offers a suspended licence and then refuses it",
            _keys(person("practice")),
            {"set": {"license": X6_US}},
            {"assign_license": "console_refused"},
            "practice",
        ),
        wish(
            "the console saves half: too long a first name for its number assistant",
            _keys(person("long_name")),
            set_license,
            {"assign_license": PARTIAL},
            "long_name",
        ),
        wish(
            "a deactivated user cannot be edited",
            _keys(person("deactivated")),
            {"set": {"phone_number": next(_spare(truth)), "extension": "1990"}},
            {"set_work_phone": "precondition"},
            "deactivated",
        ),
        wish(
            "the primary administrator is never touched",
            _keys(person("primary_admin")),
            {"set": {"cost_center": truth["cost_centers"][0]["name"]}},
            {"set_cost_center": "precondition"},
            "primary_admin",
        ),
    ]


def site_based(tenant: str, truth: dict[str, Any], start: dict[str, Any]) -> list[Wish]:
    """In a Site Based account the cost center follows the site and cannot be set for a person."""
    user = truth["users"][start["cast"]["contact"]]
    other = next(c["name"] for c in truth["cost_centers"] if c["name"] != user["cost_center"])
    body = {"set": {"cost_center": other}}
    ends = {"set_cost_center": "precondition"}
    return [Wish(tenant, "cost centers follow the site here", user["id"], _keys(user), body, ends)]
