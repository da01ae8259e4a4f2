"""Rows for integration tests: the shortest way to a tenant, an account and a task."""

from __future__ import annotations

import itertools
from typing import Any

from robot import clock
from robot.models import Account, ConsoleLogin, Task, Tenant
from robot.states import State

_numbers = itertools.count(1)


def tenant(slug: str = "") -> Tenant:
    slug = slug or f"tenant-{next(_numbers)}"
    return Tenant.objects.create(
        slug=slug,
        name=slug.title(),
        console_origin="http://127.0.0.1:1",
        billing_origin="http://127.0.0.1:2",
        created_at=clock.now(),
    )


def account(of: Tenant, **columns: Any) -> Account:
    number = next(_numbers)
    given = {"username": f"acme.person{number}", "email": f"person{number}@acme.example"}
    return Account.objects.create(tenant=of, created_at=clock.now(), **(given | columns))


def login(of: Tenant, username: str = "") -> ConsoleLogin:
    username = username or f"acme.robot{next(_numbers)}"
    return ConsoleLogin.objects.create(tenant=of, username=username, password_ref="env:NOWHERE")


def task(
    of: Account, operation: str = "assign_license", state: State = State.QUEUED, **columns: Any
) -> Task:
    now = clock.now()
    return Task.objects.create(
        tenant=of.tenant,
        account=of,
        operation=operation,
        state=state,
        **(
            {
                "parameters": {"license": "X"} if operation == "assign_license" else {},
                "desired_version": 1,
                "state_since": now,
                "due_at": now,
                "created_at": now,
                "source": "api",
                "requested_by": "rita",
            }
            | columns
        ),
    )
