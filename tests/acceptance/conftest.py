"""Fixtures of this folder's tests."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot.sandbox.control import Control
from robot.sandbox.server import Sandbox
from tests.acceptance.theatre import Theatre
from tests.append_only import emptied_after_transactional_tests

__all__ = ["emptied_after_transactional_tests"]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A running Sandbox with a seed of its own, printed so that a failure can be repeated."""
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"sandbox seed {seed}")  # noqa: T201 - shown with a failing test
    with Sandbox(seed=seed, people=6) as running:
        yield running


@pytest.fixture
def control(sandbox: Sandbox) -> Control:
    """The sandbox's control port: the tests' hand, never the robot's."""
    return Control(sandbox.control_origin)


@pytest.fixture
def theatre(tmp_path: Path, sandbox: Sandbox, transactional_db: None) -> Iterator[Theatre]:
    """A tenant on that sandbox; no worker runs yet."""
    stage = Theatre(tmp_path, sandbox)
    try:
        yield stage
    finally:
        stage.close()
