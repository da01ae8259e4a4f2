"""The only writer of Account.desired: a wish becomes desired fields and the tasks they need.

All of one wish in one transaction. A wish that is already taken care of changes nothing and is
answered with the tasks that stand for it, so that connectors may say the same thing every night.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from robot import clock, doorbell, types
from robot.intake import accounts, leavers, owners
from robot.intake.history import History, same, values
from robot.intake.holds import Holds
from robot.intake.refusal import Refusal, Wrong
from robot.models import Account, LedgerEntry, Task, Tenant
from robot.planning import FIELDS, PHONE_FIELDS, Company, Planned, Unplannable, Value, plan
from robot.policy import OPERATIONS
from robot.states import State
from robot.transitions import hold, ledger, move, supersede

Wishes = Mapping[str, Value]

#: Operations that are planned and have no flow: the field they are for, and what to do instead.
_UNBUILT = {
    "create_user": (
        "present",
        "creating users is not built yet; create this user in the console",
    ),
    "set_site": (
        "site",
        "moving users to another site is not built yet; move this user in the console",
    ),
}
_VOICE = {"license", *PHONE_FIELDS}


def apply(
    account_keys: Mapping[str, str],
    wishes: Wishes,
    *,
    tenant: Tenant,
    source: str,
    actor: str,
    via: str,
) -> list[Task]:
    """Make these wishes desired for the account with these keys; the tasks that stand for them.

    wishes: field -> text; license None takes the licence away; present False deletes, True keeps
    (calls off a deletion not yet carried out). source: written beside each value. actor: who asked.
    via: slug of the connection, or which part of the robot itself.
    Raises Refusal and changes nothing: 422 for wrong input, 409 for what contradicts what is known.
    """
    with transaction.atomic():
        account = accounts.find_or_make(tenant, account_keys, actor=via)
        return apply_to(account, wishes, source=source, actor=actor, via=via)


@transaction.atomic
def apply_to(account: Account, wishes: Wishes, *, source: str, actor: str, via: str) -> list[Task]:
    """The same for an account already found; refreshes the given instance."""
    accounts.lock(account.tenant)
    # The account's tasks before any ledger row: workers lock a task first and the chain after it.
    tasks = hold(Task.objects.filter(account=account))
    account.refresh_from_db(from_queryset=Account.objects.select_for_update(no_key=True))
    owners.refuse_owned(account, wishes, source)
    history = History(account, tasks)
    wanted = _with_presence(leavers.with_kept(account, _parsed(wishes)), history)
    wanted = {name: _overridden(account, name, value) for name, value in wanted.items()}
    standing = {name: history.standing(name, value) for name, value in wanted.items()}
    open_wishes = {name: value for name, value in wanted.items() if standing[name] is None}
    made = _carry(history, open_wishes, source, actor, via)
    stood = {task.pk for task in standing.values() if task is not None}
    stood |= {task.approved_with_id for task in tasks if task.pk in stood and task.approved_with_id}
    still = [task for task in tasks if task.pk in stood and task.state != State.SUPERSEDED]
    return [*still, *made]


def _parsed(wishes: Wishes) -> dict[str, Value]:
    parsed: dict[str, Value] = {}
    for name, value in wishes.items():
        try:
            if name not in FIELDS:
                raise types.InvalidValue("is not a known field")
            if name == "present":
                if not isinstance(value, bool):
                    raise types.InvalidValue("must be true or false")
                parsed[name] = value
            elif isinstance(value, str):
                parsed[name] = types.TYPES[types.kind_of(name)].parse(value)
            elif value is None and name == "license":
                parsed[name] = None
            else:
                raise types.InvalidValue("can be set but not taken away")
        except types.InvalidValue as error:
            wrong = Wrong(f"set.{name}", str(error), "" if name in FIELDS else "set.?")
            raise Refusal(422, "invalid", f"{wrong.path}: {error}", [wrong]) from error
    return parsed


def _with_presence(wishes: dict[str, Value], history: History) -> dict[str, Value]:
    """A wish for somebody means that they are there, unless they are about to be deleted."""
    sets = any(isinstance(value, str) for value in wishes.values())
    if "present" in wishes or not sets:
        return wishes
    if history.deleting() is not None:
        detail = (
            "is about to be deleted; nothing was queued. Reject the deletion in the review queue, "
            'or send "delete": false to call it off'
        )
        raise Refusal(409, "account_leaving", f"account {detail}", [Wrong("account", detail)])
    entry = history.account.desired.get("present")
    return {**wishes, "present": True} if entry and entry["value"] is False else wishes


def _overridden(account: Account, name: str, value: Value) -> Value:
    """The value a reviewer put in this one's place, as long as the connector says the same again."""
    entry = account.desired.get(name)
    if not entry or entry["source"] != "review":
        return value
    asked = LedgerEntry.objects.filter(
        tenant=account.tenant_id,
        kind="desired",
        body__account=account.pk,
        body__fields__has_key=name,
    ).order_by("-pk")
    last = asked.values_list("body", flat=True).first()
    repeated = last is not None and same(name, last["fields"][name], value)
    held: Value = entry["value"] if repeated else value
    return held


def _carry(history: History, wishes: Wishes, source: str, actor: str, via: str) -> list[Task]:
    """Plan and write what is not taken care of yet."""
    account = history.account
    overtaken = history.overtaken(wishes)
    gone = {task.pk for task in overtaken}
    left = [task for task in history.open if task.pk not in gone]
    _refuse_too_late(wishes, left)
    known = values(account.desired)
    carried = _carried(history, overtaken, known, wishes)
    try:
        planned = plan(
            {**carried, **known, **wishes},
            history.known(left),
            {*carried, *wishes},
            Company(instead=account.tenant.mode == "instead", pbx_of=account.tenant.sites),
        )
        _refuse_unbuilt(planned)
    except Unplannable as error:
        wrong = Wrong(f"set.{error.field}", str(error))
        raise Refusal(422, "invalid", f"{wrong.path}: {error}", [wrong]) from error
    news = {n for n, value in wishes.items() if n not in known or not same(n, known[n], value)}
    if not (planned or overtaken or news):
        return []
    _write_desired(account, wishes, source, actor, via)
    for task in overtaken:
        reason = f"overtaken by desired version {account.desired_version}"
        supersede(task, actor=via, reason=reason)
    holds = Holds(account, via)
    made = _make(history, planned, left, actor, via)
    for task in made:
        _begin(task, holds, via)
    if any(task.state == State.QUEUED for task in made):
        doorbell.ring_on_commit()
    return made


def _refuse_unbuilt(planned: Iterable[Planned]) -> None:
    """Raise Unplannable for what planning knows and no flow does."""
    for item in planned:
        if item.operation not in OPERATIONS:
            raise Unplannable(*_UNBUILT[item.operation])


def _refuse_too_late(wishes: Wishes, left: Iterable[Task]) -> None:
    if wishes.get("present") is True and any(task.operation == "delete_user" for task in left):
        detail = "is being deleted or was just now; it is too late to call that off"
        raise Refusal(409, "account_leaving", f"account {detail}", [Wrong("account", detail)])


def _carried(
    history: History, overtaken: Iterable[Task], known: Wishes, wishes: Wishes
) -> dict[str, Value]:
    """Fields to plan anew, since the task that carries them goes along with another's wish."""
    carried: dict[str, Value] = {}
    gone = {task.pk for task in overtaken}
    for task in overtaken:
        carried |= {n: value for n, value in history.own(task).items() if isinstance(value, str)}
        if task.operation == "delete_user" and task.approved_with_id not in gone:
            # Called off half-way: the licence is off or going, and is to be as it was wished.
            carried |= {n: known[n] for n in sorted(_VOICE) if isinstance(known.get(n), str)}
    if _takes_license(wishes):
        for name in PHONE_FIELDS:
            carried.pop(name, None)
    return carried


def _write_desired(account: Account, wishes: Wishes, source: str, actor: str, via: str) -> None:
    leavers.follow(account, wishes)
    version = account.desired_version + 1
    entries = dict(account.desired)
    # A number cannot be held without a licence: the old wish for one is over.
    dropped = [name for name in PHONE_FIELDS if name in entries and _takes_license(wishes)]
    for name in dropped:
        del entries[name]
    for name, value in wishes.items():
        entries[name] = {"value": value, "source": source, "version": version, "via": via}
    account.desired, account.desired_version = entries, version
    account.save(update_fields=["desired", "desired_version"])
    body: dict[str, Any] = {
        "account": account.pk,
        "version": version,
        "source": source,
        "connection": via,
        "fields": dict(wishes),
        "dropped": dropped,
    }
    ledger(account.tenant, "desired", actor, body)


def _takes_license(wishes: Wishes) -> bool:
    return "license" in wishes and wishes["license"] is None


def _make(
    history: History,
    planned: Iterable[Planned],
    left: list[Task],
    actor: str,
    via: str,
) -> list[Task]:
    account, now = history.account, clock.now()
    made: list[Task] = []
    for item in planned:
        made.append(
            Task.objects.create(
                tenant=account.tenant,
                account=account,
                operation=item.operation,
                parameters=item.parameters,
                desired_version=account.desired_version,
                state_since=now,
                after=_behind(history, item, left) if item.after is None else made[item.after],
                approved_with=None if item.approved_with is None else made[item.approved_with],
                urgent=item.urgent,
                due_at=now,
                source=via[:40],
                requested_by=actor,
                created_at=now,
            )
        )
    return made


def _behind(history: History, item: Planned, left: list[Task]) -> Task | None:
    """The newest open task that this one must not run beside or before."""
    fields = {"cost_center"} if item.operation == "set_cost_center" else {*FIELDS} - {"cost_center"}
    # What is urgent ends something, and waits for whatever is under way.
    relevant = {*FIELDS} if item.urgent else fields | {"present"}
    touching = [task for task in left if relevant & history.own(task).keys()]
    return touching[-1] if touching else None


def _begin(task: Task, holds: Holds, via: str) -> None:
    """planned -> in review, waiting or queued."""
    if holds.hold(task):
        return
    if task.after is not None:
        reason = f"after {task.after}"
        move(task, State.WAITING, actor=via, reason=reason)
    else:
        move(task, State.QUEUED, actor=via, reason="planned")
