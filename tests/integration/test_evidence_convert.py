"""Conversion keeps every pixel, names all digests, and only then lets the PNG go."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F
from PIL import Image
from pytest_django import Settings

from robot import clock
from robot.evidence import convert
from robot.evidence.store import MissingError, StoreError, store
from robot.models import ChainLink, Evidence, Task
from tests.integration import factory
from tests.integration.evidence_story import Committing, captured, png, save, tamper, verify

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(tmp_path: Path, settings: Settings) -> Path:
    settings.EVIDENCE_STORE = tmp_path.as_uri()
    return tmp_path


@pytest.fixture
def task() -> Task:
    return factory.task(factory.account(factory.tenant("acme")))


def _encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    target = io.BytesIO()
    image.save(target, kind)
    return target.getvalue()


def _rgb(data: bytes) -> str:
    with Image.open(io.BytesIO(data)) as image:
        return hashlib.sha256(image.convert("RGB").tobytes()).hexdigest()


def test_the_webp_shows_the_same_pixels_and_all_digests_are_named(task: Task) -> None:
    noise = Image.frombytes("RGB", (64, 48), bytes(range(256)) * 36)
    source = save(task, captured("arrived", png=_encoded(noise)))
    row = convert.convert(source)
    data = store().get(row.path)
    assert row.kind == "conversion"
    assert row.media_type == "image/webp"
    assert row.meta == {
        "of": source.pk,
        "png_sha256": source.sha256,
        "webp_sha256": hashlib.sha256(data).hexdigest(),
        "rgb_sha256": _rgb(_encoded(noise)),
        "width": 64,
        "height": 48,
    }
    assert _rgb(data) == row.meta["rgb_sha256"]
    assert ChainLink.objects.filter(kind="evidence", item=str(row.pk)).exists()


def test_a_screenshot_gets_smaller(task: Task) -> None:
    source = save(task, captured("arrived", png=png(size=(1280, 800))))
    assert convert.convert(source).size < source.size


def test_the_png_stays_until_told_otherwise_and_then_the_picture_comes_from_the_webp(
    task: Task, place: Path, django_capture_on_commit_callbacks: Committing
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        kept, gone = (save(task, captured("arrived", png=png(name))) for name in "ab")
        convert.convert(kept)
        convert.convert(gone, remove=True)
    assert (place / kept.path).exists()
    assert not (place / gone.path).exists()
    assert _rgb(convert.picture(gone)) == _rgb(png("b"))
    assert verify()[0] == 0


def test_a_second_conversion_is_the_first_one(task: Task) -> None:
    source = save(task, captured("arrived"))
    assert convert.convert(source) == convert.convert(source)
    assert Evidence.objects.filter(kind="conversion").count() == 1


def test_whoever_comes_second_takes_the_conversion_of_whoever_was_first(
    task: Task,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Committing,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        source = save(task, captured("arrived"))
    looked = convert.conversion_of

    def overtaken(evidence: Evidence, *, failed: bool = False) -> None:
        monkeypatch.setattr(convert, "conversion_of", looked)
        with django_capture_on_commit_callbacks(execute=True):
            convert.convert(evidence, remove=True)

    monkeypatch.setattr(convert, "conversion_of", overtaken)
    row = convert.convert(source, remove=True)
    assert row.path
    assert [row] == list(Evidence.objects.filter(kind="conversion"))
    assert verify()[0] == 0


def test_a_picture_whose_bytes_were_converted_for_another_task_is_not_called_unreadable(
    task: Task, django_capture_on_commit_callbacks: Committing
) -> None:
    other = factory.task(factory.account(task.tenant))
    with django_capture_on_commit_callbacks(execute=True):
        one, two = save(task, captured("arrived")), save(other, captured("arrived"))
        first = convert.convert(one)
    with django_capture_on_commit_callbacks(execute=True):
        store().remove(one.path)
        second = convert.convert(two, remove=True)
    assert second.meta == first.meta | {"of": two.pk}
    assert verify()[0] == 0


def _deep() -> bytes:
    return _encoded(Image.new("I;16", (8, 8), 40_000))


def _transparent() -> bytes:
    return _encoded(Image.new("RGBA", (8, 8), (1, 2, 3, 128)))


@pytest.mark.parametrize(
    "data", [b"no picture", png()[:200], _deep(), _transparent()],
    ids=["text", "torn", "deep", "transparent"],
)  # fmt: skip
def test_what_cannot_be_converted_exactly_keeps_its_png_and_says_why(
    task: Task, place: Path, data: bytes, django_capture_on_commit_callbacks: Committing
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        source = save(task, captured("arrived", png=data))
        row = convert.convert(source, remove=True)
    assert (row.path, row.sha256) == ("", "")
    assert row.meta["reason"]
    assert (place / source.path).read_bytes() == data
    assert convert.convert(source) == row, "it is not tried over and over"
    assert verify()[0] == 0


def test_a_changed_file_is_neither_converted_nor_shown(
    task: Task, place: Path, django_capture_on_commit_callbacks: Committing
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        source = save(task, captured("arrived"))
    (place / source.path).write_bytes(png("Forged"))
    assert "was changed" in convert.convert(source).meta["reason"]
    with pytest.raises(StoreError, match="was changed"):
        convert.picture(source)


def test_a_webp_with_other_pixels_is_refused(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = _encoded(Image.new("RGB", (640, 400)), "WEBP")
    monkeypatch.setattr(convert, "_encode", lambda _: wrong)
    row = convert.convert(save(task, captured("arrived")))
    assert row.path == ""
    assert row.meta["reason"] == "the WebP does not show the same pixels"


def test_the_png_stays_when_the_webp_did_not_reach_the_disk(
    task: Task,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Committing,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        source = save(task, captured("arrived"))
    with django_capture_on_commit_callbacks(execute=True):
        row = convert.convert(source, remove=True)
        store().remove(row.path)
    assert (place / source.path).exists()


def test_bytes_shared_by_two_tasks_are_served_by_one_conversion(
    task: Task, django_capture_on_commit_callbacks: Committing
) -> None:
    other = factory.task(factory.account(task.tenant))
    with django_capture_on_commit_callbacks(execute=True):
        one, two = save(task, captured("arrived")), save(other, captured("arrived"))
        convert.convert(one, remove=True)
    assert convert.picture(two) == convert.picture(one)
    assert verify()[0] == 0


def test_another_tenants_conversion_serves_nobody_else(
    task: Task, django_capture_on_commit_callbacks: Committing
) -> None:
    other = factory.task(factory.account(factory.tenant()))
    with django_capture_on_commit_callbacks(execute=True):
        mine, theirs = save(task, captured("arrived")), save(other, captured("arrived"))
        convert.convert(theirs)
    store().remove(mine.path)
    with pytest.raises(MissingError):
        convert.picture(mine)


def _age(task: Task, **by: int) -> None:
    rows = Evidence.objects.filter(task=task)
    tamper(rows, taken_at=F("taken_at") - timedelta(**by))


def test_the_idle_worker_converts_old_pictures_in_order_and_stops_when_done(task: Task) -> None:
    rows = [save(task, captured("arrived", png=png(str(number)))) for number in range(3)]
    save(task, captured("text", png=None, text="- heading"))
    _age(task, minutes=5)
    assert convert.convert_due(2) == 2
    assert convert.convert_due(2) == 1
    assert convert.convert_due(2) == 0
    done = Evidence.objects.filter(kind="conversion").order_by("pk")
    assert [row.meta["of"] for row in done] == [row.pk for row in rows]


def test_a_picture_that_cannot_be_converted_does_not_block_the_next(task: Task) -> None:
    save(task, captured("arrived", png=b"broken"))
    good = save(task, captured("arrived"))
    _age(task, minutes=5)
    assert [convert.convert_due(1), convert.convert_due(1)] == [1, 1]
    assert convert.conversion_of(good) is not None


def test_pictures_of_the_last_minute_wait(task: Task) -> None:
    save(task, captured("arrived", taken_at=clock.now()))
    assert convert.convert_due(5) == 0
