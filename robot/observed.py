"""What was seen of an account: written only from a freshly loaded page."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from robot import clock
from robot.models import Account, Task
from robot.planning import RENAMED
from robot.transitions import hold


def observe(task: Task, facts: Mapping[str, str], console_user_id: str = "") -> None:
    """Store the read facts of the task's account and, the first time, the console's own id of it.

    facts: fact -> the raw string as seen. A deleted account is observed as {"present": ""}. Call it
    before the task is moved: the chain's head is locked last (transitions.hold).
    """
    seen = clock.now().isoformat()
    with transaction.atomic():
        hold(Task.objects.filter(pk=task.pk))
        account = Account.objects.select_for_update(no_key=True).get(pk=task.account_id)
        account.observed = account.observed | {
            name: {"value": value, "read_at": seen} for name, value in facts.items()
        }
        others = Account.objects.filter(tenant=account.tenant_id).exclude(pk=account.pk)
        # A key that another account of ours holds already is not taken from it: two accounts were
        # made for one person, and only a person can say which of them stays.
        new_id = bool(console_user_id) and not account.console_user_id
        if new_id and not others.filter(console_user_id=console_user_id).exists():
            account.console_user_id = console_user_id
        username = facts.get("username", "").strip().lower()
        new_name = bool(username) and not account.username
        if new_name and not others.filter(username=username).exists():
            account.username = username
        account.email, account.full_name = _renewed(task, account)
        account.save(
            update_fields=["observed", "console_user_id", "username", "email", "full_name"]
        )
    task.account = account


def _renewed(task: Task, account: Account) -> tuple[str, str]:
    """E-mail address and full name, the keys that this very task has changed as it changed them."""
    email = task.parameters.get(RENAMED["email"], account.email)
    names = [task.parameters.get(name, "") for name in ("first_name", "last_name")]
    if not any(names) or not account.full_name:
        return email, account.full_name
    seen = [account.observed.get(name, {}).get("value", "") for name in ("first_name", "last_name")]
    return email, " ".join(given or old for given, old in zip(names, seen, strict=True)).strip()
