"""The bridge: the generator lives in its own thread, and always ends there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import closing

import pytest

from robot import clock
from robot.player import events as ev
from robot.player.bridge import Bridge
from robot.player.pulse import Pulse

FACTS = ev.Facts({}, {}, {}, "")
ASK = ev.AboutToCommit("save", FACTS, ())
Made = Generator[ev.Event, ev.Answer | None, str]


class Thread:
    """A browser's thread without a browser. killed: set by kill, waited for by a hung generator."""

    def __init__(self) -> None:
        self.killed = threading.Event()
        self.threads: list[threading.Thread] = []

    def submit(self, call: Callable[[], str]) -> Future[str]:
        future: Future[str] = Future()

        def work() -> None:
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 - handed to the caller
                future.set_exception(error)

        self.threads.append(threading.Thread(target=work))
        self.threads[-1].start()
        return future

    def kill(self) -> None:
        self.killed.set()

    def close(self) -> None:
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()


@pytest.fixture
def host() -> Iterator[Thread]:
    with closing(Thread()) as one:
        yield one


def bridge(host: Thread, make: Callable[[], Made], **more: float) -> Bridge:
    return Bridge(host, make, Pulse(), tick=0.02, **more)


def test_events_come_out_and_answers_go_in() -> None:
    host = Thread()
    places: list[int] = []

    def make() -> Made:
        places.append(threading.get_ident())
        answer = yield ASK
        places.append(threading.get_ident())
        yield ev.Note("s", "answered", {"go": isinstance(answer, ev.Go)})
        return "committed"

    met: list[ev.Event] = []
    with closing(host), bridge(host, make) as one:
        for event in one:
            if event is not None:
                met.append(event)
            if isinstance(event, ev.AboutToCommit):
                one.answer(ev.Go(clock.monotonic() + 5))
    assert met == [ASK, ev.Note("s", "answered", {"go": True})]
    assert one.outcome == "committed"
    assert set(places) == {host.threads[0].ident}


def asking(got: list[ev.Answer | None]) -> Made:
    got.append((yield ASK))
    return "stopped"


def test_silence_is_stop(host: Thread) -> None:
    got: list[ev.Answer | None] = []
    with bridge(host, lambda: asking(got), answer_within=0.2) as one:
        assert [event for event in one if event is not None] == [ASK]
    assert got == [ev.Stop("nobody answered in time")]


def test_an_abort_is_stop_even_when_an_answer_comes_later(host: Thread) -> None:
    got: list[ev.Answer | None] = []
    with bridge(host, lambda: asking(got)) as one:
        for event in one:
            if event is not None:
                one.abort("the lease was lost")
                break
        host.threads[0].join(60)
        one.answer(ev.Go(clock.monotonic() + 5))
    assert got == [ev.Stop("aborted")]


def test_an_answer_given_before_the_question_is_none(host: Thread) -> None:
    got: list[ev.Answer | None] = []
    one = bridge(host, lambda: asking(got), answer_within=0.2)
    one.answer(ev.Go(clock.monotonic() + 5))
    with one:
        list(one)
    assert got == [ev.Stop("nobody answered in time")]


def test_leaving_the_bridge_closes_the_generator_in_its_own_thread(host: Thread) -> None:
    closed: list[int] = []

    def make() -> Made:
        try:
            for _ in range(3):
                yield ASK
        finally:
            closed.append(threading.get_ident())
        return "never"

    with bridge(host, make) as one:
        for event in one:
            if event is not None:
                break
    host.threads[0].join(60)
    assert closed == [host.threads[0].ident]


def test_what_the_generator_raises_is_raised_in_the_main_thread(host: Thread) -> None:
    def make() -> Made:
        yield ev.Note("s", "last")
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError, match="a fault of ours"), bridge(host, make) as one:
        list(one)


def test_ticks_come_while_the_browser_is_busy_and_the_deadline_ends_them(host: Thread) -> None:
    ticked, free = threading.Event(), threading.Event()

    def make() -> Made:
        one.pulse.allow(60)
        ticked.wait(60)
        one.pulse.allow(0)
        free.wait(60)
        yield ev.Note("s", "late")
        return "complete"

    one = bridge(host, make)
    held: list[bool] = []
    with one:
        for event in one:
            if event is None:
                held.append(one.deadline_holds())
                (ticked if held[-1] else free).set()
    assert held[0]
    assert not held[-1]


def test_a_hung_browser_is_killed_when_the_bridge_is_left(
    host: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robot.player.bridge._GRACE", 0.2)

    def make() -> Made:
        if host.killed.wait(60):
            return "killed"
        yield ASK
        return "never"

    with bridge(host, make):
        pass
    assert host.killed.is_set()
