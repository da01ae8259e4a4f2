"""Judges the demo by the Sandbox's whole truth: what was asked changed, and nothing else."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from robot.demo.scenario import PARTIAL, VERIFIED, Wish
from robot.sandbox.model import SOFTPHONE

Truth = dict[str, Any]
#: What frees numbers comes first: the console may give them to the next who needs one.
_FREEING = ("remove_license", "set_work_phone")
#: Fields of the profile that the truth calls as the request does.
_PROFILE = ("first_name", "last_name", "job_title", "department", "language", "time_zone")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not as asked. people: console ids of those it belongs to, if any."""

    path: str
    wanted: Any
    seen: Any
    people: frozenset[str]

    def __str__(self) -> str:
        return f"{self.path}: {self.wanted!r} expected, {self.seen!r} seen"


class _Expected:
    """The truth before, with each asked change carried out on it."""

    def __init__(self, before: Truth, after: Truth) -> None:
        self.before, self.after = before, after
        self.truth = copy.deepcopy(before)
        self.licenses = {row["id"]: row for row in self.truth["licenses"]}
        self.numbers = {row["number"]: row for row in self.truth["numbers"]}

    def _seen(self, user_id: str, name: str) -> str:
        """What the console has now, for what the request left open; "" for a person who is gone."""
        return str(self.after["users"].get(user_id, {}).get(name) or "")

    def license_on(self, user_id: str, license_name: str) -> None:
        """Any free licence of the asked type; which of them is the console's own choice."""
        user = self.truth["users"][user_id]
        chosen = self.licenses.get(self._seen(user_id, "license_id"))
        if chosen and chosen["name"] == license_name and chosen["status"] == "Unassigned":
            chosen.update(status="Assigned", user_id=user_id)
            user["license_id"] = chosen["id"]
        user.update(license=license_name, license_status="Assigned")

    def line_on(self, user_id: str, extension: str) -> None:
        """The asked extension, where open one of its own; the console's default device."""
        user = self.truth["users"][user_id]
        own = extension or self._seen(user_id, "extension")
        taken = {u["extension"] for key, u in self.truth["users"].items() if key != user_id}
        if own and own not in taken:
            user["extension"] = own
        user["device"] = user["device"] or SOFTPHONE

    def number_on(self, user_id: str, number: str) -> None:
        """The asked number; where open, a free one."""
        user = self.truth["users"][user_id]
        chosen = self.numbers.get(number or self._seen(user_id, "phone_number"))
        if chosen and chosen["status"] == "Available":
            if user["phone_number"]:
                self.numbers[user["phone_number"]].update(status="Available", user_id=None)
            chosen.update(status="Assigned", user_id=user_id)
            user["phone_number"] = chosen["number"]

    def license_off(self, user_id: str) -> None:
        """The licence is free again, the number back in the pool, the extension gone."""
        user = self.truth["users"][user_id]
        self.licenses[user["license_id"]].update(status="Unassigned", user_id=None)
        if user["phone_number"]:
            self.numbers[user["phone_number"]].update(status="Available", user_id=None)
        user.update(
            license="", license_id=None, license_status="", phone_number="", extension="", device=""
        )

    def status_on(self, user_id: str, *, active: bool) -> None:
        """The licence stays tied, Suspended while the user is inactive."""
        user = self.truth["users"][user_id]
        user["status"] = "ACTIVE" if active else "INACTIVE"
        if user["license_id"]:
            user["license_status"] = "Assigned" if active else "Suspended"
            self.licenses[user["license_id"]]["status"] = user["license_status"]

    def carry_out(self, wish: Wish, operation: str, end: str) -> None:
        """The effect that this operation must have had, given how it was to end."""
        wanted = wish.body.get("set", {})
        user_id = wish.user_id
        if user_id is None or end not in (VERIFIED, PARTIAL):
            return
        user = self.truth["users"][user_id]
        if operation == "assign_license" and user["license"] != wanted["license"]:
            self.license_on(user_id, wanted["license"])
            self.line_on(user_id, wanted.get("extension", ""))
            if end == VERIFIED:
                self.number_on(user_id, wanted.get("phone_number", ""))
        elif operation == "remove_license":
            self.license_off(user_id)
        elif operation == "set_work_phone":
            self.line_on(user_id, wanted["extension"])
            self.number_on(user_id, wanted["phone_number"])
        elif operation == "change_license":
            self.licenses[user["license_id"]].update(status="Unassigned", user_id=None)
            self.license_on(user_id, wanted["license"])
        elif operation in ("activate_user", "deactivate_user"):
            self.status_on(user_id, active=operation == "activate_user")
        elif operation == "set_profile":
            user |= {name: wanted[name] for name in _PROFILE if name in wanted}
            user["email"] = wanted.get("new_email", user["email"])
        elif operation == "set_contact_number":
            user["personal_contact_number"] = wanted["contact_number"]
        elif operation in ("show_in_directory", "hide_from_directory"):
            user["display_in_directory"] = operation == "show_in_directory"
        elif operation == "set_cost_center":
            user["cost_center"] = wanted["cost_center"]
        elif operation == "delete_user":
            if user["license_id"]:
                self.licenses[user["license_id"]].update(status="Unassigned", user_id=None)
            del self.truth["users"][user_id]


def differences(
    before: Truth, after: Truth, wishes: list[Wish], ended: Mapping[tuple[int, str], str]
) -> list[Difference]:
    """Every field of the whole truth that is not as the wishes ask. Empty means: exactly so.

    ended: (index of the wish, operation) -> how the task really ended. A task that was to be verified
    but was not must have changed nothing, so only what both sides call done is carried out.
    """
    expected = _Expected(before, after)
    done = [
        (wish, operation, end)
        for index, wish in enumerate(wishes)
        for operation, end in wish.ends.items()
        if ended.get((index, operation)) == end
    ]
    for wish, operation, end in sorted(done, key=lambda one: one[1] not in _FREEING):
        expected.carry_out(wish, operation, end)
    return _compare("", expected.truth, after, frozenset())


def _compare(path: str, wanted: Any, seen: Any, people: frozenset[str]) -> list[Difference]:
    if isinstance(wanted, dict) and isinstance(seen, dict):
        people |= {str(row["user_id"]) for row in (wanted, seen) if row.get("user_id")}
        return [
            line
            for key in sorted({*wanted, *seen}, key=str)
            for line in _compare(
                f"{path}.{key}",
                wanted.get(key),
                seen.get(key),
                people | {str(key)} if path == ".users" else people,
            )
        ]
    if isinstance(wanted, list) and isinstance(seen, list) and len(wanted) == len(seen):
        return [
            line
            for index, (left, right) in enumerate(zip(wanted, seen, strict=True))
            for line in _compare(f"{path}[{index}]", left, right, people)
        ]
    return [] if wanted == seen else [Difference(path.lstrip("."), wanted, seen, people)]
