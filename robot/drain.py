"""A quantum of work for one login: urgent tasks, readings, then others, until nothing is due or time is up."""

from __future__ import annotations

import structlog

from robot import clock, leases
from robot.attempt import Attempt
from robot.desk import Desk, LoginFailed
from robot.policy import QUANTUM_SECONDS, QUANTUM_TASKS
from robot.readback import Reading

log = structlog.get_logger(__name__)


def serve() -> int:
    """Claim the login that waited longest and work its tenant's tasks; how many were handled."""
    worker = leases.worker_name()
    login = leases.claim_login(worker)
    if login is None:
        return 0
    handled = 0
    until = clock.monotonic() + QUANTUM_SECONDS
    try:
        with Desk(login, worker) as desk:
            while handled < QUANTUM_TASKS and clock.monotonic() < until and leases.renew(login):
                if not _one(desk):
                    break
                handled += 1
    except LoginFailed as failed:
        # The desk has paused the login or counted the refusal, and its task is in review.
        log.warning("login refused", login=login.pk, reason=str(failed))
    finally:
        leases.release_login(login)
    return handled


def _one(desk: Desk) -> bool:
    """Do one task or one reading; False when nothing is due."""
    login, worker = desk.login, desk.worker
    task = leases.claim_task(login, worker, urgent=True)
    if task is None:
        reading = leases.claim_read(login, worker)
        if reading is not None:
            Reading(desk, reading).play()
            return True
        task = leases.claim_task(login, worker)
    if task is None:
        return False
    Attempt(desk, task).play()
    return True
