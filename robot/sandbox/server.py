"""Starts and stops a Sandbox: three servers around one engine."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from robot.sandbox.billing import BillingApp
from robot.sandbox.console import ConsoleApp
from robot.sandbox.control_server import ControlApp
from robot.sandbox.engine import REQUEST_DELAY, Engine, Settings, Speed
from robot.sandbox.model import CostCenterType
from robot.sandbox.web import Server


class Sandbox:
    """A stand-in console, billing portal and (unless control=False) control port.

    All listen on 127.0.0.1; port 0 takes a free one. `people` are the ordinary users besides
    the cast, `speed` is none, brisk (30 to 150 ms a request) or real (2 to 8 s). Several can
    live in one process. Raises ValueError for wrong settings, OSError for a port in use.
    """

    def __init__(
        self,
        seed: int = 7,
        people: int = 25,
        *,
        speed: Speed = "none",
        company: str = "acme",
        cost_center_type: CostCenterType = "independent",
        control: bool = True,
        console_port: int = 0,
        billing_port: int = 0,
        control_port: int = 0,
    ) -> None:
        if speed not in REQUEST_DELAY:
            raise ValueError(f"speed must be one of {', '.join(REQUEST_DELAY)}, not {speed!r}")
        if cost_center_type not in ("independent", "site_based"):
            raise ValueError(f"no cost center type {cost_center_type!r}")
        settings = Settings(seed, people, speed, company, cost_center_type)
        self._engine = Engine(settings)
        self._ports = (console_port, billing_port, control_port)
        self._has_control = control
        self._state = ControlApp(self._engine, self.close_control)
        self._servers: list[Server] = []
        self._control: Server | None = None

    def start(self) -> Self:
        """Listen. The ports answer when this returns."""
        if self._servers:
            raise RuntimeError("this Sandbox has been started already")
        console, billing = ConsoleApp(self._engine), BillingApp(self._engine)
        wanted = [(self._ports[0], console, "console"), (self._ports[1], billing, "billing")]
        try:
            for port, app, name in wanted:
                self._servers.append(Server(port, app, f"sandbox-{name}"))
            if self._has_control:
                self._control = Server(self._ports[2], self._state, "sandbox-control")
        except OSError:
            for server in self._servers:
                server.server_close()
            self._servers = []
            raise
        for app in (console, billing):
            app.console_origin = self.console_origin
            app.billing_origin = self.billing_origin
        for server in self._servers:
            server.start()
        if self._control:
            self._control.start()
        return self

    def stop(self) -> None:
        """Close all ports and connections; held writes are dropped. Safe to call twice."""
        self._engine.stop()
        self.close_control()
        servers, self._servers = self._servers, []
        for server in servers:
            server.stop()

    def close_control(self) -> None:
        """Shut the control port only."""
        control, self._control = self._control, None
        if control:
            control.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def console_origin(self) -> str:
        """`http://127.0.0.1:PORT` of the Admin Console. Raises RuntimeError before start."""
        return self._server(0).origin

    @property
    def billing_origin(self) -> str:
        """`http://127.0.0.1:PORT` of My 8x8. Raises RuntimeError before start."""
        return self._server(1).origin

    @property
    def control_origin(self) -> str:
        """`http://127.0.0.1:PORT` of the control port. Raises RuntimeError without one."""
        if self._control is None:
            raise RuntimeError("this Sandbox has no control port")
        return self._control.origin

    def _server(self, index: int) -> Server:
        if not self._servers:
            raise RuntimeError("this Sandbox is not running")
        return self._servers[index]

    @property
    def logins(self) -> list[dict[str, str]]:
        """Two robot logins, then the primary admin: username, password, totp_secret, user_id."""
        logins: list[dict[str, str]] = self._state.start_state()["logins"]
        return logins

    @property
    def cast(self) -> dict[str, str]:
        """User id by key of the named cast (robot.sandbox.people.CAST has the usernames)."""
        return dict(self._engine.world.cast)

    @property
    def joiners(self) -> list[str]:
        """Ids of seeded people without a licence, made by SCIM, not in the directory."""
        return list(self._engine.world.joiners)

    @property
    def movers(self) -> list[str]:
        """Ids of seeded people with a licence who are to change."""
        return list(self._engine.world.movers)

    @property
    def leavers(self) -> list[str]:
        """Ids of seeded people with a licence who are to leave."""
        return list(self._engine.world.leavers)

    def truth(self) -> dict[str, Any]:
        """What is so, whatever the pages show."""
        return self._state.truth()

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """The event log beyond number `after`."""
        return self._engine.events.after(after)
