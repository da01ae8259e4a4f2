"""Things that go wrong on command, and the hold that stops one write in mid-air."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

FAULTS = frozenset(
    {
        "session_expiry",
        "partial_save",
        "generic_failure",
        "answer_lost_after",
        "answer_lost_before",
        "stale_list",
        "suspended_offered",
        "slow_first_paint",
    }
)


@dataclass(slots=True)
class Fault:
    """One armed fault; `times` is how often it may still strike."""

    name: str
    times: int
    user_id: str | None = None
    operation: str | None = None
    seconds: float = 5.0


class Faults:
    """The armed faults, taken one strike at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        """Raises ValueError for a name nobody knows or a count below 1."""
        if fault.name not in FAULTS:
            raise ValueError(f"no fault {fault.name!r}; there are {', '.join(sorted(FAULTS))}")
        if fault.times < 1:
            raise ValueError(f"times must be 1 or more, not {fault.times}")
        with self._lock:
            self._armed.append(fault)

    def take(
        self, name: str, user_id: str | None = None, operation: str | None = None
    ) -> Fault | None:
        """Use up one strike of the first fault that fits, or return None."""
        with self._lock:
            for fault in self._armed:
                if fault.name != name:
                    continue
                if fault.user_id not in (None, user_id):
                    continue
                if fault.operation not in (None, operation):
                    continue
                fault.times -= 1
                if not fault.times:
                    self._armed.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._armed.clear()


@dataclass(slots=True)
class HeldWrite:
    """A write the server has received and not yet carried out."""

    request: str
    operation: str
    user_id: str
    fields: dict[str, Any]
    apply: bool = False
    done: threading.Event = field(default_factory=threading.Event)


class Holds:
    """Stops the next write of an operation until somebody releases it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[str | None] = []
        self._held: list[HeldWrite] = []

    def arm(self, operation: str | None) -> None:
        """Hold the next write; of any operation when None."""
        with self._lock:
            self._armed.append(operation)

    def wait(self, write: HeldWrite) -> bool:
        """Block while this write is held. True: carry it out; False: drop it."""
        with self._lock:
            armed = next((one for one in self._armed if one in (None, write.operation)), "")
            if armed == "":
                return True
            self._armed.remove(armed)
            self._held.append(write)
        write.done.wait()
        return write.apply

    def held(self) -> list[dict[str, Any]]:
        """The writes now stopped."""
        with self._lock:
            return [
                {
                    "request": write.request,
                    "operation": write.operation,
                    "user_id": write.user_id,
                    "fields": write.fields,
                }
                for write in self._held
            ]

    def release(self, *, apply: bool) -> int:
        """Let every held write go on; returns how many there were."""
        with self._lock:
            writes, self._held = self._held, []
        for write in writes:
            write.apply = apply
            write.done.set()
        return len(writes)

    def clear(self) -> None:
        """Disarm, and drop what is held."""
        with self._lock:
            self._armed.clear()
        self.release(apply=False)
