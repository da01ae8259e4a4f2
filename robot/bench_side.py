"""One side of `manage.py bench`: its process, and what it costs in CPU seconds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from robot import processes
from robot.processes import ROOT

#: Seconds until the browser is closed after its side's standard input has ended.
_LEAVE = 20.0


class BenchError(Exception):
    """Nothing was measured; the message says why. code: 1 when a task failed, 2 for what lacks."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


class Side:
    """One side's process: asked and answering by a JSON object a line. Use as a context manager."""

    def __init__(self, name: str, argv: Sequence[str], log: Path, env: dict[str, str]) -> None:
        self.name, self.log = name, log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, *argv],
                cwd=ROOT,
                env={**os.environ, **env},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LEAVE)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def ask(self, question: dict[str, Any] | None) -> dict[str, Any]:
        """Send one line and wait for its answer; None waits for what is said unasked."""
        sending, coming = self._process.stdin, self._process.stdout
        if sending is None or coming is None:
            raise BenchError(f"{self.name} has no pipes")
        line = ""
        with suppress(BrokenPipeError):
            if question is not None:
                sending.write(json.dumps(question) + "\n")
                sending.flush()
            line = coming.readline()
        if not line:
            raise BenchError(f"{self.name} ended early.\n{processes.tail(self.log)}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise BenchError(f"{self.name}: {answer['error']}")
        return answer

    def measured(self, question: dict[str, Any]) -> dict[str, Any]:
        """The same, with the CPU seconds of the whole process tree as "cpu"."""
        before = cpu_seconds(self._process.pid)
        answer = self.ask(question)
        return answer | {"cpu": cpu_seconds(self._process.pid) - before}


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all below it, the ended and awaited ones included."""
    psutil = psutil_or_why()
    total = 0.0
    root = psutil.Process(pid)
    for one in [root, *root.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            total += sum(one.cpu_times()[:4])
    return total


def psutil_or_why() -> Any:
    """The module psutil. Raises BenchError where it is not installed."""
    try:
        import psutil
    except ImportError as error:
        message = "psutil is not installed: bench needs the development packages (`make test`)."
        raise BenchError(message, 2) from error
    return psutil
