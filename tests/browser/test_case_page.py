"""A reviewer has fifteen seconds: what they need is on the screen without scrolling, for each doubt."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from reviewqueue.models import Case, Decision
from robot.states import State
from tests.browser.desk import SIZES
from tests.browser.questions import WITHOUT_PAGE, ask, ask_everything
from tests.browser.screen import Screen
from tests.integration import factory, queue

pytestmark = pytest.mark.django_db(transaction=True)


def address(server: Any, case: Case) -> str:
    return f"{server.url}{reverse('admin:reviewqueue_case_change', args=[case.pk])}"


_PARTS = ("#rq-question", "#rq-keys", "#rq-compare", "#rq-crop", "#rq-effect")


def faults_of(page: Page, url: str, *, pictures: int) -> list[str]:
    """What of the case page is missing, outside the window, or behind the bar of buttons."""
    page.goto(url)
    expect(page.locator("#rq-question")).to_be_visible()
    window = page.viewport_size
    assert window is not None
    found = []
    bar = page.locator("#rq-actions").bounding_box()
    assert bar is not None
    extra = [p for p in ("#rq-candidates", "#rq-flow") if page.locator(p).count()]
    for part in (*_PARTS, *extra):
        box = page.locator(part).bounding_box()
        if box is None or box["width"] < 40 or box["height"] < 14:
            found.append(f"{part} is not there")
            continue
        lower = bar["y"] + bar["height"] if part == "#rq-effect" else bar["y"]
        inside = box["x"] >= 0 and box["x"] + box["width"] <= window["width"] and box["y"] >= 0
        if not inside or box["y"] + box["height"] > lower + 1:
            found.append(
                f"{part} ends at {box['y'] + box['height']:.0f}, the bar is at {lower:.0f}"
            )
    buttons = page.locator("#rq-actions .rq-button")
    for index in range(buttons.count()):
        box = buttons.nth(index).bounding_box()
        assert box is not None
        right, lower = box["x"] + box["width"], box["y"] + box["height"]
        if right > window["width"] or lower > window["height"] or box["height"] < 36:
            found.append(
                f"button {buttons.nth(index).inner_text()} ends at {right:.0f}, {lower:.0f}"
            )
    if buttons.count() < 3:
        found.append(f"only {buttons.count()} buttons")
    image = page.locator("#rq-crop img")
    if image.count() != pictures:
        found.append(f"{image.count()} pictures where {pictures} should be")
    elif pictures:
        expect(image).to_have_js_property("complete", value=True)
        if image.evaluate("image => image.naturalWidth") < 200:
            found.append("the picture did not come")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("the page is wider than the window")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", sorted(SIZES))
def test_all_a_reviewer_needs_is_on_the_screen_without_scrolling(
    screen: Screen, live_server: Any, size: str, scheme: str
) -> None:
    everything = ask_everything()
    screen.sign_in(queue.user("vera"), live_server.url, size, scheme)
    faults = {}
    for code, case in everything.items():
        url = address(live_server, case)
        shown = partial(faults_of, url=url, pictures=int(code not in WITHOUT_PAGE))
        faults[code] = screen.run(shown)
    assert {code: found for code, found in faults.items() if found} == {}


def test_a_shortcut_opens_the_confirmation_and_decides_nothing(
    screen: Screen, live_server: Any
) -> None:
    case = queue.opened(queue.leaver())
    screen.sign_in(queue.user("vera"), live_server.url, "laptop")

    def press(page: Page) -> None:
        page.goto(address(live_server, case))
        dialog = page.locator("#rq-approve")
        for keys in ("Control+a", "Meta+a", "Alt+a"):
            page.keyboard.press(keys)
            expect(dialog).to_be_hidden()
        page.keyboard.press("a")
        expect(dialog).to_be_visible()
        expect(dialog).to_contain_text("both, this one approval")
        page.keyboard.press("a")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()

    screen.run(press)
    assert not Decision.objects.exists()


def test_the_confirmation_decides(screen: Screen, live_server: Any) -> None:
    doubt = queue.leaver()
    case = queue.opened(doubt)
    screen.sign_in(queue.user("vera"), live_server.url, "telephone")

    def approve(page: Page) -> None:
        page.goto(address(live_server, case))
        page.get_by_role("button", name="Approve").first.click()
        page.get_by_role("button", name="Yes, approve").click()
        expect(page.get_by_text("Approved: Anna Berg.")).to_be_visible()

    screen.run(approve)
    assert Decision.objects.get().kind == "approve"
    assert queue.state(doubt.task) == State.QUEUED


def test_enter_in_a_correction_decides_nothing(screen: Screen, live_server: Any) -> None:
    case = queue.opened(queue.asked("not_found"))
    screen.sign_in(queue.user("vera"), live_server.url, "laptop")

    def type_and_enter(page: Page) -> None:
        page.goto(address(live_server, case))
        page.keyboard.press("t")
        field = page.get_by_label("username", exact=True)
        field.fill("acme.anna.b")
        field.press("Enter")
        expect(page.locator("#rq-fix")).to_be_visible()

    screen.run(type_and_enter)
    assert not Decision.objects.exists()


def test_typing_a_reason_opens_nothing_else(screen: Screen, live_server: Any) -> None:
    doubt = queue.leaver()
    case = queue.opened(doubt)
    screen.sign_in(queue.user("vera"), live_server.url, "laptop")

    def reject(page: Page) -> None:
        page.goto(address(live_server, case))
        page.keyboard.press("r")
        page.keyboard.type("a hard choice")
        expect(page.locator("#rq-approve")).to_be_hidden()
        page.locator("#rq-reject").get_by_role("button", name="Reject", exact=True).click()
        expect(page.get_by_text("Rejected: Anna Berg.")).to_be_visible()

    screen.run(reject)
    assert Decision.objects.get().reason == "a hard choice"


def test_a_candidate_is_confirmed_by_what_tells_them_apart(
    screen: Screen, live_server: Any
) -> None:
    doubt = queue.asked("ambiguous_match", detail={"candidates": queue.TWINS})
    case = queue.opened(doubt)
    screen.sign_in(queue.user("vera"), live_server.url, "telephone")

    def choose(page: Page) -> None:
        page.goto(address(live_server, case))
        page.get_by_role("button", name="This person").first.click()
        confirm = page.get_by_role("button", name="Yes, this person")
        expect(confirm).to_be_disabled()
        page.locator("#rq-choose").get_by_role("button", name="Cancel").click()
        page.get_by_label("acme.anna.berg2").check()
        page.get_by_role("button", name="This person").first.click()
        expect(page.locator("#rq-choose")).to_contain_text("acme.anna.berg2")
        confirm.click()
        expect(page.get_by_text("Chosen: Anna Berg.")).to_be_visible()

    screen.run(choose)
    assert Decision.objects.get().candidate == queue.TWINS[1]


def test_the_picture_opens_whole_and_with_its_stamp(screen: Screen, live_server: Any) -> None:
    ask("console_refused", factory.account(factory.tenant()))
    case = Case.objects.get()
    screen.sign_in(queue.user("vera"), live_server.url, "laptop")

    def enlarge(page: Page) -> int:
        page.goto(address(live_server, case))
        page.locator("#rq-crop a").click()
        image = page.locator("#rq-enlarged img")
        expect(image).to_be_visible()
        expect(image).to_have_js_property("complete", value=True)
        return int(image.evaluate("image => image.naturalHeight"))

    assert screen.run(enlarge) > 900  # the stamp is a band below the page's own pixels
