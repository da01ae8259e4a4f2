"""Fixtures of this folder's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from robot.sandbox.control import Control
from robot.sandbox.server import Sandbox
from tests.acceptance.theatre import Theatre
from tests.append_only import emptied_after_transactional_tests
from tests.seeds import seed_of

__all__ = ["emptied_after_transactional_tests"]


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A running Sandbox with a seed of its own, which a failing run repeats."""
    with Sandbox(seed=seed_of(request), people=6) as running:
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
