"""A page in a browser elsewhere that tries to talk to a foreign origin, by no proxy of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from robot.player.host import BrowserHost, Session
from tests.browser.desk import wait_until
from tests.browser.remote import remote_browser
from tests.browser.site import Site
from tests.browser.test_origins import WAYS

#: What only a redirect of the own origin does; `/hop` sends whoever asks to the foreign one.
HOPS = {
    "fetch": "fetch('/hop', {mode: 'no-cors'}).catch(() => 0)",
    "post": "fetch('/hop', {method: 'POST', mode: 'no-cors', body: 'x'}).catch(() => 0)",
    "image": "new Image().src = '/hop'",
    "frame": "document.body.append(Object.assign(document.createElement('iframe'), {src: '/hop'}))",
    "navigate": "location.href = '/hop'",
    "form": "const f = Object.assign(document.createElement('form'), {method: 'post', action: '/hop'});"
    "document.body.append(f); f.submit()",
}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserHost]:
    profile: Path = tmp_path_factory.mktemp("profile")
    with remote_browser(profile) as endpoint, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONSOLE_BROWSER_ENDPOINT", endpoint)
        one = BrowserHost()
        yield one
        one.stop()


@pytest.fixture(scope="module")
def foreign() -> Iterator[Site]:
    with Site({}) as running:
        yield running


@pytest.fixture
def own(foreign: Site) -> Iterator[Site]:
    with Site({"/hop": lambda: (307, "text/plain", foreign.origin + "/landed")}) as running:
        yield running


@pytest.fixture
def session(host: BrowserHost, own: Site) -> Iterator[Session]:
    with host.open_session(None, [own.origin]) as one:
        yield one


@pytest.mark.parametrize(
    "act", [*WAYS.values(), *HOPS.values()], ids=[*WAYS, *(f"hop {one}" for one in HOPS)]
)
def test_nothing_reaches_a_foreign_origin(
    act: str, host: BrowserHost, session: Session, own: Site, foreign: Site
) -> None:
    own.pages["/page"] = f"<body><script>const foreign = '{foreign.origin}'; {act}</script>"
    refused: list[str] = []

    def told() -> bool:
        host.run(lambda: session.driver.wait(0.02))
        refused.extend(
            n.detail["url"] for n in host.run(session.driver.notices) if n.kind == "refused"
        )
        return bool(refused)

    host.run(lambda: session.driver.open(own.origin + "/page", 60))
    wait_until("the refusal is told", told)
    host.run(lambda: session.driver.wait(0.2))
    assert all(foreign.origin.removeprefix("http://") in one for one in refused)
    assert foreign.met == []


def test_own_redirects_and_writes_come_through(
    host: BrowserHost, session: Session, own: Site
) -> None:
    own.pages["/hop"] = lambda: (307, "text/plain", "/landed")
    own.pages["/landed"] = lambda: (200, "text/html", "<title>landed</title>")
    host.run(lambda: session.driver.open(own.origin + "/hop", 60))
    assert host.run(session.driver.title) == "landed"
    assert host.run(session.driver.notices) == []
