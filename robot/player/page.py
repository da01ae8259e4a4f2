# ruff: noqa: D102 - what each method does is said once, in driver.py
"""The driver that drives: the Protocol of driver.py on one Playwright page.

Lives wholly in the browser's thread. Every call into Playwright goes through `called`, so that only
errors of errors.py come out and no typed text comes with them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, TypeVar

from robot import clock
from robot.player import scripts
from robot.player.browser import BrowserContext, Dialog, ElementHandle, Page, called
from robot.player.combobox import choose
from robot.player.driver import Box, Notice, Picture, Place, Ref, Reply, Row
from robot.player.errors import (
    Disagreement,
    PageError,
    PlayerError,
    TooLate,
    TooSlow,
)
from robot.player.finder import Finder
from robot.player.secret import Secret
from robot.player.shot import taken
from robot.player.steps import Source
from robot.player.traffic import Traffic

T = TypeVar("T")
_POLL = 0.01


class PlaywrightDriver:
    """One page of a context. refused: gives the foreign requests met since last asked.

    origins: the tenant's, whose answers count; none for any.
    """

    def __init__(
        self,
        context: BrowserContext,
        page: Page,
        refused: Callable[[], list[str]] = list,
        origins: Collection[str] = (),
    ) -> None:
        self._context, self._page, self._refused = context, page, refused
        self._moves = 0
        self._finder = Finder(page)
        self._notices: list[Notice] = []
        self._still: tuple[int, int] | None = None
        self._events = 0
        self._before: set[str] = set()
        self._page_before: set[str] = set()
        self._traffic = Traffic(origins)
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

    def place(self) -> Place:
        return Place(self._page.url, self._moves, self._traffic.unauthorised)

    def title(self) -> str:
        return self._finder.steady(lambda: called(self._page.title))

    def open(self, url: str, timeout: float) -> None:
        self._finder.row = self._still = None
        called(lambda: self._page.goto(url, timeout=timeout * 1000, wait_until="domcontentloaded"))

    def wait(self, seconds: float) -> None:
        called(lambda: self._page.wait_for_timeout(seconds * 1000))

    def settle(self, timeout: float) -> bool:
        if self._still == (self._moves, self._traffic.events):
            return True  # nothing was done to the page since it was settled, and nothing came
        until = clock.monotonic() + timeout
        quiet = 0
        # What came since it was settled last has to be drawn: two looks; where nothing came, one.
        while quiet < (1 if self._traffic.events == self._events else 2):
            # The page is asked first: its answer brings the requests that it has sent until then.
            loaded = self._finder.evaluated(scripts.LOADED)
            quiet = quiet + 1 if loaded and not self._traffic.open else 0
            if not quiet:
                if clock.monotonic() >= until:
                    return False
                self.wait(_POLL)
        self._events = self._traffic.events
        self._still = (self._moves, self._events)
        return True

    # Finding ----------------------------------------------------------------------------------

    def survey(self, ref: Ref, *, visible: bool) -> tuple[frozenset[int], ...]:
        return self._finder.survey(ref, visible=visible)

    def glance(self, ref: Ref, source: Source) -> str | None:
        if ref.in_row or not ref.selectors or source == "url":
            return None
        look = partial(self._finder.joined(ref, visible=False).evaluate_all, scripts.GLANCE, source)
        seen: str | None = self._finder.steady(lambda: called(look))
        return seen

    def count(self, ref: Ref, *, visible: bool) -> int:
        return self._finder.count(ref, visible=visible)

    def _on(self, ref: Ref, timeout: float, act: Callable[[Any], T], *, visible: bool = True) -> T:
        """Do something to the element: by a locator, which looks again when the page drew it anew.

        In the bound row it is a handle: what was drawn anew there may be another row's.
        """
        self._still = None
        if ref.in_row:
            element = self._finder.element(ref, timeout, visible=visible)
            return called(lambda: act(element))
        locator = self._finder.joined(ref, visible=visible)
        return called(lambda: act(locator))

    def usable(self, ref: Ref) -> bool:
        if self.count(ref, visible=True) != 1:
            return False
        return bool(self._on(ref, 1.0, lambda one: one.is_enabled()))

    # Acting -----------------------------------------------------------------------------------

    def ready(self, ref: Ref, timeout: float) -> None:
        self._on(ref, timeout, lambda one: one.click(trial=True, timeout=timeout * 1000))

    def click(self, ref: Ref, timeout: float, not_later_than: float | None = None) -> None:
        if not_later_than is None:
            self._on(
                ref, timeout, lambda one: one.click(timeout=timeout * 1000, no_wait_after=True)
            )
            return
        element = self._last_look(ref, not_later_than)
        self._in_time(not_later_than)
        # One attempt on a handle that was ready a moment ago: nothing is left to wait for.
        called(lambda: element.click(timeout=self._left(not_later_than), no_wait_after=True))

    def press(
        self, key: str, ref: Ref | None, timeout: float, not_later_than: float | None = None
    ) -> None:
        self._still = None
        if ref is None:
            called(lambda: self._page.keyboard.press(key))
        elif not_later_than is None:
            limit = timeout * 1000
            self._on(ref, timeout, lambda one: one.press(key, timeout=limit, no_wait_after=True))
        else:
            element = self._last_look(ref, not_later_than)
            called(element.focus)
            self._in_time(not_later_than)
            called(lambda: self._page.keyboard.press(key))

    def _last_look(self, ref: Ref, not_later_than: float) -> ElementHandle:
        """The element, ready to be clicked. Whatever goes wrong here, nothing was clicked: TooLate."""
        self._in_time(not_later_than)
        self._still = None
        try:
            left = self._left(not_later_than) / 1000
            element = self._finder.element(ref, left, visible=True)
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
        kind = self._on(ref, timeout, lambda one: one.evaluate(scripts.KIND))
        if kind == "password" and not isinstance(text, Secret):
            raise PageError("a password field takes only a secret")
        plain = text.reveal() if isinstance(text, Secret) else text
        try:
            self._on(ref, timeout, lambda one: one.fill(plain, timeout=timeout * 1000))
        except TooSlow as slow:
            locked = not self._on(ref, 1.0, lambda one: one.is_editable(timeout=1000))
            raise (PageError("the field is read-only") if locked else slow) from None

    def choose(self, ref: Ref, value: str | None, option: Ref | None, timeout: float) -> str:
        self._still = None
        element = self._finder.element(ref, timeout, visible=False)

        def more() -> list[ElementHandle]:
            if option is None or not option.selectors:
                return []
            return called(self._finder.joined(option, visible=True).element_handles)

        return choose(element, value, more, self.wait, timeout)

    def check(self, ref: Ref, *, value: bool, timeout: float) -> None:
        self._still = None
        element = self._finder.element(ref, timeout, visible=False)
        if called(element.is_checked) == value:
            return
        label = called(lambda: element.evaluate_handle("e => e.labels?.[0] ?? e")).as_element()
        clicked = label or element
        called(lambda: clicked.click(timeout=timeout * 1000))
        if called(element.is_checked) != value:
            raise PageError("the box did not take the tick")

    def upload(self, ref: Ref, path: str, timeout: float) -> None:
        limit = timeout * 1000
        self._on(ref, timeout, lambda one: one.set_input_files(path, timeout=limit), visible=False)

    # Reading ----------------------------------------------------------------------------------

    def read(self, ref: Ref, source: Source, timeout: float) -> str:
        if source == "url":
            return self._page.url
        if source == "checked":
            ticked = self._on(ref, timeout, lambda one: one.is_checked(), visible=False)
            return "true" if ticked else "false"
        if source == "value":
            limit = timeout * 1000
            look: Callable[[Any], str] = lambda one: one.input_value(timeout=limit)  # noqa: E731
            return self._on(ref, timeout, look, visible=False)
        script = scripts.CHOSEN if source == "chosen" else scripts.TEXT
        return str(self._on(ref, timeout, lambda one: one.evaluate(script), visible=False))

    def rows(self, columns: Sequence[str]) -> list[dict[str, str]] | None:
        found: dict[str, Any] = self._finder.evaluated(scripts.ROWS, list(columns))
        if found["tables"] > 1:
            raise Disagreement("several tables have these columns", columns=list(columns))
        return list(found["rows"]) if found["tables"] else None

    def bind_row(self, columns: Sequence[str], index: int) -> None:
        wanted = {"wanted": list(columns), "index": index}
        held = called(lambda: self._page.evaluate_handle(scripts.ROW_ELEMENT, wanted))
        self._finder.row = held.as_element()

    def bound_row(self) -> Row | None:
        row = self._finder.row
        if row is None:
            return None
        now: dict[str, Any] = called(lambda: row.evaluate(scripts.ROW_NOW))
        return Row(bool(now["attached"]), int(now["index"]), dict(now["cells"]))

    def elements(self) -> list[dict[str, str]]:
        return list(self._finder.evaluated(scripts.ELEMENTS))

    def snapshot(self) -> str:
        return called(self._page.locator("body").aria_snapshot)

    # Evidence ---------------------------------------------------------------------------------

    def picture(self, ref: Ref | None) -> Picture:
        size = self._page.viewport_size or {"width": 0, "height": 0}
        viewport = (size["width"], size["height"])
        try:
            box = None if ref is None else self._box(ref)
            title, png = taken(self._page, self._cdp)
            return Picture(png, title=title, box=box, viewport=viewport)
        except PlayerError as error:
            return Picture(None, str(error), viewport=viewport)

    def _box(self, ref: Ref) -> Box | None:
        box: list[float] | None = self._on(
            ref, 2.0, lambda one: one.evaluate(scripts.BOX), visible=False
        )
        return (box[0], box[1], box[2], box[3]) if box else None

    def watch(self) -> None:
        texts: dict[str, list[str]] = self._finder.evaluated(scripts.TEXTS)
        self._before, self._page_before = set(texts["floating"]), set(texts["page"])
        self._traffic.watch()

    def reply(self) -> Reply:
        texts: dict[str, list[str]] = self._finder.evaluated(scripts.TEXTS)
        # Asked after the page was: its answer brought what the browser had to tell until then.
        pending, answered, lost = self._traffic.writes()
        floating = tuple(t for t in texts["floating"] if t not in self._before)
        page = tuple(t for t in texts["page"] if t not in self._page_before)
        return Reply(floating, pending, answered, lost, page, self._traffic.reading())

    def cache(self, *, on: bool) -> None:
        called(lambda: self._cdp.send("Network.enable"))
        called(lambda: self._cdp.send("Network.setCacheDisabled", {"cacheDisabled": not on}))

    def notices(self) -> list[Notice]:
        met, self._notices = self._notices, []
        return met + [Notice("refused", {"url": url}) for url in self._refused()]

    def state(self) -> dict[str, Any]:
        return dict(called(self._context.storage_state))
