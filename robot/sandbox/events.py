"""What happened, in order: every sign-in, page, read, click and write."""

from __future__ import annotations

import threading
from typing import Any

from robot.sandbox.clock import Clock


class EventLog:
    """A list only ever added to. `seq` starts at 1 and has no gaps, also across `clear`.

    Kinds: sign_in, sign_out, page, click, read, write_received, write, control.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._events: list[dict[str, Any]] = []
        self._seq = 0

    def add(self, kind: str, user: str, page: str, detail: dict[str, Any]) -> None:
        """Write one event. `user` is the login's username, "" before sign-in."""
        with self._lock:
            self._seq += 1
            self._events.append(
                {
                    "seq": self._seq,
                    "at": self._clock.iso(),
                    "kind": kind,
                    "user": user,
                    "page": page,
                    "detail": detail,
                }
            )

    def after(self, seq: int) -> list[dict[str, Any]]:
        """Events with a number above `seq`, oldest first."""
        with self._lock:
            return [dict(event) for event in self._events if event["seq"] > seq]

    def clear(self) -> None:
        """Forget what happened; the numbers go on."""
        with self._lock:
            self._events.clear()
