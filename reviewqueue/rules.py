"""Rules in the admin: who may save them, and the token that ties a save to the dry run it follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.core import signing

from reviewqueue import errors, groups, wording
from reviewqueue.actor import Reviewer
from robot import permits, rules, rules_text
from robot.intake import ruling
from robot.intake.ruling import DryRun, Line
from robot.models import RuleTable, Tenant
from robot.rules import Rule

#: Persons a dry run lists on a page; `manage.py rules` lists everybody.
MOST = 500
_SIGNER = signing.Signer(salt="reviewqueue.rules")


def shown_token(tenant: Tenant, version: int, table: Sequence[Rule], user: Reviewer) -> str:
    """What a dry run gives the page: proof that this user was shown this table over this version."""
    return _SIGNER.sign(_digest(tenant, version, table, user))


def save(tenant: Tenant, text: str, user: Reviewer, *, version: int, token: str) -> RuleTable:
    """Make the rules of this text count. Raises NotPermitted, WrongRules, NotAllowed, StaleDecision."""
    if not groups.may_save_rules(user):
        raise errors.NotPermitted("Only members of the group operator save rules.")
    table = rules_text.read(text)
    try:
        shown = _SIGNER.unsign(token)
    except signing.BadSignature:
        shown = ""
    if shown != _digest(tenant, version, table, user):
        raise errors.NotAllowed(
            "Not saved: these rules are not the ones that were shown. Make the dry run first."
        )
    try:
        return ruling.save(tenant, table, by=user.get_username(), shown_version=version)
    except ruling.StaleRules as error:
        raise errors.StaleDecision(f"Not saved. {error}") from error


def _digest(tenant: Tenant, version: int, table: Sequence[Rule], user: Reviewer) -> str:
    return permits.digest(
        {"tenant": tenant.pk, "version": version, "rules": rules.rows(table), "by": user.pk}
    )


def described(table: Sequence[Rule]) -> list[dict[str, Any]]:
    """The table in words: position, whom each rule is for, what it gives."""
    return [
        {
            "position": rule.position,
            "conditions": [*rule.conditions.items()],
            "values": [(wording.label(name), _shown(name, v)) for name, v in rule.values.items()],
        }
        for rule in table
    ]


def outcome(run: DryRun, table: Sequence[Rule]) -> dict[str, Any]:
    """A dry run in words: totals, and each person with what would change; those unchanged counted."""
    changing = [line for line in run.lines if line.changes]
    people = [
        {"who": wording.person(account), "account": account, "lines": [_told(one) for one in lines]}
        for account, lines in groupby(changing, key=lambda line: line.account)
    ]
    used = Counter(line.rule for line in run.lines)
    changes = Counter(line.field for line in changing)
    so = Counter(line.field for line in run.lines if not line.changes)
    short = Counter(line.field for line in run.lines if line.would_be is None)
    return {
        "people": people[:MOST],
        "more_people": max(0, len(people) - MOST),
        "getting": len({line.account.pk for line in run.lines}),
        "changing": len(people),
        "totals": [
            (wording.label(name), changes[name], so[name], short[name])
            for name in rules.FIELDS
            if changes[name] or so[name]
        ],
        "idle": [rule.position for rule in table if not used[rule.position]],
        "unmatched": run.unmatched[:MOST],
        "unmatched_count": len(run.unmatched),
        "left_out": run.left_out[:MOST],
        "left_out_count": len(run.left_out),
    }


def _told(line: Line) -> dict[str, Any]:
    return {
        "field": wording.label(line.field),
        "now": "not known" if line.now is None else wording.shown(line.field, line.now) or "none",
        "unknown": not line.now,
        "would_be": wording.shown(line.field, line.would_be),
        "rule": line.rule,
    }


def _shown(name: str, value: str) -> str:
    """A rule's value as people read it; a range with both its ends as the console shows them."""
    if name not in rules.RANGED:
        return wording.shown(name, value)
    values = rules.read_range(name, value)
    return f"{wording.shown(name, values.first)} to {wording.shown(name, values.last)}"
