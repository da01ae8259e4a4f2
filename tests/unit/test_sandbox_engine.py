"""The sandbox keeps a request waiting as long as it says; tests of its truth need no browser."""

from __future__ import annotations

import pytest

from robot.sandbox.engine import SECTION_DELAY, Engine, Settings, Speed


@pytest.mark.parametrize(
    ("speed", "least", "most", "section"),
    [("none", 0.0, 0.0, 0.0), ("brisk", 0.03, 0.15, 0.12), ("real", 2.0, 8.0, 3.0)],
)
def test_a_request_waits_within_the_range_of_the_speed(
    speed: Speed, least: float, most: float, section: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    engine = Engine(Settings(people=0, speed=speed))
    monkeypatch.setattr(engine.stopping, "wait", waited.append)
    for _ in range(500):
        engine.pause()
    share = (most - least) / 20
    assert least <= min(waited) <= least + share
    assert most - share <= max(waited) <= most
    assert SECTION_DELAY[speed] == section


def test_the_same_seed_waits_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[list[float]] = []
    for _ in range(2):
        engine = Engine(Settings(seed=3, people=0, speed="real"))
        waited: list[float] = []
        monkeypatch.setattr(engine.stopping, "wait", waited.append)
        for _ in range(10):
            engine.pause()
        runs.append(waited)
    assert runs[0] == runs[1]
    assert len(set(runs[0])) > 5


def test_everybody_of_the_crowd_was_made_by_scim() -> None:
    world = Engine(Settings(people=25)).world
    crowd = [*world.joiners, *world.movers, *world.leavers]
    assert len(crowd) == 25
    assert all(world.users[one].scim for one in crowd)
