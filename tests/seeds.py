"""Seeds of the sandboxes that tests start: a failing run repeats with the seed pytest printed."""

from __future__ import annotations

import random

import pytest


def seed_of(request: pytest.FixtureRequest) -> int:
    """Of pytest-randomly's seed and the test's own name, and printed with a failing test."""
    run = request.config.getoption("randomly_seed", 0)
    seed = random.Random(f"{run}/{request.node.nodeid}").randrange(1_000_000)
    print(f"sandbox seed {seed}, of --randomly-seed={run}")  # noqa: T201 - shown when it fails
    return seed
