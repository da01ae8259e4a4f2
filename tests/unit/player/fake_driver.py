"""A driver without a browser: pages of plain Python objects. The contract tests judge it too."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from robot import clock
from robot.player.driver import Notice, Picture, Place, Ref, Reply, Row
from robot.player.errors import (
    Detached,
    Disagreement,
    Interrupted,
    NoOption,
    PageError,
    TooLate,
    TooSlow,
)
from robot.player.secret import Secret
from robot.player.steps import Source
from robot.player.targets import nfc

PNG = b"\x89PNG\r\n\x1a\n fake"


@dataclass(eq=False)
class Fake:
    """An element. found_by: selectors that find it; does: what a click on it does."""

    found_by: set[str]
    text: str = ""
    value: str = ""
    kind: str = "text"
    options: list[str] = field(default_factory=list)
    checked: bool = False
    shown: bool = True
    enabled: bool = True
    in_row: bool = False
    does: Callable[[], None] = lambda: None
    fingerprint: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    """elements, one table (headers, rows of texts) or several, and what hangs over the page."""

    elements: list[Fake] = field(default_factory=list)
    tables: list[tuple[list[str], list[list[str]]]] = field(default_factory=list)
    floating: list[str] = field(default_factory=list)
    title: str = "page"


class FakeDriver:
    """pages: path -> builder. Everything done is in `log`; time is the installed clock's."""

    def __init__(
        self, pages: dict[str, Callable[[FakeDriver], Page]], origin: str = "http://c.test"
    ) -> None:
        self.pages, self.origin = pages, origin
        self.url = "about:blank"
        self.page = Page()
        self.moves = 0
        self.log: list[tuple[str, str]] = []
        self.row: list[str] | None = None
        self.row_table: list[list[str]] = []
        self.row_headers: list[str] = []
        self.signed_out = False
        self.waiting_notices: list[Notice] = []
        self.replies = Reply(answered=1)
        self.before: set[str] = set()
        self.picture_error = ""
        self.fails: dict[str, Exception] = {}
        self.cache_on = True
        self.while_waiting: Callable[[], None] = lambda: None

    def _did(self, what: str, detail: str = "") -> None:
        self.log.append((what, detail))
        error = self.fails.get(what)
        if error is not None:
            raise error

    def done(self, what: str) -> list[str]:
        """Details of everything of that kind, in order."""
        return [detail for kind, detail in self.log if kind == what]

    def go(self, path: str) -> None:
        """Move within the same document, as a page script does."""
        self.url = self.origin + path
        self.moves += 1
        build = self.pages.get(path.partition("?")[0])
        self.page = build(self) if build else Page()

    def place(self) -> Place:
        return Place(self.url, self.moves, self.signed_out)

    def title(self) -> str:
        return self.page.title

    def open(self, url: str, timeout: float) -> None:
        self._did("open", url)
        self.row = None
        path = url.removeprefix(self.origin)
        if path == url or path.partition("?")[0] not in self.pages:
            raise Interrupted(f"nothing at {url}")
        self.signed_out = False
        self.go(path)

    def wait(self, seconds: float) -> None:
        clock.sleep(seconds)
        self.while_waiting()

    def settle(self, timeout: float) -> bool:
        return True

    def _found(self, selector: str, ref: Ref, *, visible: bool) -> list[Fake]:
        return [
            one
            for one in self.page.elements
            if selector in one.found_by and one.in_row == ref.in_row and (one.shown or not visible)
        ]

    def survey(self, ref: Ref, *, visible: bool) -> tuple[frozenset[int], ...]:
        everything = self.page.elements
        return tuple(
            frozenset(everything.index(one) for one in self._found(selector, ref, visible=visible))
            for selector in ref.selectors
        )

    def count(self, ref: Ref, *, visible: bool) -> int:
        found = self.survey(ref, visible=visible)
        return len(frozenset.intersection(*found)) if found else 0

    def _one(self, ref: Ref, *, visible: bool = True) -> Fake:
        found = frozenset.intersection(*self.survey(ref, visible=visible))
        if len(found) > 1:
            raise Disagreement("several elements")
        if not found:
            raise TooSlow("no such element")
        return self.page.elements[next(iter(found))]

    def ready(self, ref: Ref, timeout: float) -> None:
        if not self._one(ref).enabled:
            raise TooSlow("not enabled")

    def click(self, ref: Ref, timeout: float, not_later_than: float | None = None) -> None:
        element = self._one(ref)
        if not element.enabled:
            raise TooSlow("not enabled")
        if not_later_than is not None and clock.monotonic() > not_later_than:
            raise TooLate("too late")
        self.log.append(("click", element.text))
        element.does()
        error = self.fails.get("click")
        if error is not None:
            raise error

    def fill(self, ref: Ref, text: str | Secret, timeout: float) -> None:
        element = self._one(ref)
        if element.kind == "password" and not isinstance(text, Secret):
            raise PageError("a password field takes only a secret")
        self._did("fill", str(text))
        element.value = text.reveal() if isinstance(text, Secret) else text

    def press(
        self, key: str, ref: Ref | None, timeout: float, not_later_than: float | None = None
    ) -> None:
        if not_later_than is not None and clock.monotonic() > not_later_than:
            raise TooLate("too late")
        self._did("press", key)
        if ref is not None:
            self._one(ref).does()

    def choose(self, ref: Ref, value: str | None, option: Ref | None, timeout: float) -> str:
        element = self._one(ref, visible=False)
        fits = [one for one in element.options if value is None or nfc(one) == nfc(value)]
        if not fits:
            raise NoOption(f"{value!r} is not offered", available=element.options)
        if value is not None and len(fits) > 1:
            raise Disagreement("offered twice")
        self._did("choose", fits[0])
        element.text = fits[0]
        element.does()
        return fits[0]

    def check(self, ref: Ref, *, value: bool, timeout: float) -> None:
        element = self._one(ref, visible=False)
        if element.checked != value:
            self._did("click", element.text)
            element.checked = value

    def upload(self, ref: Ref, path: str, timeout: float) -> None:
        self._one(ref, visible=False)
        self._did("upload", path)

    def glance(self, ref: Ref, source: Source) -> str | None:
        if ref.in_row or self.count(ref, visible=False) != 1:
            return None
        return self.read(ref, source, 0.0)

    def read(self, ref: Ref, source: Source, timeout: float) -> str:
        element = self._one(ref, visible=False)
        if source == "checked":
            return "true" if element.checked else "false"
        return element.value if source == "value" else element.text

    def usable(self, ref: Ref) -> bool:
        found = self.survey(ref, visible=True)
        return len(found[0]) == 1 and self._one(ref).enabled

    def _table(self, columns: Sequence[str]) -> tuple[list[str], list[list[str]]] | None:
        fits = [one for one in self.page.tables if set(columns) <= set(one[0])]
        if len(fits) > 1:
            raise Disagreement("several tables have these columns")
        return fits[0] if fits else None

    def rows(self, columns: Sequence[str]) -> list[dict[str, str]] | None:
        table = self._table(columns)
        if table is None:
            return None
        headers, rows = table
        return [dict(zip(headers, row, strict=True)) for row in rows]

    def bind_row(self, columns: Sequence[str], index: int) -> None:
        table = self._table(columns)
        if table is not None:
            self.row_headers, self.row_table = table
            self.row = self.row_table[index]

    def bound_row(self) -> Row | None:
        if self.row is None:
            return None
        index = next((i for i, row in enumerate(self.row_table) if row is self.row), -1)
        on_page = any(rows is self.row_table for _, rows in self.page.tables)
        if index < 0 or not on_page:
            return Row(attached=False, index=-1, cells={})
        cells = dict(zip(self.row_headers, self.row, strict=True))
        return Row(attached=True, index=index, cells={k: v for k, v in cells.items() if k})

    def elements(self) -> list[dict[str, str]]:
        return [one.fingerprint for one in self.page.elements if one.fingerprint and one.shown]

    def picture(self, ref: Ref | None) -> Picture:
        self._did("picture")
        if self.picture_error:
            return Picture(None, self.picture_error)
        box = None if ref is None else (1.0, 2.0, 3.0, 4.0)
        return Picture(PNG, title=self.page.title, box=box, viewport=(1440, 900))

    def snapshot(self) -> str:
        return "\n".join(one.text for one in self.page.elements)

    def watch(self) -> None:
        self.before = set(self.page.floating)

    def reply(self) -> Reply:
        new = tuple(text for text in self.page.floating if text not in self.before)
        was = self.replies
        return dataclasses.replace(was, texts=(*was.texts, *new))

    def cache(self, *, on: bool) -> None:
        self.cache_on = on
        self._did("cache", "on" if on else "off")

    def notices(self) -> list[Notice]:
        met, self.waiting_notices = self.waiting_notices, []
        return met

    def state(self) -> dict[str, Any]:
        return {"cookies": []}


def detached() -> Detached:
    """The error of an element that was drawn anew."""
    return Detached("the element is gone")
