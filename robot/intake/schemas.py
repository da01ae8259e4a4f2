"""What the tasks API takes and gives. Unknown keys are refused; each value has its type's form."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from robot import types
from robot.intake import accounts
from robot.planning import Value
from robot.states import State

#: Longer than any value of any type; so long a text is not worth repeating in an answer.
_LONGEST = 300
#: As long as the columns that keep who asked.
_LONGEST_NAME = 150


def _typed(kind: str, example: str, longest: int | None = None) -> Any:
    """A text of one of robot.types, in its canonical form; longest: of that, where it is less."""

    def parse(raw: object) -> str:
        if not isinstance(raw, str):
            raise PydanticCustomError("text", "must be a text")
        if len(raw) > _LONGEST:
            raise PydanticCustomError("text", "is far too long")
        try:
            raw.encode("utf-8")
            value = types.TYPES[kind].parse(raw)
        except UnicodeEncodeError:
            raise PydanticCustomError("text", "holds half a character") from None
        except types.InvalidValue as error:
            # As a context value: braces in the caller's text are not for the template.
            raise PydanticCustomError("value", "{why}", {"why": str(error)}) from None
        if longest is not None and len(value) > longest:
            raise PydanticCustomError(
                "text", "has at most {longest} characters", {"longest": longest}
            )
        return value

    schema = {"type": "string", "examples": [example]}
    return Annotated[str | None, BeforeValidator(parse), WithJsonSchema(schema)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def given(self) -> dict[str, str]:
        """The keys that were sent, without those left out."""
        found: dict[str, str] = self.model_dump(exclude_unset=True)
        return found


class AccountKeys(_Strict):
    """Who is meant: at least two keys with different values, as the console shows them."""

    username: _typed("username", "acme.jane.doe") = None  # type: ignore[valid-type]
    email: _typed("email", "jane.doe@acme.example") = None  # type: ignore[valid-type]
    extension: _typed("extension", "1042") = None  # type: ignore[valid-type]
    console_user_id: _typed("console_user_id", "u-8f3k2m") = None  # type: ignore[valid-type]
    full_name: _typed("name", "Jane Doe") = None  # type: ignore[valid-type]
    site: _typed("site", "London") = None  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _two_anchors(self) -> Self:
        if not accounts.enough(self.given()):
            raise PydanticCustomError("too_few_keys", "{why}", {"why": accounts.TOO_FEW})
        return self


def _flag(raw: object) -> str:
    """true or false, as the field is stored."""
    if not isinstance(raw, bool):
        raise PydanticCustomError("flag", "must be true or false")
    return "yes" if raw else "no"


_Flag = Annotated[str | None, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]


class Changes(_Strict):
    """What should be true of the account. A phone number or extension may come with the licence.

    active: whether the user may sign in. phone_number: of the 8x8 extension; contact_number: the
    personal one that the directory shows.
    """

    license: _typed("license", "X Series X2") = None  # type: ignore[valid-type]
    phone_number: _typed("phone", "+15551234567") = None  # type: ignore[valid-type]
    extension: _typed("extension", "1042") = None  # type: ignore[valid-type]
    cost_center: _typed("cost_center", "Sales EMEA") = None  # type: ignore[valid-type]
    site: _typed("site", "London") = None  # type: ignore[valid-type]
    active: _Flag = None
    in_directory: _Flag = None
    contact_number: _typed("phone", "+15551234567") = None  # type: ignore[valid-type]
    first_name: _typed("first_name", "Jane") = None  # type: ignore[valid-type]
    last_name: _typed("last_name", "Doe") = None  # type: ignore[valid-type]
    email: _typed("email", "jane.doe@acme.example") = None  # type: ignore[valid-type]
    job_title: _typed("text", "Engineer") = None  # type: ignore[valid-type]
    department: _typed("department", "Research") = None  # type: ignore[valid-type]
    language: _typed("language", "en-GB") = None  # type: ignore[valid-type]
    time_zone: _typed("time_zone", "Europe/London") = None  # type: ignore[valid-type]


class TaskRequest(_Strict):
    """One wish for one account.

    set: values to be made true. remove: `license` takes the licence away, and the number with it.
    delete: true deletes the user after the licence is off; false calls off a deletion not yet
    carried out. requested_by: the person behind the request, who may then not approve it alone.
    """

    account: AccountKeys
    set: Changes = Changes()
    remove: list[Literal["license"]] = Field(default=[], max_length=1)
    delete: bool | None = Field(default=None, strict=True)
    requested_by: _typed("text", "rita", _LONGEST_NAME) = None  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        given = self.set.given()
        if not (given or self.remove or self.delete is not None):
            raise PydanticCustomError("nothing", "give something to set, remove or delete")
        if self.delete and (given or self.remove):
            raise PydanticCustomError(
                "contradiction", "delete stands alone: all goes with the user"
            )
        if self.remove and given.keys() & {"license", "phone_number", "extension"}:
            raise PydanticCustomError(
                "contradiction", "a licence, number or extension cannot be set and removed at once"
            )
        return self

    def wishes(self) -> dict[str, Value]:
        """As robot.intake.desired takes them."""
        found: dict[str, Value] = {**self.set.given()}
        if self.remove:
            found["license"] = None
        if self.delete is not None:
            found["present"] = not self.delete
        return found

    def removes(self) -> bool:
        """True when the scope `remove` is needed."""
        return bool(self.remove) or self.delete is True or self.set.active == "no"

    def queues(self) -> bool:
        """True when the scope `queue` is needed."""
        return bool(self.set.given()) or self.delete is False


class TaskOut(BaseModel):
    """A task as it stands. after: the task it waits for."""

    id: int
    account: int
    operation: str
    parameters: dict[str, str]
    state: State
    desired_version: int
    after: int | None


class TaskDetail(TaskOut):
    """A task with what became of it. doubt: why it is in review; evidence: how many items."""

    doubt: str | None
    outcome: str
    evidence: int
    requested_by: str
    created_at: datetime
    finished_at: datetime | None


class TaskList(BaseModel):
    """Tasks by ascending id. next_after_id: for the next page, null on the last."""

    tasks: list[TaskOut]
    next_after_id: int | None


class Accepted(BaseModel):
    """The tasks that stand for the wish, new ones and those already there."""

    account: int
    tasks: list[TaskOut]
    desired_version: int


class Desired(BaseModel):
    """One desired field: its value, who wished it and since which version."""

    value: str | bool | None
    source: str
    version: int


class Observed(BaseModel):
    """One fact as the console showed it."""

    value: str
    read_at: datetime


class AccountOut(BaseModel):
    """An account: its keys, what should be, what was seen, and its open tasks."""

    id: int
    keys: dict[str, str]
    desired_version: int
    desired: dict[str, Desired]
    observed: dict[str, Observed]
    open_tasks: list[TaskOut]


class WrongField(BaseModel):
    """One thing that is wrong: where, and what."""

    path: str
    detail: str


class Problem(BaseModel):
    """Every refusal. error: for programs; detail: a sentence for people."""

    error: str
    detail: str
    fields: list[WrongField]
