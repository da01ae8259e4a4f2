"""The robot's side of `manage.py bench`: a worker without Celery that works when it is told to.

Claims, plays, reads back and stores exactly as a drain does, with database, evidence and chain. One
JSON object a line: {"queue": [people]} plans tasks, {"work": n} does them on one signed-in desk,
{"convert": true} brings the pictures into their archive form, {"sizes": true} adds up the evidence.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.db.models import Sum

from robot import clock, leases
from robot.desk import Desk
from robot.drain import _one as step
from robot.evidence.convert import convert
from robot.evidence.rows import PNG, TEXT, WEBP
from robot.intake import desired
from robot.models import Connection, ConsoleLogin, Evidence, Task, Tenant
from robot.states import State


class NotVerified(Exception):
    """A task of the bench ended otherwise; the message says how."""


class RobotSide:
    """One tenant's login at one desk. Use as a context manager."""

    def __init__(self, slug: str) -> None:
        self.tenant = Tenant.objects.get(slug=slug)
        self.connection = Connection.objects.get(tenant=self.tenant)
        self.worker = leases.worker_name()
        self._desk: Desk | None = None

    def queue(self, people: list[dict[str, str]]) -> dict[str, Any]:
        """Wish each of them what stands beside their keys, as the tasks API would; {"tasks": keys}."""
        made: list[int] = []
        for person in people:
            keys = {"username": person["username"], "email": person["email"]}
            wish = {name: value for name, value in person.items() if name not in keys}
            tasks = desired.apply(
                keys,
                wish,
                tenant=self.tenant,
                source="bench",
                actor="bench",
                via=self.connection.slug,
            )
            made += [task.pk for task in tasks]
        return {"tasks": made}

    def work(self, count: int) -> dict[str, Any]:
        """Do so many queued tasks to their end; {"seconds": each}. Raises NotVerified."""
        desk = self._seat()
        return {"seconds": [self._task(desk) for _ in range(count)]}

    def _task(self, desk: Desk) -> float:
        begin = clock.monotonic()
        task = leases.claimable(self.tenant).first()
        while task is not None and task.state not in (State.VERIFIED, State.IN_REVIEW):
            if not leases.renew(desk.login) or not step(desk):
                break
            task.refresh_from_db()
        seconds = clock.monotonic() - begin
        if task is None or task.state != State.VERIFIED:
            raise NotVerified(ending(task))
        return seconds

    def _seat(self) -> Desk:
        """The desk, under the login's lease; signed in when it is first used."""
        if self._desk is None:
            login: ConsoleLogin | None = leases.claim_login(self.worker)
            if login is None:
                raise NotVerified("no login is free for the bench")
            self._desk = Desk(login, self.worker)
        return self._desk

    def convert(self) -> dict[str, Any]:
        """What an idle worker does a minute later: every picture as lossless WebP."""
        begin = clock.monotonic()
        pictures = Evidence.objects.filter(tenant=self.tenant, media_type=PNG)
        for one in pictures.exclude(kind="conversion").order_by("pk"):
            convert(one, remove=True)
        return {"seconds": clock.monotonic() - begin}

    def sizes(self) -> dict[str, Any]:
        """Bytes and counts of this tenant's evidence so far, and of the copies made from it."""
        rows = Evidence.objects.filter(tenant=self.tenant)

        def size(kind: str) -> int:
            return int(rows.filter(media_type=kind).aggregate(total=Sum("size"))["total"] or 0)

        copies = Path(settings.LOCAL_DIR) / "evidence" / ".derived" / self.tenant.slug
        return {
            "pictures": rows.filter(media_type=PNG).count(),
            "texts": rows.filter(media_type=TEXT).count(),
            "png": size(PNG),
            "text": size(TEXT),
            "webp": size(WEBP),
            "copies": sum(one.stat().st_size for one in copies.rglob("*") if one.is_file()),
        }

    def close(self) -> None:
        """Leave the desk and give the login back."""
        desk, self._desk = self._desk, None
        if desk is not None:
            desk.leave()
            leases.release_login(desk.login)


def ending(task: Task | None) -> str:
    """How a task ended, for the one line of an error."""
    if task is None:
        return "no task was due"
    last = task.runs.order_by("-pk").first()
    doubt = task.doubts.order_by("-pk").first()
    said = f": {doubt.code} {json.dumps(doubt.detail, default=str)[:300]}" if doubt else ""
    return f"{task} ended {task.state} ({last.outcome if last else 'no run'}){said}"


def serve(slug: str, asked: TextIO, say: Callable[[str], object]) -> None:
    """Answer line by line until standard input ends."""
    side = RobotSide(slug)
    calls: dict[str, Callable[[Any], dict[str, Any]]] = {
        "queue": side.queue,
        "work": side.work,
        "convert": lambda _: side.convert(),
        "sizes": lambda _: side.sizes(),
    }
    say(json.dumps({"ready": True}))
    try:
        for line in asked:
            ((name, argument),) = json.loads(line).items()
            try:
                answer = calls[name](argument)
            except Exception as error:  # noqa: BLE001 - told to the one who measures
                answer = {"error": f"{type(error).__name__}: {error}"}
            say(json.dumps(answer))
    finally:
        side.close()
