"""The seed: one company, the same for the same number, with a cast of awkward people."""

from __future__ import annotations

import base64
import random
import re
import unicodedata
from typing import Any

from robot.sandbox.model import (
    SOFTPHONE,
    CostCenter,
    CostCenterType,
    License,
    Login,
    Number,
    Pbx,
    Site,
    User,
    World,
)
from robot.sandbox.names import DEPARTMENTS, FIRST, LAST, QUEUES, TITLES

# Spelling of the first: public automation code. The rest follow it (invented SKUs for X4 on).
X2_US = "X Series - X2-VOSVC0216-02-US"
X4_US = "X Series - X4-VOSVC0217-02-US"
X6_US = "X Series - X6-VOSVC0218-02-US"
X8_US = "X Series - X8-VOSVC0220-02-US"
X2_GB = "X Series - X2-VOSVC0216-02-GB"

NEW_YORK, AUSTIN, LONDON = "New York", "Austin", "London"

# key -> (first name, last name, end of the username, other fields). The key "license" of the
# fields names the type the person starts with.
_ROLES: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "practice": ("Robot", "Practice", "robot.practice", {"display_in_directory": False}),
    "contact": ("Nora", "Reception", "nora.reception", {}),
    "deactivated": ("Derek", "Stone", "derek.stone", {"license": X2_US, "status": "INACTIVE"}),
    "cc_user": ("Carmen", "Quiroga", "carmen.quiroga", {"license": X2_US, "cc_queues": QUEUES}),
    "cc_admin": ("Colin", "Ashdown", "colin.ashdown", {"license": X2_US, "cc_admin": True}),
    "primary_admin": ("Priya", "Anand", "priya.anand", {"license": X4_US, "primary_admin": True}),
    "robot_one": ("Switchboard", "One", "switchboard.one", {"secondary_admin": True}),
    "robot_two": ("Switchboard", "Two", "switchboard.two", {"secondary_admin": True}),
    "twin_a": ("Maria", "Lopez", "maria.lopez", {"email": "maria.lopez"}),
    "twin_b": ("Maria", "Lopez", "maria.lopez2", {"email": "maria.lopez", "license": X2_US}),
    "active_twin": ("Sam", "Taylor", "sam.taylor", {"license": X2_US}),
    "inactive_twin": ("Sam", "Taylor", "sam.taylor.old", {"status": "INACTIVE"}),
    "long_name": (
        "Wilhelmina Alexandrina Theodora Clementine",
        "Vanderbilt",
        "wilhelmina.vanderbilt",
        {"display_in_directory": False},
    ),
    "accent": ("José", "O'Brien-Ñuñez", "jose.obrien-nunez", {}),
    # 8x8 support: a Contact Center user not fully removed keeps the extension.
    "ghost_extension": ("Greta", "Holm", "greta.holm", {"extension": "ghost"}),
    "trapped_x8": ("Tobias", "Falk", "tobias.falk", {"license": X8_US, "status": "INACTIVE"}),
}


def cast_usernames(company: str) -> dict[str, str]:
    """Username by key of the named cast; the same for every seed."""
    return {key: f"{company}.{role[2]}" for key, role in _ROLES.items()}


CAST = cast_usernames("acme")


def ascii_word(text: str) -> str:
    """Lower-case ASCII letters of a name, for usernames."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9-]", "", plain.lower())


def _opaque(rng: random.Random) -> str:
    """22 characters of base64url, like the ids real back-ends hand out (invented)."""
    return base64.urlsafe_b64encode(rng.randbytes(16)).decode().rstrip("=")


class _Seed:
    def __init__(self, number: int, people: int, company: str, kind: CostCenterType) -> None:
        self.rng = random.Random(number)
        self.people = people
        self.joiner_count = people * 2 // 5
        pbxs = [
            Pbx(_opaque(self.rng), f"{company}-us"),
            Pbx(_opaque(self.rng), f"{company}-emea"),
        ]
        sites = [
            Site(_opaque(self.rng), name, pbx.id, country, 4, code, address)
            for name, pbx, country, code, address in (
                (NEW_YORK, pbxs[0], "US", "1", "1 Sample Plaza, New York, NY 10000"),
                (AUSTIN, pbxs[0], "US", "2", "20 Specimen Street, Austin, TX 73300"),
                (LONDON, pbxs[1], "GB", "3", "3 Example Lane, London EC0 0AA"),
            )
        ]
        centers = [
            CostCenter("Corporate", "CC-1000"),
            CostCenter("Engineering", "CC-2000"),
            CostCenter("Sales", "CC-3000"),
            CostCenter("Sales EMEA", "CC-3100"),
            CostCenter("Support", "CC-4000"),
        ]
        by_site = {NEW_YORK: "Corporate", AUSTIN: "Support", LONDON: "Sales EMEA"}
        self.world = World(company, kind, pbxs, sites, centers, by_site)

    def stock(self) -> None:
        """Licences and numbers, with more than the joiners can use."""
        room = self.joiner_count + 20
        free = {X2_US: max(60, room), X4_US: 20, X2_GB: max(20, room)}
        for name, count in free.items():
            for _ in range(count):
                self.license(name)
        # Only a suspended licence is left of this type, and the console offers it all the same
        # (8x8 support: suspended licences are "erroneously shown as available").
        self.license(X6_US).status = "Suspended"
        self.world.offered_suspended.add(X6_US)
        held = self.people + len(_ROLES)
        # Numbers from ranges reserved for fiction: NANP 555-01XX, Ofcom 020 7946 0XXX.
        american = [
            f"+1 {area}-555-{line:04d}"
            for area in (212, 415, 512, 617, 702, 808)
            for line in range(100, 200)
        ]
        british = [f"+44 207-946-{line:04d}" for line in range(1000)]
        self.rng.shuffle(american)
        self.rng.shuffle(british)
        numbers = american[: max(90, room) + held + 3] + british[: max(25, room) + held + 2]
        for text in sorted(numbers):
            self.world.numbers[text] = Number(text)
        for text in [*american[:3], *british[:2]]:
            self.world.numbers[text].status = "PORTING"

    def license(self, name: str) -> License:
        license_ = License(self.rng.randbytes(8).hex(), name, name[-2:])
        self.world.licenses[license_.id] = license_
        return license_

    def user(self, first: str, last: str, username: str, site: str, **fields: Any) -> User:
        rng, world = self.rng, self.world
        local = fields.pop("email", username)
        license_name = fields.pop("license", "")
        zone = "Europe/London" if site == LONDON else "America/New_York"
        user = User(
            id=_opaque(rng),
            username=f"{world.company}.{username}",
            first_name=first,
            last_name=last,
            email=f"{local}@{world.company}.example",
            site=site,
            job_title=rng.choice(TITLES),
            department=rng.choice(DEPARTMENTS),
            language="en-GB" if site == LONDON else "en-US",
            time_zone="America/Chicago" if site == AUSTIN else zone,
            **fields,
        )
        if world.cost_center_type == "site_based":
            user.cost_center = world.site_cost_centers[site]
        if license_name:
            self.equip(user, license_name)
        elif user.extension == "ghost":
            user.extension = world.next_extension(world.site(site))
        world.users[user.id] = user
        return user

    def equip(self, user: User, license_name: str) -> None:
        """A licence of its own (never from the free stock), a number and an extension."""
        license_ = self.license(license_name)
        license_.user_id, user.license_id = user.id, license_.id
        license_.status = "Assigned" if user.status == "ACTIVE" else "Suspended"
        prefix = "+44" if user.site == LONDON else "+1"
        free = [
            one
            for one in self.world.numbers.values()
            if one.status == "Available" and one.number.startswith(prefix)
        ]
        number = self.rng.choice(free)
        number.status, number.user_id = "Assigned", user.id
        user.phone_number = number.number
        user.extension = self.world.next_extension(self.world.site(user.site))
        user.device = SOFTPHONE

    def cast(self) -> None:
        for key, (first, last, username, fields) in _ROLES.items():
            user = self.user(first, last, username, NEW_YORK, **dict(fields))
            user.cc_queues = list(user.cc_queues)
            self.world.cast[key] = user.id

    def crowd(self) -> None:
        """Joiners, movers and leavers, each with a name of their own while names last."""
        pairs = [(first, last) for first in FIRST for last in LAST]
        chosen = self.rng.sample(pairs, self.people)
        movers = (self.people - self.joiner_count + 1) // 2
        for index, (first, last) in enumerate(chosen):
            username = f"{ascii_word(first)}.{ascii_word(last)}"
            site = self.rng.choices((NEW_YORK, AUSTIN, LONDON), weights=(5, 3, 2))[0]
            # All were made by 8x8's own SCIM, which leaves the licence and the directory to hands.
            if index < self.joiner_count:
                user = self.user(first, last, username, site, scim=True, display_in_directory=False)
                self.world.joiners.append(user.id)
                continue
            name = X2_GB if site == LONDON else X2_US
            user = self.user(first, last, username, site, scim=True, license=name)
            mover = index < self.joiner_count + movers
            (self.world.movers if mover else self.world.leavers).append(user.id)
            if self.world.cost_center_type == "independent":
                user.cost_center = self.rng.choice(self.world.cost_centers).name

    def logins(self) -> None:
        for key in ("robot_one", "robot_two", "primary_admin"):
            user = self.world.users[self.world.cast[key]]
            secret = base64.b32encode(self.rng.randbytes(20)).decode()
            # 8x8 public docs: passwords are 8 to 25 characters long.
            password = f"Sb-{self.rng.randbytes(6).hex()}"
            self.world.logins.append(Login(user.username, password, secret, user.id))


def build(seed: int, people: int, company: str, cost_center_type: CostCenterType) -> World:
    """A new world. `people` counts the ordinary ones besides the cast, 0 to 250.

    Raises ValueError when there are more people than phone numbers to give them.
    """
    if not 0 <= people <= 250:
        raise ValueError(f"people must be 0 to 250, not {people}")
    maker = _Seed(seed, people, company, cost_center_type)
    maker.stock()
    maker.cast()
    maker.crowd()
    maker.logins()
    return maker.world
