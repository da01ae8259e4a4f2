"""Stamped copies are drawn beside the work: in one thread of the process, soon after the capture.

Nothing waits for a copy. One that was not drawn, since the process ended first, is drawn when
somebody looks (`render.stamped`); the captured bytes are safe long before.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import structlog
from django.db import connections

from robot.evidence import render
from robot.models import Evidence

log = structlog.get_logger(__name__)


class _Stamper:
    """The thread, made on first use; a forked child makes its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = 0
        self._pool: ThreadPoolExecutor | None = None
        self._last: Future[None] | None = None

    def submit(self, row: Evidence) -> None:
        with self._lock:
            if self._pool is None or self._pid != os.getpid():
                self._pool = ThreadPoolExecutor(1, thread_name_prefix="stamper")
                self._pid = os.getpid()
            self._last = self._pool.submit(_draw, row)

    def wait(self, seconds: float) -> None:
        with self._lock:
            last = self._last if self._pid == os.getpid() else None
        if last is not None:
            last.result(seconds)


def _draw(row: Evidence) -> None:
    try:
        render.stamped(row)
    except Exception as error:  # noqa: BLE001 - the evidence is as good without; it is drawn on view
        log.warning("stamped copy not drawn", evidence=row.pk, reason=str(error))
    finally:
        connections.close_all()


_stamper = _Stamper()


def later(row: Evidence) -> None:
    """Have the row's copy drawn soon; returns at once. The row needs its tenant and task loaded."""
    _stamper.submit(row)


def wait(seconds: float = 60.0) -> None:
    """Until all that was asked for so far is drawn (or `seconds` are over): tests and measuring."""
    _stamper.wait(seconds)
