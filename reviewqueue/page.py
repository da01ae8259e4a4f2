"""What the case page shows: values for its template, nothing else.

Everything a reviewer needs in fifteen seconds is in the first half; what proves it is folded below.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from reviewqueue import cases, comparing, decide, wording
from reviewqueue.actor import Reviewer
from reviewqueue.dashboard import age
from reviewqueue.models import Case, Decision, Scope
from robot import answers, clock
from robot.models import Doubt, Evidence, LedgerEntry
from robot.states import State

#: Lines of the comparison that fit a telephone beside everything else; the rest is folded.
_MOST_LINES = 5
_NO_PICTURE = "No picture: the question came up before a page was open."


@dataclass(frozen=True, slots=True)
class Button:
    """A main decision. kind: of the decision; key: its shortcut, which only opens the confirmation."""

    kind: str
    text: str
    confirm: str
    effect: str
    key: str
    look: str


@dataclass(frozen=True, slots=True)
class Field:
    """One input of the correction form."""

    name: str
    label: str
    value: str


def context(case: Case, user: Reviewer) -> dict[str, Any]:
    """Values of the case page as this user may see it."""
    live = list(cases.live_members(case)) if case.closed_at is None else []
    members = live or _all_members(case)
    if not members:
        return {"case": case, "empty": True, "closed": True}
    first = members[0]
    allowed = decide.allowed_actions(case, user, live)
    single = allowed | (decide.allowed_actions(case, user, live[:1]) & {"take", "give_back"})
    return {
        "case": case,
        "closed": not live,
        "decisions": _decisions(case),
        "age": age((clock.now() - case.opened_at).total_seconds()),
        "short": wording.words(case.code).short,
        "question": wording.group_question(case.code, members),
        "advice": wording.advice(case.code),
        "doubt": first,
        "task": first.task,
        "wish": wording.pair_wish(first.task),
        "many": len(members) > 1,
        "members": [_member(doubt) for doubt in members],
        "with_person": any(one.task.state == State.WITH_PERSON for one in live),
        "holder": cases.holder(case),
        "mine": cases.holder(case) == user.get_username(),
        "why_not": decide.why_not(case, user, live) if live else "",
        "allowed": single,
        "buttons": _buttons(allowed, live),
        "shortcuts": bool(allowed),
        **_facts(first),
        **_flow(case, first),
    }


def _all_members(case: Case) -> list[Doubt]:
    rows = Doubt.objects.filter(membership__case=case).order_by("pk")
    return list(rows.select_related("task__account", "task__tenant", "evidence", "run"))


def _member(doubt: Doubt) -> dict[str, Any]:
    return {
        "doubt": doubt,
        "token": f"{doubt.pk}:{decide.shown_digest(doubt)}",
        "who": wording.person(doubt.task.account),
        "keys": comparing.keys_of(doubt.task.account),
        "operation": wording.operations(doubt.task),
        "task_url": reverse("admin:robot_task_change", args=[doubt.task_id]),
    }


def _facts(doubt: Doubt) -> dict[str, Any]:
    detail, task = doubt.detail, doubt.task
    found = comparing.lines(doubt)
    candidates = [one for one in detail.get("candidates") or [] if isinstance(one, dict)]
    shared = comparing.shared(candidates)
    ledger = LedgerEntry.objects.filter(task=task).order_by("-pk")[:20]
    return {
        "who": wording.person(task.account),
        "keys": comparing.keys_of(task.account),
        "lines": found[:_MOST_LINES],
        "seen_any": any(line.seen is not None for line in found),
        "seen_note": _seen_note(doubt),
        "others": found[_MOST_LINES:] + comparing.others(doubt),
        "message": str(detail.get("message") or ""),
        "banner": task.banner,
        "changed": bool(detail.get("changed")),
        "candidates": [_candidate(one, shared) for one in candidates],
        "shared": _candidate(shared, {}),
        "fields": [
            Field(name, wording.label(name), value) for name, value in decide.current(doubt).items()
        ],
        "picture": _picture(doubt.evidence),
        "no_picture": _NO_PICTURE,
        "attempted": [_plain(one) for one in detail.get("attempted") or []],
        "proposal": _plain(detail["proposal"]) if detail.get("proposal") else "",
        "raw": json.dumps({"detail": detail, "facts": doubt.facts}, indent=2, ensure_ascii=False),
        "ledger": ledger,
    }


def _seen_note(doubt: Doubt) -> str:
    """What stands in place of seen values when the page showed none."""
    if doubt.code == "not_found":
        return "Nobody with these keys"
    if doubt.run_id is None and not doubt.task.runs.exists():
        return "Not looked at yet"
    return str(doubt.detail.get("message") or "Nothing was read")


def _candidate(one: dict[str, Any], without: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (wording.label(str(name)), str(value))
        for name, value in one.items()
        if value and name not in without
    ]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _picture(evidence: Evidence | None) -> dict[str, str] | None:
    if evidence is None or not evidence.media_type.startswith("image/"):
        return None
    return {
        "crop": reverse("admin:robot_evidence_crop", args=[evidence.pk]),
        "whole": reverse("admin:robot_evidence_stamped", args=[evidence.pk]),
    }


def _flow(case: Case, doubt: Doubt) -> dict[str, Any]:
    """For a case about a flow: which one, which step, and the commands that mend it."""
    if case.scope != Scope.FLOW:
        return {"flow_case": False}
    slug = case.tenant.slug
    return {
        "flow_case": True,
        "flow": case.flow,
        "flow_version": doubt.flow_version,
        "step": case.step,
        "record": f"manage.py flow record {case.flow} --tenant {slug}",
        "check": f"manage.py flow check {case.flow} --tenant {slug}",
    }


def _decisions(case: Case) -> list[Decision]:
    return list(case.decisions.select_related("doubt__task__account").order_by("pk"))


def _buttons(allowed: frozenset[str], doubts: Sequence[Doubt]) -> list[Button]:
    """The main decisions in the order of the bar: what goes on first, refusal last."""
    if not doubts:
        return []
    removal = any(decide.is_removal(doubt.task) for doubt in doubts)
    corrects = len(doubts) == 1 and bool(answers.fixable(doubts[0]))
    look = "danger" if removal else "primary"
    told = {
        "approve": ("Approve", "Yes, approve", "a", look),
        "choose": ("This person", "Yes, this person", "c", "primary"),
        "fix": ("Fix or retry" if corrects else "Try again", "Start again", "t", "primary"),
        "by_hand": ("Done by hand", "It is done, read it back", "h", "other"),
        "reject": ("Reject", "Reject", "r", "other"),
    }
    return [
        Button(kind, text, confirm, wording.effect(kind, doubts), key, style)
        for kind, (text, confirm, key, style) in told.items()
        if kind in allowed
    ]
