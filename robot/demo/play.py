"""The demo's play: post the wishes, watch until nothing is left to do, judge by the sandbox's truth."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from redis import Redis

from config.broker import QUEUE
from robot import clock
from robot.demo import scenario
from robot.demo.scenario import VERIFIED, WAITING, Wish
from robot.demo.stage import Played
from robot.demo.truth import differences
from robot.evidence.verify import verify
from robot.models import Evidence, Task
from robot.states import FINAL, State


@dataclass(frozen=True, slots=True)
class Asked:
    """One wish and the tasks it was answered with: operation -> task id."""

    wish: Wish
    tasks: dict[str, int]


def wishes_of(played: Played, truth: dict[str, Any]) -> list[Wish]:
    """What is asked for one company."""
    slug, start = played.company.slug, played.control.start_state()
    asked = scenario.ordinary(slug, truth, start, site_based=played.company.site_based)
    doubtful = scenario.site_based if played.company.site_based else scenario.awkward
    # First what people must answer: what the console refused settles while the rest is done.
    return [*doubtful(slug, truth, start), *asked]


def post(web: str, token: str, key: str, wish: Wish) -> dict[str, int]:
    """Queue one wish through the tasks API, as any connector would. Raises HTTPError."""
    request = urllib.request.Request(  # noqa: S310 - our own web server on loopback
        f"{web}/api/v1/tasks",
        data=json.dumps({"account": wish.account, **wish.body}).encode(),
        headers={
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        planned = json.load(answer)["tasks"]
    return {task["operation"]: task["id"] for task in planned}


def counts() -> Counter[str]:
    """Tasks by state."""
    return Counter(Task.objects.values_list("state", flat=True))


def _unsettled() -> Iterator[int]:
    """Tasks that are neither final, nor in review, nor waiting for one that is in review."""
    settled = {*FINAL, State.IN_REVIEW}
    for task in Task.objects.exclude(state__in=settled).select_related("after"):
        behind = task.after and task.after.state == State.IN_REVIEW
        if not (task.state == State.WAITING and behind):
            yield task.pk


def _doorbells() -> int:
    """Doorbells that no worker has taken yet, by the broker's own count."""
    with Redis.from_url(settings.BROKER_URL) as broker:
        return int(broker.llen(QUEUE))


def watch(show: Callable[[Counter[str]], None], *, timeout: float) -> bool:
    """Show the counts until every task is settled and no doorbell is due; False at the time-out."""
    until = clock.monotonic() + timeout
    while clock.monotonic() < until:
        show(counts())
        if next(_unsettled(), None) is None and _doorbells() == 0:
            show(counts())
            return True
        clock.sleep(0.5)
    return False


def end_of(task: Task) -> str:
    """How a task stands: verified, waiting, another state, or the code of its doubt."""
    if task.state == State.IN_REVIEW:
        return task.doubts.order_by("-pk").values_list("code", flat=True)[0]
    return task.state


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one company's tasks and truth say. lines: all that is not as it was written down."""

    lines: list[str]
    silent_wrong: int
    needless: int
    missed: int


def judged(
    wishes: list[Wish],
    ended: Mapping[tuple[int, str], str],
    before: dict[str, Any],
    after: dict[str, Any],
) -> Verdict:
    """Compare the ends with those expected, and the whole truth with exactly the changes asked.

    ended: (index of the wish, operation) -> how its task ended. A wrong field is silent unless people
    are being asked about everything that was wished for those it belongs to.
    """
    asking = _in_review(wishes, ended)
    wrong = differences(before, after, wishes, ended)
    silent = sum(not one.people or not one.people <= asking for one in wrong)
    lines = [str(one) for one in wrong]
    needless = missed = 0
    for index, wish in enumerate(wishes):
        for operation, end in wish.ends.items():
            seen = ended.get((index, operation), "no task")
            if seen != end:
                lines.append(f"{wish.story}: {operation} {end} expected, {seen} seen")
            needless += end == VERIFIED != seen
            missed += end not in (VERIFIED, seen)
    return Verdict(lines, silent, needless, missed)


def _in_review(wishes: list[Wish], ended: Mapping[tuple[int, str], str]) -> set[str]:
    """Console ids of people all of whose tasks are in review: each ended with a doubt's code."""
    ends: dict[str, list[str]] = defaultdict(list)
    for (index, _), end in ended.items():
        ends[wishes[index].user_id or ""].append(end)
    return {who for who, ended_so in ends.items() if not {*ended_so} & {*State.values}}


def summary(
    asked: dict[str, list[Asked]], before: dict[str, Any], played: list[Played], *, settled: bool
) -> dict[str, Any]:
    """The whole result: what ended how, what was missed or needless, and every wrong field."""
    ends = {task.pk: end_of(task) for task in Task.objects.all()}
    verdicts = {}
    for one in played:
        slug = one.company.slug
        ended = {
            (index, operation): ends[key]
            for index, item in enumerate(asked[slug])
            for operation, key in item.tasks.items()
        }
        wishes = [item.wish for item in asked[slug]]
        verdicts[slug] = judged(wishes, ended, before[slug], one.control.truth())
    wrong = [f"{slug}: {line}" for slug, verdict in verdicts.items() for line in verdict.lines]
    states = Counter(ends.values())
    reviews = {k: v for k, v in sorted(states.items()) if k not in (VERIFIED, WAITING)}
    reports = [verify(one.tenant) for one in played]
    findings = [f"{report.tenant}: {found}" for report in reports for found in report.findings]
    return {
        "settled": settled,
        "tasks": len(ends),
        "verified": states[VERIFIED],
        "in_review": reviews,
        "waiting": states[WAITING],
        "silent_wrong": sum(one.silent_wrong for one in verdicts.values()),
        "differences": len(wrong),
        "needless_reviews": sum(one.needless for one in verdicts.values()),
        "missed_doubts": sum(one.missed for one in verdicts.values()),
        "evidence_items": Evidence.objects.count(),
        "chain_ok": all(report.holds for report in reports),
        "wrong": wrong + findings,
    }


def holds(result: dict[str, Any]) -> bool:
    """True when the demo showed what it must; the scenario says how much of it is to be verified."""
    return bool(
        result["settled"]
        and result["chain_ok"]
        and not any(
            result[name]
            for name in ("silent_wrong", "differences", "needless_reviews", "missed_doubts")
        )
    )
