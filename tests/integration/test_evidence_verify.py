"""Any edit, deletion, insertion or swap of a row or a link is found and named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import F
from pytest_django import Settings

from robot import clock
from robot.evidence import chain
from robot.evidence import verify as verifier
from robot.models import ChainHead, ChainLink, Doubt, Evidence, LedgerEntry, Permit, Task
from tests.integration import factory
from tests.integration.evidence_story import Committing, Story, delete, tamper, tell, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(
    tmp_path: Path, settings: Settings, django_capture_on_commit_callbacks: Committing
) -> Story:
    settings.EVIDENCE_STORE = (tmp_path / "store").as_uri()
    tell(django_capture_on_commit_callbacks)  # another tenant, which must not be blamed
    return tell(django_capture_on_commit_callbacks, "acme")


def test_a_healthy_chain_holds_and_its_head_is_printed(story: Story) -> None:
    code, said = verify()
    assert code == 0, said
    seq, value = chain.head(story.tenant)
    assert f"acme  holds: {seq} links, 3 files, head {seq}:{value}" in said


CHANGES: list[tuple[str, dict[str, object]]] = [
    ("ledger", {"actor": "nobody"}),
    ("ledger", {"body": {"from": "queued", "to": "verified", "reason": "approved"}}),
    ("ledger", {"kind": "other"}),
    ("ledger", {"at": clock.now() - timedelta(days=1)}),
    ("ledger", {"task": None}),
    ("evidence", {"sha256": "0" * 64}),
    ("evidence", {"path": ""}),
    ("evidence", {"size": 1}),
    ("evidence", {"step": "other"}),
    ("evidence", {"kind": "read_back"}),
    ("evidence", {"media_type": "image/webp"}),
    ("evidence", {"meta": {"url": "https://elsewhere.example"}}),
    ("evidence", {"taken_at": clock.now() - timedelta(seconds=1)}),
    ("evidence", {"task": None}),
    ("doubt", {"detail": {}}),
    ("doubt", {"facts": {"parameters": {"license": "Y"}}}),
    ("doubt", {"code": "not_found"}),
    ("doubt", {"digest": "1" * 64}),
    ("doubt", {"evidence": None}),
    ("permit", {"granted_by": "otto"}),
    ("permit", {"digest": "1" * 64}),
    ("permit", {"decision": "2"}),
]


@pytest.mark.parametrize(
    ("kind", "columns"), CHANGES, ids=[f"{kind}-{next(iter(change))}" for kind, change in CHANGES]
)
def test_a_changed_column_is_named(story: Story, kind: str, columns: dict[str, object]) -> None:
    row = story.rows()[kind]
    tamper(type(row)._default_manager.filter(pk=row.pk), **columns)
    code, said = verify()
    assert code == 1
    assert f"acme  changed row: {kind} {row.pk} (link " in said
    assert "acme  DOES NOT HOLD" in said


@pytest.mark.parametrize("kind", ["ledger", "evidence", "doubt", "permit"])
def test_a_deleted_row_is_named(story: Story, kind: str) -> None:
    row = story.rows()[kind]
    tamper(Doubt.objects.filter(evidence_id=row.pk), evidence=None)
    delete(type(row)._default_manager.filter(pk=row.pk))
    code, said = verify("--tenant", "acme")
    assert code == 1
    assert f"missing row: {kind} {row.pk} (link " in said


@pytest.mark.parametrize("kind", ["ledger", "evidence", "doubt", "permit"])
def test_a_row_that_was_slipped_in_is_named(story: Story, kind: str) -> None:
    row = story.rows()[kind]
    row.pk = None
    row.save(force_insert=True)
    code, said = verify("--tenant", "acme")
    assert code == 1
    assert f"added row: {kind} {row.pk}: it was never chained" in said


def test_two_rows_with_their_contents_swapped_are_both_named(story: Story) -> None:
    one, two = story.pictures
    for row, other in ((one, two), (two, one)):
        tamper(
            Evidence.objects.filter(pk=row.pk),
            sha256=other.sha256, path=other.path, size=other.size,
        )  # fmt: skip
    code, said = verify("--tenant", "acme")
    assert code == 1
    assert f"changed row: evidence {one.pk} " in said
    assert f"changed row: evidence {two.pk} " in said


def test_a_row_moved_to_another_tenant_is_named(story: Story) -> None:
    row = story.pictures[0]
    tamper(Evidence.objects.filter(pk=row.pk), tenant=factory.tenant("other"))
    code, said = verify("--tenant", "acme")
    assert code == 1
    assert f"moved row: evidence {row.pk} " in said


def test_a_task_moved_to_another_tenant_takes_no_doubt_along_unseen(story: Story) -> None:
    Task.objects.filter(pk=story.task.pk).update(tenant=factory.tenant("other"))
    code, said = verify("--tenant", "acme")
    assert code == 1
    assert f"moved row: doubt {story.doubt.pk} " in said


def test_a_row_that_cannot_even_be_read_is_named_and_does_not_stop_the_walk(story: Story) -> None:
    if connection.vendor != "sqlite":
        tamper(LedgerEntry.objects.filter(tenant=story.tenant), body=[])
    else:
        tamper(LedgerEntry.objects.filter(tenant=story.tenant), kind="x")
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER robot_ledgerentry_no_update")
            cursor.execute("UPDATE robot_ledgerentry SET at = '2025-13-45 99:00:00'")
    code, said = verify("--tenant", "acme")
    assert code == 1
    assert (
        said.count("changed row: ledger ")
        == LedgerEntry.objects.filter(tenant=story.tenant).count()
    )


def _swap_links(story: Story) -> None:
    links = ChainLink.objects.filter(tenant=story.tenant)
    for old, new in ((2, 10_000), (3, 2), (10_000, 3)):
        tamper(links.filter(seq=old), seq=new)


def _forge_link(story: Story) -> None:
    """A new row, properly linked to the head by somebody who does not know the format's hash."""
    seq, last = chain.head(story.tenant)
    entry = LedgerEntry.objects.create(
        tenant=story.tenant, kind="note", actor="otto", body={}, at=clock.now()
    )
    ChainLink.objects.create(
        tenant=story.tenant, seq=seq + 1, prev=last, hash="a" * 64, kind="ledger",
        item=str(entry.pk), digest=chain.kinds()["ledger"].digest(entry),
    )  # fmt: skip
    ChainHead.objects.filter(tenant=story.tenant).update(seq=seq + 1, hash="a" * 64)


def _cut(story: Story, *, head_too: bool) -> None:
    link = ChainLink.objects.filter(tenant=story.tenant).order_by("seq").last()
    assert link is not None
    delete(LedgerEntry.objects.filter(pk=int(link.item)))
    delete(ChainLink.objects.filter(pk=link.pk))
    if head_too:
        ChainHead.objects.filter(tenant=story.tenant).update(seq=link.seq - 1, hash=link.prev)


def _change(**columns: object) -> Callable[[Story], None]:
    return lambda story: tamper(ChainLink.objects.filter(tenant=story.tenant, seq=3), **columns)


LINKS: dict[str, tuple[Callable[[Story], object], str]] = {
    "digest": (_change(digest="b" * 64), "changed link: link 3"),
    "hash": (_change(hash="b" * 64), "changed link: link 3"),
    "prev": (_change(prev="b" * 64), "broken order: link 3"),
    "item": (_change(item="999999"), "changed link: link 3"),
    "kind": (_change(kind="permit", item="999998"), "changed link: link 3"),
    "unheard kind": (_change(kind="rumour"), "unknown kind: rumour"),
    "deleted": (
        lambda story: delete(ChainLink.objects.filter(tenant=story.tenant, seq=3)),
        "gap: link 3: missing before link 4",
    ),
    "swapped": (_swap_links, "broken order: link 2"),
    "forged": (_forge_link, "changed link: link"),
    "tail cut off": (lambda story: _cut(story, head_too=False), "truncated: head"),
    "head set back": (
        lambda story: ChainHead.objects.filter(tenant=story.tenant).update(seq=F("seq") - 1),
        "added link: link",
    ),
    "head ahead": (
        lambda story: ChainHead.objects.filter(tenant=story.tenant).update(seq=F("seq") + 1),
        "truncated: head",
    ),
    "head hash": (
        lambda story: ChainHead.objects.filter(tenant=story.tenant).update(hash="c" * 64),
        "changed head: head",
    ),
    "head deleted": (
        lambda story: delete(ChainHead.objects.filter(tenant=story.tenant)),
        "missing row: head: there are links and no head",
    ),
}


@pytest.mark.parametrize("name", LINKS)
def test_a_link_or_head_that_was_touched_is_named(story: Story, name: str) -> None:
    damage, expected = LINKS[name]
    damage(story)
    code, said = verify("--tenant", "acme")
    assert code == 1
    assert expected in said


def test_a_fork_is_named_even_where_the_constraint_was_dropped(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = ChainLink.objects.get(tenant=story.tenant, seq=2)
    twin = ChainLink(**{f.attname: getattr(link, f.attname) for f in link._meta.concrete_fields})
    found = list(verifier._place(story.tenant, twin, seq=2, last=link.hash))
    assert [finding.what for finding in found] == ["fork", "broken order"]


def test_a_shortened_chain_holds_in_itself_and_fails_against_a_head_told_earlier(
    story: Story,
) -> None:
    seq, value = chain.head(story.tenant)
    earlier = ("--tenant", "acme", "--head", f"{seq}:{value}")
    assert verify(*earlier)[0] == 0
    _cut(story, head_too=True)
    assert verify("--tenant", "acme")[0] == 0, "why a head is worth keeping elsewhere"
    code, said = verify(*earlier)
    assert code == 1
    assert f"truncated: head {seq}: printed earlier" in said


@pytest.mark.parametrize(
    "words",
    [
        ("--tenant", "nobody"),
        ("--head", "1:abc", "--tenant", "acme"),
        ("--head", f"1:{'a' * 64}"),
        ("--head", f"x:{'a' * 64}", "--tenant", "acme"),
    ],
)
def test_wrong_use_is_two_and_one_line(story: Story, words: tuple[str, ...]) -> None:
    code, said = verify(*words)
    assert code == 2
    assert "\n" not in said


def test_many_findings_are_counted_and_only_the_first_kept(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "MOST_FINDINGS", 2)
    tamper(LedgerEntry.objects.filter(tenant=story.tenant), actor="nobody")
    tamper(Permit.objects.filter(task=story.task), granted_by="nobody")
    report = verifier.verify(story.tenant)
    assert len(report.findings) == 2
    assert report.more == 1


def test_portions_are_bounded_and_whole() -> None:
    assert list(verifier.portions(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
