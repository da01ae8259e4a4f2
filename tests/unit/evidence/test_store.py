"""The store keeps bytes under their digest, whole or not at all, and lets nobody out of its folder."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from robot.evidence.store import FileStore, MissingError, StoreError, key_of, store
from robot.probes import evidence_store

DATA = b"seen"
DIGEST = hashlib.sha256(DATA).hexdigest()
KEY = f"acme/{DIGEST[:2]}/{DIGEST}.png"


@pytest.fixture
def place(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "store")


def test_the_same_bytes_have_one_key_and_one_file(place: FileStore) -> None:
    assert place.put("acme", DATA, "png") == place.put("acme", DATA, "png") == KEY
    assert key_of("acme", DIGEST, "png") == KEY
    assert list(place.keys("acme")) == [KEY]
    assert place.get(KEY) == DATA


def test_tenants_do_not_share_files(place: FileStore) -> None:
    place.put("acme", DATA, "png")
    other = place.put("other", DATA, "png")
    assert list(place.keys("other")) == [other]
    assert not place.exists(key_of("third", DIGEST, "png"))


def test_staged_bytes_are_readable_and_not_yet_among_the_evidence(place: FileStore) -> None:
    key = place.stage("acme", DATA, "png")
    assert place.get(key) == DATA
    assert place.exists(key)
    assert list(place.keys("acme")) == []
    place.keep(key)
    place.keep(key)
    assert list(place.keys("acme")) == [key]
    assert place.get(key) == DATA


def test_what_was_never_staged_cannot_be_kept(place: FileStore) -> None:
    with pytest.raises(MissingError):
        place.keep(KEY)


def test_nothing_is_left_behind_by_writing(place: FileStore) -> None:
    place.put("acme", DATA, "png")
    files = [path for path in place.root.rglob("*") if path.is_file()]
    assert files == [place.root / KEY]


def test_files_and_folders_are_private(place: FileStore) -> None:
    place.put("acme", DATA, "png")
    for path in [place.root / KEY, *(place.root / KEY).parents[:2]]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_changed_file_is_not_healed_in_silence(place: FileStore) -> None:
    place.put("acme", DATA, "png")
    (place.root / KEY).write_bytes(b"other")
    with pytest.raises(StoreError, match="other bytes"):
        place.put("acme", DATA, "png")
    assert place.get(KEY) == b"other"


@pytest.mark.parametrize(
    "key",
    [
        "", "../secret", "acme/../../etc/passwd", f"/{KEY}", f"{KEY}/..", f"acme/{DIGEST}.png",
        f"..{KEY}", KEY.upper(), f"acme/aa/{DIGEST}.png\n", f".tmp/{DIGEST[:2]}/{DIGEST}.png",
    ],
)  # fmt: skip
def test_a_key_from_a_tampered_row_leads_nowhere(place: FileStore, key: str) -> None:
    place.put("acme", DATA, "png")
    with pytest.raises(MissingError):
        place.get(key)
    assert not place.exists(key)


@pytest.mark.parametrize("slug", ["", "..", ".derived", "a/b", "acme "])
def test_only_a_slug_can_be_a_tenant(place: FileStore, slug: str) -> None:
    with pytest.raises(StoreError):
        place.put(slug, DATA, "png")
    assert list(place.keys(slug)) == []


def test_strangers_beside_the_tenants_are_told(place: FileStore) -> None:
    place.put("acme", DATA, "png")
    place.stage("acme", b"later", "png")
    place.put_derived(KEY, b"copy")
    (place.root / "note.txt").write_text("x")
    assert list(place.strangers({"acme"})) == ["note.txt"]
    assert list(place.strangers(set())) == ["acme", "note.txt"]


def test_derived_pictures_can_be_replaced_and_lost(place: FileStore) -> None:
    assert place.get_derived(KEY) is None
    place.put_derived(KEY, b"one")
    place.put_derived(KEY, b"two")
    assert place.get_derived(KEY) == b"two"
    assert list(place.keys("acme")) == []


def test_removing_takes_the_staged_bytes_too_and_may_be_repeated(place: FileStore) -> None:
    place.stage("acme", DATA, "png")
    place.remove(KEY)
    place.remove(KEY)
    assert not place.exists(KEY)


def test_an_empty_store_has_nothing(place: FileStore) -> None:
    assert list(place.keys("acme")) == list(place.strangers(set())) == []


def test_a_write_that_fails_leaves_nothing(
    place: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    place.put("acme", b"before", "png")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        place.put("acme", DATA, "png")
    assert not place.exists(KEY)
    assert not list((place.root / ".tmp").iterdir())


def test_bytes_are_synced_before_they_have_their_name(
    place: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    sync, replace = os.fsync, Path.replace

    def seen_sync(handle: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file"
        order.append(f"sync {kind}")
        sync(handle)

    def seen_replace(path: Path, target: Path) -> Path:
        order.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", seen_sync)
    monkeypatch.setattr(Path, "replace", seen_replace)
    place.stage("acme", DATA, "png")
    wanted = ["sync file", "rename", "sync folder"]
    assert [step for step in order if step != "sync folder"] == wanted[:2]
    assert order[-3:] == wanted


def test_the_setting_names_a_folder(tmp_path: Path, settings: Settings) -> None:
    settings.EVIDENCE_STORE = (tmp_path / "a b%20c").as_uri()
    key = store().put("acme", DATA, "png")
    assert (tmp_path / "a b%20c" / key).read_bytes() == DATA
    assert evidence_store(settings.EVIDENCE_STORE) is None
    assert [path.name for path in tmp_path.iterdir()] == ["a b%20c"]


@pytest.mark.parametrize("address", ["s3://bucket", "evidence", "/evidence", "file://host", ""])
def test_another_address_is_refused_with_what_is_permitted(
    settings: Settings, address: str
) -> None:
    settings.EVIDENCE_STORE = address
    with pytest.raises(ImproperlyConfigured, match="of the form file:///absolute/path"):
        store()
