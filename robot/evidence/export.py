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
from robot.evidence.store import MissingError, store
from robot.evidence.verify import PORTION, Head, portions
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

    Rows and files that are missing are left out: the verifier names them. Raises ExportError unless
    the folder is empty or not there, and if it cannot be written.
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
    head, links, files = chain.head(tenant), 0, 0
    chosen = ChainLink.objects.filter(tenant=tenant, seq__lte=head[0]).order_by("seq")
    with (folder / "links.jsonl").open("w", encoding="utf-8") as lines:
        for portion in portions(chosen.iterator(PORTION)):
            items = _items(portion)
            for link in portion:
                row = items.get((link.kind, link.item))
                line = _line(link, row)
                if isinstance(row, Evidence) and row.path:
                    files += _copy(row, folder, line)
                lines.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
                links += 1
    about = {
        "format": "switchboard evidence export v1",
        "tenant": tenant.slug,
        "seq": head[0],
        "hash": head[1],
        "exported_at": chain.utc_text(clock.now()),
    }
    (folder / "head.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    shutil.copyfile(offline.__file__, folder / "verify.py")
    return Exported(head, links, files)


def _items(links: list[ChainLink]) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for name, kind in chain.kinds().items():
        keys = [int(link.item) for link in links if link.kind == name and link.item.isdecimal()]
        rows_here = kind.model._default_manager.filter(pk__in=keys)  # noqa: SLF001  public
        found |= {(name, str(row.pk)): row for row in rows_here}
    return found


def _line(link: ChainLink, row: Any) -> dict[str, Any]:
    names = ("seq", "prev", "hash", "kind", "item", "digest")
    content = None if row is None else chain.plain(chain.kinds()[link.kind].content(row))
    return {**{name: getattr(link, name) for name in names}, "content": content}


def _copy(row: Evidence, folder: Path, line: dict[str, Any]) -> int:
    """Copy a row's file and draw its stamped picture; 1 if the file was there."""
    here = 0
    try:
        data = store().get(row.path)
    except MissingError:
        conversion = convert.conversion_of(row)
        if conversion is not None:
            line["converted"] = conversion.path
    else:
        target = folder / "files" / row.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        here = 1
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
