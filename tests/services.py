"""Real PostgreSQL and Redis servers on loopback, for the long tests.

`python -m tests.services COMMAND...` starts both, runs the command with TEST_DATABASE_URL and
TEST_BROKER_URL set, and stops them.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

START_SECONDS = 120.0
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")


class ServiceMissingError(RuntimeError):
    """A server is not installed and cannot be; the message says what to install."""


def find(program: str) -> Path | None:
    """A server's program: on the path, or where Debian keeps PostgreSQL's, newest first."""
    found = shutil.which(program)
    if found:
        return Path(found)
    versions = DEBIAN_POSTGRES.glob(f"*/bin/{program}")
    return max(versions, key=lambda path: float(path.parts[-3]), default=None)


def need(program: str, package: str) -> Path:
    """The program, installed by apt when root and missing. Raises ServiceMissingError."""
    found = find(program)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "--no-install-recommends", package]
        for command in (["apt-get", "update", "-q"], install):
            subprocess.run(command, env=environment, check=False, capture_output=True, timeout=300)
        found = find(program)
    if found is None:
        raise ServiceMissingError(
            f"{program} is missing. Install it (Debian: apt-get install {package}) and run again."
        )
    return found


def free_port() -> int:
    """A port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A server in a scratch folder, run as its own user, stopped by its pid."""

    user = ""
    url = ""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"switchboard-{self.user}-"))
        self.log = self.folder / "log"
        self.port = free_port()
        self.password = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.install()  # first: the user the folder goes to comes with the package
            if self._changes_user():
                shutil.chown(self.folder, self.user, self.user)
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def install(self) -> None:
        """See that its program is there. Raises ServiceMissingError."""
        raise AssertionError("each server has its own")

    def start(self) -> None:
        """Start and wait until it answers."""
        raise AssertionError("each server starts in its own way")

    def _changes_user(self) -> bool:
        """Root starts servers as their own users: PostgreSQL refuses root."""
        if os.geteuid() != 0:
            return False
        try:
            pwd.getpwnam(self.user)
        except KeyError:
            return False
        return True

    def _as_user(self, *command: str | Path) -> list[str]:
        words = [str(word) for word in command]
        return ["runuser", "-u", self.user, "--", *words] if self._changes_user() else words

    def _run(self, *command: str | Path, **environment: str) -> None:
        done = subprocess.run(
            self._as_user(*command),
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            timeout=START_SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr.decode(errors='replace')[-2000:]}")

    def _spawn(self, *command: str | Path) -> None:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._as_user(*command),
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = self.log.read_text("utf-8", errors="replace")[-2000:]
                raise RuntimeError(f"{command[0]} did not start:\n{tail}")
            time.sleep(0.05)

    def listens(self) -> bool:
        """True when it accepts connections."""
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        """End its process group and remove its folder."""
        process = self._process
        if process is not None and process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgres(Server):
    """A PostgreSQL cluster of its own with one empty database."""

    user = "postgres"

    def install(self) -> None:
        """The server and its tools."""
        self.programs = need("postgres", "postgresql").parent

    def start(self) -> None:
        """Make the cluster, start it without fsync (it is thrown away), make the database."""
        programs = self.programs
        data, password = self.folder / "data", self.folder / "password"
        password.write_text(self.password, "utf-8")
        if self._changes_user():
            shutil.chown(password, self.user, self.user)
        self._run(
            programs / "initdb", "-D", data, "-U", "switchboard", "-E", "UTF8", "--no-sync",
            "--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={password}",
        )  # fmt: skip
        self._spawn(
            programs / "postgres", "-D", data, "-p", str(self.port), "-h", "127.0.0.1",
            "-k", self.folder, "-F", "-c", "max_connections=200",
        )  # fmt: skip
        self._wait_for_query(find("psql") or programs / "psql")
        self.url = f"postgres://switchboard:{self.password}@127.0.0.1:{self.port}/switchboard"

    def _wait_for_query(self, psql: Path) -> None:
        """It listens some moments before it answers queries."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._run(
                    psql, "-h", "127.0.0.1", "-p", str(self.port), "-U", "switchboard",
                    "-d", "postgres", "-qc", "CREATE DATABASE switchboard",
                    PGPASSWORD=self.password,
                )  # fmt: skip
            except RuntimeError as error:
                if "starting up" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return


class Redis(Server):
    """A Redis with a password and nothing saved."""

    user = "redis"

    def install(self) -> None:
        """Redis, or Valkey where that is there."""
        known = find("redis-server") or find("valkey-server")
        self.program = known or need("redis-server", "redis-server")

    def start(self) -> None:
        """Start it."""
        self._spawn(
            self.program,
            "--port", str(self.port), "--bind", "127.0.0.1", "--requirepass", self.password,
            "--save", "", "--appendonly", "no", "--dir", self.folder,
        )  # fmt: skip
        self.url = f"redis://:{self.password}@127.0.0.1:{self.port}/0"


def main(command: Sequence[str]) -> int:
    """Run the command beside both servers; its exit code, 2 when a server is missing."""
    if not command:
        print("usage: python -m tests.services COMMAND...", file=sys.stderr)
        return 2
    try:
        with Postgres() as postgres, Redis() as redis:
            urls = {"TEST_DATABASE_URL": postgres.url, "TEST_BROKER_URL": redis.url}
            return subprocess.run(command, env={**os.environ, **urls}, check=False).returncode
    except ServiceMissingError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
