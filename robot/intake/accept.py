"""Carry out an accepted request exactly once per idempotency key."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from robot import clock
from robot.evidence.chain import sha256_json
from robot.intake import accounts, desired, owners
from robot.intake.refusal import Refusal
from robot.intake.schemas import Accepted, TaskOut, TaskRequest
from robot.models import Connection, IntakeRequest, Task


class Answer(NamedTuple):
    """The body of an answer; replayed: it was given before under the same key."""

    body: bytes
    replayed: bool


def accept(connection: Connection, key: str, request: TaskRequest) -> Answer:
    """Make the request's wishes desired and plan their tasks, or repeat the first answer.

    Raises Refusal: 409 for a key that was used for another request, and what robot.intake.desired
    raises. All or nothing; a key whose request was refused is free again.
    """
    try:
        return _once(connection, key, request)
    except IntegrityError:
        # A worker wrote the same username into another account meanwhile, or the key was stored by
        # somebody who did not wait for the lock. Either is visible by now: look again.
        return _once(connection, key, request)


@transaction.atomic
def _once(connection: Connection, key: str, request: TaskRequest) -> Answer:
    tenant = connection.tenant
    accounts.lock(tenant)
    # Of the canonical form: another order of keys or way to write a number is the same request.
    digest = sha256_json(request.model_dump(mode="json", exclude_unset=True))
    first = IntakeRequest.objects.filter(tenant=tenant, key=key).first()
    if first is not None:
        if first.body_sha256 != digest:
            detail = "this Idempotency-Key was used for another request; nothing was queued"
            raise Refusal(409, "idempotency_conflict", detail)
        return Answer(to_bytes(first.answer), replayed=True)
    account = accounts.find_or_make(tenant, request.account.given(), actor=connection.slug)
    tasks = desired.apply_to(
        account,
        request.wishes(),
        source=owners.API,
        actor=request.requested_by or connection.slug,
        via=connection.slug,
    )
    answer = Accepted(
        account=account.pk,
        tasks=[task_out(task) for task in tasks],
        desired_version=account.desired_version,
    ).model_dump(mode="json")
    IntakeRequest.objects.create(
        tenant=tenant,
        connection=connection,
        key=key,
        body_sha256=digest,
        answer=answer,
        created_at=clock.now(),
    )
    return Answer(to_bytes(answer), replayed=False)


def task_out(task: Task) -> TaskOut:
    """A task as the API shows it."""
    return TaskOut.model_validate(task_fields(task))


def task_fields(task: Task) -> dict[str, Any]:
    """The columns that every view of a task has."""
    return {
        "id": task.pk,
        "account": task.account_id,
        "operation": task.operation,
        "parameters": task.parameters,
        "state": task.state,
        "desired_version": task.desired_version,
        "after": task.after_id,
    }


def to_bytes(answer: dict[str, Any]) -> bytes:
    """JSON in one form only: PostgreSQL does not keep the order of keys."""
    return json.dumps(answer, sort_keys=True, ensure_ascii=False).encode()
