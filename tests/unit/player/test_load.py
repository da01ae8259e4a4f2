"""The door for flow files: what is refused, and with which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot import types
from robot.player.errors import FlowError
from robot.player.load import load_file, load_text
from robot.player.steps import KINDS
from tests.unit.player.world import ASSIGN, DELETE, flow

FLOWS = Path(__file__).parents[3] / "robot" / "flows"


def complaints(text: str, name: str = "assign_license", **more: object) -> list[str]:
    with pytest.raises(FlowError) as caught:
        load_text(text, name, **more)  # type: ignore[arg-type]
    return caught.value.lines


MESSAGES = [
    ("steps:", "stepz:", "stepz: is not known here; check its spelling or remove it"),
    ("format: 1", "format: 2", "format: input should be 1; it is 2"),
    ("version: 3", "version: 0", "version: input should be greater than or equal to 1; it is 0"),
    (
        "name: assign_license",
        "name: other",
        "name: is 'other'; the file is called 'assign_license', use one name",
    ),
    (
        "{id: list, open: {path: /users}}",
        "{id: list, opne: {path: /users}}",
        "steps.0: must have exactly one of " + ", ".join(KINDS) + "; it has none",
    ),
    (
        "{id: list, open: {path: /users}}",
        "{id: list, open: {path: /users}, clear: {}}",
        "steps.0: must have exactly one of " + ", ".join(KINDS) + "; it has open and clear",
    ),
    (
        "{id: list, open: {path: /users}}",
        "{id: list, open: /users}",
        "steps.0.open: must be a mapping such as {target: ...}",
    ),
    (
        "{id: list, open: {path: /users}}",
        "{id: list, open: {path: users}}",
        "steps.0.open.path: string should match pattern '^/'; it is 'users'",
    ),
    (
        "by: row, tag: button}]}}}\n  - id: before",
        "by: row, tg: button}]}}}\n  - id: before",
        "steps.2.click.target.alternatives.0.row.tag: is missing; add it",
    ),
    (
        "[{by: label, text: License}]}, value",
        "[{by: css, text: License}]}, value",
        (
            "steps.5.choose.target.alternatives.0: is of no known kind; "
            "use one of role, label, text, attribute, section, form, row, neighbour"
        ),
    ),
    (
        'value: "${license}"}',
        'value: "${licence}"}',
        (
            "steps.5.choose.value: ${licence} is neither a parameter nor a fact read before; "
            "declare or read it"
        ),
    ),
    (
        'value: "${license}"}',
        'value: "${License}"}',
        (
            "steps.5.choose.value: has a '${' that is no ${name}; "
            "write ${name} with a small-letter name"
        ),
    ),
    (
        "doubt: no_license_available",
        "doubt: broke",
        "steps.5.choose.doubt: 'broke' is no doubt; known are",
    ),
    (
        ", {by: form, tag: button, index: -1}",
        "",
        "steps.6.click.target: a commit needs alternatives of two classes, it has only name",
    ),
    (
        "    commit: true\nread_back:",
        "    commit: true\n    when_given: email\nread_back:",
        (
            "steps.6.click.when_given: a commit is never left out; "
            "put the condition on an earlier step"
        ),
    ),
    (
        "    commit: true\nread_back:",
        (
            "    commit: true\n  - {id: wait, wait_for: {target: {alternatives: "
            "[{by: text, text: Done}]}}}\nread_back:"
        ),
        "steps.6.click.commit: must be the last step; what follows it belongs under read_back",
    ),
    (
        "{id: so, done_if: {facts: {license:",
        "{id: so, done_if: {facts: {extension:",
        "steps.4.done_if.facts.extension: is not read before; read it first",
    ),
    (
        'result: {license: "${license}"}',
        'result: {license: "${license}", site: x}',
        "result.site: is not under changes; add it there",
    ),
    (
        "changes: [license]",
        "changes: [license, extension]",
        "read_back: does not read 'extension' again; add it to a read step",
    ),
    (
        "changes: [license]",
        "changes: [license, extension]",
        "changes: 'extension' has neither a result nor a form reading; add one of them",
    ),
    (
        "license: license}",
        "license: licence}",
        "parameters.license: 'licence' is no type; use one of",
    ),
]


@pytest.mark.parametrize(("old", "new", "line"), MESSAGES)
def test_each_mistake_is_named_with_its_place_and_its_remedy(old: str, new: str, line: str) -> None:
    assert old in ASSIGN
    lines = complaints(ASSIGN.replace(old, new, 1), types=types.TYPES)
    assert any(one.startswith(line) for one in lines), lines


def test_a_commit_without_anchors_is_refused() -> None:
    begin, rest = DELETE.split("    anchors:\n", 1)
    lines = complaints(begin + rest[rest.index("    click:") :], "delete_user")
    assert lines == [
        "steps.4.click.anchors: no step up to here shows who it is; add anchors to it or before it"
    ]


def test_an_operation_that_commits_nothing_is_refused() -> None:
    lines = complaints(ASSIGN.replace("    commit: true\n", "", 1))
    assert any(line.startswith("steps: an operation changes something") for line in lines)


def test_done_if_of_a_page_that_was_not_opened_is_refused() -> None:
    lines = complaints(ASSIGN.replace("  - {id: list, open: {path: /users}}\n", "", 1))
    assert lines == ["steps.0: must be open, so that done_if is proved on a fresh page"]


def test_a_dialog_that_is_trusted_for_its_row_alone_is_refused() -> None:
    begin, rest = DELETE.split("      username: {target", 1)
    alone = begin + rest[rest.index("    click:") :]
    assert complaints(alone, "delete_user") == [
        "steps.4.click.anchors: the row is not the dialog; add readings of whom the dialog names"
    ]


def test_two_commits_are_two_flows() -> None:
    text = DELETE.replace("index: 1}]}}}", "index: 1}]}}, commit: true}")
    assert any("one operation is one commit" in line for line in complaints(text, "delete_user"))


def test_a_read_back_may_not_change_anything() -> None:
    text = ASSIGN + "  - {id: x, check: {target: {alternatives: [{by: label, text: SMS}]}}}\n"
    assert complaints(text)[0].startswith("read_back.4.check: only reads and moves; use ")
    text = ASSIGN.replace("{id: pencil_again,", "{id: pencil_again, commit: true,")
    assert any("a read-back changes nothing" in line for line in complaints(text))


def test_proof_of_absence_needs_two_searches() -> None:
    text = DELETE.replace("expect: absent\n  - {id: again2", "expect: present\n  - {id: again2")
    assert complaints(text, "delete_user") == [
        "read_back: gone needs two identify steps with expect: absent, one search a key"
    ]


@pytest.mark.parametrize(
    "target",
    [
        "{alternatives: [{by: attribute, attribute: id, value: password}]}",
        "{alternatives: [{by: attribute, attribute: type, value: password}]}",
        "{alternatives: [{by: label, text: Pass}], fingerprint: {type: password}}",
    ],
)
def test_a_password_field_never_takes_a_value_from_a_file(target: str) -> None:
    text = (
        "format: 1\nname: login\nkind: login\nversion: 1\napplication: console\nsummary: s\n"
        f"steps:\n  - {{id: a, fill: {{target: {target}, value: hunter2}}}}\n"
    )
    assert complaints(text, "login") == [
        "steps.0.fill.value: a password field takes only secret: NAME, never a value"
    ]


def test_an_id_that_is_generated_at_each_load_is_no_alternative() -> None:
    text = ASSIGN.replace(
        "[{by: label, text: License}]}, value",
        "[{by: attribute, attribute: id, value: react-select-8-input}]}, value",
    )
    assert "is generated anew at each load" in complaints(text)[0]


def test_a_key_given_twice_is_refused_and_not_overwritten() -> None:
    lines = complaints(ASSIGN.replace("version: 3", "version: 3\nversion: 4"))
    assert lines[0].startswith("file: is no YAML: the key 'version' is given twice")


FRAGMENT = """
format: 1
name: find
kind: fragment
version: 1
application: console
summary: Find
parameters: {username: username}
steps:
  - {id: go, open: {path: /users}}
"""
USER = """
format: 1
name: look
kind: reader
version: 1
application: console
summary: Look
parameters: {username: username, email: email}
steps:
  - {id: find_it, use: {fragment: find}, when_given: email}
"""


def test_a_fragment_is_put_in_with_its_name_before_its_ids_and_the_condition_of_its_use() -> None:
    loaded = load_text(USER, "look", fragment=lambda name: FRAGMENT)
    assert [(step.id, step.when_given) for step in loaded.steps] == [("find.go", "email")]


def test_the_digest_of_a_flow_changes_with_its_fragments() -> None:
    one = load_text(USER, "look", fragment=lambda name: FRAGMENT)
    other = load_text(USER, "look", fragment=lambda name: FRAGMENT.replace("/users", "/all"))
    assert one.digest != other.digest


@pytest.mark.parametrize(
    ("fragment", "line"),
    [
        (None, "steps.0.use.fragment: there is no fragment 'find'; add fragments/find.yaml"),
        (
            FRAGMENT.replace("kind: fragment", "kind: reader"),
            "steps.0.use.fragment: 'find' is of kind reader; only a fragment can be used",
        ),
        (
            FRAGMENT.replace("open: {path: /users}", "use: {fragment: find}"),
            "use each other in a circle",
        ),
        (
            FRAGMENT.replace("path:", "pth:"),
            "steps.0.use.fragment.find.steps.0.open.path: is missing",
        ),
        (
            FRAGMENT.replace("{username: username}", "{site: site}"),
            "parameters: fragment find needs 'site'; add `site: site`",
        ),
    ],
)
def test_a_fragment_that_does_not_fit_is_named(fragment: str | None, line: str) -> None:
    lines = complaints(USER, "look", fragment=None if fragment is None else lambda name: fragment)
    assert any(line in one for one in lines), lines


def test_every_mistake_of_a_file_is_told_at_once() -> None:
    text = ASSIGN.replace("doubt: no_license_available", "doubt: x").replace(
        "version: 3", "version: 0"
    )
    assert len(complaints(text)) == 2


@pytest.mark.parametrize("path", sorted(FLOWS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_flow_loads(path: Path) -> None:
    loaded = load_file(path, types=types.TYPES)
    assert loaded.name == path.stem
    assert (loaded.commit is not None) == (loaded.kind == "operation")


def test_a_loaded_flow_knows_its_commit_and_the_types_of_its_facts() -> None:
    loaded = flow()
    assert loaded.commit is not None
    assert loaded.commit.id == "save"
    assert (loaded.kind_of("license"), loaded.kind_of("first_name")) == ("license", "text")
