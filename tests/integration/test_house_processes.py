"""The supervisor on real processes: readiness, whole groups ended, logs shown."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest
import redis

from robot import clock
from robot.processes import (
    ROOT,
    StartError,
    Supervisor,
    beat_argv,
    free_port,
    listens,
    start_valkey,
    web_argv,
    web_ready,
    worker_argv,
    worker_ready,
)

pytestmark = pytest.mark.timeout(600)

# Starts a child of its own, says so, and ignores the first polite request to end.
_STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("child", child.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor(tmp_path / "logs") as running:
        yield running


def _says(log: Path, word: str) -> bool:
    return word in log.read_text("utf-8")


def _gone(pid: int, seconds: float = 60.0) -> bool:
    """Waits until no live process has that id."""
    deadline = clock.monotonic() + seconds
    while clock.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        clock.sleep(0.02)
    return False


def test_stopping_ends_the_whole_process_group_even_of_one_that_ignores_the_request(
    supervisor: Supervisor,
) -> None:
    log = supervisor.log_dir / "stubborn.log"
    child = supervisor.start(
        "stubborn",
        [sys.executable, "-c", _STUBBORN],
        ready=partial(_says, log, "child"),
    )
    grandchild = int(log.read_text("utf-8").split()[1])
    assert psutil.pid_exists(grandchild)
    supervisor.stop(child, timeout=0.5)
    assert _gone(child.pid)
    assert _gone(grandchild)
    assert supervisor.alive() == {}


def test_a_process_that_ends_at_its_start_is_reported_with_the_end_of_its_log(
    supervisor: Supervisor,
) -> None:
    argv = [sys.executable, "-c", "print('no such table'); raise SystemExit(3)"]
    with pytest.raises(StartError, match="(?s)web ended with 3.*no such table"):
        supervisor.start("web", argv, ready=lambda: False)


def test_a_process_that_is_never_ready_is_reported_and_ended(supervisor: Supervisor) -> None:
    argv = [sys.executable, "-c", "import time; print('slow', flush=True); time.sleep(600)"]
    before = {child.pid for child in psutil.Process().children()}
    with pytest.raises(StartError, match="not ready after 0.5 s"):
        supervisor.start("slow", argv, ready=lambda: False, timeout=0.5)
    started = {child.pid for child in psutil.Process().children()} - before
    assert all(_gone(pid) for pid in started)


def test_a_process_that_died_is_seen(supervisor: Supervisor) -> None:
    argv = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    supervisor.start("brief", argv)
    deadline = clock.monotonic() + 60
    while supervisor.alive()["brief"] and clock.monotonic() < deadline:
        clock.sleep(0.02)
    assert supervisor.alive() == {"brief": False}


def test_the_last_started_is_the_first_stopped(tmp_path: Path) -> None:
    order = tmp_path / "order"
    script = """
import pathlib, signal, sys, time
def end(*_):
    with open(sys.argv[1], "a") as file:
        file.write(sys.argv[2])
    raise SystemExit
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(600)
"""
    supervisor = Supervisor(tmp_path)
    try:
        for name in "abc":
            says_ready = partial(_says, tmp_path / f"{name}.log", "ready")
            argv = [sys.executable, "-c", script, str(order), name]
            supervisor.start(name, argv, ready=says_ready)
    finally:
        supervisor.stop_all()
    assert order.read_text("utf-8") == "cba"


def test_web_server_worker_and_beat_start_on_an_empty_folder_and_are_ready(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    local = {"LOCAL_DIR": str(tmp_path), "LOG_LEVEL": "INFO"}
    local["BROKER_URL"] = start_valkey(supervisor)
    local["DATABASE_URL"] = f"sqlite://{tmp_path}/db.sqlite3"
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env={**os.environ, **local},
        check=True,
        timeout=180,
    )
    bind = f"127.0.0.1:{free_port()}"
    log = supervisor.log_dir / "worker.log"
    supervisor.start("web", web_argv(bind), local, ready=partial(web_ready, bind))
    supervisor.start("worker", worker_argv(), local, ready=partial(worker_ready, log))
    supervisor.start("beat", beat_argv(), local)
    with urllib.request.urlopen(f"http://{bind}/readyz", timeout=60) as answer:
        assert answer.status == 200
    assert set(supervisor.alive().values()) == {True}
    pids = [psutil.Process(child.pid) for child in supervisor.children]
    assert {process.cwd() for process in pids} == {str(ROOT)}
    supervisor.stop_all()
    assert [process.pid for process in pids if process.is_running()] == []


def test_the_embedded_broker_takes_only_who_knows_its_password(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    address = tmp_path / "run" / "broker-url"
    url = start_valkey(supervisor, address_file=address)
    with redis.Redis.from_url(url) as client:
        assert client.ping()
        port = client.connection_pool.connection_kwargs["port"]
    with (
        redis.Redis(port=port) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()
    assert address.read_text("ascii") == url
    assert address.stat().st_mode & 0o077 == 0
    supervisor.stop_all()
    assert not address.exists()
    assert not listens(port)
