"""Finding elements on a Playwright page: several selectors joined, or each by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from robot.player import scripts
from robot.player.browser import ElementHandle, Locator, Page, called
from robot.player.driver import Ref
from robot.player.errors import Detached, Disagreement, Replaced

T = TypeVar("T")
_SOON = 30.0
_LOOKS = 20


class Finder:
    """row: the bound row, within which references with `in_row` are looked for."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.row: ElementHandle | None = None

    def steady(self, look: Callable[[], T]) -> T:
        """Look at the page; again when its document was just being replaced."""
        for _ in range(_LOOKS):
            try:
                return look()
            except Replaced:
                called(partial(self._page.wait_for_timeout, _SOON))
        return look()

    def evaluated(self, script: str, argument: Any = None) -> Any:
        """The result of one of scripts.py."""
        return self.steady(lambda: called(lambda: self._page.evaluate(script, argument)))

    def joined(self, ref: Ref, *, visible: bool) -> Locator:
        """What all selectors find together, outside the bound row."""
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
        if self.row is None:
            raise Detached("no row is bound")
        look = self.row.query_selector_all
        return [called(partial(look, one + end)) for one in ref.selectors]

    def _numbered(self, groups: list[list[ElementHandle]]) -> list[list[int]]:
        return list(called(lambda: self._page.evaluate(scripts.NUMBERED, groups)))

    def survey(self, ref: Ref, *, visible: bool) -> tuple[frozenset[int], ...]:
        """See driver.py."""

        def look() -> tuple[frozenset[int], ...]:
            numbers = self._numbered(self._groups(ref, visible=visible))
            return tuple(frozenset(group) for group in numbers)

        return self.steady(look)

    def count(self, ref: Ref, *, visible: bool) -> int:
        """See driver.py."""
        if not ref.selectors:
            return 0
        if ref.in_row:
            return len(frozenset.intersection(*self.survey(ref, visible=visible)))
        joined = self.joined(ref, visible=visible)
        return self.steady(lambda: called(joined.count))

    def element(self, ref: Ref, timeout: float, *, visible: bool) -> ElementHandle:
        """A handle of the one element. Raises Disagreement when it is not one."""
        if not ref.in_row:
            joined = self.joined(ref, visible=visible)
            return called(lambda: joined.element_handle(timeout=timeout * 1000))
        groups = self._groups(ref, visible=visible)
        numbers = self._numbered(groups)
        common = frozenset.intersection(*(frozenset(group) for group in numbers))
        if len(common) != 1:
            raise Disagreement(f"{len(common)} elements in the row where one was expected")
        position = numbers[0].index(next(iter(common)))
        return groups[0][position]
