"""A thread-safe sign of life: until when the present step may take, and whether to stop."""

from __future__ import annotations

import threading

from robot import clock
from robot.player.errors import Aborted


class Pulse:
    """The player's thread sets it at each step; the main thread asks it before each heartbeat."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._until = clock.monotonic() + seconds
        self._stopped = threading.Event()
        self._reason = ""

    def allow(self, seconds: float) -> None:
        """The step that begins now may take so long."""
        self._until = clock.monotonic() + seconds

    def holds(self) -> bool:
        """True while the present step is within its time."""
        return clock.monotonic() <= self._until

    def abort(self, reason: str) -> None:
        """Ask the player to stop between two steps."""
        self._reason = reason
        self._stopped.set()

    @property
    def aborted(self) -> bool:
        """True once abort was called."""
        return self._stopped.is_set()

    def check(self) -> None:
        """Raise Aborted when it was asked for."""
        if self._stopped.is_set():
            raise Aborted(self._reason)
