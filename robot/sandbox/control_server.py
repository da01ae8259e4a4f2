"""The control port: a server apart, so that nothing on the console's origins can steer it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from robot.sandbox.engine import Engine
from robot.sandbox.faults import Fault
from robot.sandbox.web import BadRequestError, Request, Response, json_response


class ControlApp:
    """POST /<verb> with a JSON object; answers JSON. 400 says what was wrong."""

    def __init__(self, engine: Engine, close: Callable[[], None]) -> None:
        self._engine = engine
        self._close = close
        self._verbs: dict[str, Callable[[dict[str, Any]], Any]] = {
            "truth": lambda _: self.truth(),
            "events": lambda body: engine.events.after(int(body.get("after", 0))),
            "start_state": lambda _: self.start_state(),
            "reset": lambda body: engine.reset(body.get("seed")),
            "fault": self._fault,
            "clear_faults": lambda _: engine.clear_faults(),
            "hold": lambda body: engine.holds.arm(body.get("operation")),
            "held": lambda _: engine.holds.held(),
            "release": lambda body: engine.holds.release(apply=bool(body.get("apply", True))),
            "advance": lambda body: engine.clock.advance(float(body["seconds"])),
            "edit_user": lambda body: engine.edit_user(body["user_id"], body["fields"]),
            "close_port": lambda _: threading.Thread(target=self._close, daemon=True).start(),
        }

    def handle(self, request: Request) -> Response:
        """Carry out the verb the path names."""
        # A page of another origin could post here blindly; a browser always says who it is.
        if "origin" in request.headers:
            return json_response({"message": "not for browsers"}, 403)
        verb = self._verbs.get(request.path.removeprefix("/"))
        if verb is None or request.method != "POST":
            return json_response({"message": f"no verb {request.path!r}"}, 404)
        try:
            return json_response(verb(request.json()))
        except KeyError as error:
            return json_response({"message": f"unknown or missing: {error}"}, 400)
        except (TypeError, ValueError, BadRequestError) as error:
            return json_response({"message": str(error)}, 400)

    def truth(self) -> dict[str, Any]:
        """What is so."""
        with self._engine.lock:
            return self._engine.world.truth()

    def start_state(self) -> dict[str, Any]:
        """Who can sign in and who is who."""
        with self._engine.lock:
            world = self._engine.world
            keys = ("username", "password", "totp_secret", "user_id")
            logins = [{key: asdict(one)[key] for key in keys} for one in world.logins]
            return {
                "logins": logins,
                "cast": dict(world.cast),
                "joiners": list(world.joiners),
                "movers": list(world.movers),
                "leavers": list(world.leavers),
            }

    def _fault(self, body: dict[str, Any]) -> None:
        allowed = {"name", "times", "user_id", "operation", "seconds"}
        unknown = sorted(set(body) - allowed)
        if unknown:
            raise ValueError(f"no option {', '.join(unknown)}")
        self._engine.arm(Fault(**{"times": 1, **body}))
