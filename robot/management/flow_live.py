"""A console login in the hands of a person: checking a flow, and recording one."""

from __future__ import annotations

import select
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Q

from robot import leases, vault
from robot.desk import Desk
from robot.management.keeping import kept
from robot.models import ConsoleLogin, Tenant
from robot.player import events as ev
from robot.player.browser import ARGS, Browser, Engine, find_browser
from robot.player.errors import BrowserLost
from robot.player.flow import Flow
from robot.player.host import new_context
from robot.player.proxy import Proxy
from robot.player.record import Recorder
from robot.player.recording import Recording, RecordingError

_LOOK = 200  # milliseconds between two looks at the terminal
_HELP = "c: the next click is the commit   p NAME: the next click points at a fact   q: end"


class NoLogin(Exception):
    """No login of the tenant is free; the message says what to do."""


@dataclass
class Fit:
    """How a flow fits the console now. ready: it came to its commit, or read all it reads."""

    ready: bool = False
    lines: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """True when nothing was lost on the way."""
        return self.ready and not self.lines


@contextmanager
def held_login(tenant: Tenant) -> Iterator[ConsoleLogin]:
    """A login of the tenant under its lease, renewed by a thread until the end. Raises NoLogin."""
    now = leases.database_now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    for login in ConsoleLogin.objects.filter(free, tenant=tenant, paused_reason=""):
        mine = ConsoleLogin.objects.filter(free, pk=login.pk, lease_epoch=login.lease_epoch)
        if mine.update(
            lease_epoch=F("lease_epoch") + 1,
            lease_until=leases.lease_end(),
            worker=leases.worker_name(),
        ):
            login.refresh_from_db()
            break
    else:
        raise NoLogin(f"no login of {tenant.slug} is free; wait until the worker is idle")
    try:
        with kept(login):
            yield login
    finally:
        leases.release_login(login)


def check(flow: Flow, parameters: Mapping[str, str], desk: Desk) -> Fit:
    """Play up to the commit and not further; what no longer fits, one line a step."""
    fit = Fit()
    with desk.playing(flow, parameters, stop_before_commit=True) as bridge:
        for event in bridge:
            match event:
                case ev.Note(kind="ready_to_commit") | ev.ReadBack():
                    fit.ready = True
                case ev.AlreadySo():
                    fit.lines.append(
                        f"{event.step}: it is so already on this account, so nothing after it"
                        " was checked"
                    )
                case ev.Note(kind="lost_class"):
                    lost = ", ".join(event.detail["classes"])
                    fit.lines.append(f"{event.step}: is no longer found by {lost}; record it again")
                case ev.Note(kind="healed"):
                    fit.lines.append(f"{event.step}: was found by likeness only; record it again")
                case ev.Doubtful():
                    said = event.detail.get("message", "")
                    fit.lines.append(f"{event.step}: {event.code.replace('_', ' ')}: {said}")
                case ev.Transient() | ev.SessionLost():
                    fit.lines.append(f"the console was not reached: {event}")
                case ev.AboutToCommit():
                    bridge.answer(ev.Stop("a check commits nothing"))
                case _:
                    continue
    return fit


class _Headed(Engine):
    """The browser with a window."""

    def _launch(self) -> Browser:
        path = find_browser()
        if self._playwright is None or path is None:
            raise BrowserLost(
                "no browser with a window: set CONSOLE_BROWSER to the path of a Chromium"
            )
        return self._playwright.chromium.launch(executable_path=path, args=ARGS, headless=False)


def record(
    login: ConsoleLogin,
    desk: Desk | None,
    parameters: Mapping[str, str],
    literals: tuple[str, ...],
    say: Callable[[str], None],
) -> Recording:
    """Record in a window what a person does, steered from the terminal.

    desk: signed in, or None to record signing in itself. What the login signs in with is kept as its
    name. Raises RecordingError, BrowserLost.
    """
    tenant, secrets = login.tenant, vault.typed_by_hand(login)
    state = desk.session().storage_state() if desk is not None else None
    origins = {"console": tenant.console_origin.rstrip("/")}
    if tenant.billing_origin:
        origins["billing"] = tenant.billing_origin.rstrip("/")
    engine, proxy = _Headed(), Proxy(tenant.origins).start()
    try:
        page = new_context(engine.start(), state, proxy).new_page()
        recorder = Recorder(
            page,
            origins=origins,
            parameters=parameters,
            secrets=secrets,
            literals=literals,
            say=say,
        )
        recorder.start()
        page.goto(origins["console"] + "/users")
        say(_HELP)
        for line in _typed_lines(page):
            if line == "q":
                return recorder.stop()
            _steer(recorder, line, say)
        raise RecordingError("the terminal was closed; nothing was kept")
    finally:
        engine.stop()
        proxy.stop()


def _steer(recorder: Recorder, line: str, say: Callable[[str], None]) -> None:
    verb, _, name = line.partition(" ")
    if verb == "c":
        recorder.arm_commit()
    elif verb == "p" and name.isidentifier():
        recorder.point(name)
    else:
        say(_HELP)
        return
    say("Now click. It is taken down and not delivered.")
    try:
        recorder.wait_taken(60.0)
        say("Taken.")
    except RecordingError as error:
        say(str(error))


def _typed_lines(page: Any) -> Iterator[str]:
    """Lines typed in the terminal, while the browser goes on."""
    while True:
        page.wait_for_timeout(_LOOK)
        if select.select([sys.stdin], [], [], 0)[0]:
            line = sys.stdin.readline()
            if not line:
                return
            yield line.strip()
