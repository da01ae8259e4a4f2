"""The client of the control port: how tests and the demo steer a running Sandbox."""

from __future__ import annotations

import contextlib
import http.client
import json
import urllib.error
import urllib.request
from typing import Any


class ControlError(Exception):
    """The control port refused; the text says why."""


class Control:
    """Talks to `Sandbox.control_origin`.

    Every method raises ControlError when refused and OSError when the port is closed. Times are
    in seconds.
    """

    def __init__(self, origin: str, timeout: float = 10.0) -> None:
        self._origin = origin
        self._timeout = timeout
        # Never through a proxy: the port is on this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def _call(self, verb: str, **body: Any) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own port on this machine
            f"{self._origin}/{verb}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                text = json.load(error).get("message", "refused")
        raise ControlError(text)

    def truth(self) -> dict[str, Any]:
        """What is so, whatever the pages show."""
        truth: dict[str, Any] = self._call("truth")
        return truth

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """The log beyond event number `after`: {seq, at, kind, user, page, detail}."""
        events: list[dict[str, Any]] = self._call("events", after=after)
        return events

    def start_state(self) -> dict[str, Any]:
        """{logins, cast, joiners, movers, leavers} as they were seeded."""
        state: dict[str, Any] = self._call("start_state")
        return state

    def reset(self, seed: int | None = None) -> None:
        """A fresh world; sessions, faults, holds and events are gone."""
        self._call("reset", seed=seed)

    def fault(self, name: str, times: int = 1, **options: Any) -> None:
        """Arm a fault (robot.sandbox.faults.FAULTS). Options: user_id, operation, seconds.

        session_expiry strikes at once; stale_list lasts `seconds`; the others strike `times`
        requests that fit.
        """
        self._call("fault", name=name, times=times, **options)

    def clear_faults(self) -> None:
        """No fault armed, no hold, no stale list; held writes are dropped."""
        self._call("clear_faults")

    def hold(self, operation: str | None = None) -> None:
        """Stop the next write (of this operation) after it was received."""
        self._call("hold", operation=operation)

    def held(self) -> list[dict[str, Any]]:
        """Writes now stopped: {request, operation, user_id, fields}."""
        held: list[dict[str, Any]] = self._call("held")
        return held

    def release(self, *, apply: bool = True) -> int:
        """Let held writes go on (True), or drop them and close their sockets (False).

        Returns how many there were.
        """
        return int(self._call("release", apply=apply))

    def advance(self, seconds: float) -> None:
        """Push the Sandbox's clock forward."""
        self._call("advance", seconds=seconds)

    def edit_user(self, user_id: str, **fields: Any) -> None:
        """Change the truth behind everybody's back. `license` and `phone_number` move stock."""
        self._call("edit_user", user_id=user_id, fields=fields)

    def close_port(self) -> None:
        """Shut the control port for good; the console goes on."""
        # It may be shut before its last answer is out.
        with contextlib.suppress(ConnectionError, http.client.HTTPException):
            self._call("close_port")
