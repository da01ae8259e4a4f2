"""Each start check: a bad setting gives its id, a good one nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.checks import CheckMessage
from pytest_django import Settings

from robot import checks, probes


def _ids(check: Callable[[], list[CheckMessage]]) -> list[str | None]:
    return [message.id for message in check()]


def test_e001_a_folder_where_no_file_can_be_written(settings: Settings, tmp_path: Path) -> None:
    settings.EVIDENCE_STORE = f"file://{tmp_path}/evidence"
    assert _ids(checks.evidence_store) == []
    left = [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]
    assert left == [], "the probe left something behind"
    (tmp_path / "file").touch()
    settings.EVIDENCE_STORE = f"file://{tmp_path}/file/below"
    assert _ids(checks.evidence_store) == ["robot.E001"]


def test_e002_a_key_that_is_none_and_no_key_at_all(settings: Settings) -> None:
    good = Fernet.generate_key().decode()
    settings.FIELD_KEYS = [good, Fernet.generate_key().decode()]
    assert _ids(checks.field_keys) == []
    settings.FIELD_KEYS = [good, "canary-key"]
    (message,) = checks.field_keys()
    assert message.id == "robot.E002"
    assert "Key 2" in message.msg
    assert "canary" not in message.msg
    settings.FIELD_KEYS = [""]
    assert _ids(checks.field_keys) == ["robot.E002"]


@pytest.mark.parametrize("store", ["file://host/x", "file:///", "s3://bucket", "evidence", ""])
def test_e003_a_store_that_is_no_absolute_folder(settings: Settings, store: str) -> None:
    settings.EVIDENCE_STORE = store
    assert _ids(checks.evidence_store) == ["robot.E003"]


def test_e004_a_flow_that_does_not_parse(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert _ids(checks.shipped_flows) == [], "the shipped flows are broken"
    monkeypatch.setattr(probes, "OPERATIONS", {})
    (tmp_path / "bad.yaml").write_text("format: 1\nname: other\nsteps: [{id: s1}]\n", "utf-8")
    monkeypatch.setattr(probes, "flows", partial(probes.flows, tmp_path))
    messages = checks.shipped_flows()
    assert {message.id for message in messages} == {"robot.E004"}
    assert messages[0].msg.startswith("bad: steps.0: ")


def test_w006_e_mails_that_only_go_to_the_log(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    settings.NOTIFY_EMAIL = []
    assert _ids(checks.mail) == []
    settings.NOTIFY_EMAIL = ["night@acme.example"]
    (message,) = checks.mail()
    assert message.id == "robot.W006"
    assert "Set EMAIL_URL" in message.msg


def test_w007_an_operation_without_a_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "OPERATIONS", {"fly": None})
    (message,) = checks.shipped_flows()
    assert message.id == "robot.W007"
    assert "fly" in message.msg


def test_w005_a_real_name_without_https(settings: Settings) -> None:
    settings.HTTPS = False
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    assert _ids(checks.exposed_without_https) == []
    settings.ALLOWED_HOSTS = ["queue.acme.example"]
    assert _ids(checks.exposed_without_https) == ["robot.W005"]
    settings.HTTPS = True
    assert _ids(checks.exposed_without_https) == []


@pytest.mark.parametrize(
    "address",
    ["https://admin.example", "https://admin.example:8443/", "http://127.0.0.1:5000"],
)
def test_an_origin_may_be_https_or_this_machine(address: str) -> None:
    assert probes.origin(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "http://admin.example",
        "https://admin.example/users",
        "https://bot:pw@admin.example",
        "admin.example",
        "http://127.0.0.1.admin.example",
        "https://admin.example:port",
        "ftp://admin.example",
    ],
)
def test_an_origin_that_is_unsafe_or_none_is_named(address: str) -> None:
    assert probes.origin(address) is not None
