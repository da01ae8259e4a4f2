"""A tenant's rule table: what it would do to everybody we know, and saving a new version.

Saving queues nothing. In this version nobody's desired fields change because a table was saved:
planning asks `rules.decide` when something about a person changes. The dry run is how everybody else
is looked at beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction

from robot import clock, rules, types
from robot.intake import accounts
from robot.models import Account, ConsoleLogin, ProtectedAccount, RuleTable, Tenant
from robot.rules import Person, Range, Rule
from robot.transitions import ledger

#: Fields of rules that are keys of an account too.
_KEYS = ("site", "extension")


class StaleRules(Exception):
    """Another version was saved since the one that was shown; nothing was changed."""


class Line(NamedTuple):
    """One field of one account under a rule.

    now: as desired, else as seen or known; "" for none, None where it is not known. would_be: None where the
    rule's range has no free value left.
    """

    account: Account
    field: str
    now: str | None
    would_be: str | None
    rule: int

    @property
    def changes(self) -> bool:
        """False when it is so already."""
        if self.would_be is None or self.now is None:
            return True
        return not types.equal_fact(self.field, self.now, self.would_be)


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a table would do. unmatched: whom no rule fits; left_out: whom rules are not for, why."""

    lines: list[Line]
    unmatched: list[Account]
    left_out: list[tuple[Account, str]]


def newest(tenant: Tenant) -> RuleTable | None:
    """The version that counts; None before the first was saved."""
    return RuleTable.objects.filter(tenant=tenant).order_by("-version").first()


def current(tenant: Tenant) -> tuple[int, tuple[Rule, ...]]:
    """Version and rules that count; (0, ()) before the first was saved."""
    table = newest(tenant)
    return (table.version, rules.parse(table.rows)) if table else (0, ())


def preview(tenant: Tenant, table: Sequence[Rule]) -> DryRun:
    """Who would get what by this table; reads only.

    Concrete numbers are the lowest that nobody we know has or is to have, handed out in the order of
    the accounts; who has one within the range keeps it. Another's may be picked when it comes to it.
    """
    everybody = list(Account.objects.filter(tenant=tenant).order_by("pk"))
    numbers = _Numbers(everybody)
    protected = _protected(tenant)
    run = DryRun([], [], [])
    for account in everybody:
        reason = _not_for(account, protected)
        if reason:
            run.left_out.append((account, reason))
            continue
        decided = rules.decide(table, Person.of(account.attributes, key=str(account.pk)))
        for name, given in decided.items():
            now = _now(account, name)
            would_be = numbers.of(name, given.value, now) if name in rules.RANGED else given.value
            run.lines.append(Line(account, name, now, would_be, given.rule))
        if not decided:
            run.unmatched.append(account)
    return run


@transaction.atomic
def save(tenant: Tenant, table: Sequence[Rule], *, by: str, shown_version: int) -> RuleTable:
    """Make these rules the ones that count, unless they are already. Raises StaleRules.

    shown_version: the version that whoever saves had before them; 0 for none.
    """
    accounts.lock(tenant)
    last = newest(tenant)
    rows = rules.rows(table)
    if last is not None and last.rows == rows:
        return last
    version = last.version if last else 0
    if version != shown_version:
        who = f" by {last.saved_by}" if last else ""
        raise StaleRules(
            f"Version {version} was saved{who} after version {shown_version} was shown: "
            "look at it, and make the dry run again."
        )
    made = RuleTable.objects.create(
        tenant=tenant, version=version + 1, rows=rows, saved_by=by, saved_at=clock.now()
    )
    ledger(tenant, "rules_saved", by, {"version": made.version, "rules": rows})
    return made


class _Numbers:
    """Numbers and extensions of a tenant: whose they are, and what is handed out in this dry run."""

    def __init__(self, everybody: Sequence[Account]) -> None:
        here = [account for account in everybody if not _gone(account)]
        self._taken = {
            name: rules.held(name, [raw for account in here for raw in _all(account, name)])
            for name in rules.RANGED
        }
        self._next: dict[Range, Range] = {}

    def of(self, name: str, text: str, now: str | None) -> str | None:
        """What somebody with this number (None: not known) would have under this range."""
        values = rules.read_range(name, text)
        kept = rules.held(name, [now or ""])
        if kept and (own := kept.pop()) in values:
            return own
        found = rules.pick(self._next.get(values, values), self._taken[name])
        if found is not None:
            self._taken[name].add(found)
            # The lowest free one only ever moves up: the next search begins where this one ended.
            self._next[values] = Range(name, found, values.last)
        return found


def _protected(tenant: Tenant) -> set[str]:
    listed = ProtectedAccount.objects.filter(tenant=tenant).values_list("username", flat=True)
    robots = ConsoleLogin.objects.filter(tenant=tenant).values_list("username", flat=True)
    return {name.lower() for name in (*listed, *robots)}


def _not_for(account: Account, protected: set[str]) -> str:
    """Why rules give this account nothing; "" when they do."""
    if account.username and account.username.lower() in protected:
        return "protected"
    present = account.desired.get("present")
    if _gone(account) or (present and present["value"] is False):
        return "gone or leaving"
    active = _now(account, "active")
    return "may not sign in" if active and types.equal_fact("active", active, "no") else ""


def _gone(account: Account) -> bool:
    seen: Mapping[str, str] | None = account.observed.get("present")
    return seen is not None and seen["value"] == ""


def _now(account: Account, name: str) -> str | None:
    wish = account.desired.get(name)
    if wish:
        return str(wish["value"] or "")
    seen = account.observed.get(name)
    if seen:
        return str(seen["value"])
    # Keys that came with a request: as good as seen while nothing else is known.
    return (getattr(account, name) or None) if name in _KEYS else None


def _all(account: Account, name: str) -> list[str]:
    """Every value of the field that may be this account's: wished, seen, or the key it came with."""
    entries = (account.desired.get(name), account.observed.get(name))
    values = [str(entry["value"] or "") for entry in entries if entry]
    return [*values, account.extension] if name == "extension" else values
