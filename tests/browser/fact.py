"""The table of facts: what a source says of the real console, and how our pages show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.desk import Desk

SUPPORT = "8x8 support, 2025"
DOCS = "8x8 public docs"
CODE = "public automation code, about 2025"

Check = Callable[[Desk], None]


@dataclass(frozen=True)
class Fact:
    """One sentence, where it comes from, and the check on a signed-in page."""

    says: str
    source: str
    check: Check


FACTS: list[Fact] = []


def fact(says: str, source: str) -> Callable[[Check], Check]:
    """Put the decorated check into the table."""

    def add(check: Check) -> Check:
        FACTS.append(Fact(says, source, check))
        return check

    return add
