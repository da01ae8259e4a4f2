"""A tenant's chain as a folder that anybody can check, and a sample of tasks for an auditor."""

from __future__ import annotations

import hashlib
import heapq
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot import clock
from robot.evidence import chain, convert, offline, render, rows
from robot.evidence.store import StoreError, store
from robot.evidence.verify import PORTION, Head, links
from robot.models import ChainLink, Evidence, Task, Tenant
from robot.states import State


class ExportError(Exception):
    """The export cannot be made; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the head it ends with, numbers of links and of files."""

    head: Head
    links: int
    files: int


def export(tenant: Tenant, folder: Path) -> Exported:
    """Write the chain, every row in it, every file, stamped pictures and a verifier to a new folder.

    Rows and files that are missing are left out: the verifier names them. Where a picture is converted
    meanwhile, the chain is followed to its conversion. Raises ExportError unless the folder is empty
    or not there, and if it cannot be written.
    """
    try:
        if folder.exists() and any(folder.iterdir()):
            raise ExportError(f"{folder} is not empty; name a new folder")
        (folder / "files").mkdir(parents=True)
        (folder / "stamped").mkdir()
        return _write(tenant, folder)
    except OSError as error:
        raise ExportError(f"{folder} cannot be written ({error.strerror})") from error


def _write(tenant: Tenant, folder: Path) -> Exported:
    head, walked, needed, count, files = chain.head(tenant), 0, 0, 0, 0
    with (folder / "links.jsonl").open("w", encoding="utf-8") as lines:
        while walked < head[0]:
            for portion in links(tenant, head[0], after=walked):
                items = _items(portion)
                for link in portion:
                    row = items.get((link.kind, link.item))
                    text = json.dumps(_line(link, row), ensure_ascii=False, separators=(",", ":"))
                    lines.write(text + "\n")
                    count += 1
                    if isinstance(row, Evidence) and row.path:
                        here = _copy(row, folder)
                        files += here
                        needed = max(needed, 0 if here else _conversions_link(row))
            walked = head[0]
            if needed > walked:
                head = chain.head(tenant)
    about = {
        "format": "switchboard evidence export v1",
        "tenant": tenant.slug,
        "seq": head[0],
        "hash": head[1],
        "exported_at": chain.utc_text(clock.now()),
    }
    (folder / "head.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    shutil.copyfile(offline.__file__, folder / "verify.py")
    return Exported(head, count, files)


def _items(portion: list[ChainLink]) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for name, kind in chain.kinds().items():
        keys = [int(link.item) for link in portion if link.kind == name and link.item.isdecimal()]
        rows_here = kind.model._default_manager.filter(pk__in=keys)  # noqa: SLF001  public
        found |= {(name, str(row.pk)): row for row in rows_here}
    return found


def _line(link: ChainLink, row: Any) -> dict[str, Any]:
    names = ("seq", "prev", "hash", "kind", "item", "digest")
    content = None if row is None else chain.plain(chain.kinds()[link.kind].content(row))
    return {**{name: getattr(link, name) for name in names}, "content": content}


def _conversions_link(row: Evidence) -> int:
    """Where in the chain the conversion of a picture stands; 0 without one."""
    conversion = convert.conversion_of(row)
    if conversion is None:
        return 0
    found = ChainLink.objects.filter(tenant=row.tenant_id, kind="evidence", item=str(conversion.pk))
    return found.values_list("seq", flat=True).first() or 0


def _copy(row: Evidence, folder: Path) -> bool:
    """Copy a row's file and draw its stamped picture; False if the file cannot be read."""
    try:
        data = store().get(row.path)
    except StoreError:
        here = False
    else:
        target = folder / "files" / row.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        here = True
    if row.media_type == rows.PNG:
        name = f"{row.pk:08d}-{row.kind}.webp"
        (folder / "stamped" / name).write_bytes(render.stamped(row))
    return here


@dataclass(frozen=True, slots=True)
class Sampled:
    """A verified task with its evidence, oldest first."""

    task: Task
    evidence: list[Evidence]


def sample(tenant: Tenant, size: int, seed: str) -> tuple[int, Iterator[Sampled]]:
    """How many verified tasks there are, and `size` of them by a rule that anybody can repeat.

    The rule: those whose SHA-256 of "<seed>:<task id>" is smallest, in that order.
    """
    verified = Task.objects.filter(tenant=tenant, state=State.VERIFIED)
    keys = verified.values_list("pk", flat=True).iterator(PORTION)
    chosen = heapq.nsmallest(size, keys, key=lambda key: _rank(seed, key))
    return verified.count(), (_sampled(key) for key in chosen)


def _rank(seed: str, key: int) -> str:
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


def _sampled(key: int) -> Sampled:
    task = Task.objects.select_related("account").get(pk=key)
    return Sampled(task, list(task.evidence.exclude(kind=convert.KIND).order_by("pk")))
