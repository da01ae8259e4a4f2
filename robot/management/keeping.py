"""Keeping a console login's lease while a person takes their time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from django.conf import settings
from django.db import connections

from robot import leases
from robot.models import ConsoleLogin


@contextmanager
def kept(login: ConsoleLogin) -> Iterator[Event]:
    """A thread renews the lease until the end; the event is set once that has failed."""
    ended, lost = Event(), Event()
    keeper = Thread(target=_keep, args=(login, ended, lost), name="login-lease", daemon=True)
    keeper.start()
    try:
        yield lost
    finally:
        ended.set()
        keeper.join()


def _keep(login: ConsoleLogin, ended: Event, lost: Event) -> None:
    try:
        while not ended.wait(settings.LEASE_SECONDS / 4) and leases.renew(login):
            continue
    finally:
        if not ended.is_set():
            lost.set()
        connections.close_all()  # this thread's own
