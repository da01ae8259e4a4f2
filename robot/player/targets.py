"""Targets: the element a step acts on, as alternatives in three classes plus a fingerprint.

Each alternative renders to one Playwright selector string by a pure function. Text is matched
exactly and case sensitive (Playwright folds white space); what is compared by us is NFC.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator

AlternativeClass: TypeAlias = Literal["name", "attribute", "structure"]

#: Tags that a structural alternative may count; `*` would count wrappers, which come and go.
Tag: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*$")]
#: The attributes that public automation code of the real console uses, and `type`.
AttributeName: TypeAlias = Literal["id", "name", "data-test-id", "data-testid", "data-id", "type"]

_REFERENCE = re.compile(r"\$\{([a-z][a-z0-9_]*)\}")
_GENERATED = re.compile(r"^react-select-\d+-|[0-9a-f]{8}-[0-9a-f]{4}-|^:r[0-9a-z]+:$")


def nfc(text: str) -> str:
    """Text as it is compared: Unicode NFC, runs of white space one blank, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def references(template: str) -> set[str]:
    """The names in `${name}` of a value. Raises ValueError for a `${` that is no reference."""
    if "${" in _REFERENCE.sub("", template):
        raise ValueError("has a '${' that is no ${name}; write ${name} with a small-letter name")
    return set(_REFERENCE.findall(template))


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with every `${name}` replaced. Raises KeyError naming one that is absent."""
    return _REFERENCE.sub(lambda found: values[found[1]], template)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ByRole(_Model):
    """Role and accessible name. Class name."""

    by: Literal["role"]
    role: Annotated[str, Field(pattern=r"^[a-z]+$")]
    name: Annotated[str, Field(min_length=1)]


class ByLabel(_Model):
    """A form control by its label's text. Class name."""

    by: Literal["label"]
    text: Annotated[str, Field(min_length=1)]


class ByText(_Model):
    """The smallest element whose text is exactly this. Class name."""

    by: Literal["text"]
    text: Annotated[str, Field(min_length=1)]


class ByAttribute(_Model):
    """An attribute's exact value, with a tag where one value serves several. Class attribute.

    also: further attributes that must hold, e.g. data-test-id beside data-id.
    """

    by: Literal["attribute"]
    attribute: AttributeName
    value: Annotated[str, Field(min_length=1)]
    tag: Tag | None = None
    also: dict[AttributeName, str] = Field(default_factory=dict)

    @field_validator("value")
    @classmethod
    def _stable(cls, value: str) -> str:
        if _GENERATED.search(value):
            raise ValueError(
                f"{value!r} is generated anew at each load; leave this alternative out"
            )
        return value


class BySection(_Model):
    """The index-th such tag of a form section `[data-id=...][data-test-id=form-section]`.

    Class structure. An index below 0 counts from the end.
    """

    by: Literal["section"]
    section: Annotated[str, Field(min_length=1)]
    tag: Tag
    index: int = 0


class ByForm(_Model):
    """The index-th such tag of the form; below 0 counts from the end. Class structure."""

    by: Literal["form"]
    tag: Tag
    index: int = 0


class ByRow(_Model):
    """The index-th such tag of a table row. Class structure.

    containing: texts that cells of the row equal; empty in a target with `in_row`, which looks in
    the row that `identify` bound.
    """

    by: Literal["row"]
    tag: Tag
    index: int = 0
    containing: tuple[str, ...] = ()


class ByNeighbour(_Model):
    """The index-th such tag inside the nearest ancestor of a visible text that has one.

    Class structure. For fields whose label is a mere text beside them.
    """

    by: Literal["neighbour"]
    text: Annotated[str, Field(min_length=1)]
    tag: Tag
    index: int = 0


Alternative: TypeAlias = Annotated[
    ByRole | ByLabel | ByText | ByAttribute | BySection | ByForm | ByRow | ByNeighbour,
    Field(discriminator="by"),
]

_CLASSES: dict[str, AlternativeClass] = {
    "role": "name",
    "label": "name",
    "text": "name",
    "attribute": "attribute",
    "section": "structure",
    "form": "structure",
    "row": "structure",
    "neighbour": "structure",
}


class Target(_Model):
    """The element of a step.

    alternatives: ways to find it, best first. fingerprint: how it looked when recorded, by the keys
    of relocation. in_row: looked for inside the row that identify bound.
    """

    alternatives: Annotated[tuple[Alternative, ...], Field(min_length=1)]
    fingerprint: dict[str, str] = Field(default_factory=dict)
    in_row: bool = False

    def classes(self) -> set[AlternativeClass]:
        """The classes its alternatives fall into."""
        return {class_of(one) for one in self.alternatives}


def class_of(alternative: Alternative) -> AlternativeClass:
    """The class an alternative counts for in a quorum."""
    return _CLASSES[alternative.by]


def texts_of(target: Target) -> Iterator[str]:
    """Every text of the target that may hold `${name}`."""
    for one in target.alternatives:
        match one:
            case ByRole():
                yield one.name
            case ByLabel() | ByText() | ByNeighbour():
                yield one.text
            case ByAttribute():
                yield one.value
                yield from one.also.values()
            case ByRow():
                yield from one.containing
            case BySection():
                yield one.section
            case ByForm():
                pass


def quoted(text: str) -> str:
    """A string literal as selectors and their attribute values write it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", " ") + '"'


def render(alternative: Alternative, values: Mapping[str, str], *, in_row: bool = False) -> str:
    """The Playwright selector of an alternative, `${}` filled. Raises KeyError for an absent value.

    in_row: relative to a bound row, so that `row` needs no texts.
    """
    match alternative:
        case ByRole():
            return f"internal:role={alternative.role}[name={quoted(filled(alternative.name, values))}s]"
        case ByLabel():
            return f"internal:label={quoted(filled(alternative.text, values))}s"
        case ByText():
            return f"internal:text={quoted(filled(alternative.text, values))}s"
        case ByAttribute():
            pairs = {alternative.attribute: alternative.value, **alternative.also}
            wanted = "".join(f"[{k}={quoted(filled(v, values))}]" for k, v in pairs.items())
            return f"css={alternative.tag or ''}{wanted}"
        case BySection():
            section = f"css=[data-id={quoted(filled(alternative.section, values))}]"
            return f'{section}[data-test-id="form-section"] >> {_counted(alternative)}'
        case ByForm():
            return f"css=form >> {_counted(alternative)}"
        case ByRow():
            if in_row:
                return _counted(alternative)
            has = (
                f"internal:text={quoted(filled(one, values))}s" for one in alternative.containing
            )
            row = "css=tr" + "".join(f" >> internal:has={quoted(one)}" for one in has)
            return f"{row} >> {_counted(alternative)}"
        case ByNeighbour():
            text = f"internal:text={quoted(filled(alternative.text, values))}s"
            # XPath's ancestor axis counts outwards: [1] is the nearest that holds such a tag.
            nearest = f"xpath=ancestor-or-self::*[descendant::{alternative.tag}][1]"
            return f"{text} >> {nearest} >> {_counted(alternative)}"


def _counted(alternative: BySection | ByForm | ByRow | ByNeighbour) -> str:
    return f"css={alternative.tag} >> nth={alternative.index}"


def selectors(target: Target, values: Mapping[str, str]) -> tuple[str, ...]:
    """One selector for each alternative, in order. Raises KeyError for an absent value."""
    return tuple(render(one, values, in_row=target.in_row) for one in target.alternatives)
