"""What `manage.py flow check` makes of what the player tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Self

from robot import clock, flows_index
from robot.management import flow_live
from robot.player import events as ev
from robot.player.flow import Flow


class Told:
    """A desk, and its bridge, whose player tells these events."""

    def __init__(self, *events: ev.Event) -> None:
        self._events = events

    def playing(self, flow: Flow, parameters: Mapping[str, str], **options: bool) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[ev.Event]:
        return iter(self._events)


def test_a_reader_that_has_read_all_fits() -> None:
    taken = ev.Capture("read_back", "last", "", "", clock.now())
    told = Told(ev.ReadBack({}, gone=False, capture=taken))
    assert flow_live.check(flows_index.load("login"), {}, told).whole  # type: ignore[arg-type]
