"""Fixtures shared by all tests."""

from __future__ import annotations

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
