"""From a recording and its annotations to the text of a flow file; the same input, the same text.

The recording says what was done and to which elements. The annotations, keyed by the id that a step
gets here, say what a recording cannot: anchors, conditions, expectations, what is read back. A step's
id comes from what it does and to what, so that annotations survive a new recording.

In annotated steps a target may be the name of a recorded step or point, and so may a reading.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import yaml

from robot.player.folding import Step, steps_of
from robot.player.recording import Recording
from robot.player.steps import KINDS

#: Keys of a step itself; every other belongs to its kind.
_STEP_KEYS = frozenset(
    {
        "id", "note", "commit", "anchors", "when_given", "when_absent", "when_fact",
        "unless_fact", "timeout", "doubt",
    }
)  # fmt: skip
_TARGET_KEYS = ("target", "option", "loading", "empty", "more")
_HEAD = (
    "format",
    "name",
    "kind",
    "version",
    "application",
    "summary",
    "parameters",
    "optional",
    "facts",
)
_TAIL = ("changes", "result", "gone")
_NOTICE = (
    "# Made from recordings/{recording}.json and annotations/{name}.yaml. Change those, then run\n"
    "# `manage.py flow lint --write {name}`.\n"
)


class AnnotationError(Exception):
    """Annotations and recording do not fit; the message names the place and how to mend it."""


def generate(recording: Recording, annotations: Mapping[str, Any]) -> str:
    """The flow file's text. Raises AnnotationError."""
    maker = _Maker(recording, annotations)
    steps = maker.steps()
    flow: dict[str, Any] = {key: annotations[key] for key in _HEAD if key in annotations}
    flow["steps"] = steps
    if annotations.get("read_back"):
        flow["read_back"] = maker.added(annotations["read_back"], "read_back")
    flow |= {key: annotations[key] for key in _TAIL if key in annotations}
    text = yaml.dump(_styled(flow), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    name = annotations["name"]
    return _NOTICE.format(name=name, recording=annotations.get("recording", name)) + text


def skeleton(recording: Recording, name: str) -> str:
    """Annotations to begin with: the step ids, and what must be said before the flow can run."""
    steps = steps_of(recording)
    commits = any(step.get("commit") for step in steps)
    data: dict[str, Any] = {
        "format": 1,
        "name": name,
        "kind": "operation" if commits else "fragment",
        "version": 1,
        "application": recording.application,
        "summary": f"Say here in one line what {name} does.",
        "parameters": {one: one for one in recording.parameters},
        "steps": {step["id"]: {} for step in steps},
    }
    text = yaml.dump(data, sort_keys=False, allow_unicode=True, width=100)
    return text + "".join(f"# point: {one}\n" for one in recording.points)


class _Maker:
    """Puts annotations on steps, and recorded targets into annotated steps."""

    def __init__(self, recording: Recording, annotations: Mapping[str, Any]) -> None:
        self._recorded = steps_of(recording)
        self._points = recording.points
        self._notes: dict[str, Any] = annotations.get("steps") or {}
        self._annotations = annotations
        self._targets: dict[str, Any] = {
            name: point["target"] for name, point in recording.points.items() if "target" in point
        }
        for step in self._recorded:
            kind = _kind(step)
            if "target" in step[kind]:
                self._targets.setdefault(step["id"], step[kind]["target"])

    def steps(self) -> list[Step]:
        """All steps, in order. Raises AnnotationError."""
        ids = [step["id"] for step in self._recorded]
        for name in self._notes:
            if name not in ids:
                known = ", ".join(ids)
                raise AnnotationError(f"steps.{name}: was not recorded; recorded are {known}")
        made = self.added(self._annotations.get("first") or [], "first")
        replaced = self._replaced(ids)
        bound = self._binds_before(made)
        for step in self._recorded:
            if step["id"] in replaced:
                made += replaced[step["id"]]
                bound = bound or bool(replaced[step["id"]])
                continue
            note = self._notes.get(step["id"]) or {}
            where = f"steps.{step['id']}"
            self._check_keys(note, where)
            made += self.added(note.get("before") or [], f"{where}.before")
            bound = bound or self._binds_before(made)
            if not note.get("drop"):
                made += self._recorded_step(step, note, where, bound=bound)
            made += self.added(note.get("after") or [], f"{where}.after")
        return made + self.added(self._annotations.get("last") or [], "last")

    def _check_keys(self, note: Mapping[str, Any], where: str) -> None:
        unknown = sorted(set(note) - {"before", "after", "set", "each", "drop"})
        if unknown:
            raise AnnotationError(f"{where}.{unknown[0]}: use before, after, set, each or drop")

    def _replaced(self, ids: list[str]) -> dict[str, list[Step]]:
        """Recorded steps for which a fragment stands, here or in a flow that uses this one."""
        instead: dict[str, list[Step]] = {}
        for index, one in enumerate(self._annotations.get("replaced") or []):
            where = f"replaced.{index}"
            for end in ("from", "to"):
                if one[end] not in ids:
                    raise AnnotationError(f"{where}.{end}: {one[end]!r} was not recorded")
            inside = ids[ids.index(one["from"]) : ids.index(one["to"]) + 1]
            instead |= {name: [] for name in inside}
            if "fragment" in one:
                instead[one["from"]] = [{"id": one["id"], "use": {"fragment": one["fragment"]}}]
        return instead

    def _binds_before(self, steps: list[Step]) -> bool:
        return any("identify" in step or "use" in step for step in steps)

    def _recorded_step(
        self, step: Step, note: Mapping[str, Any], where: str, *, bound: bool
    ) -> list[Step]:
        made = []
        for change in note.get("each") or [note.get("set") or {}]:
            one = copy.deepcopy(step)
            kind = _kind(one)
            inner = one[kind]
            if bound and "target" in inner:
                _in_row(inner["target"])
            if inner.get("application") == self._annotations.get("application"):
                del inner["application"]
            for key, value in self._resolved(change, where).items():
                (one if key in _STEP_KEYS else inner)[key] = value
            if "pick" in change or "secret" in change:
                inner.pop("value", None)
            if kind in ("fill", "choose") and not {"value", "secret", "pick"} & inner.keys():
                raise AnnotationError(
                    f"{where}: the text was not kept; add `set: {{value: ...}}`, a secret or a pick"
                )
            made.append(_ordered(one))
        return made

    def added(self, steps: list[Any], where: str) -> list[Step]:
        """Annotated steps with recorded targets put in."""
        return [_ordered(self._resolved(step, f"{where}.{i}")) for i, step in enumerate(steps)]

    def _resolved(self, data: Any, where: str) -> Any:
        if isinstance(data, list):
            return [self._resolved(one, where) for one in data]
        if not isinstance(data, dict):
            return data
        found: dict[str, Any] = {}
        for key, value in data.items():
            if key in _TARGET_KEYS and isinstance(value, str):
                found[key] = self._target(value, f"{where}.{key}")
            elif key in ("read", "anchors") and isinstance(value, dict):
                facts = value if key == "anchors" else value["facts"]
                read = {
                    name: self._reading(one, f"{where}.{key}.{name}") for name, one in facts.items()
                }
                found[key] = read if key == "anchors" else {**value, "facts": read}
            else:
                found[key] = self._resolved(value, where)
        return found

    def _target(self, name: str, where: str) -> Any:
        if name not in self._targets:
            raise AnnotationError(f"{where}: {name!r} is no recorded step or point")
        return copy.deepcopy(self._targets[name])

    def _reading(self, value: Any, where: str) -> Any:
        """A reading: the name of a point, or `{point: NAME, more keys}`, or written out."""
        more = {"point": value} if isinstance(value, str) else value
        if not isinstance(more, dict) or "point" not in more:
            return more
        if more["point"] not in self._points:
            raise AnnotationError(f"{where}: {more['point']!r} was not pointed at")
        rest = {key: one for key, one in more.items() if key != "point"}
        return copy.deepcopy(self._points[more["point"]]) | rest


def _kind(step: Step) -> str:
    return next(key for key in step if key in KINDS)


def _in_row(target: dict[str, Any]) -> None:
    """Where identify has bound the row, the target is looked for in it."""
    for one in target["alternatives"]:
        if one["by"] == "row":
            one.pop("containing", None)
            target["in_row"] = True


def _ordered(step: Step) -> Step:
    kind = _kind(step)
    rest = {key: value for key, value in step.items() if key not in ("id", kind)}
    return {"id": step["id"], kind: step[kind], **rest}


class _Flow(dict[str, Any]):
    """A mapping written on one line."""


class _Dumper(yaml.SafeDumper):
    """Block style but for `_Flow`; no aliases, which would hide what a step says."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002
        # Lists stand further in than their key; the signature is PyYAML's.
        super().increase_indent(flow, indentless=False)


_Dumper.add_representer(
    _Flow,
    lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True),
)


def _styled(data: Any, key: str = "") -> Any:
    """Alternatives, fingerprints and small mappings on one line each."""
    if isinstance(data, list):
        return [_styled(one, key) for one in data]
    if not isinstance(data, dict):
        return data
    flat = not any(isinstance(value, dict | list) for value in data.values())
    if (
        data
        and flat
        and key
        in ("alternatives", "fingerprint", "use", "when_fact", "unless_fact", "columns", "result")
    ):
        return _Flow(data)
    return {name: _styled(value, name) for name, value in data.items()}
