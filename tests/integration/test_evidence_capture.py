"""A capture becomes durable bytes and a chained row; a failed one becomes a row with its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from robot.evidence import capture, chain, render, stamper
from robot.evidence.store import StoreError, store
from robot.models import ChainLink, Evidence, Task
from tests.integration import factory
from tests.integration.evidence_story import Committing, captured, png, save

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(tmp_path: Path, settings: Settings) -> Path:
    settings.EVIDENCE_STORE = tmp_path.as_uri()
    return tmp_path


@pytest.fixture
def task() -> Task:
    return factory.task(factory.account(factory.tenant("acme")))


def test_bytes_are_on_disk_and_the_row_is_chained_when_save_returns(task: Task) -> None:
    data = png()
    row = save(task, captured(png=data))
    assert row.sha256 == hashlib.sha256(data).hexdigest()
    assert store().get(row.path) == data
    assert row.size == len(data)
    link = ChainLink.objects.get(kind="evidence", item=str(row.pk))
    assert link.digest == chain.kinds()["evidence"].digest(Evidence.objects.get(pk=row.pk))


def test_the_row_tells_where_when_as_whom_and_at_which_step(task: Task) -> None:
    taken = captured()
    row = save(task, taken)
    assert row.kind == "before_commit"
    assert row.step == "license.save"
    assert row.taken_at == taken.taken_at
    assert row.meta == {
        "url": "https://admin.example/users/7Kx0/edit?tab=licence&token=***",
        "title": "Users",
        "utc": chain.utc_text(taken.taken_at),
        "login": "acme.robot",
        "step": "license.save",
        "flow": "",
        "flow_version": 3,
        "moment": "before_commit",
        "box": {"x": 40.0, "y": 40.0, "width": 120.0, "height": 50.0},
        "viewport": {"width": 640.0, "height": 400.0},
    }


def test_a_failed_capture_is_an_item_with_its_reason(task: Task) -> None:
    row = save(task, captured(png=None, error="the page did not settle", box=None))
    assert (row.kind, row.path, row.sha256, row.size) == ("unavailable", "", "", 0)
    assert row.meta["reason"] == "the page did not settle"
    assert row.meta["moment"] == "before_commit"
    assert ChainLink.objects.filter(kind="evidence", item=str(row.pk)).exists()


def test_a_capture_of_nothing_at_all_is_no_silence(task: Task) -> None:
    row = save(task, captured("text", png=None, text=None))
    assert (row.kind, row.meta["reason"]) == ("unavailable", "nothing was captured")


def test_text_alone_is_a_row_of_its_own(task: Task) -> None:
    row = save(task, captured("text", png=None, text='- button "Sávé"\x00'))
    assert (row.kind, row.media_type) == ("text", "text/plain; charset=utf-8")
    assert store().get(row.path).decode() == '- button "Sávé"\ufffd'


def test_a_picture_with_text_keeps_both_and_gives_the_picture(task: Task) -> None:
    row = save(task, captured(text="- heading"))
    assert row.media_type == "image/png"
    kinds = Evidence.objects.filter(task=task).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["before_commit", "text"]


def test_a_failed_picture_with_text_keeps_the_text(task: Task) -> None:
    row = save(task, captured(png=None, error="time-out", text="- heading"))
    assert row.kind == "unavailable"
    assert Evidence.objects.filter(task=task, kind="text").exists()


def test_without_room_on_the_disk_there_is_no_row(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError):
        save(task, captured())
    assert not Evidence.objects.exists()
    assert not ChainLink.objects.exists()


def test_the_copies_people_need_soon_are_stamped_at_once_and_others_on_view(
    task: Task, place: Path, django_capture_on_commit_callbacks: Committing
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        save(task, captured("arrived", png=png("Users")))
    assert not (place / ".derived").exists()
    with django_capture_on_commit_callbacks(execute=True):
        save(task, captured("read_back"))
    stamper.wait()
    assert len([path for path in (place / ".derived").rglob("*") if path.is_file()]) == 1


def test_a_stamp_that_fails_costs_no_evidence(
    task: Task,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Committing,
) -> None:
    def broken(row: Evidence) -> bytes:
        raise OSError("no fonts today")

    monkeypatch.setattr(render, "stamped", broken)
    with django_capture_on_commit_callbacks(execute=True):
        row = save(task, captured())
    assert list(store().keys("acme")) == [row.path]


def test_the_same_picture_seen_twice_is_one_file_and_two_rows(task: Task) -> None:
    one, two = save(task, captured("arrived")), save(task, captured("arrived"))
    assert one.pk != two.pk
    assert one.path == two.path


def test_a_secret_in_the_address_is_nowhere_in_row_or_store(
    task: Task, place: Path, django_capture_on_commit_callbacks: Committing
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        row = save(task, captured())
    assert "canary-in-url" not in str(row.meta)
    files = [path for path in place.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"canary-in-url" in path.read_bytes()]


@pytest.mark.parametrize("of", ["step", "title"])
def test_overlong_text_from_a_page_is_cut_and_stored(task: Task, of: str) -> None:
    row = save(task, captured("doubt", **{of: "x" * 5000}))
    assert len(row.step) <= 80
    assert len(row.meta["title"]) <= 200
    assert row.meta["step"] == ("x" * 5000 if of == "step" else "license.save")


def test_evidence_without_a_task_is_kept_too() -> None:
    save_one: Callable[..., Evidence] = capture.save
    row = save_one(
        captured("arrived"), tenant=factory.tenant(), task=None, run=None,
        flow_version=None, login="acme.robot",
    )  # fmt: skip
    assert row.task is None
    assert render.stamped(row)
