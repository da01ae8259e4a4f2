"""The tasks API: how any connector queues work and sees what became of it.

OpenAPI at /api/v1/docs, from this server alone. Every answer that is no success has one shape
(schemas.Problem), has changed nothing, and is in the ledger if its tenant is known.
"""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Header, NinjaAPI, Query, Swagger

from robot.intake import accounts
from robot.intake.accept import accept, task_fields, task_out
from robot.intake.door import Bearer, StrictJson, install, need
from robot.intake.refusal import Refusal, Wrong
from robot.intake.schemas import (
    Accepted,
    AccountOut,
    Problem,
    TaskDetail,
    TaskList,
    TaskRequest,
)
from robot.models import Account, Connection, Task
from robot.states import FINAL, State

api = NinjaAPI(
    title="Switchboard tasks",
    version="1",
    urls_namespace="api",
    description="Say what should be true of a person's 8x8 account; the robot makes it true.",
    auth=Bearer(),
    parser=StrictJson(),
    # Else the page asks a server of swagger.io for a picture.
    docs=Swagger({"validatorUrl": None}),
)
install(api)

#: The largest key a database row has.
_LARGEST = 2**63 - 1

_READ: dict[Any, Any] = {frozenset({401, 403, 404, 422, 503}): Problem}
_QUEUE: dict[Any, Any] = {
    202: Accepted,
    frozenset({400, 401, 403, 409, 413, 422, 503}): Problem,
}

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Yours to choose, one a request: sent again, it gets the first answer.",
    ),
]


def _connection(request: HttpRequest) -> Connection:
    found = getattr(request, "auth", None)
    assert isinstance(found, Connection)  # noqa: S101 - every route below passes the door
    return found


@api.post("/tasks", response=_QUEUE, summary="Queue what a wish needs")
def queue_tasks(request: HttpRequest, body: TaskRequest, idempotency_key: Key) -> HttpResponse:
    """202 with the tasks that stand for the wish, new or already there.

    Scopes: `queue` to set, `remove` to take a licence away or delete.
    """
    connection = _connection(request)
    wanted = {"queue": body.queues(), "remove": body.removes()}
    need(connection, [scope for scope, is_wanted in wanted.items() if is_wanted])
    if connection.mode != "armed":
        raise Refusal(403, "observe_only", "this connection may look but not queue")
    answer = accept(connection, idempotency_key, body)
    response = HttpResponse(answer.body, content_type="application/json", status=202)
    if answer.replayed:
        response["Idempotency-Replayed"] = "true"
    return response


@api.get("/tasks", response={**_READ, 200: TaskList}, summary="List tasks")
def list_tasks(
    request: HttpRequest,
    state: State | None = None,
    after_id: Annotated[int, Query(ge=0, le=_LARGEST)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TaskList:
    """Tasks of your tenant by ascending id, so that a reader can go on where it stopped."""
    connection = _reader(request)
    unknown = sorted(set(request.GET) - {"state", "after_id", "limit"})
    if unknown:
        detail = "is not a known parameter"
        wrong = Wrong(unknown[0][:60], detail, "?")
        raise Refusal(422, "invalid", f"{wrong.path}: {detail}", [wrong])
    tasks = Task.objects.filter(tenant=connection.tenant, pk__gt=after_id).order_by("pk")
    if state is not None:
        tasks = tasks.filter(state=state)
    page = list(tasks[: limit + 1])
    more = len(page) > limit
    shown = [task_out(task) for task in page[:limit]]
    return TaskList(tasks=shown, next_after_id=shown[-1].id if more else None)


@api.get("/tasks/{task_id}", response={**_READ, 200: TaskDetail}, summary="See one task")
def see_task(request: HttpRequest, task_id: int) -> TaskDetail:
    """A task: its state, why it is in review, how it ended, how much evidence there is."""
    tasks = Task.objects.filter(tenant=_reader(request).tenant)
    task = tasks.filter(pk=task_id).first() if 0 < task_id <= _LARGEST else None
    if task is None:
        raise _nowhere("task")
    waits = task.state in (State.IN_REVIEW, State.WITH_PERSON)
    doubt = task.doubts.order_by("-pk").first() if waits else None
    return TaskDetail.model_validate(
        task_fields(task)
        | {
            "doubt": doubt.code if doubt else None,
            "outcome": task.outcome,
            "evidence": task.evidence.count(),
            "requested_by": task.requested_by,
            "created_at": task.created_at,
            "finished_at": task.finished_at,
        }
    )


@api.get("/accounts/{account_id}", response={**_READ, 200: AccountOut}, summary="See an account")
def see_account(request: HttpRequest, account_id: int) -> AccountOut:
    """An account: its keys, what should be true of it, what was last seen, its open tasks."""
    mine = Account.objects.filter(tenant=_reader(request).tenant)
    account = mine.filter(pk=account_id).first() if 0 < account_id <= _LARGEST else None
    if account is None:
        raise _nowhere("account")
    keys = {name: getattr(account, name) for name in accounts.KEYS}
    tasks = Task.objects.filter(account=account).exclude(state__in=[*FINAL]).order_by("pk")
    return AccountOut.model_validate(
        {
            "id": account.pk,
            "keys": {name: value for name, value in keys.items() if value},
            "desired_version": account.desired_version,
            "desired": account.desired,
            "observed": account.observed,
            "open_tasks": [task_out(task) for task in tasks],
        }
    )


def _reader(request: HttpRequest) -> Connection:
    connection = _connection(request)
    need(connection, ["read"])
    return connection


def _nowhere(what: str) -> Refusal:
    """The same for another tenant's as for what never was."""
    return Refusal(404, "not_found", f"there is no such {what}")


# What would else be answered in HTML or plain text.
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@api.api_operation(_METHODS[2:], "/tasks", include_in_schema=False)
def _not_for_tasks(request: HttpRequest) -> HttpResponse:
    raise _no_method(request)


@api.api_operation(_METHODS[1:], "/tasks/{task_id}", include_in_schema=False)
def _not_for_a_task(request: HttpRequest, task_id: str) -> HttpResponse:
    raise _no_method(request)


@api.api_operation(_METHODS[1:], "/accounts/{account_id}", include_in_schema=False)
def _not_for_an_account(request: HttpRequest, account_id: str) -> HttpResponse:
    raise _no_method(request)


@api.api_operation(_METHODS, "/{path:address}", include_in_schema=False)
def _no_address(request: HttpRequest, address: str) -> HttpResponse:
    raise Refusal(404, "not_found", "there is no such address; see /api/v1/docs")


def _no_method(request: HttpRequest) -> Refusal:
    return Refusal(405, "method_not_allowed", f"{request.method} is not for this address")
