"""What every driver must do: the fake of the unit tests and Playwright's own are judged alike."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from robot import clock
from robot.player.driver import Driver, Ref
from robot.player.errors import Disagreement, Interrupted, NoOption, PageError, TooLate, TooSlow
from robot.player.host import BrowserHost
from robot.player.secret import Secret
from tests.browser.contract import HEADERS, OPTIONS, SAVE, Pretended, Real, World, at, by_id, site
from tests.browser.desk import wait_until
from tests.browser.site import Site

NAME = at('css=[name="name"]')
COLUMNS = ["Name", "Username"]


@pytest.fixture(scope="module")
def host() -> Iterator[BrowserHost]:
    one = BrowserHost()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def pages() -> Iterator[Site]:
    with site() as running:
        yield running


@pytest.fixture(params=["fake", "playwright"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        one: World = Pretended()
        one.do(lambda driver: driver.open(one.origin + "/page", 60))
        yield one
        return
    real = Real(request.getfixturevalue("host"), request.getfixturevalue("pages"))
    real.do(lambda driver: driver.open(real.origin + "/page", 60))
    yield real
    real.close()


def logged(world: World) -> str:
    return world.do(lambda driver: driver.read(by_id("log"), "text", 60)).strip()


def pressed(world: World, name: str) -> None:
    world.do(lambda driver: driver.click(by_id(name), 60))


def test_selectors_that_find_the_same_element_give_the_same_number(world: World) -> None:
    first, second = world.do(lambda driver: driver.survey(SAVE, visible=True))
    assert first == second
    assert len(first) == 1
    assert world.do(lambda driver: driver.count(SAVE, visible=True)) == 1


def test_different_elements_have_different_numbers_and_nothing_in_common(world: World) -> None:
    both = Ref((*NAME.selectors, SAVE.selectors[0]))
    one, other = world.do(lambda driver: driver.survey(both, visible=True))
    assert not one & other
    assert world.do(lambda driver: driver.count(both, visible=True)) == 0


def test_what_is_hidden_is_found_for_reading_only(world: World) -> None:
    hidden = by_id("hidden")
    assert world.do(lambda driver: driver.count(hidden, visible=False)) == 1
    assert world.do(lambda driver: driver.count(hidden, visible=True)) == 0
    assert world.do(lambda driver: driver.read(hidden, "text", 60)) == "hidden text"


def test_several_elements_are_never_acted_on(world: World) -> None:
    with pytest.raises(Disagreement):
        world.do(lambda driver: driver.read(by_id("twice"), "text", 1))


def test_what_is_filled_is_read(world: World) -> None:
    world.do(lambda driver: driver.fill(NAME, "Zoë O'Brien", 60))
    assert world.do(lambda driver: driver.read(NAME, "value", 60)) == "Zoë O'Brien"


def _glance(driver: Driver, ref: Ref) -> str | None:
    return driver.glance(ref, "text")


def test_what_only_one_element_shows_is_had_at_a_glance(world: World) -> None:
    name, sms = by_id("name"), by_id("sms")
    named = at('css=[name="name"]')
    assert world.do(lambda d: d.glance(named, "value")) == "old"
    assert world.do(lambda d: d.glance(sms, "checked")) == "false"
    assert world.do(lambda d: d.glance(by_id("hidden"), "text")) == "hidden text"
    for nothing in (name, by_id("twice"), at('css=[name="name"]', 'css=[id="sms"]')):
        assert world.do(partial(_glance, ref=nothing)) is None


def test_a_password_field_takes_only_a_secret(world: World) -> None:
    with pytest.raises(PageError, match="only a secret"):
        world.do(lambda driver: driver.fill(by_id("pass"), "plain", 5))
    world.do(lambda driver: driver.fill(by_id("pass"), Secret("s3cret"), 60))
    assert world.do(lambda driver: driver.read(by_id("pass"), "value", 60)) == "s3cret"


def test_a_click_in_time_is_delivered_once(world: World) -> None:
    world.do(lambda driver: driver.ready(SAVE, 60))
    assert logged(world) == ""
    world.do(lambda driver: driver.click(SAVE, 60, not_later_than=clock.monotonic() + 60))
    assert logged(world) == "saved"


def test_a_click_after_its_deadline_is_refused_and_not_delivered(world: World) -> None:
    with pytest.raises(TooLate):
        world.do(lambda driver: driver.click(SAVE, 5, not_later_than=clock.monotonic() - 0.01))
    assert logged(world) == ""


def test_a_disabled_button_is_not_ready(world: World) -> None:
    with pytest.raises(TooSlow):
        world.do(lambda driver: driver.ready(by_id("off"), 0.3))
    assert not world.do(lambda driver: driver.usable(by_id("off")))
    assert world.do(lambda driver: driver.usable(by_id("save")))


def test_the_option_that_equals_is_chosen(world: World) -> None:
    assert world.do(lambda driver: driver.choose(by_id("kind"), "Two", None, 60)) == "Two"
    assert world.do(lambda driver: driver.read(by_id("kind"), "chosen", 60)) == "Two"


def test_without_a_value_the_first_option_is_chosen(world: World) -> None:
    assert world.do(lambda driver: driver.choose(by_id("kind"), None, None, 60)) == OPTIONS[0]


@pytest.mark.parametrize("value", ["Tw", "two", "Three"])
def test_an_option_that_is_not_exactly_there_is_refused_with_what_is(
    world: World, value: str
) -> None:
    with pytest.raises(NoOption) as caught:
        world.do(lambda driver: driver.choose(by_id("kind"), value, None, 0.3))
    assert caught.value.detail["available"] == OPTIONS


def test_a_switch_is_set_and_left_alone_when_it_is_so(world: World) -> None:
    for value in (True, True, False):
        world.do(lambda driver, to=value: driver.check(by_id("sms"), value=to, timeout=60))  # type: ignore[misc]
        told = world.do(lambda driver: driver.read(by_id("sms"), "checked", 60))
        assert told == ("true" if value else "false")


def test_rows_are_read_by_their_headers(world: World) -> None:
    rows = world.do(lambda driver: driver.rows(COLUMNS))
    assert rows is not None
    assert [(row["Name"], row["Username"]) for row in rows] == [
        ("Ann", "acme.ann"),
        ("Bob", "acme.bob"),
    ]
    assert world.do(lambda driver: driver.rows([*COLUMNS, "Email"])) is None


def test_two_tables_that_fit_are_a_disagreement(world: World) -> None:
    world.do(lambda driver: driver.open(world.origin + "/two", 60))
    with pytest.raises(Disagreement):
        world.do(lambda driver: driver.rows(COLUMNS))


def test_a_bound_row_is_known_again_until_it_goes(world: World) -> None:
    assert world.do(lambda driver: driver.bound_row()) is None
    world.do(lambda driver: driver.bind_row(COLUMNS, 0))
    row = world.do(lambda driver: driver.bound_row())
    assert row is not None
    assert (row.attached, row.index) == (True, 0)
    assert dict(row.cells) == {"Name": "Ann", "Username": "acme.ann"}
    pressed(world, "sort")
    moved = world.do(lambda driver: driver.bound_row())
    assert moved is not None
    assert (moved.index, moved.cells["Name"]) == (1, "Ann")


@pytest.mark.parametrize(("button", "attached"), [("rename", True), ("remove", False)])
def test_a_row_that_changes_or_goes_is_told(world: World, button: str, attached: bool) -> None:
    world.do(lambda driver: driver.bind_row(COLUMNS, 0))
    pressed(world, button)
    row = world.do(lambda driver: driver.bound_row())
    assert row is not None
    assert row.attached is attached
    assert row.cells.get("Name", "Zoe") == "Zoe"


def test_a_reference_in_the_row_finds_what_is_in_that_row_only(world: World) -> None:
    world.do(lambda driver: driver.bind_row(COLUMNS, 1))
    inside = at("css=button >> nth=0", in_row=True)
    assert world.do(lambda driver: driver.count(inside, visible=True)) == 1


def test_every_move_of_address_or_document_counts(world: World) -> None:
    begin = world.do(lambda driver: driver.place())
    pressed(world, "move")
    world.do(lambda driver: driver.title())
    moved = world.do(lambda driver: driver.place())
    assert moved.moves > begin.moves
    assert moved.url.endswith("/page?moved")
    world.do(lambda driver: driver.open(world.origin + "/page", 60))
    assert world.do(lambda driver: driver.place()).moves > moved.moves


def test_a_new_document_forgets_the_row(world: World) -> None:
    world.do(lambda driver: driver.bind_row(COLUMNS, 0))
    world.do(lambda driver: driver.open(world.origin + "/page", 60))
    assert world.do(lambda driver: driver.bound_row()) is None


def test_an_address_that_does_not_answer_is_an_interruption(world: World) -> None:
    with pytest.raises(Interrupted):
        world.do(lambda driver: driver.open("http://127.0.0.1:9/", 5))


def test_a_picture_is_png_and_tells_where_the_element_is(world: World) -> None:
    taken = world.do(lambda driver: driver.picture(SAVE))
    assert taken.png is not None
    assert taken.png.startswith(b"\x89PNG")
    assert taken.box is not None
    assert taken.viewport == (1440, 900)


def test_the_reply_is_what_has_come_since_watching(world: World) -> None:
    pressed(world, "toast")
    world.do(lambda driver: driver.watch())
    assert world.do(lambda driver: driver.reply()).texts == ()
    world.do(lambda driver: driver.open(world.origin + "/page", 60))
    world.do(lambda driver: driver.watch())
    pressed(world, "toast")
    assert world.do(lambda driver: driver.reply()).texts == ("All done",)


def test_a_write_that_is_answered_and_one_that_is_lost_are_told_apart(world: World) -> None:
    for button, field in (("write", "answered"), ("lose", "lost")):
        world.do(lambda driver: driver.watch())
        pressed(world, button)

        def told(field: str = field) -> bool:
            world.do(lambda driver: driver.wait(0.01))
            return bool(getattr(world.do(lambda driver: driver.reply()), field))

        wait_until(f"the write is {field}", told)


def test_a_dialog_is_dismissed_and_told_once(world: World) -> None:
    pressed(world, "alert")
    assert [
        (one.kind, one.detail["message"]) for one in world.do(lambda driver: driver.notices())
    ] == [("dialog", "Are you there?")]
    assert world.do(lambda driver: driver.notices()) == []


def test_the_headers_of_the_contract_are_those_of_the_page(world: World) -> None:
    rows = world.do(lambda driver: driver.rows(COLUMNS))
    assert rows is not None
    assert list(rows[0])[:2] == HEADERS[:2]
