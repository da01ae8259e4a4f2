"""Identity while playing: finding the person's row, binding it, and proof before a commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from robot import clock
from robot.player import steps as st
from robot.player.driver import Driver, Place, Row
from robot.player.errors import Detached, Missing, Unsure
from robot.player.flow import Flow
from robot.player.identity import PROOFS, Equal, candidate, compared, match, present, proofs
from robot.player.quorum import Numbers, find, rendered

_PAUSE = 0.02


class People:
    """Who is asked for, what was seen of them, and the bond between that and the commit.

    anchors: key -> text as seen. Every failure raises Unsure with its code, asked beside seen.
    """

    def __init__(
        self, flow: Flow, parameters: Mapping[str, str], driver: Driver, equal: Equal
    ) -> None:
        self._flow, self._driver, self._equal = flow, driver, equal
        self.asked = {key: parameters[key] for key in st.KEYS if parameters.get(key)}
        self.anchors: dict[str, str] = {}
        self.row: Row | None = None
        self.absences = 0
        self.found_instead: list[dict[str, str]] = []
        self._place: Place | None = None
        self._by_row = False
        self._row_place: Place | None = None
        self._row_keys: dict[str, str] = {}

    def identify(self, step: st.Identify, values: Mapping[str, str], numbers: Numbers) -> None:
        """Carry out an identify step."""
        self._loaded(step, values, numbers)
        headers = list(step.columns.values())
        rows = self._driver.rows(headers) or []
        columns = {str(key): header for key, header in step.columns.items()}
        keyed = [{key: row.get(head, "") for key, head in columns.items()} for row in rows]
        candidates = [candidate(row, columns) for row in rows]
        if step.more is not None and self._driver.usable(rendered(step.more, values)[1]):
            raise Unsure(
                "ambiguous_match",
                "more people fit the search than one page shows; give a narrower key",
                asked=self.asked,
                candidates=candidates,
            )
        if step.expect == "absent":
            self.absences += 1
            left = present(self.asked, keyed, self._flow.kind_of, self._equal)
            self.found_instead += [candidates[i] for i in left]
            return
        found = match(self.asked, keyed, self._flow.kind_of, self._equal)
        shown: dict[str, Any] = {
            "asked": self.asked,
            "candidates": [candidates[i] for i in found.rows],
        }
        if found.index >= 0:
            shown["seen"] = {k: v for k, v in keyed[found.index].items() if k in self.asked}
        match found.outcome:
            case "none":
                code = step.doubt or "not_found"
                raise Unsure(code, "nobody with these keys is listed", asked=self.asked)
            case "many":
                raise Unsure("ambiguous_match", "several people fit all keys given", **shown)
            case "mismatch":
                raise Unsure("identity_mismatch", "one key fits and another does not", **shown)
            case "unprovable":
                raise Unsure(
                    "identity_unprovable", "the list does not show two keys that fit", **shown
                )
            case "one":
                self._bind(step, found.index, keyed[found.index])

    def _loaded(self, step: st.Identify, values: Mapping[str, str], numbers: Numbers) -> None:
        """Wait until the list has come: no sign of loading, and rows or the text for none.

        Until then nothing is absent: raises Unsure(console_unavailable) when time is over.
        """
        headers = list(step.columns.values())
        loading = rendered(step.loading, values)[1] if step.loading is not None else None
        empty = rendered(step.empty, values)[1]
        until = clock.monotonic() + step.timeout
        while True:
            still = loading is not None and any(self._driver.survey(loading, visible=True))
            if not still:
                if self._driver.rows(headers):
                    return
                if any(self._driver.survey(empty, visible=True)):
                    find(self._driver, step.empty, values, "read", numbers, 1.0, visible=True)
                    return
            if clock.monotonic() >= until:
                message = "the list did not finish loading"
                raise Unsure("console_unavailable", message, asked=self.asked)
            self._driver.wait(_PAUSE)

    def _bind(self, step: st.Identify, index: int, keys: Mapping[str, str]) -> None:
        self._driver.bind_row(list(step.columns.values()), index)
        row = self._driver.bound_row()
        columns = {str(key): header for key, header in step.columns.items()}
        if row is None or any(
            row.cells.get(columns[key], "") != text for key, text in keys.items()
        ):
            raise Detached("the list changed while the person was being found")
        self.row, self._row_place = row, self._driver.place()
        self._row_keys = {key: text for key, text in keys.items() if text}
        # The row was proved by the keys given. From here on its username and e-mail are asked for
        # too: a form need not show what the list was searched by, a site for instance.
        shown = {key: keys[key] for key in ("username", "email") if keys.get(key)}
        self.asked = {**shown, **self.asked}

    def cell(self, column: str) -> str:
        """The text of the bound row's cell under a header, as it is now. Raises Missing."""
        row = self._driver.bound_row()
        if row is None or not row.attached or column not in row.cells:
            raise Missing(f"the bound row has no column {column!r}")
        return row.cells[column]

    def anchored(self, where: st.Anchors, seen: Mapping[str, str]) -> None:
        """Take over keys seen on a row or form. Raises Unsure when one differs from what was asked."""
        if where.row:
            self._row_bond()
            self._by_row = True
            seen = {**self._row_keys, **seen}
        fit, differ = compared(self.asked, seen, self._flow.kind_of, self._equal)
        if differ:
            asked = {key: self.asked[key] for key in sorted(differ | fit)}
            pair = {"asked": asked, "seen": {key: seen[key] for key in asked}}
            raise Unsure("identity_mismatch", "the page shows another person's key", **pair)
        if proofs(fit, self.asked) >= PROOFS and seen.get("console_user_id"):
            # Proved by others, the form's own id of the person is asked for too from here on: one
            # of the others may be what is about to be changed.
            self.asked = {"console_user_id": seen["console_user_id"], **self.asked}
        self.anchors = {key: text for key, text in seen.items() if text}
        self._place = self._driver.place()

    def prove(self) -> None:
        """Two keys seen and still bound to the page as it is now. Raises Unsure or Detached."""
        fit, _ = compared(self.asked, self.anchors, self._flow.kind_of, self._equal)
        if proofs(fit, self.asked) < PROOFS:
            pair = {"asked": self.asked, "seen": self.anchors}
            raise Unsure(
                "identity_unprovable", "two keys with different values must be shown", **pair
            )
        self.still_bound()

    def proved(self) -> bool:
        """True when two keys were seen on the row found or as anchors."""
        seen = {**self._row_keys, **self.anchors}
        fit, _ = compared(self.asked, seen, self._flow.kind_of, self._equal)
        return proofs(fit, self.asked) >= PROOFS

    def still_bound(self) -> None:
        """The page, and the row where one opened the action, are still those seen. Raises Detached."""
        now = self._driver.place()
        if self._place is None or (now.url, now.moves) != (self._place.url, self._place.moves):
            raise Detached("the page has moved since the person was seen on it")
        if self._by_row:
            self._row_bond()

    def _row_bond(self) -> None:
        now, then, place = self._driver.bound_row(), self.row, self._row_place
        if now is None or then is None or place is None or not now.attached:
            raise Detached("the row of the person is gone")
        if (now.index, dict(now.cells)) != (then.index, dict(then.cells)):
            raise Detached("the row of the person has changed or moved")
        here = self._driver.place()
        if (here.url, here.moves) != (place.url, place.moves):
            raise Detached("the page has moved since the row was found")

    @property
    def by_row(self) -> bool:
        """True when the action is opened from the bound row."""
        return self._by_row
