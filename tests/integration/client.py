"""An outsider at the tasks API: a tenant, its token and nothing but HTTP."""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection
from typing import Any

from django.test import Client

from robot.intake import tokens
from robot.models import LedgerEntry, Tenant
from tests.integration import factory

_keys = itertools.count(1)

JANE = {"username": "acme.jane", "email": "jane@acme.example"}
ALL = ("read", "queue", "remove")


class Outsider:
    """Speaks to /api/v1/ with one token; `status` and `answer` are of the last call."""

    def __init__(
        self,
        tenant: Tenant | None = None,
        scopes: Collection[str] = ALL,
        *,
        mode: str = "armed",
    ) -> None:
        self.tenant = tenant or factory.tenant()
        self.connection, self.token = tokens.create(
            self.tenant, f"directory-{next(_keys)}", scopes, mode=mode
        )
        self.status = 0
        self.answer: Any = None
        self.content = b""
        self.headers: dict[str, str] = {}

    def post(self, body: Any, *, key: str | None = None, **headers: str) -> dict[str, Any]:
        """POST /tasks with a new key unless one is given; a key of "" sends none."""
        key = f"key-{next(_keys)}" if key is None else key
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {self.token}"} | headers
        if key:
            sent["Idempotency-Key"] = key
        return self._keep(
            Client().post("/api/v1/tasks", raw, content_type="application/json", headers=sent)
        )

    def wish(self, keys: dict[str, str] | None = None, **body: Any) -> list[dict[str, Any]]:
        """POST a wish that must be accepted; its tasks."""
        self.post({"account": keys or JANE, **body})
        assert self.status == 202, self.answer
        tasks: list[dict[str, Any]] = self.answer["tasks"]
        return tasks

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """GET below /api/v1."""
        sent = {"Authorization": f"Bearer {self.token}"}
        return self._keep(Client().get(f"/api/v1{path}", query, headers=sent))

    def call(self, method: str, path: str) -> dict[str, Any]:
        """Any other method."""
        sent = {"Authorization": f"Bearer {self.token}"}
        return self._keep(Client().generic(method, f"/api/v1{path}", headers=sent))

    def refusals(self) -> list[dict[str, Any]]:
        """What the ledger says of requests of this tenant that were refused, oldest first."""
        rows = LedgerEntry.objects.filter(tenant=self.tenant, kind="intake_refused")
        return [row.body for row in rows.order_by("pk")]

    def _keep(self, response: Any) -> dict[str, Any]:
        self.status, self.content = response.status_code, response.content
        self.headers = dict(response.headers)
        self.answer = json.loads(self.content)
        answer: dict[str, Any] = self.answer
        return answer
