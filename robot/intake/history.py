"""What an account's tasks say about its fields: which stand for a wish, which a new wish overtakes.

Reads rows it is given; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from robot import types
from robot.models import Account, Task
from robot.planning import FIELDS, PHONE_FIELDS, RENAMED, Value
from robot.states import FINAL, MOVES, State

#: What operations without parameters make true.
_MAKES: dict[str, dict[str, Value]] = {
    "delete_user": {"present": False},
    "activate_user": {"active": "yes"},
    "deactivate_user": {"active": "no"},
    "show_in_directory": {"in_directory": "yes"},
    "hide_from_directory": {"in_directory": "no"},
}


def _of_fields(parameters: Mapping[str, str]) -> dict[str, Value]:
    """Field -> value of a task's parameters."""
    names = {name: RENAMED.get(name, name) for name in FIELDS}
    return {
        name: parameters[key] if key in parameters else parameters[name]
        for name, key in names.items()
        if key in parameters or name in parameters
    }


class History:
    """All tasks of one account, oldest first, as read under its lock."""

    def __init__(self, account: Account, tasks: Sequence[Task]) -> None:
        self.account = account
        self._pair_firsts = {task.approved_with_id for task in tasks}
        self._live = [task for task in tasks if task.state != State.SUPERSEDED]
        self.open = [task for task in self._live if task.state not in FINAL]

    def own(self, task: Task) -> dict[str, Value]:
        """The fields the task is there for, with the value each will have."""
        if task.operation == "remove_license":
            pair: dict[str, Value] = {"present": False} if task.pk in self._pair_firsts else {}
            return {"license": None, **pair}
        if task.operation in _MAKES:
            return dict(_MAKES[task.operation])
        if task.operation == "create_user":
            return {"present": True, **_of_fields(task.parameters)}
        return _of_fields(task.parameters)

    def gives(self, task: Task) -> dict[str, Value]:
        """The same with what goes along: number and extension go with the licence, all with a user."""
        lost: dict[str, Value] = {}
        if task.operation == "remove_license":
            lost = dict.fromkeys(PHONE_FIELDS)
        elif task.operation == "delete_user":
            lost = dict.fromkeys(FIELDS)
        return {**lost, **self.own(task)}

    def deleting(self) -> Task | None:
        """The open task that would delete this user."""
        return next((task for task in self.open if task.operation == "delete_user"), None)

    def standing(self, name: str, wish: Value) -> Task | None:
        """The task that already stands for this wish: open, verified and still so, or rejected.

        A rejection holds while the desired value is the one that was rejected.
        """
        last = next((task for task in reversed(self._live) if name in self.gives(task)), None)
        if last is None or not same(name, self.gives(last)[name], wish):
            return None
        if last.state == State.REJECTED:
            entry = self.account.desired.get(name)
            held = entry is not None and same(name, entry["value"], wish)
            return last if held and last.desired_version >= entry["version"] else None
        if last.state == State.VERIFIED and self._drifted(name, wish, last):
            return None
        return last

    def _drifted(self, name: str, wish: Value, verified: Task) -> bool:
        """True when the console was seen otherwise after it had been so."""
        fact = self.account.observed.get(name)
        if fact is None or verified.finished_at is None:
            return False
        if datetime.fromisoformat(fact["read_at"]) <= verified.finished_at:
            return False
        seen = str(fact["value"])
        if isinstance(wish, str):
            return not types.equal_fact(name, wish, seen)
        return bool(seen)  # wished away, or gone, and yet there

    def overtaken(self, wishes: Mapping[str, Value]) -> list[Task]:
        """Open tasks that these new wishes make pointless, last first.

        Whoever carries one of the fields, and for what else these carry the same again, since each
        is to be planned anew as a whole; for a deletion all. Only where states.py lets a task go.
        """
        touched = {*FIELDS} if wishes.get("present") is False else set(wishes)
        if "license" in touched:
            touched |= {*PHONE_FIELDS}
        taken: dict[int, Task] = {}
        grew = True
        while grew:
            grew = False
            for task in self.open:
                if task.pk in taken or State.SUPERSEDED not in MOVES[State(task.state)]:
                    continue
                own = self.own(task)
                if touched & own.keys() or self._linked(task, taken):
                    taken[task.pk] = task
                    touched |= {name for name, value in own.items() if isinstance(value, str)}
                    grew = True
        return [taken[key] for key in sorted(taken, reverse=True)]

    def _linked(self, task: Task, taken: Mapping[int, Task]) -> bool:
        """True when it belongs to one plan with a task that goes: half of a move makes no sense."""
        return any(
            one.desired_version == task.desired_version
            and (one.pk == task.after_id or one.after_id == task.pk)
            for one in taken.values()
        )

    def known(self, left: Sequence[Task]) -> dict[str, str]:
        """Facts that can be planned on: as seen, without what an open task is about to change."""
        seen = self.account.observed
        facts = {name: str(fact["value"]) for name, fact in seen.items()}
        status, active = seen.get("status"), seen.get("active")
        # The list's column, read on the way to the form, says whether somebody may sign in.
        if status and (active is None or active["read_at"] < status["read_at"]):
            facts["active"] = str(status["value"])
        if facts.get("present") == "":
            return {"present": ""}
        changing = {name for task in left for name in self.gives(task)}
        return {name: value for name, value in facts.items() if name not in changing}


def same(name: str, left: Value, right: Value) -> bool:
    """Equality of two desired values of a field."""
    if isinstance(left, str) and isinstance(right, str):
        return types.equal_fact(name, left, right)
    return left is right


def values(desired: Mapping[str, Mapping[str, Any]]) -> dict[str, Value]:
    """Account.desired without its sources and versions."""
    return {name: entry["value"] for name, entry in desired.items()}
