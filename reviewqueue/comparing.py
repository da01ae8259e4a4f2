"""Asked beside seen: the lines a reviewer compares, differing ones first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviewqueue.wording import label, shown
from robot import types
from robot.models import Account, Doubt, Task

#: Keys of a person, in the order in which they are shown.
KEYS = ("username", "email", "extension", "full_name", "site", "console_user_id")
_ABOUT_IDENTITY = frozenset({"not_found", "identity_mismatch", "identity_unprovable"})


@dataclass(frozen=True, slots=True)
class Line:
    """One field: what was asked and what was seen. seen None: the page did not show this field."""

    name: str
    asked: str
    seen: str | None
    differs: bool


def keys_of(account: Account) -> list[tuple[str, str]]:
    """The person's two keys (name, value): username and e-mail, else whatever there is."""
    found = [(label(name), str(getattr(account, name))) for name in KEYS if getattr(account, name)]
    return found[:2]


def lines(doubt: Doubt) -> list[Line]:
    """Every asked field beside what was seen of it, differing ones first."""
    asked, seen = _asked(doubt), _seen(doubt)
    found = []
    for name, value in asked.items():
        there = seen.get(name)
        differs = there is not None and not types.equal_fact(name, value, there)
        found.append(Line(label(name), shown(name, value), _shown(name, there), differs))
    return sorted(found, key=lambda line: not line.differs)


def others(doubt: Doubt) -> list[Line]:
    """What else was seen and not asked about: for the folded details."""
    asked = _asked(doubt)
    return [
        Line(label(name), "", _shown(name, value), differs=False)
        for name, value in _seen(doubt).items()
        if name not in asked
    ]


def shared(candidates: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all candidates have in common: said once, so that what tells them apart stands out."""
    if len(candidates) < 2:
        return {}
    first, *rest = candidates
    return {
        name: value for name, value in first.items() if all(one.get(name) == value for one in rest)
    }


def _shown(name: str, value: str | None) -> str | None:
    return None if value is None else shown(name, value)


def _asked(doubt: Doubt) -> dict[str, str]:
    given = _texts(doubt.detail.get("asked"))
    if doubt.code in _ABOUT_IDENTITY:
        account = doubt.task.account
        keys = {name: str(getattr(account, name)) for name in KEYS if getattr(account, name)}
        return given or keys
    return _after_removal(doubt.task, given or _texts(doubt.task.parameters))


def _after_removal(task: Task, given: dict[str, str]) -> dict[str, str]:
    """What is to be true once a removal is done: its parameter names what goes, not what stays."""
    if task.operation == "remove_license":
        given = {**given, "license": ""}
    deletes = (
        task.operation == "delete_user" or task.approves.filter(operation="delete_user").exists()
    )
    return {**given, "present": "no"} if deletes else given


def _seen(doubt: Doubt) -> dict[str, str]:
    seen = _texts(doubt.detail.get("seen")) or _texts(doubt.facts.get("seen"))
    deletes = doubt.task.operation == "delete_user" or doubt.task.approves.exists()
    return {"present": "yes", **seen} if deletes and seen else seen


def _texts(value: Any) -> dict[str, str]:
    """A mapping of names to text, whatever a doubt's detail really holds."""
    if not isinstance(value, Mapping):
        return {}
    return {str(name): "" if one is None else str(one) for name, one in value.items()}
