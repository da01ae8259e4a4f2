"""What must hold between the parts of a loaded flow; each rule yields lines a person can act on."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from robot.player.flow import Flow
from robot.player.steps import (
    READING_KINDS,
    Choose,
    Click,
    DoneIf,
    Expect,
    Fill,
    Identify,
    Open,
    PlayedStep,
    Press,
    Read,
    Reading,
    Upload,
)
from robot.player.targets import ByAttribute, Target, references, texts_of

#: Classes that must be able to agree on the element of a commit (policy's quorum for commits).
_COMMIT_CLASSES = 2


def check(
    flow: Flow, types: Collection[str] | None, fragments: dict[str, dict[str, str]]
) -> list[str]:
    """Everything wrong with the flow, as lines; empty when it can be played."""
    lines = [*_parameters(flow, types, fragments), *_ids(flow), *_commit(flow), *_read_back(flow)]
    facts = _walk(flow, flow.steps, "steps", set(), lines)
    _walk(flow, flow.read_back, "read_back", facts, lines)
    lines += _result(flow, facts)
    return lines


def _parameters(
    flow: Flow, types: Collection[str] | None, fragments: dict[str, dict[str, str]]
) -> Iterator[str]:
    if types is not None:
        for name, kind in flow.parameters.items():
            if kind not in types:
                known = ", ".join(sorted(types))
                yield f"parameters.{name}: {kind!r} is no type; use one of {known}"
        for name in (one for one, kind in flow.facts.items() if kind not in types):
            yield f"facts.{name}: {flow.facts[name]!r} is no type; use one of {', '.join(sorted(types))}"
    for name in sorted(flow.facts.keys() & flow.parameters.keys()):
        yield f"facts.{name}: is a parameter, whose type counts; remove it here"
    for name in sorted(flow.optional - flow.parameters.keys()):
        yield f"optional: {name!r} is no parameter; declare it under parameters or remove it"
    for fragment, wanted in fragments.items():
        for name, kind in wanted.items():
            if flow.parameters.get(name, kind) != kind:
                yield f"parameters.{name}: fragment {fragment} wants type {kind!r}; use one type"
            if name not in flow.parameters:
                yield f"parameters: fragment {fragment} needs {name!r}; add `{name}: {kind}`"


def _ids(flow: Flow) -> Iterator[str]:
    for part, steps in (("steps", flow.steps), ("read_back", flow.read_back)):
        seen: set[str] = set()
        for index, step in enumerate(steps):
            if step.id in seen:
                yield f"{part}.{index}.id: {step.id!r} is used twice; ids must differ"
            seen.add(step.id)


def _commit(flow: Flow) -> Iterator[str]:
    commits = [(i, step) for i, step in enumerate(flow.steps) if step.commit]
    if flow.kind != "operation":
        for index, _ in commits:
            yield f"steps.{index}.commit: a {flow.kind} changes nothing; remove commit"
        return
    if not isinstance(flow.steps[0], Open) and any(isinstance(s, DoneIf) for s in flow.steps):
        yield "steps.0: must be open, so that done_if is proved on a fresh page"
    if not commits:
        yield "steps: an operation changes something; mark the step that does with `commit: true`"
    if len(commits) > 1:
        others = ", ".join(step.id for _, step in commits)
        yield f"steps: {others} all commit; one operation is one commit, split it into two flows"
    for index, step in commits:
        at = f"steps.{index}.{step.kind}"
        if index != len(flow.steps) - 1:
            yield f"{at}.commit: must be the last step; what follows it belongs under read_back"
        if not isinstance(step, Click | Press):
            yield f"{at}.commit: only click and press can commit"
            continue
        if step.target is None:
            yield f"{at}.target: a commit needs a target; name the element it presses"
        elif len(step.target.classes()) < _COMMIT_CLASSES:
            have = ", ".join(sorted(step.target.classes()))
            yield f"{at}.target: a commit needs alternatives of two classes, it has only {have}"
        yield from _anchored(flow, index)
        if not flow.read_back:
            yield f"{at}.commit: a flow that commits needs read_back, or nobody knows if it worked"
        for name in ("when_given", "when_absent", "when_fact", "unless_fact"):
            if getattr(step, name) is not None:
                yield f"{at}.{name}: a commit is never left out; put the condition on an earlier step"


def _anchored(flow: Flow, index: int) -> Iterator[str]:
    upto = flow.steps[: index + 1]
    declared = [step.anchors for step in upto if step.anchors is not None]
    at = f"steps.{index}.{flow.steps[index].kind}"
    if not declared:
        yield f"{at}.anchors: no step up to here shows who it is; add anchors to it or before it"
    elif any(one.row for one in declared) and not any(
        isinstance(step, Identify) and step.expect == "present" for step in upto
    ):
        yield f"{at}.anchors.row: no identify step binds a row before; add one"
    elif declared[-1].row and not declared[-1].readings() and not _in_row(flow.steps[index]):
        yield f"{at}.anchors: the row is not the dialog; add readings of whom the dialog names"
    last_open = max((i for i, step in enumerate(upto) if isinstance(step, Open)), default=-1)
    if declared and not any(step.anchors for step in upto[max(last_open, 0) :]):
        yield f"{at}.anchors: the page opened at steps.{last_open} shows none; add anchors after it"


def _in_row(step: PlayedStep) -> bool:
    target = getattr(step, "target", None)
    return target is not None and target.in_row


def _read_back(flow: Flow) -> Iterator[str]:
    for index, step in enumerate(flow.read_back):
        if step.commit:
            yield f"read_back.{index}.{step.kind}.commit: a read-back changes nothing; remove commit"
        if step.kind not in READING_KINDS:
            yield f"read_back.{index}.{step.kind}: only reads and moves; use {', '.join(sorted(READING_KINDS))}"
        if isinstance(step, Read) and step.form:
            yield f"read_back.{index}.read.form: what is read back is true, not a form's wish; remove it"
    if flow.read_back and not isinstance(flow.read_back[0], Open):
        yield "read_back.0: must be open, so that a fresh page is read"
    absent = [s for s in flow.read_back if isinstance(s, Identify) and s.expect == "absent"]
    if flow.gone and len(absent) < 2:
        yield "read_back: gone needs two identify steps with expect: absent, one search a key"


def _result(flow: Flow, facts: set[str]) -> Iterator[str]:
    for name, wanted in flow.result.items():
        yield from _known(flow, wanted, set(flow.parameters), f"result.{name}")
        if name not in flow.changes:
            yield f"result.{name}: is not under changes; add it there"
    if flow.gone or not flow.read_back:
        return
    form = {n for step in flow.steps if isinstance(step, Read) and step.form for n in step.facts}
    again = {n for step in flow.read_back if isinstance(step, Read) for n in step.facts}
    before = {n for s in flow.steps if isinstance(s, Read) and not s.form for n in s.facts}
    for name in sorted(before | flow.changes):
        if name not in again:
            yield f"read_back: does not read {name!r} again; add it to a read step"
    for name in sorted(flow.changes - flow.result.keys() - form):
        yield f"changes: {name!r} has neither a result nor a form reading; add one of them"
    if flow.commit is not None and not flow.result:
        yield "result: says nothing; name at least one fact and its wanted value"


def _known(flow: Flow, template: str, known: set[str], where: str) -> Iterator[str]:
    try:
        names = references(template)
    except ValueError as error:
        yield f"{where}: {error}"
        return
    for name in sorted(names - known):
        yield f"{where}: ${{{name}}} is neither a parameter nor a fact read before; declare or read it"


def _walk(
    flow: Flow, steps: tuple[PlayedStep, ...], part: str, before: set[str], lines: list[str]
) -> set[str]:
    """Check the references of each step against what is known there; the facts known at the end."""
    facts = set(before)
    bound = False
    for index, step in enumerate(steps):
        at = f"{part}.{index}.{step.kind}"
        known = flow.parameters.keys() | facts
        for name in (step.when_given, step.when_absent):
            if name not in (None, *flow.parameters):
                lines += [f"{at}: {name!r} is no parameter; declare it under parameters"]
        for is_so in (step.when_fact, step.unless_fact):
            if is_so is not None:
                lines += _known(flow, is_so.equals, known, f"{at}.equals")
                if is_so.fact not in facts:
                    lines.append(f"{at}: fact {is_so.fact!r} is not read before; read it first")
        for where, target in _targets(step):
            for text in texts_of(target):
                lines += _known(flow, text, known, f"{at}.{where}")
            if target.in_row and not bound:
                lines.append(f"{at}.{where}.in_row: no identify step binds a row before; add one")
        lines += _of_kind(flow, step, at, known, facts)
        bound = bound or (isinstance(step, Identify) and step.expect == "present")
        if isinstance(step, Read):
            for name, reading in step.facts.items():
                if reading.column is not None and not bound:
                    lines.append(f"{at}.facts.{name}.column: no identify step binds a row before")
            facts |= step.facts.keys()
    return facts


def _of_kind(
    flow: Flow, step: PlayedStep, at: str, known: set[str], facts: set[str]
) -> Iterator[str]:
    match step:
        case Fill():
            if step.value is not None:
                yield from _known(flow, step.value, known, f"{at}.value")
                if _is_password(step.target):
                    yield f"{at}.value: a password field takes only secret: NAME, never a value"
        case Choose():
            if step.value is not None:
                yield from _known(flow, step.value, known, f"{at}.value")
        case Open():
            yield from _known(flow, step.path, known, f"{at}.path")
        case Expect():
            for name in ("text", "equals", "url"):
                if getattr(step, name) is not None:
                    yield from _known(flow, getattr(step, name), known, f"{at}.{name}")
            if step.fact is not None and step.fact not in facts:
                yield f"{at}.fact: {step.fact!r} is not read before; read it first"
        case DoneIf():
            for name, wanted in step.facts.items():
                yield from _known(flow, wanted, known, f"{at}.facts.{name}")
                if name not in facts:
                    yield f"{at}.facts.{name}: is not read before; read it first"
        case Upload():
            if step.path not in flow.parameters:
                yield f"{at}.path: {step.path!r} is no parameter; declare it under parameters"
        case Identify():
            for key in step.columns:
                if key not in flow.parameters:
                    yield f"{at}.columns.{key}: is no parameter; declare it, optional if it may be absent"
        case _:
            return


def _targets(step: PlayedStep) -> Iterator[tuple[str, Target]]:
    for name in ("target", "option", "loading", "empty", "more"):
        found = getattr(step, name, None)
        if isinstance(found, Target):
            yield name, found
    readings: dict[str, Reading] = {}
    if isinstance(step, Read):
        readings |= {f"facts.{name}": one for name, one in step.facts.items()}
    if step.anchors is not None:
        readings |= {f"anchors.{name}": one for name, one in step.anchors.readings().items()}
    for name, reading in readings.items():
        if reading.target is not None:
            yield f"{name}.target", reading.target


def _is_password(target: Target) -> bool:
    for one in target.alternatives:
        if isinstance(one, ByAttribute):
            pairs = {one.attribute: one.value, **one.also}
            if any("password" in value.lower() for value in pairs.values()):
                return True
    return target.fingerprint.get("type", "").lower() == "password"
