"""The only door for flow files: parse, put fragments in, check what holds between the parts.

Errors are lines `steps.3.fill.value: what is wrong and how to mend it`, all of a file at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from robot.player.checks import check
from robot.player.errors import FlowError
from robot.player.flow import Flow, FlowFile
from robot.player.steps import KINDS, PlayedStep, Step, Use

#: Path of a fragment's text by its name; raises FileNotFoundError.
FragmentText = Callable[[str], str]
#: How deep fragments may use fragments; deeper is taken for a circle.
_DEEPEST = 4


class _Loader(yaml.SafeLoader):
    """YAML's safe loader that refuses a key given twice, where the later would win unseen."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[object] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} is given twice", key_node.start_mark
            )
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_file(path: Path, *, types: Collection[str] | None = None) -> Flow:
    """Load a flow; its fragments lie in `fragments/` beside it, or beside a fragment itself.

    types: known names of parameter types, None for any. Raises FlowError; OSError when unreadable.
    """
    folder = path.parent if path.parent.name == "fragments" else path.parent / "fragments"

    def fragment(name: str) -> str:
        return (folder / f"{name}.yaml").read_text(encoding="utf-8")

    return load_text(path.read_text(encoding="utf-8"), path.stem, fragment=fragment, types=types)


def load_text(
    text: str,
    name: str,
    *,
    fragment: FragmentText | None = None,
    types: Collection[str] | None = None,
) -> Flow:
    """Load a flow from its text. name: the file's name without ending. Raises FlowError."""
    file = parse(text, name)
    used = _Used(fragment, [text])
    lines: list[str] = []
    steps = used.flatten(file.steps, "steps", lines)
    read_back = used.flatten(file.read_back, "read_back", lines)
    flow = Flow(
        name=file.name,
        kind=file.kind,
        version=file.version,
        application=file.application,
        summary=file.summary,
        parameters=dict(file.parameters),
        optional=frozenset(file.optional),
        steps=tuple(steps),
        read_back=tuple(read_back),
        changes=frozenset(file.changes),
        result=dict(file.result),
        gone=file.gone,
        facts=dict(file.facts),
        digest=hashlib.sha256("\0".join(used.texts).encode()).hexdigest(),
    )
    lines += check(flow, types, used.parameters)
    if lines:
        raise FlowError(name, lines)
    return flow


def parse(text: str, name: str) -> FlowFile:
    """One file by itself, fragments not put in. Raises FlowError."""
    try:
        # The loader is the safe one with one rule more.
        data = yaml.load(text, _Loader)  # noqa: S506
    except yaml.YAMLError as error:
        raise FlowError(name, [f"file: is no YAML: {' '.join(str(error).split())}"]) from error
    if not isinstance(data, dict):
        raise FlowError(name, ["file: must be a mapping that begins with `format: 1`"])
    lines: list[str] = []
    for part in ("steps", "read_back"):
        if isinstance(data.get(part), list):
            data[part] = [_normal(one, f"{part}.{i}", lines) for i, one in enumerate(data[part])]
    if lines:
        raise FlowError(name, lines)
    try:
        file = FlowFile.model_validate(data)
    except ValidationError as error:
        raise FlowError(name, _lines(error)) from error
    if file.name != name:
        raise FlowError(
            name, [f"name: is {file.name!r}; the file is called {name!r}, use one name"]
        )
    return file


def _normal(step: object, where: str, lines: list[str]) -> object:
    """`{id, fill: {...}}` as `{id, kind: fill, ...}`; complains where that cannot be done."""
    if not isinstance(step, dict):
        lines.append(f"{where}: must be a mapping such as {{id: s1, click: {{target: ...}}}}")
        return step
    kinds = [key for key in step if key in KINDS]
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none"
        lines.append(f"{where}: must have exactly one of {', '.join(KINDS)}; it has {found}")
        return step
    [kind] = kinds
    inner = step[kind]
    if not isinstance(inner, dict):
        lines.append(f"{where}.{kind}: must be a mapping such as {{target: ...}}")
        return step
    twice = sorted(set(inner) & set(step) | ({"kind"} & (set(inner) | set(step))))
    if twice:
        lines.append(f"{where}.{kind}.{twice[0]}: does not belong here; remove it")
        return step
    return {"kind": kind, **inner, **{key: value for key, value in step.items() if key != kind}}


_ADVICE = {
    "extra_forbidden": "is not known here; check its spelling or remove it",
    "missing": "is missing; add it",
    "union_tag_invalid": "is of no known kind",
    "union_tag_not_found": "needs `by:` to say how it finds the element",
}


def _lines(error: ValidationError) -> list[str]:
    """One line a mistake; of nested ones the innermost, which names the cause."""
    found: list[dict[str, Any]] = [dict(one) for one in error.errors()]
    places = [one["loc"] for one in found]
    inner = [
        one
        for one in found
        if not any(len(p) > len(one["loc"]) and p[: len(one["loc"])] == one["loc"] for p in places)
    ]
    return [_line(one) for one in inner]


def _line(error: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "file"
    said = str(error["msg"]).removeprefix("Value error, ")
    advice = _ADVICE.get(error["type"])
    if error["type"] == "union_tag_invalid":
        expected = error.get("ctx", {}).get("expected_tags", "").replace("'", "")
        advice = f"is of no known kind; use one of {expected}"
    if advice:
        return f"{where}: {advice}"
    given = error.get("input")
    shown = f"; it is {given!r}" if isinstance(given, str | int | float | bool) else ""
    return f"{where}: {said[:1].lower()}{said[1:]}{shown}"


class _Used:
    """Fragments put in place of `use`; collects their texts and the parameters they need."""

    def __init__(self, fragment: FragmentText | None, texts: list[str]) -> None:
        self._fragment, self.texts = fragment, texts
        self.parameters: dict[str, dict[str, str]] = {}

    def flatten(
        self,
        steps: tuple[Step, ...],
        where: str,
        lines: list[str],
        prefix: str = "",
        depth: int = 0,
    ) -> list[PlayedStep]:
        flat: list[PlayedStep] = []
        for index, step in enumerate(steps):
            if not isinstance(step, Use):
                flat.append(step.model_copy(update={"id": prefix + step.id}))
                continue
            at = f"{where}.{index}.use.fragment"
            file = self._file(step, at, lines, depth)
            if file is not None:
                self.parameters[file.name] = dict(file.parameters)
                inner = self.flatten(
                    file.steps, f"{at}.{file.name}", lines, f"{prefix}{file.name}.", depth + 1
                )
                flat += [_conditions_added(one, step) for one in inner]
        return flat

    def _file(self, step: Use, at: str, lines: list[str], depth: int) -> FlowFile | None:
        if depth >= _DEEPEST:
            lines.append(f"{at}: fragments use each other in a circle or too deep; cut one")
            return None
        try:
            if self._fragment is None:
                raise FileNotFoundError
            text = self._fragment(step.fragment)
            file = parse(text, step.fragment)
        except FileNotFoundError:
            lines.append(
                f"{at}: there is no fragment {step.fragment!r}; add fragments/{step.fragment}.yaml"
            )
            return None
        except FlowError as error:
            lines += [f"{at}.{step.fragment}.{line}" for line in error.lines]
            return None
        if file.kind != "fragment":
            lines.append(
                f"{at}: {step.fragment!r} is of kind {file.kind}; only a fragment can be used"
            )
            return None
        self.texts.append(text)
        return file


def _conditions_added(inner: PlayedStep, use: Use) -> PlayedStep:
    """A condition on the `use` holds for every step of the fragment that has none of that kind."""
    names = ("when_given", "when_absent", "when_fact", "unless_fact")
    added = {
        name: getattr(use, name)
        for name in names
        if getattr(use, name) is not None and getattr(inner, name) is None
    }
    return inner.model_copy(update=added) if added else inner
