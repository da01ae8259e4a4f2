"""The only source of time, so that a simulation can replace it."""

from __future__ import annotations

import contextlib
import time as _time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol


class Source(Protocol):
    """Where time comes from: now() aware UTC, monotonic() and sleep() in seconds."""

    def now(self) -> datetime:
        """Aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never run backwards."""

    def sleep(self, seconds: float) -> None:
        """Wait so many seconds."""


class _Real:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        # Where it exists, the clock that goes on while a machine sleeps: a click allowed before the
        # sleep must not be allowed after it.
        boot = getattr(_time, "CLOCK_BOOTTIME", None)
        return _time.monotonic() if boot is None else _time.clock_gettime(boot)

    def sleep(self, seconds: float) -> None:
        _time.sleep(seconds)


_source: Source = _Real()


def now() -> datetime:
    """The current time, aware, UTC."""
    return _source.now()


def monotonic() -> float:
    """Seconds that never run backwards; only differences mean something."""
    return _source.monotonic()


def sleep(seconds: float) -> None:
    """Wait so many seconds of this source."""
    _source.sleep(seconds)


@contextlib.contextmanager
def install(source: Source) -> Iterator[None]:
    """Use another source of time within the block."""
    global _source  # noqa: PLW0603 - the one place where time is exchanged
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
