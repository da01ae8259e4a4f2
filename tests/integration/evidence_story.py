"""A tenant with one of everything that is chained, and ways to tamper as an attacker would."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import models
from PIL import Image, ImageDraw

from robot import clock, permits, triggers
from robot.evidence import capture
from robot.evidence.store import folder_of
from robot.models import Doubt, Evidence, LedgerEntry, Permit, Task, Tenant
from robot.player.events import Capture, CaptureKind
from robot.states import State
from robot.transitions import doubt, move
from tests.integration import factory

#: Runs on_commit callbacks although the test's own transaction never commits.
Committing = Callable[..., AbstractContextManager[Any]]


def png(text: str = "Save", size: tuple[int, int] = (640, 400)) -> bytes:
    """A small picture with text and an edge, as a browser would give it: opaque, with alpha."""
    image = Image.new("RGBA", size, "#f5f6f8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, size[0] - 40, 90), fill="#ffffff", outline="#334455")
    draw.text((60, 55), text, fill="#112233")
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def captured(kind: CaptureKind = "before_commit", **columns: Any) -> Capture:
    """What the player would hand over."""
    given: dict[str, Any] = {
        "kind": kind,
        "step": "license.save",
        "url": "https://admin.example/users/7Kx0/edit?tab=licence&token=canary-in-url",
        "title": "Users",
        "taken_at": clock.now(),
        "png": png(),
        "box": (40.0, 40.0, 120.0, 50.0),
        "viewport": (640, 400),
    }
    return Capture(**(given | columns))


def save(task: Task, taken: Capture) -> Evidence:
    """Store it as a worker does."""
    return capture.save(
        taken, tenant=task.tenant, task=task, run=None, flow_version=3, login="acme.robot"
    )


@dataclass
class Story:
    """One tenant's chain and the rows in it."""

    tenant: Tenant
    task: Task
    pictures: list[Evidence]
    text: Evidence
    unavailable: Evidence
    doubt: Doubt
    permit: Permit

    def rows(self) -> dict[str, models.Model]:
        """One row of each kind, by the kind's name."""
        entry = LedgerEntry.objects.filter(tenant=self.tenant).order_by("pk").first()
        assert entry is not None
        found = {"evidence": self.pictures[0], "doubt": self.doubt, "permit": self.permit}
        return {"ledger": entry, **found}

    def file(self, evidence: Evidence) -> Path:
        """Where its bytes lie."""
        folder = folder_of(settings.EVIDENCE_STORE)
        assert folder is not None
        return folder / evidence.path


def tell(committing: Committing, slug: str = "") -> Story:
    """Make the story: a task that was doubted, approved and captured on the way."""
    with committing(execute=True):
        task = factory.task(factory.account(factory.tenant(slug)), state=State.RUNNING)
        pictures = [
            save(task, captured("arrived", png=png("Users"))),
            save(task, captured("before_commit", png=png("Licence"))),
        ]
        text = save(task, captured("text", png=None, text='- heading "Users"'))
        gone = save(task, captured("doubt", png=None, error="the page did not settle"))
        row = doubt(
            task, "approval_required", actor="worker", reason="a removal", evidence=pictures[1],
            facts={"parameters": {"license": "X"}}, detail={"asked": {"license": "X"}},
        )  # fmt: skip
        permit = permits.grant(task, row, row.facts, by="vera", decision="1")
        move(task, State.QUEUED, actor="vera", reason="approved")
    return Story(task.tenant, task, pictures, text, gone, row, permit)


def tamper(rows: Any, **columns: Any) -> None:
    """Change rows as somebody who holds the database: drop the triggers by name, then UPDATE."""
    triggers.drop()
    rows.update(**columns)
    triggers.install()


def delete(rows: Any) -> None:
    """Delete rows without asking anybody."""
    triggers.drop()
    rows._raw_delete(rows.db)
    triggers.install()


def verify(*words: str) -> tuple[int, str]:
    """`manage.py evidence verify`: its exit code and what it printed."""
    out = io.StringIO()
    try:
        call_command("evidence", "verify", *words, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()
