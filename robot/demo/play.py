"""The demo's play: post the wishes, watch until nothing is left to do, judge by the sandbox's truth."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
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
    if played.company.site_based:
        return [*asked, *scenario.site_based(slug, truth, start)]
    return [*asked, *scenario.awkward(slug, truth, start)]


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


def summary(
    asked: dict[str, list[Asked]], before: dict[str, Any], played: list[Played], *, settled: bool
) -> dict[str, Any]:
    """The whole result: what ended how, what was missed or needless, and every wrong field."""
    ends = {task.pk: end_of(task) for task in Task.objects.all()}
    lines: list[str] = []
    silent_wrong = needless = missed = 0
    for one in played:
        slug = one.company.slug
        ended = {
            (index, operation): ends[key]
            for index, item in enumerate(asked[slug])
            for operation, key in item.tasks.items()
        }
        wishes = [item.wish for item in asked[slug]]
        wrong = differences(before[slug], one.control.truth(), wishes, ended)
        lines += [f"{slug}: {line}" for line in wrong]
        silent_wrong += sum(_touches(line, wishes, ended) for line in wrong)
        for index, wish in enumerate(wishes):
            for operation, end in wish.ends.items():
                seen = ended.get((index, operation), "no task")
                if seen != end:
                    lines.append(f"{slug}: {wish.story}: {operation} {end} expected, {seen} seen")
                needless += end == VERIFIED != seen
                missed += end not in (VERIFIED, seen)
    states = Counter(ends.values())
    reviews = {k: v for k, v in sorted(states.items()) if k not in (VERIFIED, WAITING)}
    reports = [verify(one.tenant) for one in played]
    lines += [f"{report.tenant}: {finding}" for report in reports for finding in report.findings]
    return {
        "settled": settled,
        "tasks": len(ends),
        "verified": states[VERIFIED],
        "in_review": reviews,
        "waiting": states[WAITING],
        "silent_wrong": silent_wrong,
        "differences": len(lines) - sum(len(report.findings) for report in reports),
        "needless_reviews": needless,
        "missed_doubts": missed,
        "evidence_items": Evidence.objects.count(),
        "chain_ok": all(report.holds for report in reports),
        "wrong": lines,
    }


def _touches(line: str, wishes: list[Wish], ended: dict[tuple[int, str], str]) -> bool:
    """True when the wrong field belongs to a person with a verified task: said done, and is not."""
    return any(
        wish.user_id is not None and wish.user_id in line and ended.get((index, op)) == VERIFIED
        for index, wish in enumerate(wishes)
        for op in wish.ends
    )


def holds(result: dict[str, Any]) -> bool:
    """True when the demo showed what it must."""
    return bool(
        result["settled"]
        and result["chain_ok"]
        and not any(
            result[name]
            for name in ("silent_wrong", "differences", "needless_reviews", "missed_doubts")
        )
        and result["verified"] >= 0.7 * result["tasks"]
    )
