"""A value that must never be seen: its text form is ***, only the driver unwraps it."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """Holds one secret string. str(), repr() and format() give ***; it cannot be pickled."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The plain value. Only the driver calls this, at the moment of typing."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not stored")
