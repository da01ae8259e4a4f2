"""Between the browser's thread and the main thread: events out, answers in, a tick each second.

The generator runs wholly in the browser's thread. The main thread iterates the bridge; None is a
tick, in which it renews its lease as long as `deadline_holds()`. AboutToCommit blocks the browser's
thread until `answer()`; no answer in time, or `abort()`, is Stop.
"""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Protocol, Self

from robot import clock
from robot.player.events import AboutToCommit, Answer, Event, Stop
from robot.player.pulse import Pulse

#: Seconds between ticks; seconds the main thread may take to decide on a commit.
TICK = 1.0
ANSWER_WITHIN = 30.0
#: Seconds a generator gets to end by itself after an abort, and then after its browser was killed.
_GRACE = 5.0

Make = Callable[[], Generator[Event, Answer | None, str]]


class Host(Protocol):
    """What the bridge needs of a browser's thread."""

    def submit(self, call: Callable[[], str]) -> Future[str]:
        """Have it run there."""

    def kill(self) -> None:
        """Free a call that hangs."""


class Bridge:
    """One generator being driven. Use as a context manager; leaving it closes the generator.

    outcome: the generator's own, "" while it runs or when it was cut off.
    """

    def __init__(
        self,
        host: Host,
        make: Make,
        pulse: Pulse,
        *,
        tick: float = TICK,
        answer_within: float = ANSWER_WITHIN,
    ) -> None:
        self._host, self._make, self.pulse = host, make, pulse
        self._tick, self._answer_within = tick, answer_within
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._future: Future[str] | None = None
        self.outcome = ""

    def __enter__(self) -> Self:
        self._future = self._host.submit(self._run)
        return self

    def __exit__(self, *_: object) -> None:
        self.abort("the bridge was left")
        future = self._future
        if future is None:
            return
        for _attempt in range(2):
            try:
                future.exception(_GRACE)
            except FutureTimeout:
                self._host.kill()
            else:
                return

    def __iter__(self) -> Iterator[Event | None]:
        """Events as they come, None at each tick. Raises what the generator's thread raised."""
        while True:
            try:
                event = self._events.get(timeout=self._tick)
            except queue.Empty:
                if self._future is not None and self._future.done():
                    yield from self._rest()
                    return
                yield None
                continue
            if event is None:
                yield from self._rest()
                return
            yield event

    def _rest(self) -> Iterator[Event]:
        if self._future is not None:
            self.outcome = self._future.result(_GRACE)
        yield from ()

    def answer(self, answer: Answer) -> None:
        """Answer the AboutToCommit that came last."""
        self._answers.put(answer)

    def abort(self, reason: str = "aborted") -> None:
        """Stop before the next step, and in place of any answer."""
        self.pulse.abort(reason)

    def deadline_holds(self) -> bool:
        """True while the present step is within its time: only then is the lease worth renewing."""
        return self.pulse.holds()

    def _run(self) -> str:
        """In the browser's thread: drive the generator to its end."""
        generator = self._make()
        answer: Answer | None = None
        try:
            while True:
                event = generator.send(answer)
                if isinstance(event, AboutToCommit):
                    self._forget_answers()
                    self._events.put(event)
                    answer = self._wait_for_answer()
                else:
                    self._events.put(event)
                    answer = None
        except StopIteration as end:
            return str(end.value)
        finally:
            try:
                generator.close()
            finally:
                self._events.put(None)

    def _forget_answers(self) -> None:
        """An answer given before the question is none."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._answers.get_nowait()

    def _wait_for_answer(self) -> Answer:
        until = clock.monotonic() + self._answer_within
        self.pulse.allow(self._answer_within)
        while not self.pulse.aborted:
            left = until - clock.monotonic()
            if left <= 0:
                return Stop("nobody answered in time")
            with contextlib.suppress(queue.Empty):
                return self._answers.get(timeout=min(left, 0.1))
        return Stop("aborted")


def drive(
    host: Host,
    make: Make,
    pulse: Pulse,
    *,
    tick: float = TICK,
    answer_within: float = ANSWER_WITHIN,
) -> Bridge:
    """A bridge for the generator that `make` makes in the browser's thread."""
    return Bridge(host, make, pulse, tick=tick, answer_within=answer_within)


__all__ = ["ANSWER_WITHIN", "TICK", "Bridge", "drive"]
