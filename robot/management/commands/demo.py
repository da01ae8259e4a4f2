"""manage.py demo: the product's whole job on two sandbox companies, before your eyes."""

from __future__ import annotations

import argparse
import json
import sys
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.live import Live
from rich.table import Table

from config.broker import address_file
from robot import clock
from robot.demo import play, stage
from robot.management.aside import again_in, result_file
from robot.processes import StartError, Supervisor, free_port, is_free, start_valkey
from robot.sandbox.control import Control
from robot.states import State

#: Beyond this, counted from its start, the demo has failed: it says so instead of running on.
LIMIT_SECONDS = 240.0
#: For so many people; more of them may take longer.
PEOPLE = 25
#: How much longer the console's own delays may make it, beside those of brisk.
SLOWNESS = {"none": 1, "brisk": 1, "real": 20}


class Command(BaseCommand):
    """Start everything, queue work for a company's people, show how each task ends."""

    help = "Watch the robot do its whole job on the sandbox console."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when all is settled")
        parser.add_argument("--json", type=Path, help="write the summary to this file")
        parser.add_argument("--people", type=int, default=PEOPLE, help="ordinary people, 12 to 200")
        parser.add_argument("--seed", type=int, default=7, help="same seed, same people")
        parser.add_argument("--speed", default="brisk", choices=list(SLOWNESS))
        parser.add_argument("--port", type=int, default=8000, help="of the review queue")
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if not 12 <= options["people"] <= 200:
            raise CommandError("--people must be 12 to 200", returncode=2)
        result_file(options["json"])
        if not options["once"] and not is_free(options["port"]):
            raise CommandError(
                f'Port {options["port"]} is taken: make demo ARGS="--port N"', returncode=2
            )
        if not options["inside"]:
            again_in(settings.LOCAL_DIR / "demo")
        with Supervisor(settings.LOCAL_DIR / "logs") as supervisor:
            try:
                held = self._run(supervisor, options)
            except StartError as error:
                raise CommandError(str(error), returncode=1) from error
            except KeyboardInterrupt:
                self.stdout.write("\nstopped")
                return
        if not held:
            sys.exit(1)

    def _run(self, supervisor: Supervisor, options: dict[str, Any]) -> bool:
        out, began = Console(), clock.monotonic()
        out.print("[bold]Switchboard demo[/bold]  two companies on the sandbox console")
        call_command("migrate", verbosity=0)
        people = stage.make_people()
        broker = start_valkey(supervisor, address_file=address_file(settings.LOCAL_DIR))
        settings.BROKER_URL = broker
        env = {"BROKER_URL": broker}
        played, before = [], {}
        for company in stage.companies(options["people"]):
            sandbox = stage.start_sandbox(supervisor, company, options["seed"], options["speed"])
            tenant, token = stage.make_tenant(company, sandbox)
            control = Control(sandbox["control"])
            played.append(stage.Played(company, tenant, token, control))
            before[company.slug] = control.truth()
        port = options["port"] if not options["once"] else free_port()
        web = stage.start_web(supervisor, env, port)
        stage.start_workers(supervisor, env)
        asked = {}
        for one in played:
            wishes = play.wishes_of(one, before[one.company.slug])
            asked[one.company.slug] = [
                play.Asked(wish, play.post(web, one.token, f"demo-{index}", wish))
                for index, wish in enumerate(wishes)
            ]
        settled = _watched(out, began, _limit(options["people"], options["speed"]))
        result = play.summary(asked, before, played, settled=settled)
        result["seconds"] = round(clock.monotonic() - began, 1)
        held = play.holds(result)
        _print(out, result, web, people)
        if options["json"]:
            options["json"].write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        if not options["once"]:
            out.print(
                "It keeps running: answer a case and watch the robot finish it. Ctrl-C stops."
            )
            while all(supervisor.alive().values()):
                clock.sleep(1.0)
            raise StartError(f"a process ended: see {supervisor.log_dir}")
        return held


def _limit(people: int, speed: str) -> float:
    """Seconds from its start within which all must be settled."""
    return LIMIT_SECONDS * SLOWNESS[speed] * max(1.0, people / PEOPLE)


def _watched(out: Console, began: float, limit: float) -> bool:
    """Show the counts live, or as lines where the output is no terminal; True when all is settled."""
    last, left = "", began + limit - clock.monotonic()

    def line(counts: Counter[str]) -> None:
        nonlocal last
        text = ", ".join(f"{number} {state}" for state, number in sorted(counts.items()))
        if text != last:
            out.print(f"{clock.monotonic() - began:4.0f} s  {text}", highlight=False)
        last = text

    if not out.is_terminal:
        return play.watch(line, timeout=left)
    with Live(console=out, refresh_per_second=2) as live:
        return play.watch(
            lambda counts: live.update(_table(counts, clock.monotonic() - began)), timeout=left
        )


def _table(counts: Counter[str], seconds: float) -> Table:
    table = Table(title=f"tasks after {seconds:.0f} s", title_justify="left")
    shown = [state for state in State if counts[state]]
    for state in shown:
        table.add_column(State(state).label, justify="right")
    table.add_row(*[str(counts[state]) for state in shown])
    return table


def _print(out: Console, result: dict[str, Any], web: str, people: dict[str, str]) -> None:
    done, total = result["verified"], result["tasks"]
    out.print(f"\n[bold]{done} of {total} tasks verified[/bold] in {result['seconds']} s")
    for code, number in result["in_review"].items():
        out.print(f"  {number:3} in review: {code.replace('_', ' ')}")
    if result["waiting"]:
        out.print(f"  {result['waiting']:3} waiting for an answer to the case before them")
    out.print(f"  {result['evidence_items']} evidence items, chain {_word(result['chain_ok'])}")
    out.print(
        f"  silent wrong {result['silent_wrong']}, differences {result['differences']}, "
        f"needless reviews {result['needless_reviews']}, missed doubts {result['missed_doubts']}"
    )
    for line in result["wrong"][:20]:
        out.print(f"  [red]{line}[/red]", markup=True, highlight=False)
    out.print(f"\nReview queue  {web}/admin/", highlight=False)
    for name, password in people.items():
        out.print(f"  {name:6} {password}", highlight=False, markup=False)


def _word(holds: bool) -> str:  # noqa: FBT001 - a plain yes or no
    return "holds" if holds else "[red]BROKEN[/red]"
