"""manage.py sandbox: run the stand-in console until interrupted."""

from __future__ import annotations

import json
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from robot.management.aside import result_file
from robot.sandbox.server import Sandbox


class Command(BaseCommand):
    """Start one company's Admin Console, My 8x8 and, unless refused, the tests' control port."""

    help = "Run the sandbox console: a stand-in for the 8x8 Admin Console, on this machine only."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", default="acme")
        parser.add_argument("--seed", type=int, default=7, help="same seed, same people")
        parser.add_argument("--people", type=int, default=25, help="ordinary people, 0 to 250")
        parser.add_argument("--speed", default="brisk", choices=["none", "brisk", "real"])
        parser.add_argument(
            "--site-based", action="store_true", help="cost centers follow the site"
        )
        parser.add_argument("--console-port", type=int, default=0)
        parser.add_argument("--billing-port", type=int, default=0)
        parser.add_argument(
            "--no-control", action="store_true", help="leave the control port closed"
        )
        parser.add_argument("--json", type=Path, help="write origins and logins to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        result_file(options["json"])
        try:
            sandbox = Sandbox(
                seed=options["seed"],
                people=options["people"],
                speed=options["speed"],
                company=options["company"],
                cost_center_type="site_based" if options["site_based"] else "independent",
                control=not options["no_control"],
                console_port=options["console_port"],
                billing_port=options["billing_port"],
            ).start()
        except (ValueError, OSError) as error:
            raise CommandError(f"the sandbox cannot start: {error}", returncode=2) from error
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        try:
            self._announce(sandbox, options)
            stop.wait()
        finally:
            sandbox.stop()

    def _announce(self, sandbox: Sandbox, options: dict[str, Any]) -> None:
        control = "" if options["no_control"] else sandbox.control_origin
        login = sandbox.logins[0]
        self.stdout.write(f"Admin Console  {sandbox.console_origin}")
        self.stdout.write(f"My 8x8         {sandbox.billing_origin}")
        self.stdout.write(f"sign in as     {login['username']} / {login['password']}")
        self.stdout.write(f"code from      TOTP secret {login['totp_secret']}")
        if options["json"]:
            state = {
                "console": sandbox.console_origin,
                "billing": sandbox.billing_origin,
                "control": control,
                "logins": sandbox.logins,
            }
            partial = options["json"].with_suffix(".partial")
            partial.write_text(json.dumps(state), encoding="utf-8")
            partial.chmod(0o600)
            partial.rename(options["json"])
        self.stdout.flush()
