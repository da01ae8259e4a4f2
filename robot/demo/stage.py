"""The demo's stage: two companies' sandboxes, the tenants that drive them, and every process.

Acme has independent cost centers and two robot logins; Birch is Site Based and has one. Nothing is
shared with a real installation: the demo has its own folder, database, keys and evidence.
"""

from __future__ import annotations

import json
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from robot import clock, processes
from robot.intake import tokens
from robot.models import ConsoleLogin, ProtectedAccount, Tenant
from robot.processes import Supervisor
from robot.sandbox.control import Control


@dataclass(frozen=True, slots=True)
class Company:
    """One sandbox company and how it is set up with us. people: ordinary ones, besides the cast."""

    slug: str
    people: int
    site_based: bool
    logins: int


@dataclass(frozen=True, slots=True)
class Played:
    """A company once it runs: its tenant, its token and the sandbox's own truth."""

    company: Company
    tenant: Tenant
    token: str
    control: Control


def companies(people: int) -> list[Company]:
    """The demo's two companies; acme has two thirds of the people."""
    acme = people * 2 // 3
    return [Company("acme", acme, False, 2), Company("birch", people - acme, True, 1)]


def start_sandbox(
    supervisor: Supervisor, company: Company, seed: int, speed: str
) -> dict[str, Any]:
    """Start one sandbox as its own process; what it announced (origins, logins)."""
    announced = settings.LOCAL_DIR / "run" / f"sandbox-{company.slug}.json"
    announced.parent.mkdir(parents=True, exist_ok=True)
    announced.unlink(missing_ok=True)
    argv = [sys.executable, "manage.py", "sandbox", "--company", company.slug, "--speed", speed]
    argv += ["--seed", str(seed), "--people", str(company.people), "--json", str(announced)]
    argv += ["--site-based"] if company.site_based else []
    supervisor.start(f"sandbox-{company.slug}", argv, ready=announced.exists)
    state: dict[str, Any] = json.loads(announced.read_text(encoding="utf-8"))
    return state


def make_tenant(company: Company, sandbox: dict[str, Any]) -> tuple[Tenant, str]:
    """The tenant with its logins, protected accounts and API connection; the token is new."""
    now = clock.now()
    tenant = Tenant.objects.create(
        slug=company.slug,
        name=f"{company.slug.title()} Inc.",
        console_origin=sandbox["console"],
        billing_origin=sandbox["billing"],
        practice_account=f"{company.slug}.robot.practice",
        created_at=now,
    )
    primary_admin = sandbox["logins"][-1]
    for login in sandbox["logins"][: company.logins]:
        ConsoleLogin.objects.create(
            tenant=tenant,
            username=login["username"],
            password_ref=_secret(f"{login['username']}.password", login["password"]),
            totp_ref=_secret(f"{login['username']}.totp", login["totp_secret"]),
        )
    ProtectedAccount.objects.create(
        tenant=tenant, username=primary_admin["username"].lower(), reason="primary administrator"
    )
    _, token = tokens.create(tenant, f"{company.slug}-directory", ["read", "queue", "remove"])
    return tenant, token


def _secret(name: str, value: str) -> str:
    """Keep a secret in a file only its owner reads; the reference to it."""
    path: Path = settings.LOCAL_DIR / "secrets" / name
    processes.write_private(path, value)
    return f"file:{path}"


def make_people() -> dict[str, str]:
    """A reviewer, an operator and an auditor with new passwords: username -> password."""
    made = {}
    for name, group in (("vera", "reviewer"), ("otto", "operator"), ("ada", "auditor")):
        password = secrets.token_urlsafe(12)
        user = get_user_model().objects.create_user(name, password=password, is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        made[name] = password
    return made


def start_workers(supervisor: Supervisor, env: dict[str, str], count: int = 1) -> None:
    """Workers and the beat."""
    for index in range(count):
        supervisor.start(f"worker-{index + 1}", processes.worker_argv(f"worker{index + 1}"), env)
    supervisor.start("beat", processes.beat_argv(), env)


def start_web(supervisor: Supervisor, env: dict[str, str], port: int) -> str:
    """The production web server; its address once /healthz answers."""
    bind = f"127.0.0.1:{port}"
    web = processes.web_argv(bind)
    supervisor.start("web", web, env, ready=lambda: processes.web_ready(bind))
    return f"http://{bind}"
