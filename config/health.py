"""/healthz, /readyz and /metrics, and where other rooms add to them.

A readiness check is a callable that gives None when all is well, else one sentence; one that raises
is a failed check. A metric source gives Metric values when asked. Both are registered from an
AppConfig.ready; registering a name again replaces it.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from robot import probes
from robot.models import Task
from robot.states import State

log = structlog.get_logger(__name__)

Check = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name without prefix, a help line, its kind, and (labels, value) samples."""

    name: str
    help: str
    samples: Iterable[tuple[Mapping[str, str], float]]
    kind: Literal["gauge", "counter"] = "gauge"


Source = Callable[[], Iterable[Metric]]
_CHECKS: dict[str, Check] = {}
_SOURCES: dict[str, Source] = {}


def register_check(name: str, check: Check) -> None:
    """Add a readiness check; `name` stands in the answer of /readyz."""
    _CHECKS[name] = check


def register_metrics(name: str, source: Source) -> None:
    """Add a source of metrics."""
    _SOURCES[name] = source


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. Touches nothing else."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every check holds, else 503; the answer names each check: "ok" or what is wrong."""
    answers = {name: _answer(name, check) for name, check in _CHECKS.items()}
    ready = all(answer == "ok" for answer in answers.values())
    status = "ready" if ready else "not ready"
    return JsonResponse({"status": status, "checks": answers}, status=200 if ready else 503)


def _answer(name: str, check: Check) -> str:
    try:
        return check() or "ok"
    except Exception:  # whatever breaks in a check is an answer too
        log.warning("readiness check broke", check=name, exc_info=True)
        # The reason goes to the log only: this page is open to whoever reaches the server.
        return "the check itself failed; see the log"


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for holders of METRICS_TOKEN; without one for this machine only."""
    if not _may_read_metrics(request):
        return HttpResponse("METRICS_TOKEN is needed as a bearer token.\n", status=401)
    lines: list[str] = []
    for source in _SOURCES.values():
        for metric in source():
            lines += _rendered(metric)
    text = "\n".join(lines) + "\n"
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False  # a proxy on this machine speaks for others
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _rendered(metric: Metric) -> list[str]:
    name = f"switchboard_{metric.name}"
    lines = [f"# HELP {name} {metric.help}", f"# TYPE {name} {metric.kind}"]
    for labels, value in metric.samples:
        inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"{name}{{{inner}}} {value:g}" if inner else f"{name} {value:g}")
    return lines


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _task_metrics() -> Iterable[Metric]:
    rows = Task.objects.order_by().values_list("state").annotate(count=Count("pk"))
    counts = dict(rows)
    yield Metric(
        "tasks",
        "Tasks by state.",
        [({"state": state.value}, float(counts.get(state.value, 0))) for state in State],
    )


register_check("database", lambda: probes.database(connection))
register_check("triggers", probes.triggers)
register_check("broker", lambda: probes.broker(settings.BROKER_URL))
register_check("evidence", lambda: probes.evidence_store(settings.EVIDENCE_STORE))
register_metrics("tasks", _task_metrics)
