"""A small HTTP/1.1 server over the standard library: requests in, responses out."""

from __future__ import annotations

import json
import logging
import socket
import sys
import threading
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
MAX_BODY = 1_000_000
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class BadRequestError(Exception):
    """The request cannot be understood; the text goes into a 400 answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` is decoded; `query` holds the last value of each name."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    cookies: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object, {} when empty. Raises BadRequestError."""
        if not self.body:
            return {}
        try:
            value = json.loads(self.body)
        except ValueError:
            raise BadRequestError("the body is not JSON") from None
        if not isinstance(value, dict):
            raise BadRequestError("the body is not a JSON object")
        return value

    @property
    def page(self) -> str:
        """The path of the page that sent this request."""
        return urlsplit(self.headers.get("referer", "")).path


@dataclass(slots=True)
class Response:
    """One answer. `cut` promises more bytes than it sends and closes the socket."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    cookies: list[str] = field(default_factory=list)
    cut: bool = False


def json_response(value: Any, status: int = 200) -> Response:
    """JSON is never stored by a cache."""
    return Response(status, json.dumps(value).encode(), headers={"Cache-Control": "no-store"})


def redirect(location: str) -> Response:
    """302 to another address."""
    headers = {"Location": location, "Cache-Control": "no-store"}
    return Response(302, b"", "text/plain; charset=utf-8", headers)


class App(Protocol):
    """Something that answers requests."""

    def handle(self, request: Request) -> Response:
        """Answer one request; called from many threads at once."""
        ...


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            self._send(Response(413))
            return
        body = self.rfile.read(length)
        try:
            response = self.server.app.handle(self._request(body))
        except BadRequestError as error:
            response = json_response({"message": str(error)}, 400)
        except Exception:
            logger.exception("the sandbox failed at %s %s", self.command, self.path)
            response = json_response({"message": "Internal server error"}, 500)
        self._send(response)

    def _request(self, body: bytes) -> Request:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        try:
            jar = SimpleCookie(self.headers.get("Cookie", ""))
        except CookieError:
            jar = SimpleCookie()
        cookies = {name: morsel.value for name, morsel in jar.items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = unquote(parts.path)
        return Request(self.command, path, query, headers, cookies, body)

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in {**SECURITY_HEADERS, **response.headers}.items():
            self.send_header(name, value)
        for cookie in response.cookies:
            self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Type", response.content_type)
        # A browser repeats a request whose kept-alive connection closes before any header
        # came back, even a PUT. Headers and a body cut short are not repeated, so a lost
        # answer stays one write.
        extra = 512 if response.cut else 0
        self.send_header("Content-Length", str(len(response.body) + extra))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        if response.cut:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

    def version_string(self) -> str:
        """Say nothing about Python or its version."""
        return "Sandbox"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the base
        """One line a request, for who turns debugging on."""
        logger.debug("%s: %s", self.address_string(), format % args)


class Server(ThreadingHTTPServer):
    """Serves one App on 127.0.0.1 from a thread of its own; port 0 takes a free one."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int, app: App, name: str) -> None:
        super().__init__((HOST, port), _Handler)
        self.app = app
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://{HOST}:{self.server_address[1]}"

    def _loop(self) -> None:
        self.serve_forever(poll_interval=0.05)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection kept alive on it."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join(timeout=5)
        self.server_close()
        with self._guard:
            left = list(self._open)
        for connection in left:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                logger.debug("a connection was closed already")

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, then serve it in a thread."""
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and close it."""
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say little: a browser that goes away is everyday life here."""
        del request
        logger.debug("connection from %s broke: %s", client_address, sys.exc_info()[1])
