"""A flow: what it is for, its steps, how its effect is read back and what must then be true."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from robot.player.steps import Application, Model, Name, PlayedStep, Step

FlowKind: TypeAlias = Literal["operation", "fragment", "login", "reader"]


class FlowFile(Model):
    """A flow as it is written; see `load.py` for what must hold between its parts."""

    format: Literal[1]
    name: Name
    kind: FlowKind
    version: Annotated[int, Field(ge=1)]
    application: Application
    summary: Annotated[str, Field(min_length=1, max_length=200)]
    parameters: dict[Name, str] = Field(default_factory=dict)
    optional: tuple[Name, ...] = ()
    facts: dict[Name, str] = Field(default_factory=dict)
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    read_back: tuple[Step, ...] = ()
    changes: tuple[Name, ...] = ()
    result: dict[Name, str] = Field(default_factory=dict)
    gone: bool = False


@dataclass(frozen=True)
class Flow:
    """A loaded flow: fragments put in, everything checked.

    parameters: name -> type name; `optional` ones may be absent. facts: fact -> type name, where it is
    no text and no parameter is called so. changes: facts it may change.
    result: fact -> wanted value. gone: the read-back must prove absence. digest: SHA-256 of all
    texts it was loaded from, fragments included.
    """

    name: str
    kind: FlowKind
    version: int
    application: Application
    summary: str
    parameters: dict[str, str]
    optional: frozenset[str]
    steps: tuple[PlayedStep, ...]
    read_back: tuple[PlayedStep, ...] = ()
    changes: frozenset[str] = frozenset()
    result: dict[str, str] = field(default_factory=dict)
    gone: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    digest: str = ""

    @property
    def commit(self) -> PlayedStep | None:
        """The step that changes the console, if there is one."""
        return next((step for step in self.steps if step.commit), None)

    def kind_of(self, name: str) -> str:
        """Type name of a parameter, of the fact of the same name or of a fact; `text` for others."""
        return self.parameters.get(name) or self.facts.get(name, "text")
