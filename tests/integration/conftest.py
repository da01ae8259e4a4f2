"""Fixtures of this folder's tests."""

from __future__ import annotations

from tests.append_only import emptied_after_transactional_tests

__all__ = ["emptied_after_transactional_tests"]
