"""What /readyz and /metrics say about the queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from config.health import Metric
from reviewqueue import cases
from reviewqueue.models import Case
from robot import clock


def uncased() -> str | None:
    """The readiness check: no task waits for a person without an open case."""
    count = cases.uncased().count()
    return f"{count} tasks in review have no open case" if count else None


def oldest_age() -> float:
    """Age of the oldest open case in seconds; 0 when none is open."""
    opened = Case.objects.filter(closed_at=None).order_by("opened_at").values_list("opened_at")
    first = opened.first()
    return max(0.0, (clock.now() - first[0]).total_seconds()) if first else 0.0


def metrics() -> Iterable[Metric]:
    """Open cases by code, how many are overdue, and the oldest one's age."""
    rows = Case.objects.filter(closed_at=None)
    counts = Counter(rows.values_list("code", flat=True))
    overdue = rows.exclude(overdue_since=None).count()
    yield Metric(
        "open_cases", "Open cases by code.", [({"code": c}, float(n)) for c, n in counts.items()]
    )
    yield Metric("overdue_cases", "Open cases that are overdue.", [({}, float(overdue))])
    yield Metric("oldest_case_seconds", "Age of the oldest open case.", [({}, oldest_age())])
