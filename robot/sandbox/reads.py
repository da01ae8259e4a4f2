"""What the pages may ask: lists, one user, the options of the drop-downs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from robot.sandbox.model import LANGUAGES, SCOPES, TIME_ZONES, User, World

Row = dict[str, Any]

PAGE_SIZES = (25, 50, 100)


def user_rows(world: World) -> list[Row]:
    """One row a user, by name. Columns invented, after the documented fields."""
    users = sorted(
        world.users.values(),
        key=lambda one: (one.first_name.casefold(), one.last_name.casefold(), one.username),
    )
    pbxs = {one.id: one.name for one in world.pbxs}
    return [
        {
            "id": user.id,
            "name": user.name,
            "pbx": pbxs[world.site(user.site).pbx_id],
            "username": user.username,
            "email": user.email,
            "site": user.site,
            "license": world.license_name(user),
            "extension": user.extension,
            "phone_number": user.phone_number,
            "status": user.status,
            "cost_center": user.cost_center,
        }
        for user in users
    ]


def matching(rows: list[Row], keyword: str) -> list[Row]:
    """Rows whose name, e-mail, username, number or extension contains the keyword."""
    needle = keyword.strip().casefold()
    if not needle:
        return rows
    digits = "".join(char for char in needle if char.isdigit())
    phone = digits if len(digits) >= 3 and not any(char.isalpha() for char in needle) else ""
    return [row for row in rows if _matches(row, needle, phone)]


def _matches(row: Row, needle: str, phone: str) -> bool:
    keys = ("name", "email", "username", "phone_number", "extension")
    if any(needle in row[key].casefold() for key in keys):
        return True
    return bool(phone) and phone in "".join(char for char in row["phone_number"] if char.isdigit())


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows. `number` starts at 1; `total` counts all pages together."""

    rows: list[Row]
    total: int
    number: int
    size: int

    def json(self) -> dict[str, Any]:
        """As the list pages read it."""
        return {
            "content": self.rows,
            "totalElements": self.total,
            "page": self.number,
            "size": self.size,
        }


def page_of(rows: list[Row], number: int, size: int) -> Page:
    """Cut one page out. A number past the end gives the last page."""
    size = max(1, min(size, 100))
    last = max(1, -(-len(rows) // size))
    number = max(1, min(number, last))
    start = (number - 1) * size
    return Page(rows[start : start + size], len(rows), number, size)


def form_of(world: World, user: User) -> Row:
    """The edit form's values and what its drop-downs without stock offer."""
    here = world.site(user.site)
    # With a licence on, only sites of the same PBX are offered (8x8 support: otherwise the
    # licence has to come off first).
    sites = [one for one in world.sites if not user.license_id or one.pbx_id == here.pbx_id]
    form = world.truth_of(user)
    del form["cost_center"]
    form["options"] = {
        "site": [site.name for site in sites],
        "language": LANGUAGES,
        "time_zone": TIME_ZONES,
        "directory_scope": SCOPES,
    }
    return form


def license_options(world: World, site_name: str, *, suspended_too: bool) -> list[str]:
    """Types of the site's country with stock, and suspended ones shown in error."""
    country = world.site(site_name).country
    offered: set[str] = set()
    for one in world.licenses.values():
        if one.country != country:
            continue
        lie = suspended_too or one.name in world.offered_suspended
        if one.status == "Unassigned" or (one.status == "Suspended" and lie):
            offered.add(one.name)
    return sorted(offered)


def number_options(world: World, site_name: str) -> list[str]:
    """Available numbers of the site's country; numbers in porting are not listed."""
    prefix = "+44 " if world.site(site_name).country == "GB" else "+1 "
    return sorted(
        one.number
        for one in world.numbers.values()
        if one.status == "Available" and one.number.startswith(prefix)
    )


def suggestion(world: World, user_id: str, site_name: str, *, pressed: bool) -> str:
    """The next free extension, or for every third person who presses Suggest a ghost.

    A ghost is one that is taken (8x8 support: "Admin Console is suggesting a user extension
    that is already in use").
    """
    site = world.site(site_name)
    ghosts = sorted(
        one.extension
        for one in world.users.values()
        if one.extension and not one.license_id and one.site == site.name
    )
    unlucky = hashlib.sha256(user_id.encode()).digest()[0] % 3 == 0
    if pressed and unlucky and ghosts:
        return ghosts[0]
    return world.next_extension(site)


def license_rows(world: World) -> list[Row]:
    """Type, then country, then each licence with its holder (8x8 public docs)."""
    groups: dict[str, Row] = {}
    for one in world.licenses.values():
        group = groups.setdefault(one.name, {"name": one.name, "countries": {}})
        holder = world.users.get(one.user_id or "")
        group["countries"].setdefault(one.country, []).append(
            {
                "id": one.id,
                "status": one.status,
                "assigned_to": holder.name if holder else "",
                "service_address": world.site(holder.site).address if holder else "",
            }
        )
    return [groups[name] for name in sorted(groups)]


def number_rows(world: World) -> list[Row]:
    """Each claimed number with its status and holder."""
    rows: list[Row] = []
    for number in sorted(world.numbers):
        one = world.numbers[number]
        holder = world.users.get(one.user_id or "")
        rows.append(
            {
                "number": one.number,
                "status": one.status,
                "assigned_to": holder.name if holder else "",
                "extension": holder.extension if holder else "",
            }
        )
    return rows
