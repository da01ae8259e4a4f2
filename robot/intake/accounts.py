"""Which account a request is about: found by its keys or made, never guessed.

A username and the console's own id name one person. E-mail address, full name and site do not: 8x8
lets people share them (8x8 support, 2025), so an account known by a username is never found by
these alone. Two records of one person are put right by the live page; a wrong person is not.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Q

from robot import clock, types
from robot.intake.refusal import Refusal, Wrong
from robot.models import Account, LedgerEntry, Task, Tenant
from robot.transitions import hold, ledger

KEYS = ("username", "email", "extension", "console_user_id", "full_name", "site")
_UNIQUE = ("console_user_id", "username")


def canonical(keys: Mapping[str, str]) -> dict[str, str]:
    """The keys in their types' canonical form. Raises Refusal (422) for a wrong or unknown one."""
    parsed = {}
    for name, raw in keys.items():
        if name not in KEYS:
            raise _invalid([Wrong(f"account.{name}", "is not a known key", "account.?")])
        try:
            parsed[name] = types.TYPES[types.kind_of(name)].parse(raw)
        except types.InvalidValue as error:
            raise _invalid([Wrong(f"account.{name}", str(error))]) from error
    return parsed


def anchors(keys: Mapping[str, str]) -> dict[str, str]:
    """The identity anchors among the keys: name -> value; full name and site make one together."""
    found = {
        name: keys[name]
        for name in ("username", "email", "extension", "console_user_id")
        if keys.get(name)
    }
    if keys.get("full_name") and keys.get("site"):
        found["full_name+site"] = f"{keys['full_name']}\n{keys['site']}"
    return found


def enough(keys: Mapping[str, str]) -> bool:
    """True with two anchors of different values: one and the same text twice proves nothing more."""
    return len({value.casefold() for value in anchors(keys).values()}) >= 2


TOO_FEW = (
    "two keys with different values are needed of: username, email, extension, console_user_id, "
    "full_name with site"
)


def lock(tenant: Tenant) -> None:
    """Let in one request of this tenant at a time, until the transaction ends.

    Finding or making an account and counting removals are then free of races. SQLite has no such
    lock and needs none: there every transaction is alone.
    """
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)


@transaction.atomic
def find_or_make(tenant: Tenant, given: Mapping[str, str], *, actor: str) -> Account:
    """The account with these keys; blank ones of a known account are filled in.

    Raises Refusal: 422 for wrong keys or too few, 409 for keys that contradict what is known or
    that fit several accounts.
    """
    keys = canonical(given)
    if not enough(keys):
        raise Refusal(422, "too_few_keys", f"account: {TOO_FEW}", [Wrong("account", TOO_FEW)])
    lock(tenant)
    account = _by_unique_key(tenant, keys) or _by_other_keys(tenant, keys)
    if account is None:
        return _make(tenant, keys, actor)
    _fill(account, keys, actor)
    return account


def _by_unique_key(tenant: Tenant, keys: Mapping[str, str]) -> Account | None:
    condition = Q()
    for name in _UNIQUE:
        if name in keys:
            # A username that the robot read off the console may differ in case from ours.
            condition |= Q(**{f"{name}__iexact" if name == "username" else name: keys[name]})
    if not condition:
        return None
    found = list(Account.objects.filter(condition, tenant=tenant).order_by("pk"))
    if not found:
        return None
    if len(found) > 1:
        detail = "belongs to another account than the other key"
        raise _conflict([Wrong(f"account.{name}", detail) for name in _UNIQUE if name in keys])
    differing = [name for name in keys if _contradicts(found[0], name, keys[name])]
    if differing:
        detail = "is not the one known of the account with the other keys"
        raise _conflict([Wrong(f"account.{name}", detail) for name in differing])
    return found[0]


def _by_other_keys(tenant: Tenant, keys: Mapping[str, str]) -> Account | None:
    names = [name for name in ("email", "extension", "full_name") if name in keys]
    if not names:
        return None
    condition = Q()
    for name in names:
        condition |= Q(**{name: keys[name]})
    nearby = Account.objects.filter(condition, tenant=tenant).order_by("pk")
    found = [account for account in nearby if _is_the_one(account, keys)]
    if len(found) > 1:
        detail = "fits several known accounts; give the username"
        raise Refusal(409, "ambiguous_account", f"account: {detail}", [Wrong("account", detail)])
    return found[0] if found else None


def _is_the_one(account: Account, keys: Mapping[str, str]) -> bool:
    """Two shared anchors, none contradicting, and nothing said of the person that was not asked."""
    if any(_contradicts(account, name, keys[name]) for name in keys):
        return False
    known = anchors({name: getattr(account, name) for name in KEYS})
    given = anchors(keys)
    shared = {name for name in given if known.get(name) == given[name]}
    if len(shared) < 2:
        return False
    # An extension is one person's within a tenant.
    if "extension" in shared:
        return True
    if any(name in keys for name in _UNIQUE):
        return False
    return not account.username or _made_without_username(account)


def _made_without_username(account: Account) -> bool:
    """True when these keys are all the connector ever had, and a person told the robot who it is."""
    made = LedgerEntry.objects.filter(
        tenant=account.tenant_id, kind="account_made", body__account=account.pk
    ).first()
    return made is not None and not set(_UNIQUE) & set(made.body["keys"])


def _contradicts(account: Account, name: str, value: str) -> bool:
    stored = getattr(account, name)
    if not stored or types.equal_fact(name, stored, value):
        return False
    # An extension that was asked for, or that the robot has read, has taken the old one's place.
    newer = [account.desired.get(name), account.observed.get(name)] if name == "extension" else []
    return not any(one and types.equal_fact(name, str(one["value"]), value) for one in newer)


def _make(tenant: Tenant, keys: Mapping[str, str], actor: str) -> Account:
    account = Account.objects.create(tenant=tenant, created_at=clock.now(), **keys)
    ledger(tenant, "account_made", actor, {"account": account.pk, "keys": sorted(keys)})
    return account


def _fill(account: Account, keys: Mapping[str, str], actor: str) -> None:
    new = [
        name
        for name, value in keys.items()
        if not types.equal_fact(name, getattr(account, name), value)
    ]
    if not new:
        return
    # Workers lock a task first and the chain after it; so do we, or each could wait for the other.
    hold(Task.objects.filter(account=account))
    for name in new:
        setattr(account, name, keys[name])
    account.save(update_fields=new)
    ledger(account.tenant, "account_keys", actor, {"account": account.pk, "keys": sorted(new)})


def _invalid(fields: list[Wrong]) -> Refusal:
    return Refusal(422, "invalid", f"{fields[0].path}: {fields[0].detail}", fields)


def _conflict(fields: list[Wrong]) -> Refusal:
    names = ", ".join(wrong.path for wrong in fields)
    detail = f"{names}: not what is known of this account. Ask who changed it; nothing was queued."
    return Refusal(409, "account_conflict", detail, fields)
