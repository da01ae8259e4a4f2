"""A person at the console: real mouse and keyboard input, eyes that look for words.

The page cannot tell it from a human hand, and neither can Playwright's recorder.
"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page


@dataclass
class Person:
    """Sits in front of one page."""

    page: Page

    def press_on(self, element: Locator) -> None:
        """Move the mouse onto the middle of an element and press."""
        # The middle of the window: a bar across the top covers what is scrolled to its edge.
        element.evaluate("one => one.scrollIntoView({ block: 'center' })")
        box = element.bounding_box()
        assert box is not None, f"nothing to press on: {element}"
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.page.mouse.down()
        self.page.mouse.up()

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.page.keyboard.type(text)

    def key(self, name: str) -> None:
        """Press one key or chord, e.g. Enter or Control+a."""
        self.page.keyboard.press(name)

    def enter(self, field: Locator, text: str) -> None:
        """Press on a field and type; what was in it is typed over."""
        self.press_on(field)
        self.key("Control+a")
        self.type(text)

    def choose(self, box: Locator, text: str) -> None:
        """Choose in a drop-down made of divs: press on its input, type, press on the option."""
        self.press_on(box.locator("input"))
        self.type(text)
        self.press_on(box.locator("[id*=-option-]").get_by_text(text, exact=True))
