"""For each shipped operation: whom it is tried on, with which parameters, and what is true then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from robot.sandbox.people import X2_US, X4_US
from robot.sandbox.server import Sandbox
from tests.browser.robot_hand import keys

User = dict[str, Any]

#: Free in every seed: the sandbox counts up from the site's first.
EXTENSION, ANOTHER = "1988", "1989"


@dataclass(frozen=True)
class Wish:
    """One change of one person. holds: whether the person of the truth (None once gone) is so."""

    user_id: str
    parameters: dict[str, str]
    holds: Callable[[User | None], bool]


def _of(sandbox: Sandbox, user_id: str) -> User:
    user: User = sandbox.truth()["users"][user_id]
    return user


def american(sandbox: Sandbox, ids: list[str]) -> str:
    """The first of these people whose numbers are American: there is no type for British ones."""
    return next(one for one in ids if _of(sandbox, one)["site"] != "London")


def free_number(sandbox: Sandbox) -> str:
    """An American number nobody has, as the console shows it; not the first one offered."""
    numbers = sandbox.truth()["numbers"]
    free: list[str] = [one["number"] for one in numbers if one["status"] == "Available"]
    return [one for one in sorted(free) if one.startswith("+1 ")][5]


def _is(user: User | None, **values: str | bool) -> bool:
    return user is not None and all(user[name] == value for name, value in values.items())


def assign_license(sandbox: Sandbox) -> Wish:
    user = _of(sandbox, american(sandbox, sandbox.joiners))
    number = free_number(sandbox)
    given = {"license": X2_US, "phone_number": number, "extension": EXTENSION}
    return Wish(user["id"], {**keys(user), **given}, lambda now: _is(now, **given))


def remove_license(sandbox: Sandbox) -> Wish:
    user = _of(sandbox, american(sandbox, sandbox.leavers))
    without = {"license": "", "phone_number": "", "extension": ""}
    return Wish(user["id"], keys(user), lambda now: _is(now, **without))


def set_work_phone(sandbox: Sandbox) -> Wish:
    user = _of(sandbox, american(sandbox, sandbox.movers))
    given = {"phone_number": free_number(sandbox), "extension": ANOTHER}
    return Wish(user["id"], {**keys(user), **given}, lambda now: _is(now, **given))


def set_cost_center(sandbox: Sandbox) -> Wish:
    user = _of(sandbox, sandbox.joiners[1])
    given = {"cost_center": "Engineering"}
    return Wish(user["id"], {**keys(user), **given}, lambda now: _is(now, **given))


def _with(user: User, **given: str) -> dict[str, str]:
    return {**keys(user), **given}


def change_license(sandbox: Sandbox) -> Wish:
    user = _of(sandbox, american(sandbox, sandbox.movers))
    given = {"license": X4_US}
    kept = {name: user[name] for name in ("phone_number", "extension")}
    return Wish(user["id"], _with(user, **given), lambda now: _is(now, **given, **kept))


def deactivate_user(sandbox: Sandbox) -> Wish:
    user = _of(sandbox, sandbox.cast["cc_user"])
    kept = {"license": user["license"], "license_status": "Suspended"}
    return Wish(user["id"], keys(user), lambda now: _is(now, status="INACTIVE", **kept))


def activate_user(sandbox: Sandbox) -> Wish:
    user = _of(sandbox, sandbox.cast["deactivated"])
    kept = {"license": user["license"], "license_status": "Assigned"}
    return Wish(user["id"], keys(user), lambda now: _is(now, status="ACTIVE", **kept))


#: What the profile is changed to. Names and e-mail address at once would leave too few keys.
PROFILE = {
    "email": "norah.receptionist@acme.example",
    "job_title": "Head of reception",
    "department": "Front of house",
    "language": "de-DE",
    "time_zone": "Europe/Paris",
}


def set_profile(sandbox: Sandbox) -> Wish:
    """For somebody whom no SCIM owns; without the key that changes by this."""
    user = _of(sandbox, sandbox.cast["contact"])
    given = {"new_email" if name == "email" else name: PROFILE[name] for name in PROFILE}
    rest = keys(user, "username", "full_name", "site", "known_extension", "console_user_id")
    return Wish(user["id"], {**rest, **given}, lambda now: _is(now, **PROFILE))


def set_contact_number(sandbox: Sandbox) -> Wish:
    user = _of(sandbox, sandbox.joiners[1])
    number = "+1 808-555-0142"
    parameters = _with(user, contact_number=number)
    return Wish(user["id"], parameters, lambda now: _is(now, personal_contact_number=number))


def show_in_directory(sandbox: Sandbox) -> Wish:
    user = _of(sandbox, sandbox.joiners[1])
    return Wish(user["id"], keys(user), lambda now: _is(now, display_in_directory=True))


def hide_from_directory(sandbox: Sandbox) -> Wish:
    user = _of(sandbox, american(sandbox, sandbox.movers))
    return Wish(user["id"], keys(user), lambda now: _is(now, display_in_directory=False))


def delete_user(sandbox: Sandbox) -> Wish:
    user = _of(sandbox, sandbox.cast["contact"])
    return Wish(user["id"], keys(user), lambda now: now is None)


WISHES: dict[str, Callable[[Sandbox], Wish]] = {
    one.__name__: one
    for one in (
        assign_license,
        remove_license,
        change_license,
        set_work_phone,
        set_cost_center,
        set_profile,
        set_contact_number,
        show_in_directory,
        hide_from_directory,
        activate_user,
        deactivate_user,
        delete_user,
    )
}
