"""The Admin Console's origin: sign-in, Application Panel, pages and their back-end.

Paths of pages and the `content` envelope: public automation code. Paths of the back-end are
invented but for the numbers report under `/cm-be/dids/`.
"""

from __future__ import annotations

import re
import uuid

from robot.sandbox import reads
from robot.sandbox.assets import document
from robot.sandbox.engine import SECTION_DELAY, Engine
from robot.sandbox.filters import criteria, filtered
from robot.sandbox.model import Login
from robot.sandbox.origins import OriginApp, answer
from robot.sandbox.sessions import DEVICE_SECONDS, SignInRefusedError
from robot.sandbox.web import Request, Response, json_response

PAGES = re.compile(r"/(?:panel|users|users/user/edit/[\w-]+|licenses|phone-numbers)?/?")
_USER = re.compile(r"/cm-be/users/api/v1/users/([\w-]+)(?:/([\w-]+))?")
_REPORT = "/cm-be/dids/api/v1/dids/export/numbers-report/"
RIBBON = '<p class="k-ribbon">Sandbox console - not 8x8</p>'
# POST /users/{id}/<word> and the operation it stands for.
ACTIONS = {
    "activate": "activate",
    "deactivate": "deactivate",
    "reset-password": "reset_password",
    "resend-welcome": "resend_welcome",
}


class ConsoleApp(OriginApp):
    """Answers for the console's origin."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._reports: set[str] = set()

    @property
    def origin(self) -> str:
        """Own origin."""
        return self.console_origin

    @property
    def device_cookie(self) -> str:
        """Name of the cookie of a device that needs no code, new at each start."""
        return f"sbd_{self.engine.salt}"

    def anonymous(self, request: Request) -> Response | None:
        """The log-in page and its three steps."""
        salt = self.engine.salt
        if request.path == "/v2/login":
            body = RIBBON + "<main></main>"
            return document("login.js", ["theme.css", "login.css"], "Log in", salt, body)
        if request.method == "POST" and request.path.startswith("/sso/"):
            return self._sign_in(request)
        return None

    def _sign_in(self, request: Request) -> Response:
        sessions, events = self.engine.sessions, self.engine.events
        body = {name: str(value) for name, value in request.json().items()}
        username = body.get("loginId", "")
        step = request.path.removeprefix("/sso/")
        self.engine.pause()
        try:
            if step == "username":
                return json_response({})
            if step == "password":
                ticket = sessions.check_password(username, body.get("password", ""))
                token = sessions.skip_code(ticket, request.cookies.get(self.device_cookie, ""))
                if token:
                    return self._signed_in(username, token, body)
                events.add("sign_in", username, "/v2/login", {"outcome": "code_asked"})
                return json_response({"ticket": ticket})
            if step == "code":
                code = re.sub(r"\s", "", body.get("code", ""))
                token = sessions.check_code(body.get("ticket", ""), code)
                response = self._signed_in(username, token, body)
                if request.json().get("skip") is True:
                    device = sessions.remember_device(token)
                    response.cookies.append(
                        f"{self.device_cookie}={device}; Path=/sso; HttpOnly; SameSite=Lax"
                        f"; Max-Age={DEVICE_SECONDS}"
                    )
                return response
        except SignInRefusedError as refusal:
            events.add("sign_in", username, "/v2/login", {"outcome": refusal.outcome})
            return json_response({"message": refusal.message}, 401)
        return json_response({"message": "Not found"}, 404)

    def _signed_in(self, username: str, token: str, body: dict[str, str]) -> Response:
        self.engine.events.add("sign_in", username, "/v2/login", {"outcome": "signed_in"})
        response = json_response({"location": self._landing(body.get("return", ""))})
        response.cookies.append(f"{self.cookie_name}={token}; Path=/; HttpOnly; SameSite=Lax")
        return response

    def _landing(self, wanted: str) -> str:
        """Where to go after sign-in: the page asked for, on our own two origins only."""
        inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
        if inside or wanted.startswith(self.billing_origin + "/"):
            return wanted
        return "/panel"

    def page(self, request: Request, login: Login) -> Response:
        """One page; the script chooses what to draw."""
        del login  # all who may sign in may see every page
        salt = self.engine.salt
        sheets = ["theme.css", "console.css", "form.css"]
        body = f"<div></div>{RIBBON}"
        response = document("console.js", sheets, "Admin Console", salt, body)
        if not PAGES.fullmatch(request.path):
            response.status = 404
        return response

    def data(self, request: Request, login: Login) -> Response:
        """The back-end of the pages."""
        method, path = request.method, request.path
        if (method, path) == ("POST", "/cm-be/events"):
            return self.seen(request, login)
        if (method, path) == ("POST", "/cm-be/signout"):
            self.engine.sessions.sign_out(request.cookies.get(self.cookie_name, ""))
            self.engine.events.add("sign_out", login.username, request.page, {})
            return json_response({"location": "/v2/login"})
        match = _USER.fullmatch(path)
        if match:
            return self._user(request, login, match[1], match[2] or "")
        if (method, path) == ("POST", "/cm-be/dids/api/v1/dids/return"):
            numbers = {"numbers": request.json().get("numbers") or []}
            return answer(self.engine.write(login, request.page, "return_numbers", "", numbers))
        if method != "GET":
            return json_response({"message": "Not found"}, 404)
        return self._list(request, login)

    def _list(self, request: Request, login: Login) -> Response:
        path, query, engine = request.path, request.query, self.engine
        if path == "/cm-be/session":
            return json_response(self._session(login))
        if path == "/cm-be/users/api/v1/users":
            search, terms = query.get("search", ""), query.get("filter", "")
            self.read(request, login, "users", search=search, filter=terms)
            rows = filtered(reads.matching(engine.rows(), search), terms)
            page = reads.page_of(rows, _int(query, "page", 1), _int(query, "size", 25))
            return json_response(page.json())
        if path == "/cm-be/users/api/v1/filters":
            self.read(request, login, "filters")
            with engine.lock:
                return json_response({"content": [criteria(engine.world)]})
        if path == "/cm-be/licenses/api/v1/licenses":
            self.read(request, login, "licenses")
            with engine.lock:
                return json_response({"content": reads.license_rows(engine.world)})
        if path == "/cm-be/dids/api/v1/dids":
            self.read(request, login, "numbers")
            with engine.lock:
                return json_response({"content": reads.number_rows(engine.world)})
        if path.startswith(_REPORT):
            return self._report(request, login, path.removeprefix(_REPORT))
        return json_response({"message": "Not found"}, 404)

    def _session(self, login: Login) -> dict[str, object]:
        engine = self.engine
        user = engine.user(login.user_id)
        return {
            "username": login.username,
            "name": user.name if user else login.username,
            "company": engine.world.company,
            "billing": self.billing_origin if login.my8x8 else "",
            "selectBase": engine.next_select_base(),
            "sectionDelay": round(SECTION_DELAY[engine.settings.speed] * 1000),
        }

    def _user(self, request: Request, login: Login, user_id: str, what: str) -> Response:
        engine, page = self.engine, request.page
        if request.method == "GET":
            return self._form(request, login, user_id, what)
        if request.method == "PUT" and not what:
            return answer(engine.write(login, page, "save_user", user_id, request.json()))
        if request.method == "DELETE" and not what:
            return answer(engine.write(login, page, "delete_user", user_id, {}))
        if request.method == "POST" and what in ACTIONS:
            return answer(engine.write(login, page, ACTIONS[what], user_id, {}))
        return json_response({"message": "Not found"}, 404)

    def _form(self, request: Request, login: Login, user_id: str, what: str) -> Response:
        engine = self.engine
        self.read(request, login, what or "user", user_id=user_id)
        with engine.lock:
            world = engine.world
            user = world.users.get(user_id)
            if user is None:
                return json_response({"message": "User not found"}, 404)
            site = request.query.get("site", user.site)
            if all(one.name != site for one in world.sites):
                return json_response({"message": "Unknown site"}, 422)
            if not what:
                return json_response({"content": [reads.form_of(world, user)]})
            if what == "licenses":
                lie = engine.faults.take("suspended_offered", user_id) is not None
                return json_response(
                    {"content": reads.license_options(world, site, suspended_too=lie)}
                )
            if what == "numbers":
                return json_response({"content": reads.number_options(world, site)})
            if what == "extension":
                pressed = request.query.get("suggest") == "1"
                found = reads.suggestion(world, user_id, site, pressed=pressed)
                return json_response({"content": [found]})
        return json_response({"message": "Not found"}, 404)

    def _report(self, request: Request, login: Login, rest: str) -> Response:
        """The numbers report: start, poll, fetch (public automation code)."""
        if rest == "start":
            number = str(uuid.uuid4())
            self._reports.add(number)
            self.read(request, login, "numbers-report")
            return json_response({"content": [{"uuid": number}]})
        number, _, what = rest.partition("/")
        if number not in self._reports:
            return json_response({"message": "Not found"}, 404)
        if what == "status":
            url = f"{_REPORT}{number}/file.csv"
            return json_response({"content": [{"status": "DONE", "presignUrl": url}]})
        if what == "file.csv":
            with self.engine.lock:
                rows = reads.number_rows(self.engine.world)
            lines = ["Number status,Phone number,Extension"]
            names = {"PORTING": "Porting"}
            for row in rows:
                status = names.get(row["status"], row["status"])
                lines.append(f"{status},{row['number']},{row['extension']}")
            text = "\r\n".join(lines) + "\r\n"
            headers = {"Cache-Control": "no-store"}
            return Response(200, text.encode(), "text/csv; charset=utf-8", headers)
        return json_response({"message": "Not found"}, 404)


def _int(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 7 else default
