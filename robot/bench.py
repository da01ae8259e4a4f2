"""`manage.py bench`: what the robot costs over a plain Playwright script that does the same.

Two processes take turns (robot, raw, hurried, hurried, raw, robot) on one sandbox, each with its own browser and one
signed-in page. The script has no evidence, no quorum and no database; the robot has all it always
has. The ratio is to the script with the same waits; how the script does when it waits only for what
it needs next is told too. Seconds are measured by each side itself, CPU seconds over the side's whole process tree.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings

from robot import clock, processes
from robot.bench_robot import ending
from robot.bench_side import BenchError, Side, psutil_or_why
from robot.demo import stage
from robot.models import ConsoleLogin, Task, Tenant
from robot.player.browser import ARGS, find_browser
from robot.processes import Supervisor
from robot.sandbox.control import Control
from robot.sandbox.people import X2_GB, X2_US
from robot.states import State

#: Seconds within which a queue of the pace must be empty.
_PACE_WITHIN = 600.0
Say = Callable[[str], None]


class Stage:
    """One sandbox with a tenant of its own: joiners want a licence each, movers another number."""

    def __init__(
        self, supervisor: Supervisor, slug: str, speed: str, people: int, logins: int
    ) -> None:
        self._supervisor, self._name = supervisor, f"sandbox-{slug}"
        company = stage.Company(slug, people, site_based=False, logins=logins)
        self.sandbox = stage.start_sandbox(supervisor, company, seed=7, speed=speed)
        self.tenant: Tenant = stage.make_tenant(company, self.sandbox)[0]
        control = Control(self.sandbox["control"])
        truth = control.truth()
        self._numbers = sorted(n["number"] for n in truth["numbers"] if n["status"] == "Available")
        users = truth["users"]
        start = control.start_state()
        self._joiners = [_person(users[key]) for key in start["joiners"]]
        self._movers = [_person(users[key]) for key in start["movers"]]

    def close(self) -> None:
        """End its sandbox."""
        for child in [one for one in self._supervisor.children if one.name == self._name]:
            self._supervisor.stop(child)

    def take(self, count: int) -> list[dict[str, str]]:
        """The next joiners; nobody is taken twice."""
        if count > len(self._joiners):
            raise BenchError("the sandbox has no more joiners; ask for fewer --rounds", 2)
        taken, self._joiners = self._joiners[:count], self._joiners[count:]
        return taken

    def take_movers(self, count: int) -> list[dict[str, str]]:
        """The next movers with a number and an extension each, so that no two need the same."""
        taken, self._movers = self._movers[:count], self._movers[count:]
        return [self._moved(person) for person in taken]

    def _moved(self, person: dict[str, str]) -> dict[str, str]:
        abroad = person.pop("license") == X2_GB
        number = next(one for one in self._numbers if one.startswith("+44") == abroad)
        self._numbers.remove(number)
        return person | {"phone_number": number, "extension": f"8{len(self._numbers):03d}"}


def _person(user: dict[str, Any]) -> dict[str, str]:
    license_name = X2_GB if user["site"] == "London" else X2_US
    return {"username": user["username"], "email": user["email"], "license": license_name}


def measure(supervisor: Supervisor, broker: str, rounds: int, say: Say) -> dict[str, Any]:
    """Everything: both ratios, seconds, CPU seconds, bytes, tasks a minute. Raises BenchError."""
    psutil_or_why()
    browser = find_browser()
    if browser is None:
        raise BenchError("no browser: set CONSOLE_BROWSER to the path of a Chromium", 2)
    env = {"BROKER_URL": broker, "CONSOLE_BROWSER": browser}
    result: dict[str, Any] = {"rounds": rounds, "tasks_a_side": 2 * rounds}
    for speed, name in (("brisk", "ratio_robot_to_raw"), ("none", "ratio_robot_to_raw_none")):
        say(f"{rounds} rounds at speed {speed}")
        figures = compare(supervisor, speed, rounds, browser, env)
        result[name] = figures.pop("ratio")
        result[f"{name}_hurried"] = figures.pop("ratio_hurried")
        result[speed] = figures
    result["tasks_a_minute"] = {}
    for workers in (1, 2):
        say(f"{workers} worker{'s' * (workers > 1)} at speed brisk")
        result["tasks_a_minute"][str(workers)] = pace(supervisor, workers, 4 * rounds, env)
    return result


def compare(
    supervisor: Supervisor, speed: str, rounds: int, browser: str, env: dict[str, str]
) -> dict[str, Any]:
    """Both sides in turns at one speed: ratios, each side's figures, evidence a task."""
    joiners = 6 * rounds + 3
    there = Stage(supervisor, f"bench-{speed}", speed, joiners * 5 // 2 + 3, 1)
    logs = supervisor.log_dir
    with ExitStack() as stack:
        argv = ["manage.py", "bench", "--side", there.tenant.slug]
        robot = stack.enter_context(Side("the robot", argv, logs / f"robot-{speed}.log", env))
        argv = ["-m", "robot.bench_raw"]
        raw = stack.enter_context(Side("the raw script", argv, logs / f"raw-{speed}.log", env))
        robot.ask(None)
        signing_in = {"browser": browser, "args": ARGS, "console": there.sandbox["console"]}
        raw.ask(signing_in | {"login": there.sandbox["logins"][1]})

        def by_robot() -> dict[str, Any]:
            robot.ask({"queue": there.take(1)})
            return robot.measured({"work": 1})

        def by_raw(*, hurried: bool = False) -> dict[str, Any]:
            return raw.measured({"work": there.take(1), "hurried": hurried})

        by_robot()  # signs in and warms up: none of these is counted
        by_raw()
        by_raw(hurried=True)
        before = robot.ask({"sizes": True})
        robots, raws, hurried = [], [], []
        for _ in range(rounds):
            robots.append(by_robot())
            raws.append(by_raw())
            hurried += [by_raw(hurried=True), by_raw(hurried=True)]
            raws.append(by_raw())
            robots.append(by_robot())
        captured = robot.ask({"sizes": True})
        later = robot.measured({"convert": True})
        converted = robot.ask({"sizes": True})
    there.close()
    tasks = len(robots)
    done = {"robot": _figures(robots), "raw": _figures(raws), "raw_hurried": _figures(hurried)}
    # The pictures of the warm-up are converted with the others.
    share = (captured["pictures"] - before["pictures"]) / captured["pictures"] / tasks
    conversion = {
        "cpu_seconds_converting": _round(later["cpu"] * share),
        "cpu_seconds_with_converting": _round(done["robot"]["cpu_seconds"] + later["cpu"] * share),
    }
    return {
        "ratio": _round(done["robot"]["seconds"] / done["raw"]["seconds"]),
        "ratio_hurried": _round(done["robot"]["seconds"] / done["raw_hurried"]["seconds"]),
        "robot": done["robot"] | conversion,
        "raw": done["raw"],
        "raw_hurried": done["raw_hurried"],
        "evidence_a_task": _evidence(before, captured, converted, tasks),
    }


def _figures(answers: list[dict[str, Any]]) -> dict[str, Any]:
    seconds = [one for answer in answers for one in answer["seconds"]]
    return {
        "seconds": _round(statistics.median(seconds)),
        "seconds_each": [_round(one) for one in seconds],
        "cpu_seconds": _round(statistics.mean(answer["cpu"] for answer in answers)),
    }


def _evidence(
    before: dict[str, int], captured: dict[str, int], converted: dict[str, int], tasks: int
) -> dict[str, Any]:
    def each(name: str) -> float:
        return round((captured[name] - before[name]) / tasks, 1)

    text = each("text")
    webp = converted["webp"] * each("png") / captured["png"]
    return {
        "pictures": each("pictures"),
        "texts": each("texts"),
        "bytes_captured": round(each("png") + text),
        "bytes_after_conversion": round(webp + text),
        "bytes_of_stamped_copies": round(each("copies")),
    }


def pace(supervisor: Supervisor, workers: int, tasks: int, env: dict[str, str]) -> dict[str, Any]:
    """Tasks a minute by real workers, each with a login and a browser, from queueing to verified.

    Work phones, not licences: those of one tenant are given one at a time (policy.ONE_AT_A_TIME).
    """
    there = Stage(supervisor, f"bench-{workers}", "brisk", (tasks + 12) * 10 // 3 + 3, workers)
    name = f"workers-{workers}"
    log = supervisor.log_dir / f"{name}.log"
    worker = supervisor.start(
        name,
        processes.worker_argv(name),
        {**env, "WORKER_CONCURRENCY": str(workers)},
        ready=lambda: processes.worker_ready(log),
        timeout=60.0,
    )
    argv = ["manage.py", "bench", "--side", there.tenant.slug]
    with Side("the queue", argv, supervisor.log_dir / f"queue-{workers}.log", env) as queue:
        queue.ask(None)
        signed_out = ConsoleLogin.objects.filter(tenant=there.tenant, session=b"")
        while signed_out.exists():
            _until_verified(
                there.tenant, queue.ask({"queue": there.take_movers(2 * workers)})["tasks"]
            )
        begin = clock.now()
        made = queue.ask({"queue": there.take_movers(tasks)})["tasks"]
        _until_verified(there.tenant, made)
    last = Task.objects.filter(pk__in=made).order_by("-finished_at").values_list("finished_at")
    ended = last[0][0]
    supervisor.stop(worker)
    there.close()
    seconds = (ended - begin).total_seconds() if ended else 0.0
    return {
        "operation": "set_work_phone",
        "tasks": len(made),
        "seconds": _round(seconds),
        "a_minute": round(60 * len(made) / seconds, 1),
    }


def _until_verified(tenant: Tenant, keys: list[int]) -> None:
    tasks = Task.objects.filter(tenant=tenant, pk__in=keys)
    until = clock.monotonic() + _PACE_WITHIN
    while (left := tasks.exclude(state=State.VERIFIED)).exists():
        stuck = left.filter(state=State.IN_REVIEW).first()
        if stuck is not None or clock.monotonic() > until:
            raise BenchError(ending(stuck or left.first()))
        clock.sleep(0.1)


def _round(number: float) -> float:
    return round(number, 3)


def folder() -> Path:
    """The bench's own folder, made anew each time."""
    return Path(settings.LOCAL_DIR) / "bench"
