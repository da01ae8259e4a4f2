"""Any change, loss, addition or swap of an evidence file is found and named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django import Settings

from robot import clock, leases, worker
from robot.evidence import convert
from robot.evidence.store import store
from robot.models import Evidence
from robot.probes import evidence_store
from tests.integration.evidence_story import Committing, Story, delete, png, tell, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(
    tmp_path: Path, settings: Settings, django_capture_on_commit_callbacks: Committing
) -> Story:
    settings.EVIDENCE_STORE = (tmp_path / "store").as_uri()
    tell(django_capture_on_commit_callbacks)  # another tenant, which must not be blamed
    return tell(django_capture_on_commit_callbacks, "acme")


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _swap(one: Path, two: Path) -> None:
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "one bit": (_flip, "changed file"),
    "emptied": (lambda path: path.write_bytes(b""), "changed file"),
    "longer": (lambda path: path.write_bytes(path.read_bytes() + b" "), "changed file"),
    "another picture": (lambda path: path.write_bytes(png("Other")), "changed file"),
    "deleted": (Path.unlink, "missing file"),
    "a folder": (_folder, "changed file"),
}


@pytest.mark.parametrize("damage", FILES)
@pytest.mark.parametrize("which", ["picture", "text"])
def test_a_damaged_file_is_named(story: Story, damage: str, which: str) -> None:
    row = story.text if which == "text" else story.pictures[1]
    act, expected = FILES[damage]
    act(story.file(row))
    code, said = verify()
    assert code == 1
    assert f"acme  {expected}: {row.path} (evidence {row.pk})" in said


def test_swapped_files_are_both_named(story: Story) -> None:
    _swap(*(story.file(row) for row in story.pictures))
    code, said = verify()
    assert code == 1
    assert all(f"changed file: {row.path} " in said for row in story.pictures)


@pytest.mark.parametrize(
    "name",
    ["acme/aa/note.txt", "acme/loose.png", f"acme/aa/{'a' * 64}.png", "stray/x", "stray.png"],
)
def test_a_file_nobody_captured_is_named(story: Story, name: str) -> None:
    path = story.file(story.text).parents[2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    code, said = verify()
    assert code == 1
    assert f"added file: {name.removesuffix('/x')}: " in said


def test_a_copy_of_real_evidence_under_another_name_is_named(story: Story) -> None:
    path = story.file(story.pictures[0])
    shutil.copy(path, path.with_name("copy.png"))
    code, said = verify("--tenant", "acme")
    assert code == 1
    assert "added file: acme/" in said


def test_stamped_copies_may_be_lost_or_changed(story: Story) -> None:
    derived = story.file(story.text).parents[2] / ".derived"
    copies = [path for path in derived.rglob("*") if path.is_file()]
    assert copies, "stamped copies of the commit are made at once"
    copies[0].unlink()
    assert verify()[0] == 0


def test_a_capture_cut_off_before_its_row_is_no_evidence_and_no_damage(story: Story) -> None:
    store().stage("acme", png("never told"), "png")
    assert verify()[0] == 0


def test_the_probe_of_the_store_is_no_stranger_to_a_verification(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    removed = Path.unlink

    def unlink(path: Path, *, missing_ok: bool = False) -> None:
        seen.append(verify()[0])
        removed(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    assert evidence_store(settings.EVIDENCE_STORE) is None
    assert seen == [0]


def test_the_idle_sweep_keeps_what_has_a_row_and_forgets_what_never_gets_one(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "due_tenants", list)
    place = store()
    stranded, lost = story.file(story.text), place.stage("acme", png("never told"), "png")
    staged = stranded.parents[2] / ".incoming" / story.text.path
    staged.parent.mkdir(parents=True, exist_ok=True)
    stranded.rename(staged)
    worker.sweep()
    assert stranded.is_file()
    assert [key for key, _ in place.staged()] == [lost], "a transaction may still be at it"
    yesterday = clock.now() - timedelta(days=1, minutes=1)
    os.utime(stranded.parents[2] / ".incoming" / lost, (yesterday.timestamp(),) * 2)
    assert place.stage("acme", png("never told"), "png") == lost
    worker.sweep()
    assert [key for key, _ in place.staged()] == [lost], "staged anew, it is not old"
    os.utime(stranded.parents[2] / ".incoming" / lost, (yesterday.timestamp(),) * 2)
    worker.sweep()
    assert list(place.staged()) == []
    assert verify()[0] == 0


def test_evidence_whose_worker_died_after_the_commit_is_there_all_the_same(
    tmp_path: Path, settings: Settings
) -> None:
    settings.EVIDENCE_STORE = tmp_path.as_uri()

    class NothingAfterCommit:
        def __init__(self, **_: object) -> None: ...
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    story = tell(NothingAfterCommit, "acme")
    assert not story.file(story.text).exists(), "still staged"
    assert verify()[0] == 0


@pytest.fixture
def converted(story: Story, django_capture_on_commit_callbacks: Committing) -> Evidence:
    """The story's first picture, its PNG gone, its conversion."""
    with django_capture_on_commit_callbacks(execute=True):
        row = convert.convert(story.pictures[0], remove=True)
    assert not story.file(story.pictures[0]).exists()
    assert verify()[0] == 0
    return row


def _other_pixels(story: Story, row: Evidence) -> None:
    """A WebP that decodes, with its row, link and hashes all made to fit: only the pixels are others."""
    other = convert._encode(convert.pixels(png("Other")).image)
    story.file(row).write_bytes(other)


CONVERSIONS: dict[str, tuple[Callable[[Story, Evidence], None], str]] = {
    "file deleted": (lambda story, row: story.file(row).unlink(), "missing file"),
    "file changed": (lambda story, row: _flip(story.file(row)), "changed file"),
    "other picture": (_other_pixels, "its conversion does not show the same pixels"),
    "row deleted": (
        lambda story, row: delete(Evidence.objects.filter(pk=row.pk)),
        "no conversion took its place",
    ),
}


@pytest.mark.parametrize("name", CONVERSIONS)
def test_a_missing_png_is_accepted_only_beside_its_true_conversion(
    story: Story, converted: Evidence, name: str
) -> None:
    damage, expected = CONVERSIONS[name]
    damage(story, converted)
    code, said = verify()
    assert code == 1
    assert expected in said
    assert f"missing file: {story.pictures[0].path} (evidence {story.pictures[0].pk})" in said
