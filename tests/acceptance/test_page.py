"""The case page in a real browser before a live worker: a person presses a button, the robot acts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from reviewqueue.models import Case, Decision
from robot.sandbox.server import Sandbox
from robot.states import State
from tests.acceptance.theatre import Theatre, reviewer
from tests.browser.screen import Screen

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


@pytest.fixture
def screen(settings: Any) -> Iterator[Screen]:
    settings.ALLOWED_HOSTS = ["*"]
    shown = Screen()
    yield shown
    shown.close()


def test_a_deletion_approved_by_its_button_is_carried_out_and_read_back(
    theatre: Theatre, sandbox: Sandbox, screen: Screen, live_server: Any
) -> None:
    leaver = theatre.user(sandbox.leavers[0])
    theatre.worker()
    keys = {"username": leaver["username"], "email": leaver["email"]}
    tasks = theatre.ask(keys, delete=True)
    theatre.settled(tasks[:1])
    theatre.until(Case.objects.exists)
    assert theatre.writes() == [], theatre.report()
    screen.sign_in(reviewer(), live_server.url, "laptop")

    def approve(page: Page) -> None:
        page.goto(f"{live_server.url}/admin/reviewqueue/case/")
        page.get_by_role("link", name="May the robot delete").click()
        expect(page.locator("#rq-keys")).to_contain_text(leaver["username"])
        page.get_by_role("button", name="Approve").first.click()
        page.get_by_role("button", name="Yes, approve").click()
        expect(page.get_by_text("Approved: ")).to_be_visible()

    screen.run(approve)
    screen.leave()
    done = theatre.settled(tasks, State.VERIFIED, State.IN_REVIEW, State.REJECTED, State.SUPERSEDED)
    assert [task.state for task in done] == [State.VERIFIED] * 2, theatre.report()
    assert [write["operation"] for write in theatre.writes()] == ["save_user", "delete_user"]
    assert leaver["id"] not in sandbox.truth()["users"]
    assert [one.kind for one in Decision.objects.all()] == ["approve"]
