"""Choosing in a drop-down: a native select, or a combobox that lists options as it is typed into.

The options of a combobox are known by their ids (`react-select-8-option-0` of the input
`react-select-8-input`: public automation code of the real console, 2025), by role, or by the
flow's own target. An option counts only when its text equals the value exactly (NFC).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from robot import clock
from robot.player import scripts
from robot.player.browser import ElementHandle, JSHandle, called
from robot.player.errors import Detached, Disagreement, NoOption
from robot.player.targets import nfc

#: Finds the options shown now when neither ids nor roles tell; may find none.
MoreOptions = Callable[[], list[ElementHandle]]
Wait = Callable[[float], None]

_PAUSE = 0.05
#: Seconds a full list must stay without the option before it is taken not to be offered.
_SURE = 0.5


def choose(
    element: ElementHandle, value: str | None, more: MoreOptions, wait: Wait, timeout: float
) -> str:
    """Choose; the chosen option's text. Raises NoOption with `available`, Disagreement for twins."""
    if called(lambda: element.evaluate(scripts.KIND)) == "select":
        return _in_select(element, value, wait, timeout)
    return _Combobox(element, more, wait, timeout).choose(value)


def _in_select(element: ElementHandle, value: str | None, wait: Wait, timeout: float) -> str:
    until = clock.monotonic() + min(timeout, 5.0)
    while True:
        texts: list[str] = called(lambda: element.evaluate(scripts.SELECT_OPTIONS))
        fits = [i for i, text in enumerate(texts) if value is None or nfc(text) == nfc(value)]
        if fits or clock.monotonic() >= until:
            break
        wait(_PAUSE)
    if not fits:
        raise NoOption(f"{value!r} is not offered", available=texts)
    if value is not None and len(fits) > 1:
        raise Disagreement(f"{value!r} is offered {len(fits)} times", available=texts)
    index = fits[0]
    called(lambda: element.select_option(index=index, timeout=timeout * 1000))
    return texts[index]


class _Combobox:
    def __init__(
        self, element: ElementHandle, more: MoreOptions, wait: Wait, timeout: float
    ) -> None:
        self._input, self._more, self._wait = element, more, wait
        self._until = clock.monotonic() + timeout
        self._milliseconds = timeout * 1000

    def choose(self, value: str | None) -> str:
        """Type the value (or open the list), then click the one option that equals it."""
        self._type(value or "")
        if value is None:
            return self._first()
        absent_since = clock.monotonic()
        while True:
            if self._took(value):
                return value
            now = clock.monotonic()
            if now - absent_since >= _SURE or now >= self._until:
                # The typed text filters the list: only the whole one proves that it is not offered.
                seen = self._everything()
                if self._took(value):
                    return value
                if seen or now >= self._until:
                    raise NoOption(f"{value!r} is not offered", available=seen[:50])
                self._type(value)
                absent_since = clock.monotonic()
            self._wait(_PAUSE)

    def _took(self, value: str) -> bool:
        """Click the one option that equals the value, if it is shown."""
        options = self._options()
        fits = [i for i, text in enumerate(options.texts) if nfc(text) == nfc(value)]
        if len(fits) > 1:
            raise Disagreement(f"{value!r} is offered {len(fits)} times")
        if fits:
            self._take(options, fits[0])
        return bool(fits)

    def _first(self) -> str:
        while not (options := self._options()).texts:
            if clock.monotonic() >= self._until:
                raise NoOption("the list offers nothing", available=[])
            self._wait(_PAUSE)
        self._take(options, 0)
        return options.texts[0]

    def _everything(self) -> list[str]:
        self._type("")
        until = min(self._until, clock.monotonic() + _SURE)
        while True:
            shown = self._options().texts
            if shown or clock.monotonic() >= until:
                return shown
            self._wait(_PAUSE)

    def _type(self, text: str) -> None:
        """Focus and type: both a first letter and an arrow open such a list."""
        called(self._input.focus)
        called(lambda: self._input.fill(text, force=True, timeout=self._milliseconds))
        if not text and not self._options().texts:
            called(lambda: self._input.press("ArrowDown"))

    def _take(self, options: _Options, index: int) -> None:
        option = options.element(index)
        if option is None:
            raise Detached("the option is gone")
        called(lambda: option.click(timeout=self._milliseconds))

    def _options(self) -> _Options:
        """What is offered now, in two calls however long the list is."""
        held = called(lambda: self._input.evaluate_handle(scripts.OPTIONS))
        texts: list[str] = called(lambda: held.evaluate(scripts.OPTION_TEXTS))
        if texts:
            return _Options(texts, lambda index: _nth(held, index))
        more = self._more()
        return _Options([called(one.inner_text).strip() for one in more], more.__getitem__)


@dataclass(frozen=True)
class _Options:
    """Texts of the options shown, and the element of each by its position; None for one that went."""

    texts: list[str]
    element: Callable[[int], ElementHandle | None]


def _nth(held: JSHandle, index: int) -> ElementHandle | None:
    return called(lambda: held.evaluate_handle("(all, i) => all[i]", index)).as_element()
