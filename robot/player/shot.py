"""One picture of what a page shows."""

from __future__ import annotations

import base64

from robot.player import scripts
from robot.player.browser import CDPSession, Page, called


def taken(page: Page, cdp: CDPSession) -> tuple[str, bytes]:
    """The title, and PNG bytes of the viewport; filled password fields are black only in it."""
    looked = called(lambda: page.evaluate(scripts.MASK))
    try:
        options = {"format": "png", "optimizeForSpeed": True}
        answer = called(lambda: cdp.send("Page.captureScreenshot", options))
    finally:
        if looked["masked"]:
            called(lambda: page.evaluate(scripts.UNMASK))
    return str(looked["title"]), base64.b64decode(answer["data"])
