"""What a step reads and compares: readings, anchors, facts. The names they share."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from robot.player.targets import Target

Key: TypeAlias = Literal[
    "username", "email", "known_extension", "console_user_id", "full_name", "site"
]
#: Names of the keys that can prove who a person is; full_name and site prove only together.
KEYS: tuple[str, ...] = get_args(Key)

Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Application: TypeAlias = Literal["console", "billing"]
Source: TypeAlias = Literal["text", "value", "checked", "chosen", "url"]


class Model(BaseModel):
    """What all parts of a flow are: frozen, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Reading(Model):
    """Where a value is read: an element, a column of the bound row, or the address.

    from: `text`, `value` (of an input), `checked` ("true"/"false"), `chosen` (the shown choice of a
    select or combobox), `url`. pattern: a regular expression; its first group, or all it matches, is
    the value. empty: texts that stand for no value, such as a placeholder. absent_ok: no such
    element reads as "" at once, without waiting for it.
    """

    target: Target | None = None
    column: str | None = None
    source: Source = Field(default="text", alias="from")
    pattern: str | None = None
    empty: tuple[str, ...] = ()
    absent_ok: bool = False

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"is no regular expression ({error})") from error
        return pattern

    @model_validator(mode="after")
    def _one_place(self) -> Reading:
        if sum((self.target is not None, self.column is not None, self.source == "url")) != 1:
            raise ValueError("give exactly one of target, column, or from: url")
        return self


class Anchors(Model):
    """Where the keys of the person are seen before a commit.

    row: the row that identify bound, whose dialog holds the commit. The others: readings on the
    form that the commit saves.
    """

    row: bool = False
    username: Reading | None = None
    email: Reading | None = None
    known_extension: Reading | None = None
    console_user_id: Reading | None = None
    full_name: Reading | None = None
    site: Reading | None = None

    def readings(self) -> dict[str, Reading]:
        """Key -> where it is read, of those given."""
        found = {name: getattr(self, name) for name in KEYS}
        return {name: one for name, one in found.items() if one is not None}

    @model_validator(mode="after")
    def _some(self) -> Anchors:
        if not self.row and not self.readings():
            raise ValueError("name the bound row (row: true) or keys such as username and email")
        return self


class FactIs(Model):
    """A fact read so far and the value it is compared with."""

    fact: Name
    equals: str
