"""The one way in which intake says no."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from robot.models import Connection


class Wrong(NamedTuple):
    """One thing that is wrong: where (dotted path) and what, as a sentence for the caller.

    ledger: the path as it may be kept for ever; differs where the caller chose the words of it.
    """

    path: str
    detail: str
    ledger: str = ""


class Refusal(Exception):
    """A request that changes nothing. status: of HTTP; code: for programs; detail: for people.

    connection: whose request it was, where that is known in spite of the refusal.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        fields: Iterable[Wrong] = (),
        connection: Connection | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.fields = tuple(fields)
        self.connection = connection
