"""Permits: what a decision allows, bound to the facts the person saw, spent at the commit.

Facts are canonical JSON (RFC 8785) of parameters, flow version, desired version, console user id,
anchors and the seen values; never pixels. What of them binds depends on the question that was
answered: an approval binds all, a choice binds the chosen keys, a second try binds the request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import rfc8785
from django.db import transaction
from django.db.models import QuerySet

from robot import clock
from robot.evidence import chain
from robot.models import Doubt, Permit, Run, Task

Facts = Mapping[str, Any]

#: A permit with one of these codes allows a second intent on a task that already had one.
SECOND_INTENT = frozenset(
    {
        "outcome_unknown",
        "value_not_saved",
        "partial_save",
        "console_refused",
        "no_license_available",
        "page_drift",
        "second_intent",
    }
)


def digest(facts: Facts) -> str:
    """SHA-256 (hex) of the facts as RFC 8785 JSON."""
    return hashlib.sha256(rfc8785.dumps(dict(facts))).hexdigest()


def bound(code: str, facts: Facts) -> dict[str, Any]:
    """The part of the facts that a permit of this code is bound to."""
    if code == "approval_required":
        return dict(facts)
    if code == "ambiguous_match":
        return {"choice": facts.get("choice", {})}
    return {name: facts.get(name) for name in ("parameters", "desired_version")}


def grant(task: Task, doubt: Doubt, facts: Facts, *, by: str, decision: str) -> Permit:
    """Write one single-use permit; older open ones of the same code are void from now on."""
    now = clock.now()
    with transaction.atomic():
        task.permits.filter(code=doubt.code, consumed_at=None, voided_at=None).update(voided_at=now)
        permit = Permit.objects.create(
            task=task,
            code=doubt.code,
            step=doubt.step,
            digest=digest(bound(doubt.code, facts)),
            decision=decision,
            granted_by=by,
            granted_at=now,
        )
        chain.record(permit)
    return permit


def grant_second_intent(task: Task, reading: Run) -> Permit:
    """The robot's own permit to try once more, after a reading has shown that nothing was applied."""
    facts = {"parameters": dict(task.parameters), "desired_version": task.desired_version}
    with transaction.atomic():
        permit = Permit.objects.create(
            task=task,
            code="second_intent",
            digest=digest(bound("second_intent", facts)),
            decision=f"run {reading.pk}: worker dead, settled, still the old value",
            granted_by="switchboard",
            granted_at=clock.now(),
        )
        chain.record(permit)
    return permit


def chosen(task: Task) -> bool:
    """True when a person chose exactly this candidate for the task; spent or not, it stays chosen."""
    wanted = digest(bound("ambiguous_match", {"choice": task.choice}))
    rows = task.permits.filter(code="ambiguous_match", digest=wanted, voided_at=None)
    return rows.exists()


def open_permits(task: Task) -> list[Permit]:
    """Permits of the task that are neither spent nor void, oldest first."""
    return list(task.permits.filter(consumed_at=None, voided_at=None).order_by("pk"))


def mismatched(permits: list[Permit], facts: Facts) -> list[Permit]:
    """Those whose facts are no longer what the person saw."""
    return [p for p in permits if p.digest != digest(bound(p.code, facts))]


def spend(permits: list[Permit]) -> bool:
    """Mark as used, each exactly once; False when another worker was first (then nothing may click)."""
    keys = [permit.pk for permit in permits]
    rows = Permit.objects.filter(pk__in=keys, consumed_at=None, voided_at=None)
    return rows.update(consumed_at=clock.now()) == len(keys)


def void(permits: list[Permit]) -> None:
    """Make them useless: what was shown is no longer so."""
    Permit.objects.filter(pk__in=[permit.pk for permit in permits], consumed_at=None).update(
        voided_at=clock.now()
    )


def void_of(tasks: QuerySet[Task], codes: Collection[str]) -> None:
    """Make useless what these tasks were allowed under these codes and have not used."""
    Permit.objects.filter(task__in=tasks, code__in=codes, consumed_at=None, voided_at=None).update(
        voided_at=clock.now()
    )
