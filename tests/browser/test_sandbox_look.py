"""The sandbox's pages on a laptop and a telephone, by day and night: what matters is on the screen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from robot.sandbox.server import Sandbox
from tests.browser.desk import DEADLINE, SIZES, Desk
from tests.browser.sandbox_pages import Shown, scenes


def _faults(page: Page, shown: Shown) -> list[str]:
    """What is not wholly inside the window, or pushes the page out of it sideways."""
    ribbon = page.get_by_text("not 8x8")
    parts = {"ribbon": ribbon, "heading": shown.heading, "control": shown.control}
    found = [f"{name}: {fault}" for name, one in parts.items() if (fault := _outside(page, one))]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("the page is wider than the window")
    return found


def _outside(page: Page, part: Locator) -> str:
    part.wait_for()
    box, window = part.bounding_box(), page.viewport_size
    assert box is not None
    assert window is not None
    right, lower = box["x"] + box["width"], box["y"] + box["height"]
    inside = box["x"] >= 0 and box["y"] >= 0 and right <= window["width"] + 0.5
    if inside and lower <= window["height"] + 0.5 and box["width"] >= 10 and box["height"] >= 10:
        return ""
    return f"from {box['x']:.0f}, {box['y']:.0f} to {right:.0f}, {lower:.0f}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", sorted(SIZES))
def test_ribbon_heading_and_main_control_are_on_the_screen(
    browser: Browser, size: str, scheme: Any
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    context.set_default_timeout(DEADLINE * 1000)
    with Sandbox() as sandbox:
        desk = Desk(context.new_page(), sandbox)
        faults = {shown.name: _faults(desk.page, shown) for shown in scenes(desk)}
    context.close()
    assert {name: found for name, found in faults.items() if found} == {}


def test_dark_is_dark_and_light_is_light(browser: Browser) -> None:
    seen = []
    with Sandbox() as sandbox:
        for scheme in ("light", "dark"):
            context = browser.new_context(color_scheme=scheme)
            page = context.new_page()
            page.goto(sandbox.console_origin + "/users")
            page.locator("#loginId").wait_for()
            script = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
            seen.append(sum(page.evaluate(script)[:3]))
            context.close()
    assert seen[0] > 600 > 200 > seen[1]
