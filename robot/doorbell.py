"""The doorbell: tells workers that there is work. It may be lost or doubled; the database is the truth."""

from __future__ import annotations

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def ring(*, after: float = 0.0) -> None:
    """Ask for one drain, now or in so many seconds. A dead broker is logged, never raised."""
    try:
        # By name: the worker imports every room, so no room can import the worker.
        current_app.send_task(
            "robot.worker.drain", countdown=after or None, expires=after + 120, retry=False
        )
    except (OperationalError, OSError) as error:
        # Idle workers and beat sweep anyway; the work is in the database.
        log.warning("doorbell not heard", reason=type(error).__name__)


def ring_on_commit(*, after: float = 0.0) -> None:
    """Ring once the current transaction is committed."""
    transaction.on_commit(lambda: ring(after=after))
