"""The review queue's list on a laptop and a telephone, by day and night: the first row says it all."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.desk import SIZES
from tests.browser.questions import ask_everything
from tests.browser.screen import Screen
from tests.integration import queue

pytestmark = pytest.mark.django_db(transaction=True)
#: What a reviewer chooses by, and the words that its cell must hold.
CELLS = ("waiting", "question", "operation", "account")


def faults_of(page: Page, url: str) -> list[str]:
    """What of the first row is missing, empty, or outside the window."""
    page.goto(url)
    first = page.locator("#result_list tbody tr").first
    expect(first).to_be_visible()
    window = page.viewport_size
    assert window is not None
    found = []
    for name in CELLS:
        cell = first.locator(f".field-{name}")
        box, text = cell.bounding_box(), cell.inner_text().strip()
        if box is None or not text:
            found.append(f"{name} is not there")
            continue
        right, lower = box["x"] + box["width"], box["y"] + box["height"]
        if box["x"] < 0 or box["y"] < 0 or right > window["width"] or lower > window["height"]:
            found.append(f"{name} from {box['x']:.0f}, {box['y']:.0f} to {right:.0f}, {lower:.0f}")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("the page is wider than the window")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", sorted(SIZES))
def test_age_question_operation_and_account_are_on_the_screen(
    screen: Screen, live_server: Any, size: str, scheme: str
) -> None:
    ask_everything()
    screen.sign_in(queue.user("vera"), live_server.url, size, scheme)
    url = f"{live_server.url}{reverse('admin:reviewqueue_case_changelist')}"
    assert screen.run(lambda page: faults_of(page, url)) == []
