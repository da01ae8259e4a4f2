"""The browser's thread: killed browsers and drivers are replaced, a hung page loses its deadline."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import psutil
import pytest

from robot.player import events as ev
from robot.player.bridge import Bridge
from robot.player.browser import find_browser, shared_host, stop_shared_host
from robot.player.errors import BrowserLost, Interrupted
from robot.player.host import BrowserHost
from robot.player.pulse import Pulse
from tests.browser.desk import wait_until
from tests.browser.remote import remote_browser
from tests.browser.site import Site

# Hangs once it is loaded, as a page does whose script goes round for ever.
HANG = "<script>setTimeout(() => { while (true) {} }, 50)</script>"


@pytest.fixture(scope="module")
def pages() -> Iterator[Site]:
    with Site({"/page": "<title>fine</title>", "/hang": HANG}) as one:
        yield one


@pytest.fixture
def host() -> Iterator[BrowserHost]:
    one = BrowserHost()
    one.warm()
    yield one
    one.stop()


def driver_process(host: BrowserHost) -> psutil.Process:
    assert host._engine is not None
    pid = host._engine.driver_pid()
    assert pid is not None
    return psutil.Process(pid)


def words_of(process: psutil.Process) -> list[str]:
    """Its command line; none for one that has just ended."""
    try:
        words: list[str] = process.cmdline()
    except psutil.NoSuchProcess:  # a zombie is one too
        return []
    return words


def ended(process: psutil.Process) -> bool:
    """True once it runs no more, whether somebody has asked for its exit code or not."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def browser_process(host: BrowserHost) -> psutil.Process:
    """The browser itself: not its helpers (--type=...) and no script that started it."""
    below = [(one, words_of(one)) for one in driver_process(host).children(recursive=True)]
    found = [(one, words) for one, words in below if any("headless" in part for part in words)]
    main = [
        one
        for one, words in found
        if not any(part.startswith("--type=") for part in words)
        and Path(words[0]).name not in ("sh", "bash")
    ]
    # The oldest: a helper that was forked a moment ago still goes by its parent's command line.
    return min(main, key=psutil.Process.create_time)


def title(host: BrowserHost, pages: Site) -> str:
    with host.open_session(None, [pages.origin]) as session:
        host.run(lambda: session.driver.open(pages.origin + "/page", 60))
        return host.run(session.driver.title)


def test_a_browser_killed_while_idle_is_replaced_unnoticed(host: BrowserHost, pages: Site) -> None:
    victim = browser_process(host)
    victim.kill()
    victim.wait(60)
    assert title(host, pages) == "fine"
    assert host.starts == 2


def test_a_driver_killed_while_idle_is_replaced_unnoticed(host: BrowserHost, pages: Site) -> None:
    victim = driver_process(host)
    victim.kill()
    wait_until("the driver is gone", lambda: ended(victim))
    assert title(host, pages) == "fine"
    assert host.starts == 2


@pytest.mark.parametrize("whose", [browser_process, driver_process])
def test_a_session_whose_browser_was_killed_says_so_and_the_next_one_works(
    host: BrowserHost, pages: Site, whose: object
) -> None:
    session = host.open_session(None, [pages.origin])
    host.run(lambda: session.driver.open(pages.origin + "/page", 60))
    assert session.alive()
    whose(host).kill()  # type: ignore[operator]
    with pytest.raises(BrowserLost):
        host.run(lambda: session.driver.open(pages.origin + "/page", 60))
    assert not session.alive()
    session.close()
    assert title(host, pages) == "fine"


def test_a_hung_page_loses_its_deadline_and_its_browser_and_nothing_else(
    host: BrowserHost, pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robot.player.bridge._GRACE", 1.0)
    session = host.open_session(None, [pages.origin])
    pulse = Pulse()

    def make() -> Generator[ev.Event, ev.Answer | None, str]:
        pulse.allow(0.5)
        session.driver.open(pages.origin + "/hang", 5)
        while True:
            session.driver.title()
            yield ev.Note("", "still alive", {})

    with Bridge(host, make, pulse, tick=0.1) as bridge:
        for event in bridge:
            if event is None and not bridge.deadline_holds():
                break
    session.close()
    assert title(host, pages) == "fine"


def test_a_call_that_hangs_is_given_up_and_its_driver_killed(
    host: BrowserHost, pages: Site
) -> None:
    session = host.open_session(None, [pages.origin])

    def hang() -> None:
        session.driver.open(pages.origin + "/hang", 5)
        while True:
            session.driver.title()

    with pytest.raises(BrowserLost):
        host.run(hang, timeout=1.0)
    session.close()
    assert title(host, pages) == "fine"


def test_a_browser_is_replaced_after_so_many_sessions(pages: Site) -> None:
    host = BrowserHost(recycle_after=2)
    try:
        for _ in range(3):
            assert title(host, pages) == "fine"
        assert host.starts == 2
    finally:
        host.stop()


def test_stopping_leaves_no_process_behind(pages: Site) -> None:
    host = BrowserHost()
    title(host, pages)
    left = [driver_process(host), browser_process(host)]
    host.stop()
    _, alive = psutil.wait_procs(left, timeout=60)
    assert alive == []


def test_the_shared_host_is_one_a_process_until_stopped() -> None:
    first = shared_host()
    assert shared_host() is first
    stop_shared_host()
    second = shared_host()
    assert second is not first
    stop_shared_host()


def test_the_setting_names_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_browser()
    assert found is not None
    assert os.access(found, os.X_OK)
    monkeypatch.setenv("CONSOLE_BROWSER", found)
    assert find_browser() == found
    monkeypatch.setenv("CONSOLE_BROWSER", "/nowhere/chromium")
    assert find_browser() is None


def test_a_browser_elsewhere_is_driven_and_kept_to_its_origins(
    pages: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with remote_browser(tmp_path) as endpoint, Site({}) as foreign:
        monkeypatch.setenv("CONSOLE_BROWSER_ENDPOINT", endpoint)
        host = BrowserHost()
        try:
            with host.open_session(None, [pages.origin]) as session:
                host.run(lambda: session.driver.open(pages.origin + "/page", 60))
                assert host.run(session.driver.title) == "fine"
                with pytest.raises(Interrupted):
                    host.run(lambda: session.driver.open(foreign.origin + "/page?x=1", 60))
                told = host.run(session.driver.notices)
                assert [one.detail["url"] for one in told] == [foreign.origin + "/page"]
                assert foreign.met == []
        finally:
            host.stop()


def test_the_workers_signals_do_not_close_the_browser(host: BrowserHost, pages: Site) -> None:
    browser = browser_process(host)
    browser_pid = browser.pid
    before = signal.getsignal(signal.SIGTERM)
    assert title(host, pages) == "fine"
    assert signal.getsignal(signal.SIGTERM) == before
    assert browser_process(host).pid == browser_pid
