"""What the overview shows: what waits for people, what the robot is at, whether it stands still."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.urls import reverse

from reviewqueue import measures
from reviewqueue.models import Case
from reviewqueue.wording import words
from robot.models import Task, Tenant
from robot.states import FINAL, State


def context() -> dict[str, Any]:
    """Values of the overview's template."""
    rows = Case.objects.filter(closed_at=None)
    codes = Counter(rows.values_list("code", flat=True))
    states = Counter(Task.objects.values_list("state", flat=True))
    queue = reverse("admin:reviewqueue_case_changelist")
    tasks = reverse("admin:robot_task_changelist")
    most = max(codes.values(), default=1)
    return {
        "open_cases": sum(codes.values()),
        "overdue_cases": rows.exclude(overdue_since=None).count(),
        "oldest_age": age(measures.oldest_age()),
        "queue_url": queue,
        "by_code": [
            {
                "name": words(code).short,
                "count": count,
                "share": round(100 * count / most),
                "url": f"{queue}?code={code}",
            }
            for code, count in codes.most_common()
        ],
        "by_state": [
            {
                "name": state.label,
                "count": states[state.value],
                "final": state in FINAL,
                "url": f"{tasks}?state__exact={state.value}",
            }
            for state in State
        ],
        "tenants": Tenant.objects.order_by("name"),
    }


def age(seconds: float) -> str:
    """A length of time as people say it: 40 s, 12 min, 3 h 05, 2 d 4 h."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if minutes < 60:
        return f"{minutes} min"
    if hours < 24:
        return f"{hours} h {minutes % 60:02d}"
    return f"{days} d {hours % 24} h"
