"""Rule tables in the admin: every version to read, and one page a tenant to try and save another."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST, require_safe

from reviewqueue import errors, groups, rules
from reviewqueue.admin_base import ReadOnlyAdmin
from reviewqueue.site import site
from robot import rules_text
from robot.intake import ruling
from robot.models import RuleTable, Tenant
from robot.rules import Rule, WrongRules, parse


@admin.register(RuleTable, site=site)
class RuleTableAdmin(ReadOnlyAdmin):
    """Versions of rule tables, and the operators' page."""

    list_display = ("__str__", "tenant", "version", "saved_by", "saved_at")
    list_filter = ("tenant",)
    list_select_related = ("tenant",)
    ordering = ("-pk",)
    hidden = ("rows",)  # shown as a table instead
    list_before_template = "reviewqueue/rules_tenants.html"
    change_form_template = "reviewqueue/rules_version.html"

    def get_urls(self) -> list[URLPattern]:
        """The tenant's page, its dry run and its save beside Django's own pages."""
        view = self.admin_site.admin_view
        return [
            path("of/<slug:slug>/", view(require_safe(self.page_view)), name="robot_rules"),
            path("of/<slug:slug>/try/", view(require_POST(self.try_view)), name="robot_rules_try"),
            path(
                "of/<slug:slug>/save/", view(require_POST(self.save_view)), name="robot_rules_save"
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every version; above them each tenant's page."""
        tenants = Tenant.objects.order_by("name")
        return super().changelist_view(request, {"tenants": tenants, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One version as it was saved."""
        row = self.get_object(request, object_id)
        if isinstance(row, RuleTable) and self.has_view_permission(request, row):
            table = rules.described(parse(row.rows))
            extra_context = {"table": table, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, extra_context)

    def page_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """The rules that count, and for operators a field to write others in."""
        tenant = self._tenant(request, slug)
        version, table = ruling.current(tenant)
        return self._page(request, tenant, rules_text.write(table) if version else "")

    def try_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Who would get what; saves nothing."""
        tenant = self._tenant(request, slug)
        text = _text(request)
        try:
            tried = rules_text.read(text)
        except WrongRules as error:
            return self._page(request, tenant, text, wrong=error.lines)
        return self._page(request, tenant, text, tried=tried)

    def save_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Save what the dry run before has shown; where that cannot be, the text is kept."""
        tenant = self._tenant(request, slug)
        text, version = _text(request), request.POST.get("version", "")
        try:
            saved = rules.save(
                tenant,
                text,
                request.user,
                version=int(version) if version.isdecimal() else -1,
                token=request.POST.get("token", ""),
            )
        except errors.NotPermitted as error:
            raise PermissionDenied(str(error)) from error
        except WrongRules as error:
            return self._page(request, tenant, text, wrong=error.lines)
        except errors.CaseError as error:
            messages.error(request, str(error))
            return self._page(request, tenant, text)
        messages.success(request, f"Saved: {saved}.")
        return HttpResponseRedirect(reverse("admin:robot_rules", args=[tenant.slug]))

    def _tenant(self, request: HttpRequest, slug: str) -> Tenant:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(Tenant, slug=slug)

    def _page(
        self,
        request: HttpRequest,
        tenant: Tenant,
        text: str,
        *,
        tried: tuple[Rule, ...] | None = None,
        wrong: tuple[str, ...] = (),
    ) -> HttpResponse:
        newest = ruling.newest(tenant)
        table = parse(newest.rows) if newest else ()
        version = newest.version if newest else 0
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Rules of {tenant.name}",
            "has_view_permission": True,
            "tenant": tenant,
            "newest": newest,
            "table": rules.described(table),
            "text": text,
            "wrong": wrong,
            "may_save": groups.may_save_rules(request.user),
        }
        if tried is not None:
            context |= {
                "tried": rules.described(tried),
                "outcome": rules.outcome(ruling.preview(tenant, tried), tried),
                "same": tried == table and newest is not None,
                "version": version,
                "token": rules.shown_token(tenant, version, tried, request.user),
            }
        answer = TemplateResponse(request, "reviewqueue/rules.html", context)
        answer.headers["Cache-Control"] = "no-store, private"
        return answer


def _text(request: HttpRequest) -> str:
    """The rules as typed; browsers end lines with CR LF."""
    return request.POST.get("text", "").replace("\r\n", "\n")
