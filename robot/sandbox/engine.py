"""The Sandbox without its wires: state, time, faults, and the one way in for writes."""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass
from typing import Any, Literal

from robot.sandbox import reads, writes
from robot.sandbox.clock import Clock
from robot.sandbox.events import EventLog
from robot.sandbox.faults import Fault, Faults, HeldWrite, Holds
from robot.sandbox.model import EXTRAS, CostCenterType, Login, User, World
from robot.sandbox.people import build
from robot.sandbox.sessions import Sessions

Speed = Literal["none", "brisk", "real"]
# Least and greatest delay of a data request, and of a section that appears late, in seconds.
# real: a public script waits 2 to 8 s at these places; brisk is invented.
REQUEST_DELAY = {"none": (0.0, 0.0), "brisk": (0.03, 0.15), "real": (2.0, 8.0)}
SECTION_DELAY = {"none": 0.0, "brisk": 0.12, "real": 3.0}

SETTABLE = frozenset(
    {*writes.TEXT_FIELDS, *writes.CHOICES, *writes.VOICE_FIELDS}
    | {"site", "status", "display_in_directory", "scim", "cc_queues", "cc_admin", "cost_center"}
    | {"primary_admin", "secondary_admin", *EXTRAS}
)


class AnswerLostError(Exception):
    """The socket is to be closed in the middle of the answer."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a Sandbox was started with."""

    seed: int = 7
    people: int = 25
    speed: Speed = "none"
    company: str = "acme"
    cost_center_type: CostCenterType = "independent"


class Engine:
    """One company's state behind one lock. Safe to use from any thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        # Fresh at each start: names of classes and of the cookie, addresses of static files.
        self.salt = secrets.token_hex(4)
        self.clock = Clock()
        self.events = EventLog(self.clock)
        self.faults = Faults()
        self.holds = Holds()
        self.sessions = Sessions(self.clock)
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self.world: World
        self._seed = settings.seed
        self._stale: tuple[float, list[reads.Row]] | None = None
        self._requests = 0
        self._writes = 0
        self._forms = 0
        self.reset()

    def reset(self, seed: int | None = None) -> None:
        """A new world from the seed (the last one when None); everybody is signed out."""
        self.holds.clear()
        with self.lock:
            self._seed = self._seed if seed is None else seed
            chosen = self.settings
            self.world = build(self._seed, chosen.people, chosen.company, chosen.cost_center_type)
            self._stale = None
            self._requests = 0
        self.faults.clear()
        self.clock.reset()
        self.sessions.reset(self.world.logins)
        self.events.clear()

    def pause(self) -> None:
        """The delay of one data request; the same sequence for the same seed."""
        with self.lock:
            self._requests += 1
            turn = f"{self._seed}/{self._requests}"
        least, most = REQUEST_DELAY[self.settings.speed]
        share = hashlib.sha256(turn.encode()).digest()[0] / 255
        slow = self.faults.take("slow_first_paint")
        self.stopping.wait(least + (most - least) * share + (slow.seconds if slow else 0.0))

    def next_select_base(self) -> int:
        """Where a page load starts counting its drop-downs: never the same twice running."""
        with self.lock:
            self._forms += 1
            return 2 + (self._forms * 7) % 41

    def rows(self) -> list[reads.Row]:
        """The users list, from the snapshot while a stale_list fault lasts."""
        with self.lock:
            if self._stale and self.clock.now() < self._stale[0]:
                return self._stale[1]
            self._stale = None
            return reads.user_rows(self.world)

    def arm(self, fault: Fault) -> None:
        """Arm a fault; session_expiry and stale_list begin at once. Raises ValueError."""
        if fault.name == "session_expiry":
            self.sessions.expire_all()
        elif fault.name == "stale_list":
            with self.lock:
                self._stale = (self.clock.now() + fault.seconds, reads.user_rows(self.world))
        else:
            self.faults.arm(fault)
        self.events.add("control", "", "", {"fault": fault.name})

    def clear_faults(self) -> None:
        """Disarm everything; held writes are dropped."""
        self.faults.clear()
        self.holds.clear()
        with self.lock:
            self._stale = None

    def write(
        self, login: Login, page: str, operation: str, user_id: str, fields: dict[str, Any]
    ) -> writes.Outcome:
        """Carry out one write, once. Raises AnswerLostError when nobody may hear of it."""
        with self.lock:
            self._writes += 1
            request = f"w{self._writes}"
        detail = {"operation": operation, "user_id": user_id, "fields": fields, "request": request}
        self.events.add("write_received", login.username, page, detail)
        dropped = not self.holds.wait(HeldWrite(request, operation, user_id, fields))
        if dropped or self.faults.take("answer_lost_before", user_id, operation):
            self.events.add("write", login.username, page, {**detail, "outcome": "dropped"})
            raise AnswerLostError
        with self.lock:
            outcome = self._apply(login, operation, user_id, fields)
            self.events.add(
                "write",
                login.username,
                page,
                {**detail, "outcome": outcome.outcome, "message": outcome.message},
            )
        if self.faults.take("answer_lost_after", user_id, operation):
            raise AnswerLostError
        return outcome

    def _apply(
        self, login: Login, operation: str, user_id: str, fields: dict[str, Any]
    ) -> writes.Outcome:
        if self.faults.take("generic_failure", user_id, operation):
            return writes.Outcome("refused", 424, writes.FAILED)
        world = self.world
        if operation == "save_user":
            partial = self.faults.take("partial_save", user_id, operation) is not None
            return writes.save_user(world, user_id, fields, partial=partial)
        if operation == "delete_user":
            return writes.delete_user(world, user_id, allowed=login.may_delete)
        if operation in ("activate", "deactivate"):
            return writes.set_status(
                world, user_id, active=operation == "activate", allowed=login.may_delete
            )
        if operation == "assign_cost_center":
            return writes.assign_cost_center(world, user_id, str(fields.get("cost_center", "")))
        if operation == "save_cost_center_settings":
            return writes.save_cost_center_settings(world, fields)
        if operation == "return_numbers":
            return writes.return_numbers(world, [str(one) for one in fields.get("numbers", [])])
        if user_id not in world.users:
            return writes.Outcome("refused", 404, writes.GONE)
        # invented: what the two mails of the menu answer.
        return writes.Outcome("applied", 200, "E-mail sent")

    def edit_user(self, user_id: str, fields: dict[str, Any]) -> None:
        """Change the truth behind everybody's back, past all the console's rules.

        `license` takes a type's name or "", `phone_number` a number or "". Raises KeyError
        for an unknown user, ValueError for an unknown field, licence or number.
        """
        unknown = sorted(set(fields) - SETTABLE)
        if unknown:
            raise ValueError(f"cannot set {', '.join(unknown)}; {', '.join(sorted(SETTABLE))} can")
        with self.lock:
            user = self.world.users[user_id]
            license_name = fields.get("license")
            number = fields.get("phone_number")
            spare = self.world.free_license(license_name) if license_name else None
            if license_name and spare is None:
                raise ValueError(f"no free licence {license_name!r}")
            if number and number not in self.world.numbers:
                raise ValueError(f"no number {number!r}")
            if license_name is not None:
                writes.take_license(self.world, user)
            if spare:
                spare.status, spare.user_id, user.license_id = "Assigned", user.id, spare.id
            if number is not None:
                writes.give_number(self.world, user, number)
            for name, value in fields.items():
                if name in EXTRAS:
                    user.extras[name] = value
                elif name not in ("license", "phone_number", "status"):
                    setattr(user, name, value)
            if "status" in fields:
                active = fields["status"] == "ACTIVE"
                writes.set_status(self.world, user_id, active=active, allowed=True)
        self.events.add("control", "", "", {"edit_user": user_id, "fields": fields})

    def user(self, user_id: str) -> User | None:
        """The user of that id, or None."""
        with self.lock:
            return self.world.users.get(user_id)

    def stop(self) -> None:
        """Wake every waiting request; held writes are dropped."""
        self.stopping.set()
        self.holds.clear()
