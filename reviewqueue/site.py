"""The admin's site: Unfold's, with our name, dashboard, and the red banner while the robot is paused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin import sites
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import reverse

from reviewqueue import dashboard, groups, pauses
from reviewqueue.models import Case
from reviewqueue.signin import SignInForm

if TYPE_CHECKING:
    # Unfold carries no types; its classes are Django's with more in them.
    from django.contrib.admin import AdminSite as UnfoldSite
else:
    from unfold.sites import UnfoldAdminSite as UnfoldSite

_BLUE = {
    "50": "oklch(97% .014 254.6)",
    "100": "oklch(93.2% .032 255.6)",
    "200": "oklch(88.2% .059 254.1)",
    "300": "oklch(80.9% .105 251.8)",
    "400": "oklch(70.7% .165 254.6)",
    "500": "oklch(62.3% .214 259.8)",
    "600": "oklch(54.6% .245 262.9)",
    "700": "oklch(48.8% .243 264.4)",
    "800": "oklch(42.4% .199 265.6)",
    "900": "oklch(37.9% .146 265.5)",
    "950": "oklch(28.2% .091 267.9)",
}


class SwitchboardSite(UnfoldSite):
    """Every page knows the pauses in force; the index is the dashboard."""

    login_form = SignInForm
    index_template = "reviewqueue/dashboard.html"
    app_index_template = "reviewqueue/app_index.html"
    password_change_template = "reviewqueue/password_change.html"  # noqa: S105  a template
    password_change_done_template = "reviewqueue/password_change_done.html"  # noqa: S105  a template
    index_title = "Overview"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Unfold's context with our name, styles, menu and the pauses in force."""
        context = super().each_context(request)
        context.update(
            {
                "site_title": "Switchboard",
                "site_header": "Switchboard",
                "site_symbol": "switch_access_shortcut",
                "site_url": None,
                "show_history": False,
                "border_radius": "6px",
                "colors": {**context.get("colors", {}), "primary": _BLUE},
                "styles": [static("reviewqueue/queue.css")],
                "scripts": [],
            }
        )
        if self.has_permission(request):
            context["pauses"] = pauses.open_pauses()
            context["may_pause"] = groups.may_pause(request.user)
            context["sidebar_navigation"] = self._menu(request)
        return context

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The dashboard."""
        page: TemplateResponse = super().index(
            request, {**dashboard.context(), **(extra_context or {})}
        )
        return page

    def _menu(self, request: HttpRequest) -> list[dict[str, Any]]:
        def entry(title: str, icon: str, link: str, permission: str = "") -> dict[str, Any]:
            bare = link.split("?", maxsplit=1)[0]
            active = request.path == bare if bare == reverse("admin:index") else None
            return {
                "title": title,
                "icon": icon,
                "link": link,
                "active": request.path.startswith(bare) if active is None else active,
                "has_permission": not permission or request.user.has_perm(permission),
            }

        def rows(model: str, title: str, icon: str) -> dict[str, Any]:
            app, name = model.split(".")
            address = reverse(f"admin:{app}_{name}_changelist")
            return entry(title, icon, address, f"{app}.view_{name}")

        waiting = Case.objects.filter(closed_at=None).count()
        queue = rows("reviewqueue.case", "Review queue", "inbox")
        if waiting:
            queue |= {"badge": str(waiting)}
        people = [
            entry("Overview", "space_dashboard", reverse("admin:index")),
            queue,
            rows("reviewqueue.decision", "Decisions", "gavel"),
            rows("reviewqueue.notification", "Notifications", "campaign"),
        ]
        work = [
            rows("robot.task", "Tasks", "checklist"),
            rows("robot.account", "Accounts", "person"),
            rows("robot.departure", "Leavers", "logout"),
            rows("robot.run", "Runs", "play_circle"),
            rows("robot.doubt", "Doubts", "help"),
        ]
        proof = [
            rows("robot.evidence", "Evidence", "photo_camera"),
            rows("robot.ledgerentry", "Ledger", "history"),
            rows("robot.permit", "Permits", "verified_user"),
            rows("robot.chainlink", "Chain", "link"),
        ]
        setup = [
            rows("robot.tenant", "Tenants", "domain"),
            rows("robot.connection", "Connections", "cable"),
            rows("robot.consolelogin", "Console logins", "key"),
            rows("robot.protectedaccount", "Protected accounts", "shield_person"),
            rows("robot.ruletable", "Rules", "rule"),
            rows("robot.pause", "Pauses", "pause_circle"),
            rows("auth.user", "Staff", "group"),
        ]
        return [
            {"title": "People", "items": people},
            {"title": "Work", "separator": True, "items": work},
            {"title": "Proof", "separator": True, "items": proof},
            {"title": "Set-up", "separator": True, "items": setup},
        ]


# As Unfold does when it is ready: the site that the address table serves. Rows of other
# applications registered earlier are left behind with the old one, on purpose: see admin.py.
site = SwitchboardSite()
admin.site = sites.site = site
