"""manage.py flow: list, show, lint, run, check, record and import flows."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from robot import flows_index, types
from robot.desk import Desk
from robot.intake import desired
from robot.intake.refusal import Refusal
from robot.management import flow_live
from robot.management.flow_tools import (
    by_hand,
    held_login,
    only_practice,
    pairs,
    practice,
    the_flow,
    the_tenant,
    told,
    worker_answers,
    wrong,
)
from robot.planning import Value
from robot.player.chrome_recorder import from_chrome, is_chrome
from robot.player.errors import FlowError
from robot.player.flow import Flow
from robot.player.generate import AnnotationError, skeleton
from robot.player.importers import from_codegen
from robot.player.load import load_file
from robot.player.recording import Recording, RecordingError

_KEYS = ("username", "email", "full_name", "site", "console_user_id")


class Command(BaseCommand):
    """Exit 0 done; 1 what was checked does not hold; 2 wrong use, one line on how to mend it."""

    help = "Flows: list | show NAME | lint | run NAME | check [NAME] | record NAME | import FILE"

    #: Lint is how a flow that does not pass the checks is mended.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.usage = argparse.SUPPRESS  # wrong use is answered in one line
        verbs = parser.add_subparsers(dest="verb", required=True, prog="manage.py flow")

        def verb(name: str, text: str) -> Any:
            return verbs.add_parser(name, usage=argparse.SUPPRESS, help=text)

        verb("list", "every flow, its version and what it does")
        verb("show", "the steps of one").add_argument("name")
        lint = verb("lint", "is every flow right, and what its recording and annotations make?")
        lint.add_argument("files", nargs="*", metavar="FILE|NAME")
        lint.add_argument("--write", action="store_true", help="make the flows anew")
        run = verb("run", "queue an operation for a person")
        run.add_argument("name")
        check = verb("check", "does it still fit the console? Plays up to the commit, not further")
        check.add_argument("names", nargs="*", metavar="NAME")
        record = verb("record", "record a flow in a browser window on the practice account")
        record.add_argument("name")
        record.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
        record.add_argument("--keep", action="append", default=[], metavar="TEXT")
        record.add_argument("--signed-out", action="store_true", help="record signing in itself")
        for one in (run, check, record):
            one.add_argument("--tenant", required=True, metavar="SLUG")
        for one in (run, check):
            one.add_argument("--username", default="")
            one.add_argument("--email", default="")
            one.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
        for one in (check, record):
            one.add_argument("--yes-this-account", action="store_true")
        other = verb(
            "import", "a recording by Playwright codegen --target jsonl, or by Chrome's Recorder"
        )
        other.add_argument("file", type=Path)
        other.add_argument("--name", required=True)
        other.add_argument("--replace", action="store_true", help="write over a recording")
        other.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")

    def handle(self, *args: Any, **options: Any) -> None:
        verbs: dict[str, Callable[[dict[str, Any]], None]] = {
            "list": self._list,
            "show": self._show,
            "lint": self._lint,
            "run": self._run,
            "check": self._check,
            "record": self._record,
            "import": self._import,
        }
        if options["verb"] != "lint" and not options.get("skip_checks"):
            self.check()
        verbs[options["verb"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        for name in flows_index.names():
            flow = the_flow(name)
            self.stdout.write(f"{name:18} {flow.kind:10} version {flow.version}  {flow.summary}")

    def _show(self, options: dict[str, Any]) -> None:
        flow = the_flow(options["name"])
        self.stdout.write(
            f"{flow.name} version {flow.version} ({flow.application}): {flow.summary}"
        )
        for part, steps in (("steps", flow.steps), ("read back", flow.read_back)):
            if steps:
                self.stdout.write(f"{part}:")
            for step in steps:
                marks = "  COMMIT" if step.commit else ""
                self.stdout.write(f"  {step.kind:9} {step.id}{marks}  {step.note}".rstrip())

    def _lint(self, options: dict[str, Any]) -> None:
        faults: list[str] = []
        paths = [Path(one) for one in options["files"] if one.endswith((".yaml", ".yml"))]
        names = [one for one in options["files"] if not one.endswith((".yaml", ".yml"))]
        if not options["files"]:
            names = flows_index.sources()
        for name in names:
            faults += self._made_anew(name, write=options["write"])
        if not options["files"]:
            paths = sorted(flows_index.directory().glob("*.yaml"))
        paths += [flows_index.directory() / f"{name}.yaml" for name in names if options["files"]]
        for path in paths:
            if not path.is_file() and (path.parent / "fragments" / path.name).is_file():
                continue  # a fragment is judged with the flows that use it
            try:
                load_file(path, types=types.TYPES.keys())
            except FlowError as error:
                faults += str(error).splitlines()
            except OSError as error:
                wrong(f"{path} cannot be read: {error.strerror}.")
        self._verdict(faults, f"{len(paths)} flows are right")

    def _made_anew(self, name: str, *, write: bool) -> list[str]:
        try:
            path, text = flows_index.generated(name)
        except KeyError as error:
            wrong(str(error.args[0]))
        except (AnnotationError, RecordingError) as error:
            return [f"{name}: {error}"]
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return []
        if not write:
            return [
                f"{name}: is not what its sources make; run `manage.py flow lint --write {name}`"
            ]
        path.write_text(text, encoding="utf-8")
        self.stdout.write(f"wrote {path.name}")
        return []

    def _verdict(self, faults: list[str], right: str) -> None:
        for line in faults:
            self.stdout.write(line)
        if faults:
            raise CommandError(f"{len(faults)} things to mend; see the lines above.", returncode=1)
        self.stdout.write(right)

    def _run(self, options: dict[str, Any]) -> None:
        tenant, flow = the_tenant(options["tenant"]), the_flow(options["name"])
        given = pairs(options["set"])
        keys = {k: v for k in _KEYS if (v := options.get(k) or given.pop(k, ""))}
        wishes: dict[str, Value] = dict(given)
        if flow.kind != "operation":
            wrong(f"{flow.name} is no operation; see `manage.py flow list`.")
        if flow.name == "remove_license":
            wishes = {"license": None}
        elif flow.name == "delete_user":
            wishes = {"present": False}
        elif not wishes:
            wrong("Say what should be so: --set NAME=VALUE, e.g. --set license=...")
        connection = by_hand(tenant)
        try:
            tasks = desired.apply(
                keys,
                wishes,
                tenant=tenant,
                source="command",
                actor="command",
                via=connection.slug,
            )
        except Refusal as refusal:
            wrong(f"{refusal}.")
        for task in tasks:
            self.stdout.write(f"task {task.pk} {task.operation}: {task.state}")
        if not tasks:
            self.stdout.write("nothing to do: it is so already, or was asked before")
        if not worker_answers():
            self.stdout.write("No worker is running; the task waits until one is.")

    def _check(self, options: dict[str, Any]) -> None:
        tenant = the_tenant(options["tenant"])
        parameters = practice(tenant, options)
        flows = _checkable(options["names"], parameters)
        faults: list[str] = []
        with told(), held_login(tenant) as login, Desk(login, login.worker) as desk:
            for flow in flows:
                mine = {k: v for k, v in parameters.items() if k in flow.parameters}
                fit = flow_live.check(flow, mine, desk)
                state = "fits" if fit.whole else "does not fit"
                self.stdout.write(f"{flow.name}: {state}")
                faults += [f"{flow.name}: {line}" for line in fit.lines]
                if not fit.ready and not fit.lines:
                    faults.append(f"{flow.name}: ended before its commit")
        self._verdict(faults, "everything fits")

    def _record(self, options: dict[str, Any]) -> None:
        tenant = the_tenant(options["tenant"])
        parameters = pairs(options["param"])
        username = parameters.get("username", "")
        if not options["signed_out"]:
            only_practice(tenant, username, said=options["yes_this_account"])
        keep, say = tuple(options["keep"]), self.stdout.write
        # Signing in as the login ends its other sessions: no worker may use it meanwhile.
        with told(), held_login(tenant) as login:
            if options["signed_out"]:
                made = flow_live.record(login, None, parameters, keep, say)
            else:
                with Desk(login, login.worker) as desk:
                    made = flow_live.record(login, desk, parameters, keep, say)
        self._keep(made, options["name"])

    def _import(self, options: dict[str, Any]) -> None:
        known = flows_index.directory() / "recordings" / f"{options['name']}.json"
        if known.is_file() and not options["replace"]:
            wrong(f"There is a recording {options['name']}; use another name or add --replace.")
        try:
            text = options["file"].read_text(encoding="utf-8")
            made = (
                from_chrome(text, parameters=pairs(options["param"]))
                if is_chrome(text)
                else from_codegen(text, parameters=pairs(options["param"]), say=self.stdout.write)
            )
        except OSError as error:
            wrong(f"{options['file']} cannot be read: {error.strerror}.")
        except UnicodeDecodeError:
            wrong(f"{options['file']} cannot be read: it is no text.")
        except RecordingError as error:
            raise CommandError(f"{error}.", returncode=1) from error
        self._keep(made, options["name"])

    def _keep(self, made: Recording, name: str) -> None:
        """Write the recording, and annotations to begin with unless there are some."""
        if not name.isidentifier() or name != name.lower():
            wrong(f"{name!r} is no name of a flow: small letters, digits and _.")
        folder = flows_index.directory()
        notes = folder / "annotations" / f"{name}.yaml"
        (folder / "recordings" / f"{name}.json").write_text(made.dumps(), encoding="utf-8")
        if not notes.is_file():
            notes.write_text(skeleton(made, name), encoding="utf-8")
        self.stdout.write(f"wrote recordings/{name}.json with {len(made.actions)} actions")
        self.stdout.write(
            f"Now say in annotations/{name}.yaml what cannot be recorded, then run"
            f" `manage.py flow lint --write {name}`."
        )


def _checkable(names: list[str], parameters: dict[str, str]) -> list[Flow]:
    """The flows to check, with all their parameters given; else wrong use."""
    flows = [the_flow(name) for name in names or flows_index.names()]
    flows = [flow for flow in flows if flow.kind != "login"]
    if not flows:
        wrong("Signing in is part of every check: name a flow besides, or none for all.")
    missing = {name for flow in flows for name in flow.parameters.keys() - flow.optional}
    if missing := missing - parameters.keys():
        wrong(f"Add {' '.join(f'--set {name}=VALUE' for name in sorted(missing))} to check these.")
    return flows
