"""What the console and My 8x8 share: the session cookie, static files, one guard."""

from __future__ import annotations

from abc import ABC, abstractmethod
from http import HTTPStatus
from urllib.parse import quote

from robot.sandbox.assets import static_file
from robot.sandbox.engine import AnswerLostError, Engine
from robot.sandbox.model import Login
from robot.sandbox.web import Request, Response, json_response, redirect
from robot.sandbox.writes import Outcome

API = "/cm-be/"


class OriginApp(ABC):
    """One origin. Subclasses answer pages and data for somebody who is signed in."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # Filled in once both ports are known.
        self.console_origin = ""
        self.billing_origin = ""

    @property
    @abstractmethod
    def origin(self) -> str:
        """`http://host:port` of this one."""

    @property
    def cookie_name(self) -> str:
        """Name of the session cookie, new at each start."""
        # Cookies of 127.0.0.1 are shared by all its ports: one name a Sandbox.
        return f"sb_{self.engine.salt}"

    def login_of(self, request: Request) -> Login | None:
        """Who sent this request; None when the session is over."""
        return self.engine.sessions.login_for(request.cookies.get(self.cookie_name, ""))

    def handle(self, request: Request) -> Response:
        """Static files and sign-in for all, the rest behind the session."""
        path = request.path
        prefix = f"/static/{self.engine.salt}/"
        if path.startswith(prefix):
            return static_file(path.removeprefix(prefix), self.engine.salt)
        if request.method not in ("GET", "HEAD") and not self._same_origin(request):
            return json_response({"message": "Wrong origin"}, 403)
        answer = self.anonymous(request)
        if answer:
            return answer
        login = self.login_of(request)
        if path.startswith(API):
            if login is None:
                # Public automation code: back-end calls answer 401 when the session is over.
                return json_response({"message": "Unauthorized"}, 401)
            try:
                return self.data(request, login)
            except AnswerLostError:
                return Response(200, cut=True)
        if request.method not in ("GET", "HEAD"):
            return json_response({"message": "Not found"}, 404)
        if login is None:
            target = path + (f"?{_query(request)}" if request.query else "")
            back = target if self.origin == self.console_origin else self.origin + target
            return redirect(f"{self.console_origin}/v2/login?return={quote(back, safe='')}")
        self.engine.events.add("page", login.username, path, {"via": "document"})
        return self.page(request, login)

    def _same_origin(self, request: Request) -> bool:
        return request.headers.get("origin", self.origin) == self.origin

    @abstractmethod
    def anonymous(self, request: Request) -> Response | None:
        """An answer that needs no session, or None."""

    @abstractmethod
    def page(self, request: Request, login: Login) -> Response:
        """The HTML of a page."""

    @abstractmethod
    def data(self, request: Request, login: Login) -> Response:
        """The answer to a back-end call."""

    def seen(self, request: Request, login: Login) -> Response:
        """A click or a change of page told by the page's own script."""
        body = request.json()
        kind = "page" if body.get("kind") == "page" else "click"
        detail = {name: str(body.get(name, ""))[:120] for name in ("tag", "text", "type")}
        page = str(body.get("page", request.page))[:300]
        if kind == "page":
            detail = {"via": "route"}
        self.engine.events.add(kind, login.username, page, detail)
        return Response(204)

    def read(self, request: Request, login: Login, what: str, **detail: object) -> None:
        """Note a read, then take as long as the console would."""
        self.engine.events.add("read", login.username, request.page, {"what": what, **detail})
        self.engine.pause()


def answer(outcome: Outcome) -> Response:
    """A write's answer: good ones have the envelope `content`, a 424 these three members.

    Both shapes are from public automation code. invented: the message of a good answer, and that
    a partial save and the other refusals look like a 424.
    """
    body: dict[str, object] = {"content": []}
    if outcome.status != HTTPStatus.OK:
        body = {"httpStatus": HTTPStatus(outcome.status).name, "validationErrors": None}
    return json_response({**body, "message": outcome.message}, outcome.status)


def _query(request: Request) -> str:
    return "&".join(f"{quote(name)}={quote(value)}" for name, value in request.query.items())
