"""Where doorbells go: BROKER_URL, the embedded broker's address, and the beat's timetable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SCHEMES = ("redis", "rediss", "redis+socket", "memory")
QUEUE = "switchboard"


def address_file(local_dir: Path) -> Path:
    """Where the embedded broker writes its address, password included, readable by its owner."""
    return local_dir / "run" / "broker-url"


def embedded_url(local_dir: Path) -> str:
    """The embedded broker's address if one was started here, else a Redis on its usual port."""
    try:
        return address_file(local_dir).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return "redis://127.0.0.1:6379/0"


def transport_options(url: str, time_limit: int) -> dict[str, Any]:
    """Options of the Redis transport; time_limit in seconds.

    A message not acknowledged within visibility_timeout is delivered again, so it is longer than
    any work may last. Left alone, lost messages are looked for every 100 s only (kombu 5.7).
    """
    if not url.startswith("redis"):
        return {}
    return {
        "visibility_timeout": time_limit + 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # A dead broker must not hold up the web server: the doorbell is only a hint.
        "socket_connect_timeout": 2,
        "socket_timeout": 20,
        "socket_keepalive": True,
    }


def timetable() -> dict[str, Any]:
    """What beat rings for. Each entry expires before its next turn, so none pile up."""
    return {
        "sweep": _every(10, "robot.worker.sweep"),
        "drain": _every(15, "robot.worker.drain"),
        "notify": _every(30, "reviewqueue.notify.notify_due"),
    }


def _every(seconds: int, task: str) -> dict[str, Any]:
    return {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}
