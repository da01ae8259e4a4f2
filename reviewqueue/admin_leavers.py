"""Leavers in the admin: when each tenant's stages are due, and the operators' stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from reviewqueue import errors, groups, leavers
from reviewqueue.admin_base import ReadOnlyAdmin
from reviewqueue.site import site
from robot.models import Departure


@admin.register(Departure, site=site)
class DepartureAdmin(ReadOnlyAdmin):
    """Who is leaving, and what happens to them when."""

    list_display = ("account", "customer", "since", "standing", "free_at", "delete_at")
    list_filter = ("account__tenant",)
    list_select_related = ("account__tenant",)
    ordering = ("-since",)
    change_form_template = "reviewqueue/departure.html"

    @admin.display(description="tenant", ordering="account__tenant")
    def customer(self, row: Departure) -> str:
        """The tenant's name."""
        return row.account.tenant.name

    @admin.display(description="stands")
    def standing(self, row: Departure) -> str:
        """Where it stands."""
        return leavers.standing(row)

    def get_urls(self) -> list[URLPattern]:
        """The two verbs beside Django's own pages."""
        view = self.admin_site.admin_view
        return [
            path(
                "<int:key>/stop/",
                view(require_POST(self.stop_view)),
                name="robot_departure_stop",
            ),
            path(
                "<int:key>/resume/",
                view(require_POST(self.resume_view)),
                name="robot_departure_resume",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The row with the verb that fits."""
        row = self.get_object(request, object_id)
        is_open = isinstance(row, Departure) and not (row.returned_at or row.deleted_at)
        more = {
            "departure": row,
            "standing": leavers.standing(row) if isinstance(row, Departure) else "",
            "may_stop": is_open and groups.may_pause(request.user),
        }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def stop_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Stop the stages."""
        reason = request.POST.get("reason", "")
        return self._done(request, key, lambda row: leavers.stop(row, request.user, reason))

    def resume_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Let them go on."""
        return self._done(request, key, lambda row: leavers.resume(row, request.user))

    def _done(
        self, request: HttpRequest, key: int, does: Callable[[Departure], None]
    ) -> HttpResponse:
        row = get_object_or_404(Departure, pk=key)
        try:
            does(row)
        except errors.NotPermitted as error:
            raise PermissionDenied(str(error)) from error
        except errors.CaseError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:robot_departure_change", args=[row.pk]))
