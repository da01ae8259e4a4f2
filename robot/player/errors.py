"""The player's errors: a small tree, translated at the driver's edge.

PlayerError
  FlowError         a flow file cannot be used; lines with a dotted path
  PageError         the page is not as the flow says
    Missing           no alternative finds the element in time
    Disagreement      alternatives find different elements, or too few classes agree
    NoOption          a drop-down does not list the option
    Covered           something lies over the element: a dialog nobody expected
    Detached          the element bound before is no longer the same
  Interrupted       the browser, the network or the console gave way
    BrowserLost       the browser or its driver is gone
    Replaced          the document was replaced while it was looked at
    TooSlow           the step's time was over
    TooLate           the click budget was over before the click: certainly not clicked
  Unsure            a doubt with its code
  SignedOut         the console asks to sign in again
  ForeignOrigin     the page is not on one of the tenant's origins
  Aborted           the main thread told the player to stop
"""

from __future__ import annotations

from typing import Any


class PlayerError(Exception):
    """Base of all. detail is JSON for the doubt it may become; never holds a secret."""

    def __init__(self, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.detail: dict[str, Any] = {"message": message, **detail}


class FlowError(PlayerError):
    """A flow that cannot be used. lines: `where: what and how to mend it`, at least one."""

    def __init__(self, name: str, lines: list[str]) -> None:
        super().__init__("\n".join(f"{name}: {line}" for line in lines))
        self.name, self.lines = name, lines


class PageError(PlayerError):
    """The page is not as the flow says."""


class Missing(PageError):
    """No alternative of the target finds exactly one element in time."""


class Disagreement(PageError):
    """Alternatives of one target find different elements, or too few classes agree."""


class NoOption(PageError):
    """The drop-down does not list the option; `available` in the detail is what it lists."""


class Covered(PageError):
    """Something lies over the element; `by` in the detail says what."""


class Detached(PageError):
    """The element bound before is no longer the same: gone, moved or with another text."""


class Interrupted(PlayerError):
    """The browser, the network or the console gave way."""


class BrowserLost(Interrupted):
    """The browser or its driver is gone; throw both away."""


class Replaced(Interrupted):
    """The document was replaced while it was looked at; look again."""


class TooSlow(Interrupted):
    """The step's time was over before the page was ready for it."""


class TooLate(Interrupted):
    """The click budget was over before the click was sent: it certainly did not happen."""


class Unsure(PlayerError):
    """A doubt found while playing. code: one of doubts.CODES."""

    def __init__(self, code: str, message: str, **detail: Any) -> None:
        super().__init__(message, **detail)
        self.code = code


class SignedOut(PlayerError):
    """The console asks to sign in again."""


class ForeignOrigin(PlayerError):
    """The page is not on one of the tenant's origins."""


class Aborted(PlayerError):
    """The main thread told the player to stop."""
