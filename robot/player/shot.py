"""One picture of what a page shows."""

from __future__ import annotations

import base64

from robot.player import scripts
from robot.player.browser import CDPSession, Page, called


def taken(page: Page, cdp: CDPSession) -> bytes:
    """PNG bytes of the viewport, filled password fields black in it and as before after it."""
    called(lambda: page.evaluate(scripts.MASK))
    try:
        options = {"format": "png", "optimizeForSpeed": True}
        answer = called(lambda: cdp.send("Page.captureScreenshot", options))
    finally:
        called(lambda: page.evaluate(scripts.UNMASK))
    return base64.b64decode(answer["data"])
