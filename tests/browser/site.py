"""A tiny web site for tests of the driver: pages by path, every request remembered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Answer = tuple[int, str, str]  # status, content type, body


class Site:
    """pages: path -> HTML, or a function that answers. Requests are in `met` as (method, path)."""

    def __init__(self, pages: dict[str, str | Callable[[], Answer]]) -> None:
        self.pages = pages
        self.met: list[tuple[str, str]] = []
        self.lock = threading.Lock()
        self.release = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.site = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def paths(self, method: str = "") -> list[str]:
        """Paths asked for so far, queries left out."""
        with self.lock:
            return [path.partition("?")[0] for how, path in self.met if not method or how == method]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(60)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass

    def _answer(self) -> None:
        site = self.server.site
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with site.lock:
            site.met.append((self.command, self.path))
        path = self.path.partition("?")[0]
        if path == "/lost":  # taken, and no answer
            self.close_connection = True
            return
        if path == "/held":
            site.release.wait(60)
        page = site.pages.get(path, "done" if self.command != "GET" else None)
        if page is None:
            self._send(404, "text/plain", "nothing here")
        elif callable(page):
            self._send(*page())
        else:
            self._send(200, "text/html; charset=utf-8", page)

    do_GET = do_POST = do_PUT = do_HEAD = _answer  # noqa: N815 - names of http.server

    def _send(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status in (301, 302, 307, 308):  # the body is where to
            self.send_header("Location", text)
        torn = 100 if self.path == "/torn" else 0
        self.close_connection = self.close_connection or bool(torn)
        self.send_header("Content-Length", str(len(body) + torn))
        if path_is_static(self.path):
            self.send_header("Cache-Control", "max-age=3600")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def path_is_static(path: str) -> bool:
    """What a browser may keep."""
    return path.endswith(".js")
