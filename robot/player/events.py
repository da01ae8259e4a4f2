"""What the player tells, in order, and the only two answers it takes.

All are frozen and hold plain data: they cross from the browser's thread to the main thread.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

CaptureKind = Literal["arrived", "before_commit", "after_commit", "read_back", "doubt", "text"]


@dataclass(frozen=True, slots=True)
class Capture:
    """A picture of the viewport (PNG bytes) or, for kind text, its accessibility text.

    box: (x, y, width, height) of the marked element in CSS px, viewport: (width, height) in CSS px.
    png is None when the capture failed (error says why) or only text was taken.
    """

    kind: CaptureKind
    step: str
    url: str
    title: str
    taken_at: datetime
    png: bytes | None = None
    text: str | None = None
    error: str = ""
    box: tuple[float, float, float, float] | None = None
    viewport: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What was seen up to the commit. seen: facts read before any change; form: just before it."""

    anchors: dict[str, str]
    seen: dict[str, str]
    form: dict[str, str]
    url: str
    console_user_id: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A page was reached."""

    step: str
    capture: Capture


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth keeping that stops nothing: a lost class, a healed read, a refused request."""

    step: str
    kind: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AboutToCommit:
    """The next click writes. Blocks until Go or Stop."""

    step: str
    facts: Facts
    captures: tuple[Capture, ...]


@dataclass(frozen=True, slots=True)
class Committed:
    """The click was delivered; banner is what the console answered, "" if nothing was seen."""

    step: str
    capture: Capture | None
    banner: str = ""


@dataclass(frozen=True, slots=True)
class AlreadySo:
    """Nothing to do: the freshly loaded page shows the asked value already."""

    step: str
    facts: dict[str, str]
    capture: Capture
    console_user_id: str = ""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """Facts of a freshly loaded page; gone: the person is provably not there any more."""

    facts: dict[str, str]
    gone: bool
    capture: Capture
    console_user_id: str = ""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A typed reason to stop and ask (doubts.py). detail is JSON: asked, seen, candidates ..."""

    code: str
    step: str
    detail: dict[str, Any]
    capture: Capture | None = None


@dataclass(frozen=True, slots=True)
class Transient:
    """Before the commit: a time-out, a closed browser, a network fault. May be tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class SessionLost:
    """The console asked to sign in again."""

    url: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A login flow has come through; state is the browser's cookies, to be stored encrypted."""

    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Go:
    """Click now, but not later than this clock.monotonic() time."""

    not_later_than: float


@dataclass(frozen=True, slots=True)
class Stop:
    """Do not click."""

    reason: str


Event = (
    Arrived
    | Note
    | AboutToCommit
    | Committed
    | AlreadySo
    | ReadBack
    | Doubtful
    | Transient
    | SessionLost
    | SignedIn
)
Answer = Go | Stop
#: One of the player's generators; it ends with its outcome.
Events = Generator[Event, Answer | None, str]
