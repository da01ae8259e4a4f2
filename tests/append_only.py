"""Lets tests empty tables that are append only: a fixture for the conftest of database tests.

Tests with their own transactions are cleaned up by deleting every row, which the triggers of
robot/triggers.py refuse. Django makes them again right after (post_migrate), so the next test has them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from robot import triggers


@pytest.fixture(autouse=True)
def emptied_after_transactional_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    """Drop the triggers between the end of a transactional test and the emptying of its tables."""
    mark = request.node.get_closest_marker("django_db")
    names = set(request.fixturenames)
    transactional = bool(names & {"transactional_db", "live_server"}) or (
        mark is not None and bool(mark.kwargs.get("transaction"))
    )
    if not transactional:
        yield
        return
    request.getfixturevalue("transactional_db")  # so that ours ends before its clean-up
    yield
    triggers.drop()
