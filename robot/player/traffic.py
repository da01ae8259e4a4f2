"""What the page sends and is answered: open requests, and the fate of those that write.

Only the tenant's own origins speak for the console: what a page tells others, such as a blocked
count of visitors, is neither a write nor a session that was lost.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from robot.player.browser import Page, Request, Response
from robot.player.proxy import LOST_HEADER, place_of

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
#: A long poll or a stream never ends; a page that only waits for these has settled.
_ENDLESS = frozenset({"websocket", "eventsource", "ping", "media"})


@dataclass
class Traffic:
    """Follows one page's requests by Playwright's events.

    origins: the tenant's; none for any. events: requests begun and ended so far.
    """

    origins: Collection[str] = ()
    open: set[Request] = field(default_factory=set)
    unauthorised: bool = False
    _watched: set[Request] = field(default_factory=set)
    _reads: set[Request] = field(default_factory=set)
    events: int = 0
    _answered: int = 0
    _lost: int = 0

    def follow(self, page: Page) -> None:
        """Begin to listen."""
        page.on("request", self._sent)
        page.on("response", self._responded)
        page.on("requestfinished", self._finished)
        page.on("requestfailed", self._failed)

    def watch(self) -> None:
        """Count requests from here on."""
        self._watched.clear()
        self._reads.clear()
        self._answered = self._lost = 0

    def writes(self) -> tuple[int, int, int]:
        """(pending, answered, lost) writing requests since watch()."""
        return len(self._watched), self._answered, self._lost

    def _mine(self, url: str) -> bool:
        return not self.origins or place_of(url) in map(place_of, self.origins)

    def reading(self) -> int:
        """Reading requests since watch() that are still open."""
        return len(self._reads)

    def _sent(self, request: Request) -> None:
        if request.resource_type in _ENDLESS:
            return
        self.events += 1
        self.open.add(request)
        if self._mine(request.url):
            (self._reads if request.method in _READING else self._watched).add(request)
        if request.is_navigation_request() and request.frame.parent_frame is None:
            self.unauthorised = False

    def _responded(self, response: Response) -> None:
        # A page that is being left takes its 401s with it.
        if response.status == 401 and self._mine(response.url):
            self.unauthorised = True
        if LOST_HEADER in response.headers:
            self._over(response.request, lost=True)

    def _finished(self, request: Request) -> None:
        self._over(request, lost=False)

    def _failed(self, request: Request) -> None:
        # A page that moves on cancels what it no longer needs; only a broken answer is lost. For a
        # write both leave the outcome open.
        self._over(request, lost=True)

    def _over(self, request: Request, *, lost: bool) -> None:
        self.events += 1
        self.open.discard(request)
        self._reads.discard(request)
        if request in self._watched:
            self._watched.discard(request)
            if lost:
                self._lost += 1
            else:
                self._answered += 1
