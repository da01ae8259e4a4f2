"""Fixtures shared by all tests."""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.services import Postgres, Redis


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """postgres:// address of a real server's empty database; started once a session."""
    with Postgres() as server:
        yield server.url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """redis:// address of a real server; started once a session."""
    with Redis() as server:
        yield server.url


@pytest.fixture(autouse=True)
def drawn() -> Iterator[None]:
    """No copy of a picture is drawn into the next test."""
    yield
    if "robot.evidence.stamper" in sys.modules:
        sys.modules["robot.evidence.stamper"].wait()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make test-long` run every case of every matrix."""
    parser.addoption("--whole", action="store_true", help="all cases of each matrix, no sample")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep a sample of each matrix, chosen by the seed that pytest-randomly prints."""
    if config.getoption("whole"):
        return
    matrices: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("matrix"):
            matrices[item.nodeid.partition("[")[0]].append(item)
    chance = random.Random(config.getoption("randomly_seed", 0))
    left_out: set[pytest.Item] = set()
    for name in sorted(matrices):
        cases = sorted(matrices[name], key=lambda item: item.nodeid)
        mark = cases[0].get_closest_marker("matrix")
        keep = int(mark.kwargs["keep"]) if mark else len(cases)
        if len(cases) > keep:
            left_out |= set(cases) - set(chance.sample(cases, keep))
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]
