"""A forward proxy on loopback that lets a browser context talk to the tenant's origins only.

Unknown origins are answered 403 and listed. Plain http is relayed with keep-alive, https and
WebSockets are tunnelled. Unlike request routing in the browser it leaves the browser's cache on. A
plain http request whose answer never came is answered 502 with a header of ours: a browser that got
nothing at all would silently send it again, and a write must not be sent twice.
"""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

LOST_HEADER = "x-switchboard-lost"

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_HOP = frozenset(
    {
        "connection",
        "proxy-connection",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_TIMEOUT = 120.0
_CHUNK = 65536


def place_of(url: str) -> tuple[str, str, int]:
    """(scheme, host, port); port -1 for one that cannot be."""
    parts = urlsplit(url)
    try:
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        port = -1
    return parts.scheme, (parts.hostname or "").lower(), port


class Proxy:
    """One allow-list, one port on 127.0.0.1, some threads. origins: `scheme://host[:port]`."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._allowed = {place_of(one) for one in origins if one}
        self._refused: list[str] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.1},
            daemon=True,
            name="proxy",
        )

    def start(self) -> Proxy:
        """Begin to serve."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and wait for its thread, if it was started."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(timeout=5)
        self._server.server_close()

    @property
    def address(self) -> str:
        """`http://127.0.0.1:port`, as a browser's proxy setting wants it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def taken_refused(self) -> list[str]:
        """Refused addresses without their query, since last asked."""
        with self._lock:
            taken, self._refused = self._refused, []
        return taken

    def allows(self, url: str) -> bool:
        """True for an address on an allowed origin; every other is remembered as refused."""
        if place_of(url) in self._allowed:
            return True
        self._refuse(url.partition("?")[0])
        return False

    def allows_tunnel(self, host: str, port: int) -> bool:
        """True when an allowed origin has this host and port (https, or a WebSocket)."""
        if any((h, p) == (host.lower(), port) for _, h, p in self._allowed):
            return True
        self._refuse(f"{host}:{port}")
        return False

    def _refuse(self, what: str) -> None:
        with self._lock:
            if len(self._refused) < 200:
                self._refused.append(what[:300])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: Proxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _TIMEOUT
    server: _Server

    def setup(self) -> None:
        super().setup()
        self._upstream: dict[tuple[str, int], http.client.HTTPConnection] = {}

    def finish(self) -> None:
        for connection in self._upstream.values():
            connection.close()
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: addresses hold what was searched for."""

    def do_CONNECT(self) -> None:
        host, _, port = self.path.rpartition(":")
        self.close_connection = True
        if not port.isdigit() or not self.server.proxy.allows_tunnel(host.strip("[]"), int(port)):
            self._answer(403, "This origin is not the tenant's.")
            return
        try:
            upstream = socket.create_connection((host.strip("[]"), int(port)), timeout=20)
        except OSError:
            self._answer(502, "The origin does not answer.")
            return
        self.send_response(200, "Connection established")
        self.end_headers()
        with upstream:
            self._tunnel(upstream)

    def _tunnel(self, upstream: socket.socket) -> None:
        ends = {self.connection: upstream, upstream: self.connection}
        while True:
            ready, _, _ = select.select(list(ends), [], [], _TIMEOUT)
            if not ready:
                return
            for end in ready:
                try:
                    data = end.recv(_CHUNK)
                    if not data:
                        return
                    ends[end].sendall(data)
                except OSError:
                    return

    def _relay(self) -> None:
        if not self.server.proxy.allows(self.path):
            self.close_connection = True
            self._answer(403, "This origin is not the tenant's.")
            return
        _, host, port = place_of(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            response = self._ask(host, port, body)
        except (OSError, http.client.HTTPException):
            self._answer(502, "The origin gave no answer.", lost=True)
            return
        self._pass_on(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _relay  # noqa: N815

    def _ask(self, host: str, port: int, body: bytes) -> http.client.HTTPResponse:
        """Send once. Only a read may be sent again, on a fresh connection, when a kept one had died."""
        parts = urlsplit(self.path)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
        reading = self.command in ("GET", "HEAD")
        kept = self._upstream.pop((host, port), None) if reading else None
        if kept is not None:
            try:
                return self._sent(kept, (host, port), target, body, headers)
            except (OSError, http.client.HTTPException):
                kept.close()
        fresh = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
        try:
            return self._sent(fresh, (host, port), target, body, headers)
        except (OSError, http.client.HTTPException):
            fresh.close()
            raise

    def _sent(
        self,
        connection: http.client.HTTPConnection,
        place: tuple[str, int],
        target: str,
        body: bytes,
        headers: dict[str, str],
    ) -> http.client.HTTPResponse:
        connection.request(self.command, target, body=body or None, headers=headers)
        response = connection.getresponse()
        old = self._upstream.pop(place, None)
        if old is not None:
            old.close()
        self._upstream[place] = connection
        return response

    def _pass_on(self, response: http.client.HTTPResponse) -> None:
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        bodiless = self.command == "HEAD" or response.status in (204, 304) or response.status < 200
        length = response.getheader("Content-Length")
        chunked = length is None and not bodiless
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        passed = 0
        try:
            while not bodiless and (data := response.read1(_CHUNK)):
                passed += len(data)
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
            if chunked:
                self.wfile.write(b"0\r\n\r\n")
            response.read()
            whole = bodiless or chunked or passed == int(length or 0)
        except (OSError, http.client.HTTPException):
            whole = False
        # A torn answer must stay torn for the browser, not keep it waiting.
        self.close_connection = self.close_connection or not whole

    def _answer(self, status: int, text: str, *, lost: bool = False) -> None:
        body = text.encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if lost:
            self.send_header(LOST_HEADER, "1")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
