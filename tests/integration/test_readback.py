"""Reading back: what the player tells on the way is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Self

import pytest

from robot.models import ConsoleLogin, LedgerEntry
from robot.player import events as ev
from robot.player.flow import Flow
from robot.readback import Reading
from robot.states import State
from tests.integration import factory

pytestmark = pytest.mark.django_db


class Told:
    """A desk, and its bridge, whose player tells these events."""

    def __init__(self, login: ConsoleLogin, *events: ev.Event) -> None:
        self.login, self.worker, self.task = login, "w", None
        self._events = events

    def reading(self, flow: Flow, parameters: Mapping[str, str]) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[ev.Event]:
        return iter(self._events)


def test_notes_of_a_reading_are_in_the_ledger() -> None:
    task = factory.task(factory.account(factory.tenant()), state=State.APPLIED_UNVERIFIED)
    note = ev.Note("after", "lost_class", {"classes": ["name"]})
    told = Told(factory.login(task.tenant), note, ev.Transient("slow"))
    Reading(told, task).play()  # type: ignore[arg-type]
    entry = LedgerEntry.objects.get(task=task, kind="note")
    assert entry.body == {
        "step": "after",
        "what": "lost_class",
        "detail": {"classes": ["name"]},
    }
