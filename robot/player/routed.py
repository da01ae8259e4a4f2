"""What the proxy does, for a browser elsewhere that cannot reach it: only the tenant's origins.

Three doors, since each lets something by that another stops: routing of the context (pages that a
page opens, too), of its WebSockets, and the browser's own Fetch domain on each page, which alone is
asked anew at every redirect. The price is the browser's cache, which routing switches off.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from robot.player.browser import BrowserContext, Page, called
from robot.player.errors import PlayerError
from robot.player.proxy import place_of

_OWN_SCHEMES = ("data", "blob", "about")
_AS_HTTP = {"ws": "http", "wss": "https"}


class Routed:
    """An allow-list for one context, set up before its first page; `watch` that. allowed: origins."""

    def __init__(self, context: BrowserContext, allowed: Iterable[str]) -> None:
        self._allowed = {place_of(one) for one in allowed}
        self._refused: list[str] = []
        self._context = context
        called(lambda: context.route("**/*", self._decide))
        called(lambda: context.route_web_socket("**/*", self._socket))

    def allows(self, url: str) -> bool:
        """True for an address on an allowed origin; every other is remembered as refused."""
        scheme, host, port = place_of(url)
        if scheme in _OWN_SCHEMES:
            return True
        if (_AS_HTTP.get(scheme, scheme), host, port) in self._allowed:
            return True
        self._refused.append(url.partition("?")[0][:300])
        return False

    def _decide(self, route: Any) -> None:
        if self.allows(route.request.url):
            route.continue_()
        else:
            route.abort("blockedbyclient")

    def _socket(self, socket: Any) -> None:
        if self.allows(socket.url):
            socket.connect_to_server()
        else:
            socket.close()

    def watch(self, page: Page) -> None:
        """Have every hop of this page's requests asked for, and those of pages opened later."""
        self._watch(page)
        self._context.on("page", self._watch)

    def _watch(self, page: Page) -> None:
        try:
            cdp = called(lambda: self._context.new_cdp_session(page))
            cdp.on("Fetch.requestPaused", lambda paused: self._paused(cdp, paused))
            called(lambda: cdp.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]}))
        except PlayerError:
            return  # closed already

    def _paused(self, cdp: Any, paused: dict[str, Any]) -> None:
        which = {"requestId": paused["requestId"]}
        try:
            if self.allows(paused["request"]["url"]):
                called(lambda: cdp.send("Fetch.continueRequest", which))
            else:
                refusal = {**which, "errorReason": "BlockedByClient"}
                called(lambda: cdp.send("Fetch.failRequest", refusal))
        except PlayerError:
            return  # the page that asked is gone

    def taken_refused(self) -> list[str]:
        """As the proxy's."""
        taken, self._refused = self._refused, []
        return taken
