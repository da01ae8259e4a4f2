"""Selectors: each alternative renders to one string, values quoted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import TypeAdapter

from robot.player.targets import Alternative, filled, nfc, quoted, references, render

ADAPTER: TypeAdapter[Alternative] = TypeAdapter(Alternative)


def alternative(**data: object) -> Alternative:
    return ADAPTER.validate_python(data)


@pytest.mark.parametrize(
    ("data", "selector"),
    [
        ({"by": "role", "role": "button", "name": "Save"}, 'internal:role=button[name="Save"s]'),
        ({"by": "label", "text": "First name"}, 'internal:label="First name"s'),
        ({"by": "text", "text": 'Say "hi"'}, 'internal:text="Say \\"hi\\""s'),
        ({"by": "text", "text": "${username}"}, 'internal:text="acme.ann"s'),
        (
            {"by": "attribute", "attribute": "name", "value": "basicInfo.firstName"},
            'css=[name="basicInfo.firstName"]',
        ),
        (
            {
                "by": "attribute",
                "attribute": "data-id",
                "value": "sms",
                "tag": "div",
                "also": {"data-test-id": "form-section"},
            },
            'css=div[data-id="sms"][data-test-id="form-section"]',
        ),
        (
            {"by": "section", "section": "basicInfo", "tag": "input", "index": 2},
            'css=[data-id="basicInfo"][data-test-id="form-section"] >> css=input >> nth=2',
        ),
        ({"by": "form", "tag": "button", "index": -1}, "css=form >> css=button >> nth=-1"),
        (
            {"by": "row", "containing": ["${username}"], "tag": "button", "index": 1},
            'css=tr >> internal:has="internal:text=\\"acme.ann\\"s" >> css=button >> nth=1',
        ),
        (
            {"by": "neighbour", "text": "License", "tag": "input"},
            'internal:text="License"s >> xpath=ancestor-or-self::*[descendant::input][1] >> css=input >> nth=0',
        ),
    ],
)
def test_each_alternative_renders_to_one_selector(data: dict[str, object], selector: str) -> None:
    assert render(alternative(**data), {"username": "acme.ann"}) == selector


def test_inside_a_bound_row_a_row_alternative_is_relative_to_it() -> None:
    one = alternative(by="row", tag="button", index=1, containing=["${username}"])
    assert render(one, {}, in_row=True) == "css=button >> nth=1"


def test_an_absent_value_is_named() -> None:
    with pytest.raises(KeyError, match="username"):
        render(alternative(by="text", text="${username}"), {})


@given(some.text())
def test_a_quoted_value_never_ends_its_own_quotes(value: str) -> None:
    inner = quoted(value)[1:-1].replace("\\\\", "").replace('\\"', "")
    assert '"' not in inner
    assert "\n" not in inner


@given(
    some.dictionaries(
        some.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), some.text(), min_size=1
    )
)
def test_a_value_with_a_reference_in_it_is_not_filled_again(values: dict[str, str]) -> None:
    name = next(iter(values))
    assert references(f"${{{name}}}") == {name}
    assert filled(f"<${{{name}}}>", values) == f"<{values[name]}>"


def test_composed_and_decomposed_text_are_the_same() -> None:
    assert nfc("Jose\u0301  O'Brien\n") == "José O'Brien"
