"""The door for annotation files: a wrong shape is one line with its place."""

from __future__ import annotations

import pytest

from robot import flows_index
from robot.player.annotated import parse
from robot.player.generate import AnnotationError

HEAD = "format: 1\nname: x\nkind: operation\n"


@pytest.mark.parametrize("name", flows_index.sources())
def test_shipped_annotations_pass(name: str) -> None:
    path = flows_index.directory() / "annotations" / f"{name}.yaml"
    assert parse(path.read_text(encoding="utf-8"))["name"] == name


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "file: must be a mapping"),
        ("- a\n", "file: must be a mapping"),
        ("a: [", "file: is no YAML"),
        ("format: 1\nname: x\n", "kind: field required"),
        ("format: 1\nkind: reader\n", "name: field required"),
        (HEAD + "steps: [click]\n", "steps: input should be a valid dictionary"),
        (HEAD + "steps: {click: drop}\n", "steps.click: input should be"),
        (HEAD + "steps: {click: {before: {}}}\n", "steps.click.before: input should be"),
        (HEAD + "steps: {click: {after: [{id: a}]}}\n", "steps.click.after: must have an id"),
        (HEAD + "steps: {click: {set: [1]}}\n", "steps.click.set: input should be"),
        (HEAD + "steps: {click: {set: {anchors: row}}}\n", "steps.click: read must have facts"),
        (HEAD + "last: [{id: a, read: {}}]\n", "last: read must have facts"),
        (HEAD + "last: [{id: a, click: it}]\n", "last: click must be a mapping"),
        (HEAD + "read_back: [open]\n", "read_back.0: input should be a valid dictionary"),
        (HEAD + "replaced: [{to: b}]\n", "replaced.0: needs from"),
        (HEAD + "replaced: [{from: a}]\n", "replaced.0.to: field required"),
        (HEAD + "replaced: [{from: a, to: b, fragment: c}]\n", "replaced.0: needs an id"),
    ],
)
def test_wrong_shape_is_told_with_its_place(text: str, line: str) -> None:
    with pytest.raises(AnnotationError) as raised:
        parse(text)
    assert str(raised.value).startswith(line)
