"""Does the chain hold? Every link, every item's row, every file, and nothing beside them.

Reads only, in portions, on a system at work: what is appended meanwhile is not judged. Returns data;
`manage.py evidence verify` prints it. Whoever owns database, files and program can make a chain anew:
against that there is only a head printed earlier and kept elsewhere (`known_head`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from django.db import models

from robot.evidence import chain
from robot.evidence.filecheck import FileCheck, Finding
from robot.models import ChainHead, ChainLink, Evidence, Tenant

PORTION = 500
#: So many findings are kept with their text; beyond that they are counted.
MOST_FINDINGS = 200

Head = tuple[int, str]
T = TypeVar("T")


@dataclass(slots=True)
class Report:
    """What was found in one tenant's chain. head: (seq, hash) of its newest link when it was read."""

    tenant: str
    head: Head
    links: int = 0
    files: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: int = 0

    @property
    def holds(self) -> bool:
        """True when nothing was found."""
        return not self.findings

    def add(self, found: Iterable[Finding]) -> None:
        """Keep findings, the first ones with their text."""
        for finding in found:
            if len(self.findings) < MOST_FINDINGS:
                self.findings.append(finding)
            else:
                self.more += 1


def verify(tenant: Tenant, known_head: Head | None = None) -> Report:
    """Walk one tenant's chain, its rows and its files. Memory does not grow with their number.

    known_head: a head printed earlier, which must still be a link of the chain.
    """
    report = Report(tenant.slug, chain.head(tenant))
    report.add(_walk(tenant, report))
    report.add(_beyond(tenant, report.head))
    if known_head is not None:
        report.add(_known(tenant, known_head))
    for kind in chain.kinds().values():
        report.add(_without_link(tenant, kind))
    report.add(FileCheck(tenant).strangers())
    return report


def portions(rows: Iterable[T], size: int = PORTION) -> Iterator[list[T]]:
    """The rows in lists of at most `size`."""
    source = iter(rows)
    while portion := list(islice(source, size)):
        yield portion


def _walk(tenant: Tenant, report: Report) -> Iterator[Finding]:
    """Every link up to the head: its place, its hash, its item; at the end the head itself."""
    seq, last = 0, chain.genesis(tenant.slug)
    for portion in links(tenant, report.head[0]):
        for link in portion:
            report.links += 1
            yield from _place(tenant, link, seq, last)
            seq, last = max(seq, link.seq), link.hash
        yield from _items(tenant, portion, report)
    if seq < report.head[0]:
        yield Finding("truncated", f"head {report.head[0]}", f"the last link there is, is {seq}")
    elif last != report.head[1]:
        yield Finding(
            "changed head", f"head {report.head[0]}", "it is not the hash of the last link"
        )


def links(tenant: Tenant, last: int, *, after: int = 0) -> Iterator[list[ChainLink]]:
    """The links behind `after` up to `last` in portions, each read to its end before it is judged.

    A cursor left open would hold SQLite at an older state while files are read as they are now: a
    picture converted meanwhile would be gone, and what took its place not yet there.
    """
    rows = ChainLink.objects.filter(tenant=tenant, seq__gt=after, seq__lte=last)
    rows = rows.order_by("seq", "pk")
    portion = list(rows[:PORTION])
    while portion:
        yield portion
        end = portion[-1]
        beyond = models.Q(seq__gt=end.seq) | models.Q(seq=end.seq, pk__gt=end.pk)
        portion = list(rows.filter(beyond)[:PORTION])


def _place(tenant: Tenant, link: ChainLink, seq: int, last: str) -> Iterator[Finding]:
    name = f"link {link.seq}"
    if link.seq == seq:
        yield Finding("fork", name, "two links have this place")
    elif link.seq != seq + 1:
        missing = f"link {seq + 1}" + ("" if link.seq == seq + 2 else f" to {link.seq - 1}")
        yield Finding("gap", missing, f"missing before {name}")
    if link.prev != last:
        yield Finding("broken order", name, "does not follow the link before it")
    right = chain.link_hash(tenant.slug, link.seq, link.prev, link.kind, link.item, link.digest)
    if right != link.hash:
        yield Finding("changed link", name, f"its hash does not fit it ({link.kind} {link.item})")


def _items(tenant: Tenant, links: list[ChainLink], report: Report) -> Iterator[Finding]:
    """The rows these links stand for, and the files of those that have one."""
    for name in sorted({link.kind for link in links}):
        mine = [link for link in links if link.kind == name]
        kind = chain.kinds().get(name)
        if kind is None:
            yield from (
                Finding("unknown kind", _item(link), "no such kind of item") for link in mine
            )
            continue
        rows = _rows(kind, [link.item for link in mine])
        files = FileCheck(tenant)
        for link in mine:
            row = rows.get(link.item)
            yield from _row(tenant, kind, link, row)
            if isinstance(row, Evidence) and row.path:
                report.files += 1
                yield from files.check(row)


def _row(
    tenant: Tenant, kind: chain.Kind, link: ChainLink, row: models.Model | Exception | None
) -> Iterator[Finding]:
    if row is None:
        yield Finding("missing row", _item(link), "it was chained and is gone")
    elif isinstance(row, Exception):
        yield Finding("changed row", _item(link), f"it cannot be read ({type(row).__name__})")
    elif kind.tenant_of(row).pk != tenant.pk:
        yield Finding("moved row", _item(link), "it belongs to another tenant now")
    else:
        try:
            digest = kind.digest(row)
        except chain.ChainError:
            digest = ""
        if digest != link.digest:
            yield Finding("changed row", _item(link), "it is not what was chained")


def _rows(kind: chain.Kind, items: list[str]) -> dict[str, models.Model | Exception]:
    """Item -> its row, or why it cannot be read. Tampering may leave rows that no model can load."""
    keys = [int(item) for item in items if item.isdecimal()]
    rows = kind.model._default_manager.select_related(kind.tenant_path)  # noqa: SLF001  public
    found: dict[str, models.Model | Exception] = {}
    try:
        return {str(row.pk): row for row in rows.filter(pk__in=keys)}
    except Exception:  # noqa: BLE001  whatever the driver makes of it: now one by one
        for key in keys:
            try:
                row = rows.filter(pk=key).first()
            except Exception as error:  # noqa: BLE001  named in the finding
                found[str(key)] = error
            else:
                if row is not None:
                    found[str(key)] = row
    return found


def _item(link: ChainLink) -> str:
    return f"{link.kind} {link.item} (link {link.seq})"


def _beyond(tenant: Tenant, head: Head) -> Iterator[Finding]:
    """Links after the head, but for those a transaction has just added together with a newer head."""
    last = ChainLink.objects.filter(tenant=tenant).aggregate(last=models.Max("seq"))["last"] or 0
    newest = chain.head(tenant)[0]  # read after the links: never behind them in a healthy chain
    if last > newest:
        yield Finding("added link", f"link {newest + 1} to {last}", "beyond the head")
    if newest < head[0]:
        yield Finding("truncated", f"head {newest}", f"it was {head[0]} a moment ago")
    if last and not ChainHead.objects.filter(tenant=tenant).exists():
        yield Finding("missing row", "head", "there are links and no head")


def _known(tenant: Tenant, known: Head) -> Iterator[Finding]:
    seq, digest = known
    if seq == 0:
        held = digest == chain.genesis(tenant.slug)
    else:
        held = ChainLink.objects.filter(tenant=tenant, seq=seq, hash=digest).exists()
    if not held:
        yield Finding("truncated", f"head {seq}", "printed earlier, no longer a link of this chain")


def _without_link(tenant: Tenant, kind: chain.Kind) -> Iterator[Finding]:
    """Rows nobody chained. Rows are read before links, so one just stored has its link by then."""
    rows = kind.model._default_manager.filter(**{kind.tenant_path: tenant})  # noqa: SLF001  public
    for portion in portions(rows.order_by("pk").values_list("pk", flat=True).iterator(PORTION)):
        items = [str(key) for key in portion]
        chained = set(
            ChainLink.objects.filter(tenant=tenant, kind=kind.name, item__in=items).values_list(
                "item", flat=True
            )
        )
        for item in items:
            if item not in chained:
                yield Finding("added row", f"{kind.name} {item}", "it was never chained")
