"""What the demo's real data taught about the case page: whose words are shown, and a page one can read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from reviewqueue.models import Case
from robot import clock, transitions
from robot.evidence import capture
from robot.models import Run
from robot.player.events import Capture
from robot.states import State
from tests.browser.questions import ask, picture_of
from tests.browser.screen import Screen
from tests.integration import factory, queue

pytestmark = pytest.mark.django_db(transaction=True)

BANNER = "Failed saving user settings"
KEYS = {"username": "acme.anna.berg", "email": "anna.berg@acme.example"}


def stopped(code: str, detail: dict[str, Any], *, banner: str = "") -> Case:
    """A task that the robot left at a page with this doubt."""
    tenant = factory.tenant()
    task = factory.task(factory.account(tenant, **KEYS), state=State.RUNNING, banner=banner)
    run = Run.objects.create(
        task=task,
        login=factory.login(tenant),
        kind="attempt",
        worker="here:1:1",
        epoch=0,
        flow=task.operation,
        flow_version=1,
        started_at=clock.now(),
    )
    seen = picture_of(run)
    transitions.doubt(
        task, code, actor="worker", reason=code, run=run, step="s7", detail=detail, evidence=seen
    )
    return Case.objects.get()


def text_of(screen: Screen, server: Any, case: Case) -> str:
    """What a reviewer reads in the upper half of the case page."""
    screen.sign_in(queue.user("vera"), server.url, "laptop")
    url = f"{server.url}{reverse('admin:reviewqueue_case_change', args=[case.pk])}"

    def read(page: Page) -> str:
        page.goto(url)
        return page.locator(".rq-left").inner_text()

    return screen.run(read)


def test_what_the_console_said_stands_beside_what_was_seen(
    screen: Screen, live_server: Any
) -> None:
    detail = {"asked": {"license": "X2"}, "seen": {"license": ""}, "message": BANNER}
    text = text_of(screen, live_server, stopped("console_refused", detail, banner=BANNER))
    assert text.count(BANNER) == 1
    assert "The console said" in text


def test_why_the_robot_stopped_is_said_although_values_were_seen(
    screen: Screen, live_server: Any
) -> None:
    why = "The user is deactivated."
    detail = {"asked": {"status": "Active"}, "seen": {"status": "Inactive"}, "message": why}
    text = text_of(screen, live_server, stopped("precondition", detail))
    assert text.count(why) == 1


def test_a_message_that_stands_in_for_values_is_not_said_twice(
    screen: Screen, live_server: Any
) -> None:
    why = "The console offers no change here."
    assert text_of(screen, live_server, stopped("precondition", {"message": why})).count(why) == 1


def test_what_the_console_offers_instead_is_named(screen: Screen, live_server: Any) -> None:
    detail = {"asked": {"option": "X8"}, "available": ["X2", "X4"], "message": "'X8' is missing"}
    assert "Offered: X2, X4" in text_of(
        screen, live_server, stopped("no_license_available", detail)
    )


def test_other_keys_are_compared_and_nobody_is_offered_for_choice(
    screen: Screen, live_server: Any
) -> None:
    there = {**KEYS, "email": "anna.b@acme.example"}
    person = {**there, "full_name": "Anna Bergström"}
    detail = {"asked": KEYS, "seen": there, "candidates": [person]}
    text = text_of(screen, live_server, stopped("identity_mismatch", detail))
    assert "anna.b@acme.example" in text
    assert "Anna Bergström" in text

    def choices(page: Page) -> int:
        expect(page.locator("#rq-compare .rq-differs")).to_have_count(1)
        return page.locator("[name=candidate]").count()

    assert screen.run(choices) == 0


def test_a_page_with_nothing_marked_is_shown_sharp(
    screen: Screen, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = capture.save

    def unmarked(taken: Capture, **others: Any) -> Any:
        return save(replace(taken, box=None), **others)

    monkeypatch.setattr(capture, "save", unmarked)
    ask("console_refused", factory.account(factory.tenant()))
    text_of(screen, live_server, Case.objects.get())

    def width(page: Page) -> int:
        image = page.locator("#rq-crop img")
        expect(image).to_have_js_property("complete", value=True)
        found: int = image.evaluate("image => image.naturalWidth")
        return found

    assert screen.run(width) == 1440
