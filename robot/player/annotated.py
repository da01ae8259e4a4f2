"""The door for annotation files: their shape, before a flow is made of them.

What their parts mean is said in generate.py; what is wrong is told with its dotted path.
"""

from __future__ import annotations

from typing import Any, NoReturn

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from robot.player.generate import AnnotationError
from robot.player.steps import KINDS

Step = dict[str, Any]


def _refuse(said: str) -> NoReturn:
    """As pydantic wants to hear of it."""
    raise ValueError(said)


def _step(step: Step) -> Step:
    """A step that is added: an id and one kind, what it reads a mapping."""
    kinds = [key for key in step if key in KINDS]
    if "id" not in step or len(kinds) != 1:
        _refuse(f"must have an id and exactly one of {', '.join(KINDS)}")
    if not isinstance(step[kinds[0]], dict):
        _refuse(f"{kinds[0]} must be a mapping")
    _readings(step)
    return step


def _readings(step: Step) -> Step:
    read, anchors = step.get("read", {"facts": {}}), step.get("anchors", {})
    facts = read.get("facts") if isinstance(read, dict) else None
    if not isinstance(facts, dict) or not isinstance(anchors, dict):
        _refuse("read must have facts, and facts and anchors must be mappings")
    return step


class _Shape(BaseModel):
    model_config = ConfigDict(extra="allow")


class _Note(_Shape):
    """What is said of one recorded step. Unknown keys are told by generate.py."""

    before: list[Step] | None = None
    after: list[Step] | None = None
    set: Step | None = None
    each: list[Step] | None = None
    drop: bool = False

    @field_validator("before", "after")
    @classmethod
    def _added(cls, steps: list[Step] | None) -> list[Step] | None:
        return steps and [_step(one) for one in steps]

    @model_validator(mode="after")
    def _changes(self) -> _Note:
        for one in [self.set or {}, *(self.each or [])]:
            _readings(one)
        return self


class _Replaced(_Shape):
    to: str
    id: str = ""
    fragment: str = ""

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, data: Any) -> Any:
        if isinstance(data, dict) and "from" not in data:
            _refuse("needs from")
        if isinstance(data, dict) and "fragment" in data and "id" not in data:
            _refuse("needs an id for the fragment")
        return data


class _File(_Shape):
    name: str
    kind: str
    recording: str = ""
    steps: dict[str, _Note | None] | None = None
    first: list[Step] | None = None
    last: list[Step] | None = None
    read_back: list[Step] | None = None
    replaced: list[_Replaced] | None = None

    @field_validator("first", "last", "read_back")
    @classmethod
    def _added(cls, steps: list[Step] | None) -> list[Step] | None:
        return steps and [_step(one) for one in steps]


def parse(text: str) -> dict[str, Any]:
    """The annotations of a file. Raises AnnotationError naming the first thing that is wrong."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise AnnotationError(f"file: is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise AnnotationError("file: must be a mapping that begins with `format: 1`")
    try:
        _File.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        said = str(first["msg"]).removeprefix("Value error, ")
        raise AnnotationError(f"{where}: {said[:1].lower()}{said[1:]}") from error
    return data
