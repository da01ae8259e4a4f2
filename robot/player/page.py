# ruff: noqa: D102 - what each method does is said once, in driver.py
"""The driver that drives: the Protocol of driver.py on one Playwright page.

Lives wholly in the browser's thread. Every call into Playwright goes through `called`, so that only
errors of errors.py come out and no typed text comes with them.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from robot import clock
from robot.player import scripts
from robot.player.browser import BrowserContext, Dialog, ElementHandle, Locator, Page, called
from robot.player.combobox import choose
from robot.player.driver import Box, Notice, Picture, Place, Ref, Reply, Row
from robot.player.errors import (
    Detached,
    Disagreement,
    PageError,
    PlayerError,
    Replaced,
    TooLate,
)
from robot.player.secret import Secret
from robot.player.steps import Source
from robot.player.traffic import Traffic

T = TypeVar("T")
_SOON = 0.03
_LOOKS = 20


class PlaywrightDriver:
    """One page of a context. refused: gives the foreign requests met since last asked."""

    def __init__(
        self, context: BrowserContext, page: Page, refused: Callable[[], list[str]] = list
    ) -> None:
        self._context, self._page, self._refused = context, page, refused
        self._moves = 0
        self._row: ElementHandle | None = None
        self._notices: list[Notice] = []
        self._before: set[str] = set()
        self._page_before: set[str] = set()
        self._traffic = Traffic()
        self._traffic.follow(page)
        self._cdp = called(lambda: context.new_cdp_session(page))
        page.on("framenavigated", self._moved)
        page.on("dialog", self._dialog)
        context.on("page", self._popup)

    # What happens by itself -------------------------------------------------------------------

    def _moved(self, frame: Any) -> None:
        if frame.parent_frame is None:
            self._moves += 1

    def _dialog(self, dialog: Dialog) -> None:
        if dialog.type == "beforeunload":
            dialog.accept()  # a form left without saving is what was meant
            return
        self._notices.append(
            Notice("dialog", {"type": dialog.type, "message": dialog.message[:300]})
        )
        dialog.dismiss()

    def _popup(self, page: Page) -> None:
        if page is not self._page:
            self._notices.append(Notice("popup", {"url": page.url}))
            page.close()

    # Places and time --------------------------------------------------------------------------

    def _steady(self, look: Callable[[], T]) -> T:
        """Look at the page; again when its document was just being replaced."""
        for _ in range(_LOOKS):
            try:
                return look()
            except Replaced:
                self.wait(_SOON)
        return look()

    def place(self) -> Place:
        title = self._steady(lambda: called(self._page.title))
        return Place(self._page.url, title, self._moves, self._traffic.unauthorised)

    def open(self, url: str, timeout: float) -> None:
        self._row = None
        called(lambda: self._page.goto(url, timeout=timeout * 1000, wait_until="domcontentloaded"))

    def wait(self, seconds: float) -> None:
        called(lambda: self._page.wait_for_timeout(seconds * 1000))

    def settle(self, timeout: float) -> bool:
        until = clock.monotonic() + timeout
        quiet = 0
        while quiet < 2:
            busy = bool(self._traffic.open) or not self._evaluated(scripts.LOADED)
            quiet = 0 if busy else quiet + 1
            if clock.monotonic() >= until:
                return False
            self.wait(_SOON)
        return True

    def _evaluated(self, script: str, argument: Any = None) -> Any:
        return self._steady(lambda: called(lambda: self._page.evaluate(script, argument)))

    # Finding ----------------------------------------------------------------------------------

    def _joined(self, ref: Ref, *, visible: bool) -> Locator:
        first, *others = ref.selectors
        joined = self._page.locator(first)
        for other in others:
            joined = joined.and_(self._page.locator(other))
        return joined.filter(visible=True) if visible else joined

    def _groups(self, ref: Ref, *, visible: bool) -> list[list[ElementHandle]]:
        end = " >> visible=true" if visible else ""
        if not ref.in_row:
            page = self._page
            return [called(page.locator(one + end).element_handles) for one in ref.selectors]
        look = self._held_row().query_selector_all
        return [called(partial(look, one + end)) for one in ref.selectors]

    def _held_row(self) -> ElementHandle:
        if self._row is None:
            raise Detached("no row is bound")
        return self._row

    def survey(self, ref: Ref, *, visible: bool) -> tuple[frozenset[int], ...]:
        return self._steady(lambda: self._survey(ref, visible=visible))

    def _survey(self, ref: Ref, *, visible: bool) -> tuple[frozenset[int], ...]:
        groups = self._groups(ref, visible=visible)
        numbers = called(lambda: self._page.evaluate(scripts.NUMBERED, groups))
        return tuple(frozenset(group) for group in numbers)

    def count(self, ref: Ref, *, visible: bool) -> int:
        if not ref.selectors:
            return 0
        if ref.in_row:
            return len(frozenset.intersection(*self.survey(ref, visible=visible)))
        joined = self._joined(ref, visible=visible)
        return self._steady(lambda: called(joined.count))

    def _element(self, ref: Ref, timeout: float, *, visible: bool) -> ElementHandle:
        """A handle of the one element. Raises Disagreement when it is not one."""
        if not ref.in_row:
            joined = self._joined(ref, visible=visible)
            return called(lambda: joined.element_handle(timeout=timeout * 1000))
        groups = self._groups(ref, visible=visible)
        numbers = called(lambda: self._page.evaluate(scripts.NUMBERED, groups))
        common = frozenset.intersection(*(frozenset(group) for group in numbers))
        if len(common) != 1:
            raise Disagreement(f"{len(common)} elements in the row where one was expected")
        position: int = numbers[0].index(next(iter(common)))
        return groups[0][position]

    def usable(self, ref: Ref) -> bool:
        if self.count(ref, visible=True) != 1:
            return False
        return called(self._element(ref, 1.0, visible=True).is_enabled)

    # Acting -----------------------------------------------------------------------------------

    def ready(self, ref: Ref, timeout: float) -> None:
        element = self._element(ref, timeout, visible=True)
        called(lambda: element.click(trial=True, timeout=timeout * 1000))

    def click(self, ref: Ref, timeout: float, not_later_than: float | None = None) -> None:
        if not_later_than is None:
            element = self._element(ref, timeout, visible=True)
            called(lambda: element.click(timeout=timeout * 1000, no_wait_after=True))
            return
        element = self._last_look(ref, not_later_than)
        self._in_time(not_later_than)
        # One attempt on a handle that was ready a moment ago: nothing is left to wait for.
        called(lambda: element.click(timeout=self._left(not_later_than), no_wait_after=True))

    def press(
        self, key: str, ref: Ref | None, timeout: float, not_later_than: float | None = None
    ) -> None:
        if ref is None:
            called(lambda: self._page.keyboard.press(key))
        elif not_later_than is None:
            element = self._element(ref, timeout, visible=True)
            called(lambda: element.press(key, timeout=timeout * 1000, no_wait_after=True))
        else:
            element = self._last_look(ref, not_later_than)
            called(element.focus)
            self._in_time(not_later_than)
            called(lambda: self._page.keyboard.press(key))

    def _last_look(self, ref: Ref, not_later_than: float) -> ElementHandle:
        """The element, ready to be clicked. Whatever goes wrong here, nothing was clicked: TooLate."""
        self._in_time(not_later_than)
        try:
            element = self._element(ref, self._left(not_later_than) / 1000, visible=True)
            called(lambda: element.click(trial=True, timeout=self._left(not_later_than)))
        except PlayerError as error:
            late = TooLate(f"not ready for the click: {error}")
        else:
            return element
        raise late

    @staticmethod
    def _left(not_later_than: float) -> float:
        """Milliseconds left; 0 would mean no limit to Playwright."""
        return max(1.0, (not_later_than - clock.monotonic()) * 1000)

    @staticmethod
    def _in_time(not_later_than: float) -> None:
        if clock.monotonic() > not_later_than:
            raise TooLate("the time for the click was over")

    def fill(self, ref: Ref, text: str | Secret, timeout: float) -> None:
        element = self._element(ref, timeout, visible=True)
        password = called(lambda: element.evaluate(scripts.KIND)) == "password"
        if password and not isinstance(text, Secret):
            raise PageError("a password field takes only a secret")
        plain = text.reveal() if isinstance(text, Secret) else text
        called(lambda: element.fill(plain, timeout=timeout * 1000))

    def choose(self, ref: Ref, value: str | None, option: Ref | None, timeout: float) -> str:
        element = self._element(ref, timeout, visible=False)

        def more() -> list[ElementHandle]:
            if option is None or not option.selectors:
                return []
            joined = self._joined(option, visible=True)
            return called(joined.element_handles)

        return choose(element, value, more, self.wait, timeout)

    def check(self, ref: Ref, *, value: bool, timeout: float) -> None:
        element = self._element(ref, timeout, visible=False)
        if called(element.is_checked) == value:
            return
        label = called(lambda: element.evaluate_handle("e => e.labels?.[0] ?? e")).as_element()
        clicked = label or element
        called(lambda: clicked.click(timeout=timeout * 1000))
        if called(element.is_checked) != value:
            raise PageError("the box did not take the tick")

    def upload(self, ref: Ref, path: str, timeout: float) -> None:
        element = self._element(ref, timeout, visible=False)
        called(lambda: element.set_input_files(path, timeout=timeout * 1000))

    # Reading ----------------------------------------------------------------------------------

    def read(self, ref: Ref, source: Source, timeout: float) -> str:
        if source == "url":
            return self._page.url
        element = self._element(ref, timeout, visible=False)
        if source == "checked":
            return "true" if called(element.is_checked) else "false"
        if source == "value":
            return called(lambda: element.input_value(timeout=timeout * 1000))
        script = scripts.CHOSEN if source == "chosen" else scripts.TEXT
        return str(called(lambda: element.evaluate(script)))

    def rows(self, columns: Sequence[str]) -> list[dict[str, str]] | None:
        found: dict[str, Any] = self._evaluated(scripts.ROWS, list(columns))
        if found["tables"] > 1:
            raise Disagreement("several tables have these columns", columns=list(columns))
        return list(found["rows"]) if found["tables"] else None

    def bind_row(self, columns: Sequence[str], index: int) -> None:
        wanted = {"wanted": list(columns), "index": index}
        held = called(lambda: self._page.evaluate_handle(scripts.ROW_ELEMENT, wanted))
        self._row = held.as_element()

    def bound_row(self) -> Row | None:
        if self._row is None:
            return None
        row = self._row
        now: dict[str, Any] = called(lambda: row.evaluate(scripts.ROW_NOW))
        return Row(bool(now["attached"]), int(now["index"]), dict(now["cells"]))

    def elements(self) -> list[dict[str, str]]:
        return list(self._evaluated(scripts.ELEMENTS))

    def snapshot(self) -> str:
        return called(self._page.locator("body").aria_snapshot)

    # Evidence ---------------------------------------------------------------------------------

    def picture(self, ref: Ref | None) -> Picture:
        size = self._page.viewport_size or {"width": 0, "height": 0}
        viewport = (size["width"], size["height"])
        try:
            box = None if ref is None else self._box(ref)
            called(lambda: self._page.evaluate(scripts.MASK))
            try:
                options = {"format": "png", "optimizeForSpeed": True}
                taken = called(lambda: self._cdp.send("Page.captureScreenshot", options))
            finally:
                called(lambda: self._page.evaluate(scripts.UNMASK))
        except PlayerError as error:
            return Picture(None, str(error), viewport=viewport)
        return Picture(base64.b64decode(taken["data"]), box=box, viewport=viewport)

    def _box(self, ref: Ref) -> Box | None:
        element = self._element(ref, 2.0, visible=False)
        called(lambda: element.scroll_into_view_if_needed(timeout=2000))
        box = called(element.bounding_box)
        return (box["x"], box["y"], box["width"], box["height"]) if box else None

    def watch(self) -> None:
        texts: dict[str, list[str]] = self._evaluated(scripts.TEXTS)
        self._before, self._page_before = set(texts["floating"]), set(texts["page"])
        self._traffic.watch()

    def reply(self) -> Reply:
        pending, answered, lost = self._traffic.writes()
        texts: dict[str, list[str]] = self._evaluated(scripts.TEXTS)
        floating = tuple(t for t in texts["floating"] if t not in self._before)
        page = tuple(t for t in texts["page"] if t not in self._page_before)
        return Reply(floating, pending, answered, lost, page)

    def cache(self, *, on: bool) -> None:
        called(lambda: self._cdp.send("Network.enable"))
        called(lambda: self._cdp.send("Network.setCacheDisabled", {"cacheDisabled": not on}))

    def notices(self) -> list[Notice]:
        met, self._notices = self._notices, []
        return met + [Notice("refused", {"url": url}) for url in self._refused()]

    def state(self) -> dict[str, Any]:
        return dict(called(self._context.storage_state))
