"""The cast and the questions of the review queue's tests.

vera and rita review, otto operates, ada audits, nora may sign in and is in no group, root is a
superuser in no group.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, User

from reviewqueue import cases, decide
from reviewqueue.models import Case
from robot import clock, permits, transitions
from robot.models import Account, Doubt, Run, Task
from robot.states import State
from tests.integration import factory

LICENSE = "X2 - US Virtual Office Editions"
_GROUPS = {"vera": "reviewer", "rita": "reviewer", "otto": "operator", "ada": "auditor"}
CAST = (*_GROUPS, "nora", "root")


def user(name: str) -> User:
    """One of the cast, made when first asked for."""
    found = User.objects.filter(username=name).first()
    if found is not None:
        return found
    # Without a password: hashing one takes longer than most tests.
    made = User.objects.create(
        username=name, email=f"{name}@acme.example", is_staff=True, is_superuser=name == "root"
    )
    if name in _GROUPS:
        made.groups.set([Group.objects.get(name=_GROUPS[name])])
    return made


def asked(
    code: str,
    operation: str = "assign_license",
    *,
    of: Account | None = None,
    detail: dict[str, Any] | None = None,
    requested_by: str = "ines",
    flow_version: int = 1,
    step: str = "s7",
    **columns: Any,
) -> Doubt:
    """A task that stopped with this doubt."""
    of = of or factory.account(factory.tenant(), full_name="Anna Berg")
    parameters = {"license": LICENSE} if "license" in operation else {}
    parameters |= {"cost_center": "Sales"} if operation == "set_cost_center" else {}
    columns = {"parameters": parameters, "requested_by": requested_by} | columns
    task = factory.task(of, operation, State.RUNNING, **columns)
    run = Run.objects.create(
        task=task,
        login=of.tenant.consolelogin_set.first() or factory.login(of.tenant),
        kind="attempt",
        worker="here:1:1",
        epoch=0,
        flow=operation,
        flow_version=flow_version,
        started_at=clock.now(),
    )
    facts = {"parameters": task.parameters, "desired_version": task.desired_version}
    return transitions.doubt(
        task,
        code,
        actor="worker",
        reason=code,
        run=run,
        step=step,
        detail=detail or {"asked": task.parameters, "seen": {"license": ""}},
        facts=facts,
        digest=permits.digest(facts),
    )


def leaver(requested_by: str = "ines", of: Account | None = None) -> Doubt:
    """A pair that one approval covers: the licence off, then the person deleted."""
    doubt = asked("approval_required", "remove_license", requested_by=requested_by, of=of)
    factory.task(
        doubt.task.account,
        "delete_user",
        State.WAITING,
        after=doubt.task,
        approved_with=doubt.task,
        requested_by=requested_by,
    )
    return doubt


TWINS = [
    {"username": "acme.anna.berg", "email": "anna@acme.example"},
    {"username": "acme.anna.berg2", "email": "anna@acme.example"},
]


def opened(doubt: Doubt) -> Case:
    """The doubt's open case."""
    case = cases.ensure(doubt)
    assert case is not None
    return case


def shown(*doubts: Doubt) -> dict[int, str]:
    """What a page that shows these doubts now would send back."""
    return {doubt.pk: decide.shown_digest(doubt) for doubt in doubts}


def state(task: Task) -> str:
    """The task's state in the database."""
    return str(Task.objects.values_list("state", flat=True).get(pk=task.pk))
