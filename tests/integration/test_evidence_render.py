"""Pictures for people: the captured pixels stay, the stamp says what an auditor asks, lies are refused."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from pytest_django import Settings

from robot.evidence import render
from robot.evidence.store import store
from robot.models import Task
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


def _open(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.format == "WEBP"
    return image.convert("RGB")


def _differs(one: Image.Image, two: Image.Image) -> tuple[int, int, int, int] | None:
    return ImageChops.difference(one.convert("RGB"), two.convert("RGB")).getbbox()


def test_the_stamp_is_a_band_below_pixels_that_stay_as_they_are(task: Task) -> None:
    row = save(task, captured("arrived", box=None))
    stamped, source = _open(render.stamped(row)), Image.open(io.BytesIO(png()))
    assert stamped.width == source.width
    assert 60 < stamped.height - source.height < 200
    assert _differs(stamped.crop((0, 0, *source.size)), source) is None


def test_the_outline_surrounds_the_element_and_leaves_its_pixels(task: Task) -> None:
    row = save(task, captured("arrived"))
    stamped, source = _open(render.stamped(row)), Image.open(io.BytesIO(png()))
    where = _differs(stamped.crop((0, 0, *source.size)), source)
    assert where is not None
    left, top, right, bottom = where
    assert (40 - left, 40 - top, right - 160, bottom - 90) <= (16, 16, 16, 16)
    inside = (40, 40, 160, 90)
    assert _differs(stamped.crop(inside), source.crop(inside)) is None


def test_an_outline_at_the_border_is_drawn_on_all_four_sides(task: Task) -> None:
    row = save(task, captured("arrived", box=(0.0, 0.0, 640.0, 400.0)))
    stamped = _open(render.stamped(row))
    mark = (0xE5, 0x48, 0x4D)
    for side in ((2, 0, 638, 4), (2, 396, 638, 400), (0, 2, 4, 398), (636, 2, 640, 398)):
        colours = {pixel for _, pixel in stamped.crop(side).getcolors(4096) or []}
        assert mark in colours


def test_a_copy_that_can_be_neither_kept_nor_read_is_shown_all_the_same(
    task: Task, place: Path
) -> None:
    row = save(task, captured("arrived"))
    (place / ".derived").touch()  # where the folder belongs
    drawn = render.stamped(row)
    (place / ".derived").unlink()
    assert render.stamped(row) == drawn
    (kept,) = (place / ".derived").rglob("*.webp")
    kept.unlink()
    kept.mkdir()
    assert render.stamped(row) == drawn


def test_the_stamp_says_all_an_auditor_asks_for(task: Task) -> None:
    row = save(task, captured())
    said = dict(render._lines_of(row))
    assert said == {
        "": "https://admin.example/users/7Kx0/edit?tab=licence&token=***",
        "taken": row.meta["utc"].replace("T", " ").replace("Z", " UTC"),
        "tenant": "acme",
        "signed in as": "acme.robot",
        "task": f"assign_license #{task.pk}",
        "step": "license.save",
        "flow": "flow v3",
        "moment": "before commit",
        "sha256": row.sha256,
    }


@pytest.mark.parametrize("width", [200, 390, 1280])
def test_nothing_of_the_stamp_is_cut_off_at_any_width(task: Task, width: int) -> None:
    row = save(task, captured("arrived", png=png(size=(width, 300)), viewport=(width, 300)))
    image = _open(render.stamped(row))
    band = image.crop((0, 304, image.width, image.height))
    text = _differs(band, Image.new("RGB", band.size, "#14202b"))
    assert text is not None
    assert text[2] <= width - 4
    assert text[3] <= band.height - 4


def test_different_rows_of_the_same_pixels_have_their_own_stamps(task: Task) -> None:
    one, two = (save(task, captured("arrived", step=step)) for step in ("first", "second"))
    assert one.path == two.path
    assert render.stamped(one) != render.stamped(two)


def test_a_stamped_copy_is_drawn_once(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    row = save(task, captured("arrived"))
    first = render.stamped(row)
    monkeypatch.setattr(render, "_load", lambda _: pytest.fail("drawn again"))
    assert render.stamped(row) == first


@pytest.mark.parametrize("forgery", [b"", b"short", None], ids=["empty", "short", "another"])
def test_a_forged_copy_is_not_shown(task: Task, forgery: bytes | None) -> None:
    row, other = save(task, captured("arrived")), save(task, captured("arrived", png=png("Other")))
    right = render.stamped(row)
    render.stamped(other)
    stolen = store().get_derived(render._derived_key(other))
    assert stolen is not None
    store().put_derived(render._derived_key(row), stolen if forgery is None else forgery)
    assert render.stamped(row) == right


def test_a_changed_picture_is_not_shown_under_its_old_digest(
    task: Task, place: Path, django_capture_on_commit_callbacks: Committing
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        row = save(task, captured("arrived"))
    (place / row.path).write_bytes(png("Forged"))
    image, fault = render._load(row)
    assert "was changed" in fault
    assert _open(render.stamped(row)).width == image.width == render.CROP_WIDTH
    assert not (place / ".derived").exists(), "a card is not kept: the file may be mended"


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"png": None, "error": "time-out"}, "No picture could be taken: time-out"),
        ({"png": None, "text": "- heading"}, "No picture: this evidence is text"),
        ({"png": b"broken"}, "The picture cannot be shown"),
    ],
)
def test_evidence_without_a_picture_gives_a_card_in_words(
    task: Task, columns: dict[str, object], says: str
) -> None:
    row = save(task, captured("doubt", **columns))
    assert says in render._load(row)[1]
    assert _open(render.stamped(row)).height > 160
    assert _open(render.crop(row)).size == (render.CROP_WIDTH, 160)


BOXES = {
    "button": (600.0, 420.0, 60.0, 30.0),
    "top left": (0.0, 0.0, 40.0, 20.0),
    "bottom right": (1250.0, 780.0, 30.0, 20.0),
    "table": (20.0, 100.0, 1240.0, 640.0),
    "outside": (1400.0, 900.0, 50.0, 20.0),
    "empty": (300.0, 300.0, 0.0, 0.0),
    "column": (600.0, 0.0, 100.0, 800.0),
}


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("name", BOXES)
def test_a_crop_is_never_larger_than_the_case_page_can_show(
    task: Task, name: str, scale: int
) -> None:
    picture = png(size=(1280 * scale, 800 * scale))
    row = save(task, captured("doubt", png=picture, box=BOXES[name], viewport=(1280, 800)))
    width, height = _open(render.crop(row)).size
    assert 0 < width <= 720 * scale
    assert 0 < height <= 300 * scale


def test_a_crop_holds_the_element_with_its_outline_and_surroundings(task: Task) -> None:
    source = Image.new("RGB", (1280, 800), "#ffffff")
    source.paste("#0000ff", (600, 420, 660, 450))
    target = io.BytesIO()
    source.save(target, "PNG")
    row = save(
        task,
        captured(
            "doubt", png=target.getvalue(), box=(600.0, 420.0, 60.0, 30.0), viewport=(1280, 800)
        ),
    )
    image = _open(render.crop(row))
    colours = {pixel: count for count, pixel in image.getcolors(100_000) or []}
    assert image.size == (720, 270)
    assert colours[(0, 0, 255)] == 60 * 30
    assert colours[(0xE5, 0x48, 0x4D)] > 200


def test_without_a_marked_element_the_whole_picture_is_shown_small(task: Task) -> None:
    row = save(task, captured("doubt", png=png(size=(1280, 800)), box=None, viewport=(1280, 800)))
    assert _open(render.crop(row)).size == (480, 300)
