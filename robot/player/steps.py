"""The kinds of steps: a closed union of frozen models. Unknown keys are refused.

No step runs shell, Python or page JavaScript from a file. In a file a step is written
`{id: s1, click: {target: ...}, commit: true}`: one key names the kind.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import Field, field_validator, model_validator

from robot.player.doubts import CODES
from robot.player.readings import (
    KEYS,
    Anchors,
    Application,
    FactIs,
    Key,
    Model,
    Name,
    Reading,
    Source,
)
from robot.player.targets import Target

__all__ = ["KEYS", "Anchors", "Application", "FactIs", "Key", "Model", "Name", "Reading", "Source"]

StepId: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]

#: Seconds a step may take unless it says otherwise; the real console takes up to 15 (8x8 user API
#: guide: operations "usually 2 to 15 s").
STEP_TIMEOUT = 20.0


class _Step(Model):
    """What every step may say.

    when_given, when_absent: a parameter. when_fact, unless_fact: a fact read so far. The step is
    left out when one does not hold. timeout: seconds. doubt: the code raised instead of the usual
    one when the step cannot do its work. anchors: keys seen once the step is done, on its page.
    """

    id: StepId
    note: str = ""
    commit: bool = False
    anchors: Anchors | None = None
    when_given: Name | None = None
    when_absent: Name | None = None
    when_fact: FactIs | None = None
    unless_fact: FactIs | None = None
    timeout: Annotated[float, Field(gt=0, le=120)] = STEP_TIMEOUT
    doubt: str | None = None

    @field_validator("doubt")
    @classmethod
    def _known_code(cls, code: str | None) -> str | None:
        if code is not None and code not in CODES:
            raise ValueError(f"{code!r} is no doubt; known are {', '.join(sorted(CODES))}")
        return code


class Open(_Step):
    """Load a page of an application as a new document. path: beginning with /."""

    kind: Literal["open"]
    path: Annotated[str, Field(pattern=r"^/")]
    application: Application | None = None


class Click(_Step):
    """Click an element."""

    kind: Literal["click"]
    target: Target


class Fill(_Step):
    """Replace a field's text by a value, or by a secret named here and kept elsewhere."""

    kind: Literal["fill"]
    target: Target
    value: str | None = None
    secret: Name | None = None

    @model_validator(mode="after")
    def _one_text(self) -> Fill:
        if (self.value is None) == (self.secret is None):
            raise ValueError("give either value or secret")
        return self


class Clear(_Step):
    """Empty a field."""

    kind: Literal["clear"]
    target: Target


class Press(_Step):
    """Press a key, e.g. Enter, on an element or on what has the focus."""

    kind: Literal["press"]
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9+]{1,30}$")]
    target: Target | None = None


class Choose(_Step):
    """Choose the one option whose text equals the value, or the first one shown.

    The target is a native select or the input of a combobox. option: how the options of a combobox
    are found where neither their ids nor their role tell.
    """

    kind: Literal["choose"]
    target: Target
    value: str | None = None
    pick: Literal["first"] | None = None
    option: Target | None = None

    @model_validator(mode="after")
    def _one_choice(self) -> Choose:
        if (self.value is None) == (self.pick is None):
            raise ValueError("give either value or pick: first")
        return self


class Check(_Step):
    """Set a check box or switch; a switch is set by its label."""

    kind: Literal["check"]
    target: Target
    value: bool = True


class Upload(_Step):
    """Hand a file to a file field. path: the parameter that holds the file's path."""

    kind: Literal["upload"]
    target: Target
    path: Name


class WaitFor(_Step):
    """Wait until an element is visible, or until none is."""

    kind: Literal["wait_for"]
    target: Target
    state: Literal["visible", "hidden"] = "visible"


class Read(_Step):
    """Read facts. form: they say what the form is about to save, not what was true before."""

    kind: Literal["read"]
    facts: Annotated[dict[Name, Reading], Field(min_length=1)]
    form: bool = False


class Expect(_Step):
    """Stop unless something holds.

    That the address contains url; that a fact equals; that an element has this text, or is visible
    or hidden. A fact and hidden are judged at once, all else within the timeout.
    """

    kind: Literal["expect"]
    target: Target | None = None
    text: str | None = None
    state: Literal["visible", "hidden"] = "visible"
    fact: Name | None = None
    equals: str | None = None
    url: str | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Expect:
        if sum(one is not None for one in (self.target, self.fact, self.url)) != 1:
            raise ValueError("give exactly one of target, fact or url")
        if (self.fact is None) != (self.equals is None):
            raise ValueError("fact and equals go together")
        if self.text is not None and (self.target is None or self.state == "hidden"):
            raise ValueError("text is of a visible target")
        return self


class DoneIf(_Step):
    """End without a change when every fact already is so; wishes for absent parameters do not count."""

    kind: Literal["done_if"]
    facts: Annotated[dict[Name, str], Field(min_length=1)]


class Identify(_Step):
    """Find the person's row in a table and bind it, or prove that there is none.

    columns: key -> text of the column's header; the table is the visible one whose header has them
    all. loading: hidden once the list has come. empty: the text shown instead of rows. more: what
    leads to a further page; while it can be clicked, not all who match are shown. expect: absent
    proves that the person is gone.
    """

    kind: Literal["identify"]
    columns: Annotated[dict[Key, str], Field(min_length=1)]
    empty: Target
    loading: Target | None = None
    more: Target | None = None
    expect: Literal["present", "absent"] = "present"


class Use(_Step):
    """The steps of a fragment; their ids get its name and a dot before them."""

    kind: Literal["use"]
    fragment: Name


PlayedStep: TypeAlias = (
    Open
    | Click
    | Fill
    | Clear
    | Press
    | Choose
    | Check
    | Upload
    | WaitFor
    | Read
    | Expect
    | DoneIf
    | Identify
)
Step: TypeAlias = Annotated[PlayedStep | Use, Field(discriminator="kind")]

#: Names of all step kinds, from the union itself.
KINDS: tuple[str, ...] = tuple(
    get_args(model.model_fields["kind"].annotation)[0] for model in (*get_args(PlayedStep), Use)
)
#: Kinds that a read-back may have: they read, or move to where it can be read.
READING_KINDS = frozenset(
    {"open", "click", "fill", "press", "wait_for", "read", "expect", "identify"}
)
