"""/healthz, /readyz, /metrics."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from config import health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_CHECKS", dict(health._CHECKS))
    monkeypatch.setattr(health, "_SOURCES", dict(health._SOURCES))


def test_the_process_is_healthy_whatever_else_is_broken(client: Client) -> None:
    health.register_check("broken", lambda: "gone")
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_names_each_check(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert {"database", "broker", "evidence"} <= set(answer.json()["checks"])
    assert answer.headers["Cache-Control"].startswith("max-age=0")


def test_not_ready_says_what_is_wrong(client: Client) -> None:
    health.register_check("cases", lambda: "3 tasks in review have no case.")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["cases"] == "3 tasks in review have no case."


def test_a_check_that_raises_is_not_ready_and_keeps_the_reason_to_itself(client: Client) -> None:
    def raises() -> str | None:
        raise RuntimeError("password=canary")

    health.register_check("cases", raises)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "canary" not in answer.content.decode()


def test_evidence_that_cannot_be_written_makes_it_not_ready(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings.EVIDENCE_STORE = f"file://{tmp_path}/file/below"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "EVIDENCE_STORE" in answer.json()["checks"]["evidence"]


def test_a_dead_broker_makes_it_not_ready(client: Client, settings: Settings) -> None:
    settings.BROKER_URL = "redis://:canary@127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "BROKER_URL" in answer.json()["checks"]["broker"]
    assert "canary" not in answer.content.decode()


def test_metrics_are_prometheus_text_with_every_state(client: Client) -> None:
    health.register_metrics(
        "cases", lambda: [health.Metric("cases_open", "Open cases.", [({"code": 'a"b\n'}, 2)])]
    )
    text = client.get("/metrics").content.decode()
    assert '# TYPE switchboard_tasks gauge\nswitchboard_tasks{state="' in text
    assert 'switchboard_tasks{state="in_review"} 0' in text
    assert 'switchboard_cases_open{code="a\\"b\\n"} 2' in text


def test_metrics_without_a_token_are_for_this_machine_only(client: Client) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 401
    assert client.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 401


def test_metrics_with_a_token_ask_for_it_even_here(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "right"
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/metrics", headers={"authorization": "Bearer right"}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_only_read(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def test_every_page_carries_the_security_headers(client: Client) -> None:
    headers = client.get("/admin/login/").headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
