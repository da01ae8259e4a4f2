"""Start checks: what would otherwise show only when the first task runs.

robot.E001 evidence folder, E002 FIELD_KEYS, E003 EVIDENCE_STORE's form, E004 shipped flows, W005
reachable by others without HTTPS, W006 e-mails that reach nobody, W007 an operation without a flow. The append-only triggers are
asked for by /readyz and `doctor`: a start check would refuse the very `migrate` that makes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from robot import probes
from robot.evidence.store import WRONG_ADDRESS, folder_of

_HERE_ONLY = {"localhost", "127.0.0.1", "[::1]", "::1", "testserver"}


@register("robot")
def evidence_store(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The store's address can be read, and a file written there."""
    store = settings.EVIDENCE_STORE
    if folder_of(store) is None:
        return [Error(WRONG_ADDRESS, id="robot.E003")]
    problem = probes.evidence_store(store)
    return [Error(problem, id="robot.E001")] if problem else []


@register("robot")
def field_keys(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Sessions can be encrypted before one is to be stored."""
    problem = probes.field_keys(settings.FIELD_KEYS)
    return [Error(problem, id="robot.E002")] if problem else []


@register("robot")
def shipped_flows(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Every shipped flow parses; an operation without one is a warning.

    A warning, since the one who adds an operation records its flow with the product running.
    """
    broken: list[CheckMessage] = [Error(line, id="robot.E004") for line in probes.flows()]
    absent = probes.operations_without_flow()
    return broken + [checks.Warning(line, id="robot.W007") for line in absent]


@register("robot")
def mail(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Whoever is to be told by e-mail gets one."""
    problem = probes.mail()
    return [checks.Warning(problem, id="robot.W006")] if problem else []


@register(Tags.security)
def exposed_without_https(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Served under a real name without HTTPS, reviewers' passwords cross the network in the clear."""
    elsewhere = sorted(set(settings.ALLOWED_HOSTS) - _HERE_ONLY)
    if settings.HTTPS or not elsewhere:
        return []
    return [
        checks.Warning(
            f"ALLOWED_HOSTS names {elsewhere[0]}, but HTTPS is off: passwords are not protected.",
            hint="Put a proxy that ends TLS in front and set HTTPS=true.",
            id="robot.W005",
        )
    ]
