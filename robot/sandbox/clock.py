"""The Sandbox's own time: the wall clock plus what `advance` has added."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class Clock:
    """Seconds since the epoch that a test can push forward, never back."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Epoch seconds, including every `advance`."""
        with self._lock:
            return time.time() + self._offset

    def wall(self) -> float:
        """Epoch seconds without `advance`: what somebody's phone shows."""
        return time.time()

    def iso(self) -> str:
        """`now` as an ISO 8601 string in UTC."""
        return datetime.fromtimestamp(self.now(), tz=UTC).isoformat(timespec="milliseconds")

    def advance(self, seconds: float) -> None:
        """Push time forward. Raises ValueError for a negative number."""
        if seconds < 0:
            raise ValueError(f"time only goes forward, not by {seconds} s")
        with self._lock:
            self._offset += seconds

    def reset(self) -> None:
        """Forget every `advance`."""
        with self._lock:
            self._offset = 0.0
