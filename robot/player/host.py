"""The browser's thread: Playwright lives in it wholly, the rest of the process asks it to run things.

After the browser or its driver is lost both are thrown away and started again on next use.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, Self, TypeVar

from robot.player.browser import Browser, BrowserContext, Engine, called
from robot.player.errors import BrowserLost, PlayerError
from robot.player.page import PlaywrightDriver
from robot.player.proxy import Proxy
from robot.player.routed import Routed

T = TypeVar("T")

VIEWPORT = {"width": 1440, "height": 900}
#: Sessions after which the browser is replaced: Playwright's driver grows by half in 100 flows.
RECYCLE_AFTER = 150
_Job = tuple[Callable[[], Any], "Future[Any]"]


class Session:
    """One signed-in browser context with one page and its proxy. Made by BrowserHost.open_session."""

    def __init__(
        self,
        host: BrowserHost,
        context: BrowserContext,
        proxy: Proxy | None,
        refused: Callable[[], list[str]],
        origins: Collection[str],
    ) -> None:
        self._host, self._context, self._proxy = host, context, proxy
        self.driver = PlaywrightDriver(context, called(context.new_page), refused, origins)
        self._open = True

    @property
    def page(self) -> Any:
        """Playwright's page; use it only inside host.run."""
        return self.driver._page  # noqa: SLF001 - the recorder works on the same page

    def storage_state(self) -> dict[str, Any]:
        """Cookies and local storage."""
        return self._host.run(self.driver.state)

    def alive(self) -> bool:
        """False when its browser is gone: then open another session."""
        try:
            self._host.run(self.driver.title, timeout=15.0)
        except PlayerError as error:
            return not isinstance(error, BrowserLost)
        return True

    def close(self) -> None:
        """Close context and proxy; what is gone already is no problem."""
        if not self._open:
            return
        self._open = False
        with contextlib.suppress(PlayerError):
            self._host.run(lambda: called(self._context.close))
        if self._proxy is not None:
            self._proxy.stop()
        self._host.closed(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class BrowserHost:
    """A thread with a warm browser. Its methods may be called from any thread but its own."""

    def __init__(self, recycle_after: int = RECYCLE_AFTER) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._engine: Engine | None = None
        self._recycle_after = recycle_after
        self._opened = 0
        self._sessions: set[Session] = set()
        self._thread = threading.Thread(target=self._serve, name="browser", daemon=True)
        self._thread.start()
        self.starts = 0

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            call, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
                if isinstance(error, BrowserLost):
                    self._throw_away()
                future.set_exception(error)
        self._throw_away()

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Have it run in the browser's thread."""
        future: Future[T] = Future()
        self._jobs.put((call, future))
        return future

    def run(self, call: Callable[[], T], timeout: float = 180.0) -> T:
        """Run it in the browser's thread and wait for its result.

        Raises what it raises; BrowserLost when the thread did not come back in time (seconds), after
        killing the driver.
        """
        future = self.submit(call)
        try:
            return future.result(timeout)
        except FutureTimeout:
            self.kill()
            raise BrowserLost("the browser hung and was killed") from None

    def warm(self) -> None:
        """Start the browser before it is needed."""
        self.run(self._browser)

    def _browser(self) -> Browser:
        engine = self._engine
        if engine is not None and not self._sessions and self._opened >= self._recycle_after:
            self._throw_away()
            engine = None
        if engine is not None and engine.browser is not None and engine.browser.is_connected():
            return engine.browser
        self._throw_away()
        self._engine = Engine()
        self._opened = 0
        self.starts += 1
        return self._engine.start()

    def _throw_away(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.stop()

    def open_session(
        self, storage_state: dict[str, Any] | None = None, origins: Iterable[str] = ()
    ) -> Session:
        """A new context that talks only to these origins. Raises BrowserLost when none can be started."""
        allowed = [one for one in origins if one]
        remote = bool(os.environ.get("CONSOLE_BROWSER_ENDPOINT"))
        proxy = None if remote else Proxy(allowed).start()

        def attempt() -> Session:
            browser = self._browser()
            context = called(lambda: new_context(browser, storage_state, proxy))
            guard = Routed(context, allowed) if proxy is None else proxy
            session = Session(self, context, proxy, guard.taken_refused, allowed)
            if isinstance(guard, Routed):
                guard.watch(session.page)
            return session

        def make() -> Session:
            try:
                return attempt()
            except BrowserLost:
                # A browser that died while idle says so only when it is used: once more, on a new one.
                self._throw_away()
                return attempt()

        try:
            session = self.run(make)
        except BaseException:
            if proxy is not None:
                proxy.stop()
            raise
        self._opened += 1
        self._sessions.add(session)
        return session

    def closed(self, session: Session) -> None:
        """A session tells that it is over."""
        self._sessions.discard(session)

    def kill(self) -> None:
        """Kill the driver's process: a call that hangs then fails in the browser's thread."""
        pid = self._engine.driver_pid() if self._engine is not None else None
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def stop(self, timeout: float = 20.0) -> None:
        """Close the browser and end the thread; a hung one is killed."""
        self._jobs.put(None)
        self._thread.join(timeout)
        if self._thread.is_alive():
            self.kill()
            self._thread.join(timeout)


def new_context(
    browser: Browser, storage_state: dict[str, Any] | None, proxy: Proxy | None
) -> BrowserContext:
    """A context as every session's: through the proxy, no service workers, no downloads."""
    options: dict[str, Any] = {
        "viewport": VIEWPORT,
        "locale": "en-US",
        "timezone_id": "UTC",
        "service_workers": "block",
        "accept_downloads": False,
        "storage_state": storage_state,
    }
    if proxy is not None:
        # Chromium goes to loopback directly unless the bypass list says otherwise.
        options["proxy"] = {"server": proxy.address, "bypass": "<-loopback>"}
    context = browser.new_context(**options)
    context.set_default_timeout(30_000)
    return context


_shared: BrowserHost | None = None
_shared_pid = 0
_lock = threading.Lock()


def shared() -> BrowserHost:
    """The one host of this process; a forked child gets its own."""
    global _shared, _shared_pid
    with _lock:
        if _shared is None or _shared_pid != os.getpid():
            _shared, _shared_pid = BrowserHost(), os.getpid()
        return _shared


def stop_shared() -> None:
    """Stop it; the next use makes another."""
    global _shared
    with _lock:
        host, _shared = _shared, None
        mine = _shared_pid == os.getpid()
    if host is not None and mine:
        host.stop()
