"""What a reviewer reads: one question a doubt, one sentence an effect. Words only, no decisions.

Fifteen seconds are enough only if the sentence names the person and the change. Values come from the
task; nothing here is HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from robot import types
from robot.models import Account, Doubt, Task
from robot.player.doubts import CODES
from robot.states import State


@dataclass(frozen=True, slots=True)
class Words:
    """For one doubt code: a short name for lists and the question about one task."""

    short: str
    question: str


WORDS: dict[str, Words] = {
    "approval_required": Words("approval", "May the robot {wish}?"),
    "removal_brake": Words(
        "removal brake", "Unusually many removals today. May the robot still {wish}?"
    ),
    "outcome_unknown": Words(
        "outcome unknown",
        "It is not known whether this was saved. May the robot try again to {wish}?",
    ),
    "ambiguous_match": Words("several people fit", "Which of these people is {who}?"),
    "not_found": Words(
        "not found", "The console shows nobody like {who}. Which keys does this person have there?"
    ),
    "identity_mismatch": Words(
        "other keys seen", "The console shows other keys for {who}. Is this the right person?"
    ),
    "identity_unprovable": Words(
        "identity not provable", "The page does not show two keys of {who}. Which can prove it?"
    ),
    "console_refused": Words(
        "console refused", "The console refused the change for {who}. What now?"
    ),
    "partial_save": Words(
        "half saved", "Only a part was saved, or more than asked, for {who}. What should be true?"
    ),
    "value_not_saved": Words(
        "not saved", "The console still does not show the change for {who}. What now?"
    ),
    "precondition": Words(
        "precondition", "As things stand the robot cannot {wish}. What should happen first?"
    ),
    "unmapped": Words(
        "not understood", "Something stopped the robot in its work for {who}. What now?"
    ),
    "locator_disagrees": Words(
        "element in dispute", "Two ways of finding one element disagree. Has the console changed?"
    ),
    "locator_missing": Words(
        "element gone", "An element of the flow is not on the page. Has the console changed?"
    ),
    "page_drift": Words(
        "page changed", "The page is not as it was recorded. Has the console changed?"
    ),
    "unexpected_dialog": Words(
        "unexpected dialog",
        "A dialog that was never recorded stopped the robot. What does it want?",
    ),
    "no_license_available": Words(
        "no licence left", "No free licence for {who}. Buy or free one, or give another?"
    ),
    "login_challenge": Words(
        "login challenge",
        "The console asks the robot for more than its password. What does it want?",
    ),
    "session_lost": Words(
        "session lost", "The robot cannot stay signed in. Is its login still good?"
    ),
    "console_unavailable": Words(
        "console unavailable", "The console does not answer as it should. Does it work for people?"
    ),
}

#: Names of keys and values as people say them.
LABELS = {
    "username": "username",
    "email": "e-mail",
    "full_name": "name",
    "first_name": "first name",
    "last_name": "last name",
    "site": "site",
    "extension": "extension",
    "known_extension": "extension",
    "console_user_id": "console id",
    "license": "licence",
    "phone_number": "work phone",
    "cost_center": "cost center",
    "in_directory": "in the directory",
    "job_title": "job title",
    "department": "department",
    "language": "language",
    "time_zone": "time zone",
    "contact_number": "contact number",
    "new_email": "new e-mail",
    "active": "active",
    "present": "in the console",
    "option": "wanted",
}


def words(code: str) -> Words:
    """The words for a code; a code nobody has worded yet is shown by its name."""
    return WORDS.get(code) or Words(code.replace("_", " "), "The robot is unsure. What now?")


def advice(code: str) -> str:
    """What a good answer does; "" for a code without."""
    return CODES[code].advice if code in CODES else ""


def label(name: str) -> str:
    """A key's or field's name as people say it."""
    return LABELS.get(name, name.replace("_", " "))


def shown(name: str, value: object) -> str:
    """A value as the console would show it."""
    text = "" if value is None else str(value)
    return types.TYPES[types.kind_of(name)].render(text) if text else ""


def person(account: Account) -> str:
    """What to call somebody."""
    return account.full_name or account.username or account.email or f"account {account.pk}"


#: Wishes without a value.
_PLAIN = {
    "activate_user": "activate {who}",
    "deactivate_user": "deactivate {who}",
    "show_in_directory": "show {who} in the company directory",
    "hide_from_directory": "hide {who} from the company directory",
}


def wish(task: Task) -> str:
    """The change in words that follow "the robot is to": give Anna Berg the licence X2."""
    who = person(task.account)
    given = {name: shown(name, value) for name, value in task.parameters.items()}
    if task.operation == "assign_license":
        extra = _numbers(given)
        return f"give {who} the licence {given.get('license', '')}{extra}"
    if task.operation == "remove_license":
        what = f"the licence {given['license']}" if given.get("license") else "the licence"
        return f"take {what} from {who}"
    if task.operation == "delete_user":
        return f"delete {who}"
    if task.operation == "set_work_phone":
        return f"set the work phone of {who} to {given.get('phone_number', '')}{_extension(given)}"
    if task.operation == "set_cost_center":
        return f"move {who} to the cost center {given.get('cost_center', '')}"
    if task.operation == "change_license":
        return f"change the licence of {who} to {given.get('license', '')}"
    if task.operation == "set_profile":
        changes = ", ".join(f"{label(name)} {value}" for name, value in given.items())
        return f"set the profile of {who}: {changes}"
    if task.operation == "set_contact_number":
        return f"set the contact number of {who} to {given.get('contact_number', '')}"
    if task.operation in _PLAIN:
        return _PLAIN[task.operation].format(who=who)
    return f"do {task.operation.replace('_', ' ')} for {who}"


def _numbers(given: dict[str, str]) -> str:
    number = given.get("phone_number")
    return f" with {number}{_extension(given)}" if number else _extension(given)


def _extension(given: dict[str, str]) -> str:
    return f", extension {given['extension']}" if given.get("extension") else ""


def operations(task: Task) -> str:
    """All operations that one approval covers: remove licence and delete user."""
    names = [task.operation, *(one.operation for one in task.approves.all())]
    return " and ".join(name.replace("_", " ").replace("license", "licence") for name in names)


def pair_wish(task: Task) -> str:
    """Like `wish`, for all that one approval covers: both halves of a pair."""
    second = task.approves.exclude(state__in=[State.REJECTED, State.SUPERSEDED]).first()
    if second is None:
        return wish(task)
    if second.operation == "delete_user" and task.operation == "remove_license":
        return f"delete {person(task.account)}"
    return f"{wish(task)} and then {wish(second)}"


def question(doubt: Doubt) -> str:
    """The question put to a person."""
    return words(doubt.code).question.format(
        who=person(doubt.task.account), wish=pair_wish(doubt.task)
    )


def group_question(code: str, doubts: Sequence[Doubt]) -> str:
    """The question of a case with these members: the one's own, or one for all."""
    if len(doubts) == 1:
        return question(doubts[0])
    if code == "removal_brake":
        return f"Unusually many removals today. May the robot make these {len(doubts)}?"
    return CODES[code].question if code in CODES else words(code).question


def _pair(first: Task, second: Task) -> str:
    given = shown("license", first.parameters.get("license")) or "the licence"
    if (first.operation, second.operation) == ("remove_license", "delete_user"):
        return f"Delete {person(first.account)} after removing {given}"
    return f"First {wish(first)}, then {wish(second)}"


_LOSS = " Voicemail and call history go with the licence."


def effect(kind: str, doubts: Sequence[Doubt]) -> str:
    """What a decision of this kind will do, in one sentence (two where something is lost)."""
    if len(doubts) > 1:
        return _effect_of_many(kind, len(doubts))
    task = doubts[0].task
    loses = any(
        one.operation in ("remove_license", "delete_user") for one in (task, *task.approves.all())
    )
    loss = _LOSS if loses else ""
    if kind == "approve":
        second = task.approves.first()
        if second is not None:
            return f"{_pair(task, second)}: both, this one approval.{loss}"
        again = " again, unless it is there by now" if doubts[0].code == "outcome_unknown" else ""
        return f"The robot will {wish(task)}{again}.{loss}"
    if kind == "choose":
        return "The robot will do this for the person you choose, and touch nobody else."
    if kind == "fix":
        return "The robot starts over from a fresh page, with the values as they are or corrected."
    if kind == "by_hand":
        return "The robot reads the console back; if the change is not there, the case returns."
    return "Nothing is changed. The same wish is not asked again until it changes."


def _effect_of_many(kind: str, count: int) -> str:
    if kind == "approve":
        return f"The robot will make these {count} removals.{_LOSS}"
    if kind == "fix":
        return f"The robot starts over with each of these {count} tasks."
    return f"Nothing is changed for these {count}; the same wishes are not asked again."
