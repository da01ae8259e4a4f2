"""A whole installation for one test: sandbox, tenant, real broker, real worker processes.

Judged by the sandbox's own truth and event log only.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import OperationalError, connection, transaction
from django.test import Client

from robot import clock, processes
from robot.demo.stage import Company
from robot.intake import tokens
from robot.models import ChainHead, ConsoleLogin, ProtectedAccount, Task, Tenant
from robot.processes import Supervisor
from robot.sandbox.server import Sandbox
from robot.states import FINAL, State
from tests.acceptance import slow_click

DEADLINE = 180.0
COMPANY = Company("acme", 6, site_based=False, logins=1)
#: Leases short enough to watch them run out, longer than a click takes on a busy machine.
SHORT_LEASE = {"LEASE_SECONDS": "20", "CLICK_BUDGET_SECONDS": "8"}


class Theatre:
    """One tenant on one sandbox with workers of its own. Call close() in a finally."""

    def __init__(self, folder: Path, sandbox: Sandbox, *, logins: int = 1) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.supervisor = Supervisor(folder / "logs")
        self.tenant = Tenant.objects.create(
            slug="acme",
            name="Acme Inc.",
            console_origin=sandbox.console_origin,
            billing_origin=sandbox.billing_origin,
            practice_account="acme.robot.practice",
            created_at=clock.now(),
        )
        for login in sandbox.logins[:logins]:
            ConsoleLogin.objects.create(
                tenant=self.tenant,
                username=login["username"],
                password_ref=self._secret(login["username"], login["password"]),
                totp_ref=self._secret(login["username"] + ".totp", login["totp_secret"]),
            )
        admin = sandbox.logins[-1]["username"].lower()
        ProtectedAccount.objects.create(tenant=self.tenant, username=admin, reason="primary admin")
        _, self.token = tokens.create(self.tenant, "directory", ["read", "queue", "remove"])
        # The long tests give a real Redis; else the embedded broker, as a newcomer has it.
        self.broker = os.environ.get("TEST_BROKER_URL") or processes.start_valkey(self.supervisor)
        #: Settings of the workers beside the product's defaults: only the waiting is shorter.
        self.settings = {"SETTLE_SCALE": "0.02", "IDLE_BELL_SECONDS": "1"}
        self._asked = 0

    def _secret(self, name: str, value: str) -> str:
        path = self.folder / "secrets" / name
        processes.write_private(path, value)
        return f"file:{path}"

    def env(self) -> dict[str, str]:
        """What a worker needs to work on this test's database and broker."""
        base = connection.settings_dict
        url = f"sqlite://{base['NAME']}"
        if connection.vendor == "postgresql":
            who = f"{base['USER']}:{base['PASSWORD']}@{base['HOST']}:{base['PORT']}"
            url = f"postgres://{who}/{base['NAME']}"
        return {
            "DATABASE_URL": url,
            "BROKER_URL": self.broker,
            "EVIDENCE_STORE": settings.EVIDENCE_STORE,
            "WORKER_CONCURRENCY": "1",
            "LOG_LEVEL": "INFO",
            **self.settings,
        }

    def worker(self, name: str = "worker") -> processes.Child:
        """Start one more real worker with its own browser."""
        log = self.supervisor.log_dir / f"{name}.log"
        return self.supervisor.start(
            name,
            processes.worker_argv(name),
            self.env(),
            ready=lambda: processes.worker_ready(log),
            timeout=DEADLINE,
        )

    def slow_worker(self, seconds: float | None = None) -> tuple[processes.Child, Path]:
        """Start a worker that waits between intent and click; and the file it writes meanwhile.

        Without a time it stops itself there, until `thaw`.
        """
        marker = self.folder / "intent"
        wait = slow_click.FROZEN if seconds is None else str(seconds)
        argv = [sys.executable, "-m", "tests.acceptance.slow_click", wait, str(marker)]
        return self.supervisor.start("slow", argv, self.env()), marker

    def freeze(self, child: processes.Child) -> None:
        """Stop a worker's whole group between two of its transactions, never inside one.

        Frozen inside, it would hold the lock that every other worker needs. One that stops itself
        does so again when it is continued here.
        """
        deadline = time.monotonic() + DEADLINE
        while True:
            os.killpg(child.pid, signal.SIGSTOP)
            self.until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED)
            if not database_locked():
                return
            assert time.monotonic() < deadline, "always inside a transaction"
            self.thaw(child)
            time.sleep(0.05)

    def thaw(self, child: processes.Child, marker: Path | None = None) -> None:
        """Let a frozen worker go on; the marker of one that stopped itself is taken away first."""
        if marker is not None:
            marker.unlink()
        os.killpg(child.pid, signal.SIGCONT)

    def user(self, key: str) -> dict[str, Any]:
        """A person of the cast by key, or any person by console id, as the truth has them now."""
        users: dict[str, Any] = self.sandbox.truth()["users"]
        return dict(users[self.sandbox.cast.get(key, key)])

    def ask(self, account: dict[str, str], **body: Any) -> list[Task]:
        """Queue work through the tasks API, as a connector would."""
        self._asked += 1
        answer = Client().post(
            "/api/v1/tasks",
            data=json.dumps({"account": account, **body}),
            content_type="application/json",
            headers={
                "Authorization": f"Bearer {self.token}",
                "Idempotency-Key": f"key-{self._asked}",
            },
        )
        assert answer.status_code in (200, 202), answer.content
        return [Task.objects.get(pk=task["id"]) for task in answer.json()["tasks"]]

    def until(self, what: Callable[[], object], *, seconds: float = DEADLINE) -> None:
        """Wait until something is true; the failure shows every task and the workers' logs."""
        deadline = time.monotonic() + seconds
        while not what():
            if time.monotonic() > deadline:
                raise AssertionError(self.report())
            time.sleep(0.1)

    def settled(self, tasks: Iterable[Task], *states: State) -> list[Task]:
        """Wait until each task is in one of the states (default: final or in review)."""
        wanted = set(states) or {*FINAL, State.IN_REVIEW}
        keys = [task.pk for task in tasks]

        def there() -> bool:
            return not Task.objects.filter(pk__in=keys).exclude(state__in=wanted).exists()

        self.until(there)
        return list(Task.objects.filter(pk__in=keys).order_by("pk"))

    def writes(self, user_id: str = "") -> list[dict[str, Any]]:
        """Writes that reached the sandbox, from its own log."""
        return [
            event["detail"]
            for event in self.sandbox.events()
            if event["kind"] == "write" and user_id in ("", event["detail"]["user_id"])
        ]

    def report(self) -> str:
        """What a person would want to see after a failure."""
        lines = [
            f"{task} {task.state} {[(d.code, d.detail) for d in task.doubts.all()]} "
            f"{[(r.kind, r.outcome) for r in task.runs.all()]}"
            for task in Task.objects.all()
        ]
        logs = [processes.tail(path, 40) for path in sorted((self.folder / "logs").glob("*.log"))]
        return "\n".join([*lines, *logs])

    def close(self) -> None:
        """End every process started here."""
        self.supervisor.stop_all()


def database_locked() -> bool:
    """True while somebody else is inside a transaction that keeps the workers from writing."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0)) as probe:
            try:
                probe.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            probe.rollback()
            return False
    try:
        with transaction.atomic():
            for model in (ChainHead, ConsoleLogin, Task):
                list(model.objects.select_for_update(nowait=True))
    except OperationalError:
        return True
    return False


def reviewer(name: str = "vera") -> User:
    """A member of the reviewers' group."""
    user = User.objects.create_user(name, password="x", is_staff=True)
    user.groups.add(Group.objects.get(name="reviewer"))
    return user
