"""Settings as a whole: addresses to Django's entries, and refusals at start."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.broker import embedded_url, transport_options
from config.databases import database
from config.logs import redact
from config.mail import mail
from robot.policy import GREATEST_AGE

ROOT = Path(__file__).resolve().parents[2]


def test_a_postgres_address_is_taken_apart_and_unquoted() -> None:
    url = "postgres://us%40er:p%2Fw@db.example:6543/na%20me?sslmode=require"
    entry = database(url, test_folder=Path("scratch"))
    assert entry["ENGINE"] == "django.db.backends.postgresql"
    assert (entry["USER"], entry["PASSWORD"]) == ("us@er", "p/w")
    assert (entry["HOST"], entry["PORT"], entry["NAME"]) == ("db.example", "6543", "na me")
    assert entry["OPTIONS"]["sslmode"] == "require"


def test_postgres_neither_waits_nor_keeps_others_waiting_for_ever() -> None:
    plain = database("postgres://h/n", test_folder=Path("scratch"))["OPTIONS"]["options"]
    assert "-c lock_timeout=20000" in plain
    assert "-c idle_in_transaction_session_timeout=60000" in plain
    given = "postgres://h/n?options=-c%20lock_timeout%3D5s"
    own = database(given, test_folder=Path("scratch"))["OPTIONS"]["options"]
    assert own == f"{plain} -c lock_timeout=5s"


def test_sqlite_waits_for_its_lock_and_takes_it_at_the_beginning() -> None:
    options = database("sqlite:///srv/a%20b/db", test_folder=Path("scratch"))["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] == 20
    assert "journal_mode=WAL" in options["init_command"]
    assert "synchronous=FULL" in options["init_command"]


@pytest.mark.parametrize(
    "url",
    ["mysql://h/n", "sqlite://relative/db", "sqlite://", "postgres://h", "postgres://h/n?ssl=1"],
)
def test_a_database_address_that_cannot_stand_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        database(url, test_folder=Path("scratch"))


def test_a_mail_address_is_taken_apart() -> None:
    read = mail("smtp+tls://bot:s%3Acret@mail.example")
    assert (read.host, read.port, read.user, read.password) == (
        "mail.example",
        587,
        "bot",
        "s:cret",
    )
    assert (read.use_tls, read.use_ssl) == (True, False)
    assert read.backend.endswith("smtp.EmailBackend")


@pytest.mark.parametrize("url", ["pop3://mail.example", "smtp://", "smtps:///nobody"])
def test_a_mail_address_without_a_host_or_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        mail(url)


def test_a_lost_message_is_delivered_again_only_after_the_work_must_have_ended() -> None:
    assert transport_options("redis://h", 900)["visibility_timeout"] > 900
    assert transport_options("memory://", 900) == {}


def test_the_embedded_broker_is_found_by_the_address_it_left(tmp_path: Path) -> None:
    assert embedded_url(tmp_path) == "redis://127.0.0.1:6379/0"
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "broker-url").write_text("redis://:pw@127.0.0.1:5001/0\n", "ascii")
    assert embedded_url(tmp_path) == "redis://:pw@127.0.0.1:5001/0"


def test_secrets_are_hidden_in_logs_by_key_and_by_look_at_any_depth() -> None:
    event = {
        "event": "sent Authorization: Bearer canary1 to postgres://u:canary2@db/x",
        "password": "canary3",
        "detail": {"totp_secret": "canary4", "rows": [{"Set-Cookie": "canary5"}]},
        "note": "token sb_ab12_canary6-x_99 refused",
        "account": "acme.john.smith",
    }
    hidden = redact(None, "info", event)
    assert "canary" not in str(hidden)
    assert hidden["account"] == "acme.john.smith"
    assert "refused" in hidden["note"]


def _manage(tmp_path: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**os.environ, "LOCAL_DIR": str(tmp_path), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_blank_in_the_folder_reaches_database_and_evidence_unchanged(tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    asked = (
        "from django.conf import settings; from robot.evidence.store import store; "
        "print(settings.DATABASES['default']['NAME'], store().root, sep='\\n')"
    )
    done = _manage(folder, "shell", "--no-imports", "-c", asked)
    assert done.stdout.split("\n")[:2] == [
        str(folder / "switchboard.sqlite3"),
        str(folder / "evidence"),
    ]


@pytest.mark.parametrize(
    ("name", "value", "permitted"),
    [
        ("WORKER_CONCURRENCY", "3", "1 or 2 on SQLite"),
        ("CLICK_BUDGET_SECONDS", "29", "up to 28 under LEASE_SECONDS=60"),
        ("DATABASE_URL", "oracle://h/n", "postgres://"),
    ],
)
def test_a_command_under_wrong_settings_ends_with_two_and_one_line(
    tmp_path: Path, name: str, value: str, permitted: str
) -> None:
    done = _manage(tmp_path, "check", **{name: value})
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(name)
    assert permitted in line


def test_a_start_without_keys_says_which_variable_to_set(tmp_path: Path) -> None:
    done = _manage(tmp_path, "check", SECRET_KEY="")
    assert done.returncode == 2
    assert done.stderr.startswith("SECRET_KEY is not set. Set SECRET_KEY, or SECRET_KEY_FILE")


def test_a_case_is_overdue_at_the_greatest_age_of_its_state() -> None:
    shown = re.search(
        r"^# CASE_OVERDUE_SECONDS=(\d+)$", (ROOT / ".env.example").read_text(), re.MULTILINE
    )
    assert shown is not None
    assert settings.CASE_OVERDUE_SECONDS == GREATEST_AGE["in_review"] == int(shown[1])
