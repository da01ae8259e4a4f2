"""A page that tries to talk to a foreign origin: nothing arrives there, and it is told."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from robot.player.errors import Interrupted
from robot.player.host import BrowserHost, Session
from robot.player.proxy import LOST_HEADER, Proxy
from tests.browser.desk import wait_until
from tests.browser.site import Site

WAYS = {
    "image": "new Image().src = foreign + '/image'",
    "fetch": "fetch(foreign + '/fetch', {mode: 'no-cors'}).catch(() => 0)",
    "post": "fetch(foreign + '/post', {method: 'POST', mode: 'no-cors', body: 'x'}).catch(() => 0)",
    "beacon": "navigator.sendBeacon(foreign + '/beacon', 'x')",
    "script": "document.head.append(Object.assign(document.createElement('script'), {src: foreign + '/script.js'}))",
    "frame": "document.body.append(Object.assign(document.createElement('iframe'), {src: foreign + '/frame'}))",
    "socket": "new WebSocket(foreign.replace('http', 'ws') + '/socket')",
    "navigate": "location.href = foreign + '/navigate'",
    "form": "const f = Object.assign(document.createElement('form'), {method: 'post', action: foreign + '/form'});"
    "document.body.append(f); f.submit()",
    "popup": "window.open(foreign + '/popup')",
}


@pytest.fixture(scope="module")
def host() -> Iterator[BrowserHost]:
    one = BrowserHost()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def foreign() -> Iterator[Site]:
    with Site({}) as running:
        yield running


@pytest.fixture
def own() -> Iterator[Site]:
    with Site({"/after": "fine", "/app.js": "window.loaded = 1", "/held": "late"}) as running:
        yield running


@pytest.fixture
def session(host: BrowserHost, own: Site) -> Iterator[Session]:
    with host.open_session(None, [own.origin]) as one:
        yield one


@pytest.mark.parametrize("way", WAYS)
def test_nothing_reaches_a_foreign_origin(
    way: str, host: BrowserHost, session: Session, own: Site, foreign: Site
) -> None:
    own.pages["/page"] = f"<body><script>const foreign = '{foreign.origin}'; {WAYS[way]}</script>"
    refused: list[str] = []

    def told() -> bool:
        host.run(lambda: session.driver.wait(0.02))
        refused.extend(
            n.detail["url"] for n in host.run(session.driver.notices) if n.kind == "refused"
        )
        return bool(refused)

    host.run(lambda: session.driver.open(own.origin + "/page", 60))
    wait_until("the refusal is told", told)
    assert all(foreign.origin.removeprefix("http://") in one for one in refused)
    assert foreign.met == []


def test_the_own_origin_works_through_the_proxy_and_keeps_its_cache(
    host: BrowserHost, session: Session, own: Site
) -> None:
    own.pages["/page"] = "<script src='/app.js'></script>"
    for _ in range(3):
        host.run(lambda: session.driver.open(own.origin + "/page", 60))
        host.run(lambda: session.driver.settle(60))
    assert own.paths().count("/page") == 3
    assert own.paths().count("/app.js") == 1
    host.run(lambda: session.driver.cache(on=False))
    host.run(lambda: session.driver.open(own.origin + "/page", 60))
    host.run(lambda: session.driver.settle(60))
    assert own.paths().count("/app.js") == 2


def test_a_write_whose_answer_is_lost_is_sent_once(
    host: BrowserHost, session: Session, own: Site
) -> None:
    own.pages["/page"] = (
        "<script>fetch('/after').then(() => fetch('/lost', {method: 'PUT', body: 'x'}))"
        ".then(r => document.title = 'status ' + r.status)</script>"
    )
    host.run(lambda: session.driver.open(own.origin + "/page", 60))

    def answered() -> bool:
        host.run(lambda: session.driver.wait(0.02))
        return host.run(session.driver.title) == "status 502"

    wait_until("the page has its answer", answered)
    assert own.paths("PUT") == ["/lost"]


def test_an_origin_is_scheme_host_and_port_not_a_prefix() -> None:
    proxy = Proxy(["https://admin.8x8.com", "http://127.0.0.1:8001"])
    assert proxy.allows("https://admin.8x8.com/users?x=1")
    assert proxy.allows("https://ADMIN.8x8.com:443/")
    assert proxy.allows_tunnel("admin.8x8.com", 443)
    for url in (
        "https://admin.8x8.com.evil.test/",
        "http://admin.8x8.com/",
        "https://admin.8x8.com:8443/",
        "http://127.0.0.1:80010/",
        "https://admin.8x8.com@evil.test/",
    ):
        assert not proxy.allows(url)
    assert not proxy.allows_tunnel("evil.test", 443)
    proxy.stop()


def test_a_refused_address_is_told_without_its_query() -> None:
    proxy = Proxy([])
    proxy.allows("http://evil.test/path?token=s3cret")
    assert proxy.taken_refused() == ["http://evil.test/path"]
    assert proxy.taken_refused() == []
    proxy.stop()


def test_a_tunnel_carries_both_ways_and_a_foreign_one_is_refused() -> None:
    with Site({"/page": "hello"}) as site:
        host, port = site.origin.removeprefix("http://").split(":")
        proxy = Proxy([site.origin]).start()
        try:
            with _connected(proxy, f"{host}:{port}") as (status, end):
                assert b" 200 " in status
                end.sendall(b"GET /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                assert end.makefile("rb").read().endswith(b"hello")
            with _connected(proxy, f"{host}:9") as (status, _):
                assert b" 403 " in status
        finally:
            proxy.stop()


class _connected:  # noqa: N801 - used as a function
    def __init__(self, proxy: Proxy, to: str) -> None:
        address = proxy.address.removeprefix("http://").split(":")
        self.socket = socket.create_connection((address[0], int(address[1])), timeout=60)
        self.socket.sendall(f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n".encode())

    def __enter__(self) -> tuple[bytes, socket.socket]:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.socket.recv(1)
        return head.splitlines()[0], self.socket

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def test_answers_come_through_whole_whatever_their_framing() -> None:
    body = "x" * 300_000
    pages = {"/long": body, "/empty": "", "/missing": lambda: (204, "text/plain", "")}
    with Site(pages) as site:  # type: ignore[arg-type]
        proxy = Proxy([site.origin]).start()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy.address}))
        try:
            assert opener.open(site.origin + "/long", timeout=60).read().decode() == body
            assert opener.open(site.origin + "/empty", timeout=60).read() == b""
            assert opener.open(site.origin + "/missing", timeout=60).status == 204
            with pytest.raises(urllib.error.HTTPError) as caught:
                opener.open(urllib.request.Request(site.origin + "/lost", method="PUT"), timeout=60)
            assert (caught.value.code, caught.value.headers[LOST_HEADER]) == (502, "1")
            caught.value.close()
        finally:
            proxy.stop()


def test_a_torn_answer_ends_torn_and_at_once() -> None:
    with Site({"/torn": "half of it"}) as site:
        proxy = Proxy([site.origin]).start()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy.address}))
        try:
            with pytest.raises(http.client.IncompleteRead):
                opener.open(site.origin + "/torn", timeout=60).read()
        finally:
            proxy.stop()


def test_a_proxy_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    Proxy([]).start().stop()
    assert set(threading.enumerate()) <= before


def test_a_page_left_for_a_foreign_origin_shows_nothing_of_it(
    host: BrowserHost, session: Session, foreign: Site
) -> None:
    with contextlib.suppress(Interrupted):
        host.run(lambda: session.driver.open(foreign.origin + "/users", 5))
    assert foreign.met == []
