"""Who may do what at the tasks API, and what the address shows to those who may nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from robot import clock
from robot.intake import tokens
from robot.models import Account, Connection, IntakeRequest, LedgerEntry, Task
from tests.integration.client import JANE, Outsider

pytestmark = pytest.mark.django_db

SET = {"license": "X Series X2"}
ACCOUNT: dict[str, Any] = {"account": JANE}


def _stored() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Account, Task, IntakeRequest))


SCOPED = [
    ({"set": SET}, {"queue"}),
    ({"remove": ["license"]}, {"remove"}),
    ({"delete": True}, {"remove"}),
    ({"delete": False}, {"queue"}),
    ({"remove": ["license"], "set": {"cost_center": "Ops"}}, {"queue", "remove"}),
]


@pytest.mark.parametrize(("body", "needed"), SCOPED)
@pytest.mark.parametrize(
    "scopes",
    [{"read"}, {"queue"}, {"remove"}, {"read", "queue"}, {"read", "remove"}, {"queue", "remove"}],
    ids=lambda scopes: "+".join(sorted(scopes)),
)
def test_each_wish_needs_its_scopes(
    body: dict[str, Any], needed: set[str], scopes: set[str]
) -> None:
    one = Outsider(scopes=scopes)
    one.post({**ACCOUNT, **body})
    if needed <= scopes:
        assert one.status == 202
        assert one.refusals() == []
    else:
        assert (one.status, one.answer["error"]) == (403, "missing_scope")
        assert [row["reason"] for row in one.refusals()] == ["missing_scope"]
        assert _stored() == (0, 0, 0)


@pytest.mark.parametrize("path", ["/tasks", "/tasks/1", "/accounts/1"])
def test_reading_needs_the_scope_read(path: str) -> None:
    one = Outsider(scopes=["queue", "remove"])
    one.get(path)
    assert (one.status, one.answer["error"]) == (403, "missing_scope")
    assert len(one.refusals()) == 1


def test_a_connection_that_observes_queues_nothing() -> None:
    one = Outsider(mode="observe")
    one.post({**ACCOUNT, "set": SET})
    assert (one.status, one.answer["error"]) == (403, "observe_only")
    assert _stored() == (0, 0, 0)
    one.get("/tasks")
    assert one.status == 200


def _with(one: Outsider, **columns: Any) -> None:
    Connection.objects.filter(pk=one.connection.pk).update(**columns)


def test_a_token_that_proves_nothing_is_refused_alike_and_named_in_the_ledger() -> None:
    one = Outsider()
    right = one.token
    prefix, secret = right[:14], right[14:]
    answers = set()
    for change in ("wrong", "expired", "revoked"):
        one.token = right
        if change == "wrong":
            one.token = prefix + secret[:42] + ("A" if secret[42] != "A" else "B") + secret[43:]
        elif change == "expired":
            _with(one, expires_at=clock.now())
        else:
            tokens.revoke(one.connection)
        one.post({**ACCOUNT, "set": SET})
        assert one.status == 401
        assert one.headers["WWW-Authenticate"] == "Bearer"
        answers.add(one.content)
        assert one.refusals()[-1]["fields"] == [change]
    assert len(answers) == 1, "an outsider must not learn what is wrong with a token"
    assert len(one.refusals()) == 3
    rows = LedgerEntry.objects.filter(tenant=one.tenant, kind="intake_refused")
    assert set(rows.values_list("actor", flat=True)) == {"unknown"}
    assert _stored() == (0, 0, 0)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Basic dXNlcjpwYXNz",
        "Bearer sb_a_b_c",
        "Bearer é",
    ],
)
def test_who_shows_no_token_of_ours_leaves_no_trace(authorization: str) -> None:
    one = Outsider()
    before = LedgerEntry.objects.count()
    one.post({**ACCOUNT, "set": SET}, Authorization=authorization)
    assert (one.status, one.answer["error"]) == (401, "unauthorized")
    assert LedgerEntry.objects.count() == before
    assert _stored() == (0, 0, 0)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/tasks", "/tasks/1", "/accounts/1", "/nowhere", "/tasks/x/y"])
def test_other_methods_and_addresses_are_refused_in_the_same_shape(method: str, path: str) -> None:
    one = Outsider()
    one.call(method, path)
    assert one.status in (404, 405)
    assert set(one.answer) == {"error", "detail", "fields"}
    assert len(one.refusals()) == 1


def test_the_api_page_and_all_it_loads_come_from_this_server() -> None:
    page = Client().get("/api/v1/docs")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    assert page.status_code == 200
    assert b'"validatorUrl": null' in page.content, "the page would ask a foreign server"
    assert sum(name.endswith(".js") for name in loaded) == 2
    for address in loaded:
        assert address.startswith("/static/ninja/")
        served = Client().get(address)
        assert served.status_code == 200
        served.close()


def test_the_openapi_text_names_every_route_key_and_refusal() -> None:
    schema = Client().get("/api/v1/openapi.json").json()
    routes = {(path, verb) for path, verbs in schema["paths"].items() for verb in verbs}
    assert routes == {
        ("/api/v1/tasks", "get"),
        ("/api/v1/tasks", "post"),
        ("/api/v1/tasks/{task_id}", "get"),
        ("/api/v1/accounts/{account_id}", "get"),
    }
    post = schema["paths"]["/api/v1/tasks"]["post"]
    assert {"202", "400", "401", "403", "409", "413", "422"} <= post["responses"].keys()
    assert [(p["in"], p["name"], p["required"]) for p in post["parameters"]] == [
        ("header", "Idempotency-Key", True)
    ]
    assert set(schema["components"]["schemas"]["AccountKeys"]["properties"]) == {
        "username", "email", "extension", "console_user_id", "full_name", "site",
    }  # fmt: skip
