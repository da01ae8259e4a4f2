"""Celery's entry points: thin, without arguments, safe to run twice, lost or doubled.

A drain serves one login for a quantum and rings again while work is due. Recovery is the lease and
the sweeper alone; beat only rings more regularly than a worker's own idle bell.
"""

from __future__ import annotations

import threading
from typing import Any

import structlog
from celery import shared_task, signals
from django.conf import settings
from django.db import close_old_connections

from robot import doorbell, leases
from robot.drain import serve
from robot.evidence.convert import convert_due
from robot.evidence.rows import sweep_staged
from robot.player.browser import shared_host, stop_shared_host
from robot.sweep import sweep as sweep_once

log = structlog.get_logger(__name__)

#: Pictures turned into their archive form by one sweep that found nothing better to do.
IDLE_CONVERSIONS = 40
_stop_bell = threading.Event()


@shared_task(name="robot.worker.drain")
def drain() -> None:
    """Sweep, serve one login for a quantum, ring again if more is due."""
    sweep_once()
    # Only who found a free login rings again: else every bell would start a chain of its own.
    if serve() and next(iter(leases.due_tenants()), None) is not None:
        doorbell.ring(after=0.5)


@shared_task(name="robot.worker.sweep")
def sweep() -> None:
    """Apply the sweeper's rules; ring if work is due, else tidy the evidence."""
    sweep_once()
    if next(iter(leases.due_tenants()), None) is not None:
        doorbell.ring()
    else:
        sweep_staged()
        convert_due(IDLE_CONVERSIONS)


@signals.worker_process_init.connect
def _warm(**_: Any) -> None:
    """Start the child's browser before its first task needs it."""
    close_old_connections()
    shared_host().warm()


@signals.worker_process_shutdown.connect
@signals.worker_shutdown.connect
def _cool(**_: Any) -> None:
    """Close it: only the child's own end would, and a solo pool has no child."""
    _stop_bell.set()
    stop_shared_host()


@signals.worker_ready.connect
def _idle_bell(**_: Any) -> None:
    """Ring from the worker itself, beat or no beat."""

    def ring() -> None:
        while not _stop_bell.wait(settings.IDLE_BELL_SECONDS):
            doorbell.ring()

    threading.Thread(target=ring, name="idle-bell", daemon=True).start()
