"""manage.py bench: the robot against a plain Playwright script on the sandbox, in figures."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config.broker import address_file
from robot import bench, bench_robot, bench_side
from robot.management.aside import again_in, result_file
from robot.processes import StartError, Supervisor, start_valkey


class Command(BaseCommand):
    """Measures in a folder, database and evidence store of its own, under LOCAL_DIR/bench."""

    help = "Measure the robot against a plain Playwright script doing the same on the sandbox."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", type=Path, help="write the figures to this file")
        parser.add_argument(
            "--rounds", type=int, default=6, help="each two tasks a side, in turns; 1 to 15"
        )
        # Said by the command to itself: it starts anew, and starts the robot's side.
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
        parser.add_argument("--side", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["side"]:
            bench_robot.serve(options["side"], sys.stdin, lambda line: print(line, flush=True))
            return
        if not 1 <= options["rounds"] <= 15:
            raise CommandError("--rounds must be 1 to 15", returncode=2)
        if settings.CONSOLE_BROWSER_ENDPOINT:
            raise CommandError(
                "bench measures a browser of this machine: unset CONSOLE_BROWSER_ENDPOINT",
                returncode=2,
            )
        result_file(options["json"])
        if not options["inside"]:
            again_in(bench.folder())
        # Ended from outside it still ends what it started.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        with Supervisor(Path(settings.LOCAL_DIR) / "logs") as supervisor:
            try:
                result = self._measured(supervisor, options["rounds"])
            except bench_side.BenchError as error:
                raise CommandError(str(error), returncode=error.code) from error
            except StartError as error:
                raise CommandError(str(error), returncode=1) from error
        text = json.dumps(result, indent=2) + "\n"
        if options["json"]:
            options["json"].write_text(text, encoding="utf-8")
        self.stdout.write(text)

    def _measured(self, supervisor: Supervisor, rounds: int) -> dict[str, Any]:
        call_command("migrate", verbosity=0)
        broker = start_valkey(supervisor, address_file=address_file(Path(settings.LOCAL_DIR)))
        return bench.measure(supervisor, broker, rounds, self._say)

    def _say(self, line: str) -> None:
        self.stderr.write(line)
