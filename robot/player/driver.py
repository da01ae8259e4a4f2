"""What the player asks of a browser: a Protocol, kept by Playwright's driver and the tests' fake.

Every call may raise the errors of errors.py and no other. Elements are named by selectors that must
all find the same one; nothing here decides which selectors to trust (quorum.py does).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from robot.player.secret import Secret
from robot.player.steps import Source

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Ref:
    """An element: what all selectors find together. in_row: looked for in the bound row."""

    selectors: tuple[str, ...]
    in_row: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where the page is. moves: how often its address or document has changed so far.

    signed_out: the console answered 401 since the last document was loaded.
    """

    url: str
    moves: int
    signed_out: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A bound row as it is now: header -> cell text; `index` among its table's rows."""

    attached: bool
    index: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Picture:
    """PNG bytes of the viewport, or None and why; the marked element's box in CSS px."""

    png: bytes | None
    error: str = ""
    title: str = ""
    box: Box | None = None
    viewport: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Reply:
    """What has come since watch(): new texts that float over the page, and its writing requests.

    lost: requests that ended without an answer. page: new texts of the page itself. reading: its
    reading requests that are open.
    """

    texts: tuple[str, ...] = ()
    pending: int = 0
    answered: int = 0
    lost: int = 0
    page: tuple[str, ...] = ()
    reading: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the browser met by itself: kind `refused` (a foreign request), `dialog`, `popup`."""

    kind: str
    detail: dict[str, Any] = field(default_factory=dict)


class Driver(Protocol):
    """One page of one signed-in session. Times are seconds; texts are raw as the page has them."""

    def place(self) -> Place:
        """Where the page is, as far as the last answer of the browser told; costs nothing."""

    def title(self) -> str:
        """The document's title."""

    def open(self, url: str, timeout: float) -> None:
        """Load an address as a new document. Raises TooSlow, Interrupted."""

    def wait(self, seconds: float) -> None:
        """Let the page go on for so long."""

    def settle(self, timeout: float) -> bool:
        """Wait until the document is loaded and no request is open; False when time is over."""

    def glance(self, ref: Ref, source: Source) -> str | None:
        """What the one element that all selectors find together shows, seen or not.

        None when they find none or several, or it has no such thing to show.
        """

    def count(self, ref: Ref, *, visible: bool) -> int:
        """How many elements all selectors find together."""

    def survey(self, ref: Ref, *, visible: bool) -> tuple[frozenset[int], ...]:
        """For each selector the elements it finds; the same number is the same element."""

    def ready(self, ref: Ref, timeout: float) -> None:
        """Wait until the element could be clicked, in view, and click nothing. Raises Covered, TooSlow."""

    def click(self, ref: Ref, timeout: float, not_later_than: float | None = None) -> None:
        """Click. After clock.monotonic() `not_later_than` raises TooLate and certainly does not."""

    def fill(self, ref: Ref, text: str | Secret, timeout: float) -> None:
        """Replace the field's text. A password field takes only a Secret."""

    def press(
        self, key: str, ref: Ref | None, timeout: float, not_later_than: float | None = None
    ) -> None:
        """Press a key on the element, or on what has the focus. TooLate as with click."""

    def choose(self, ref: Ref, value: str | None, option: Ref | None, timeout: float) -> str:
        """Choose the option whose text equals the value, or the first; its text. Raises NoOption."""

    def check(self, ref: Ref, *, value: bool, timeout: float) -> None:
        """Set a check box or switch."""

    def upload(self, ref: Ref, path: str, timeout: float) -> None:
        """Hand over a file."""

    def read(self, ref: Ref, source: Source, timeout: float) -> str:
        """The element's text, value, "true"/"false" of its tick, or the choice it shows."""

    def usable(self, ref: Ref) -> bool:
        """True when exactly one such element is visible and enabled."""

    def rows(self, columns: Sequence[str]) -> list[dict[str, str]] | None:
        """Rows (header -> text) of the visible table with these headers; None when there is none."""

    def bind_row(self, columns: Sequence[str], index: int) -> None:
        """Keep hold of one of those rows."""

    def bound_row(self) -> Row | None:
        """The bound row as it is now; None when none was bound."""

    def elements(self) -> list[dict[str, str]]:
        """Fingerprints (keys of relocation) of all visible elements that could be acted on."""

    def picture(self, ref: Ref | None) -> Picture:
        """A picture of the viewport with password fields blacked out; never raises PageError."""

    def snapshot(self) -> str:
        """The page as accessibility text."""

    def watch(self) -> None:
        """Begin to collect the console's reply to what comes next."""

    def reply(self) -> Reply:
        """What has come since watch()."""

    def cache(self, *, on: bool) -> None:
        """Let the browser use its cache, or load everything anew."""

    def notices(self) -> list[Notice]:
        """What was met since last asked."""

    def state(self) -> dict[str, Any]:
        """The session's cookies and storage, to be stored encrypted."""
