"""My 8x8, the billing portal: cost centers, on an origin and in a layout of its own.

8x8 public docs: `Billing > Cost Center Management`, tabs `Cost Center Setup` and `Cost Center
Assignment`, `User Assignment`, three settings and their values, role `My8x8`. Paths and markup are invented.
"""

from __future__ import annotations

import re
from dataclasses import asdict

from robot.sandbox import reads
from robot.sandbox.assets import document
from robot.sandbox.model import Login
from robot.sandbox.origins import OriginApp, answer
from robot.sandbox.web import Request, Response, json_response

_ONE = re.compile(r"/cm-be/cost-centers/assignments/([\w-]+)")
SETTINGS = ("opted_in", "cost_center_type", "cost_center_billing")
RIBBON = '<p class="k-ribbon">Sandbox billing portal - not 8x8</p>'


class BillingApp(OriginApp):
    """Answers for the billing origin."""

    @property
    def origin(self) -> str:
        """Own origin."""
        return self.billing_origin

    def anonymous(self, request: Request) -> Response | None:
        """Nothing here is open; not even the path is looked at."""
        del request
        return None

    def page(self, request: Request, login: Login) -> Response:
        """One page; the script chooses what to draw."""
        sheets = ["theme.css", "billing.css"]
        body = f"{RIBBON}<div></div>"
        response = document("billing.js", sheets, "My 8x8", self.engine.salt, body)
        if not login.my8x8:
            response.status = 403
        elif request.path not in ("/", "/billing/cost-centers"):
            response.status = 404
        return response

    def data(self, request: Request, login: Login) -> Response:
        """Cost centers, assignments, one write."""
        method, path, engine = request.method, request.path, self.engine
        if (method, path) == ("POST", "/cm-be/events"):
            return self.seen(request, login)
        if (method, path) == ("GET", "/cm-be/session"):
            return json_response(
                {
                    "username": login.username,
                    "allowed": login.my8x8,
                    "console": self.console_origin,
                    "company": engine.world.company,
                }
            )
        if not login.my8x8:
            return json_response({"message": "My 8x8 role required"}, 403)
        if (method, path) == ("GET", "/cm-be/cost-centers"):
            self.read(request, login, "cost-centers")
            with engine.lock:
                rows = [asdict(one) for one in engine.world.cost_centers]
            return json_response({"content": rows})
        if (method, path) == ("GET", "/cm-be/cost-centers/settings"):
            self.read(request, login, "cost-center-settings")
            with engine.lock:
                world = engine.world
                found = {name: getattr(world, name) for name in SETTINGS}
            return json_response({"content": [found]})
        if (method, path) == ("PUT", "/cm-be/cost-centers/settings"):
            wanted = {name: request.json().get(name) for name in SETTINGS}
            operation = "save_cost_center_settings"
            return answer(engine.write(login, request.page, operation, "", wanted))
        if (method, path) == ("GET", "/cm-be/cost-centers/assignments"):
            search = request.query.get("search", "")
            self.read(request, login, "assignments", search=search)
            rows = reads.matching(engine.rows(), search)
            number = request.query.get("page", "1")
            page = reads.page_of(rows, int(number) if number.isdecimal() else 1, 25)
            return json_response(page.json())
        match = _ONE.fullmatch(path)
        if match and method == "PUT":
            fields = {"cost_center": str(request.json().get("cost_center", ""))}
            outcome = engine.write(login, request.page, "assign_cost_center", match[1], fields)
            return answer(outcome)
        return json_response({"message": "Not found"}, 404)
