"""The page of a leaver in a browser: dates and the stop are on the screen, at every size."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from robot import clock
from robot.models import Departure
from tests.browser.desk import SIZES
from tests.browser.screen import Screen
from tests.integration import factory, queue

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", sorted(SIZES))
def test_dates_and_stop_are_on_the_screen_without_scrolling(
    screen: Screen, live_server: Any, size: str, scheme: str
) -> None:
    now = clock.now()
    one = Departure.objects.create(
        account=factory.account(factory.tenant(), full_name="Anna Berg"),
        since=now,
        free_at=now + timedelta(days=7),
        delete_at=now + timedelta(days=60),
    )
    screen.sign_in(queue.user("otto"), live_server.url, size, scheme)
    address = live_server.url + reverse("admin:robot_departure_change", args=[one.pk])

    def outside(page: Page) -> list[str]:
        page.goto(address)
        width, height = SIZES[size]
        found = []
        for what in ("Licence freed", "User deleted", "Stop the stages"):
            box = page.get_by_text(what, exact=True).bounding_box()
            inside = box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width
            if box is None or not inside or box["y"] + box["height"] > height:
                found.append(what)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append("the page is wider than the window")
        return found

    assert screen.run(outside) == []
