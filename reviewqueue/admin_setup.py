"""Set-up in the admin: tenants, connections, logins, protected accounts, pauses, staff."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from reviewqueue import errors, groups, pauses
from reviewqueue.admin_base import ReadOnlyAdmin
from reviewqueue.site import site
from robot.models import (
    Connection,
    ConsoleLogin,
    IntakeRequest,
    Pause,
    ProtectedAccount,
    Tenant,
)


@admin.register(Tenant, site=site)
class TenantAdmin(ReadOnlyAdmin):
    """Tenants."""

    list_display = ("name", "slug", "console_origin", "billing_origin", "practice_account")
    search_fields = ("name", "slug")


@admin.register(Connection, site=site)
class ConnectionAdmin(ReadOnlyAdmin):
    """Ways in to a tenant. A token is shown by its prefix only."""

    hidden = ("token_hash",)
    list_display = ("slug", "tenant", "kind", "mode", "token_prefix", "expires_at", "last_used_at")
    list_filter = ("tenant", "kind", "mode")
    list_select_related = ("tenant",)
    search_fields = ("slug",)


@admin.register(ConsoleLogin, site=site)
class ConsoleLoginAdmin(ReadOnlyAdmin):
    """Bot accounts. Their stored sessions and where their secrets lie are not shown."""

    hidden = ("session", "password_ref", "totp_ref")
    list_display = ("username", "tenant", "worker", "last_served_at", "refusals", "paused_reason")
    list_filter = ("tenant",)
    list_select_related = ("tenant",)
    search_fields = ("username",)


@admin.register(ProtectedAccount, site=site)
class ProtectedAccountAdmin(ReadOnlyAdmin):
    """Console users the robot never changes."""

    list_display = ("username", "tenant", "reason")
    list_filter = ("tenant",)
    list_select_related = ("tenant",)
    search_fields = ("username",)


@admin.register(IntakeRequest, site=site)
class IntakeRequestAdmin(ReadOnlyAdmin):
    """Accepted requests and their answers."""

    list_display = ("key", "tenant", "connection", "created_at")
    list_filter = ("tenant",)
    list_select_related = ("tenant", "connection")
    search_fields = ("key",)


@admin.register(Pause, site=site)
class PauseAdmin(ReadOnlyAdmin):
    """Pauses, and the operators' two verbs."""

    list_display = ("scope", "reason", "by", "since", "lifted_at", "lifted_by")
    list_select_related = ("tenant",)

    @admin.display(description="for", ordering="tenant")
    def scope(self, row: Pause) -> str:
        """The tenant's name, or everything."""
        return row.tenant.name if row.tenant else "everything"

    def get_urls(self) -> list[URLPattern]:
        """The two verbs beside Django's own pages."""
        view = self.admin_site.admin_view
        return [
            path("set/", view(require_POST(self.set_view)), name="robot_pause_set"),
            path(
                "<int:pause_id>/lift/", view(require_POST(self.lift_view)), name="robot_pause_lift"
            ),
            *super().get_urls(),
        ]

    def set_view(self, request: HttpRequest) -> HttpResponse:
        """Pause one tenant or all."""
        wanted = request.POST.get("tenant", "")
        tenant = None if wanted == "all" else get_object_or_404(Tenant, slug=wanted)
        try:
            pauses.pause(tenant, request.user, request.POST.get("reason", ""))
        except errors.NotPermitted as error:
            raise PermissionDenied(str(error)) from error
        except errors.CaseError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:index"))

    def lift_view(self, request: HttpRequest, pause_id: int) -> HttpResponse:
        """Let the robot go on."""
        which = get_object_or_404(Pause, pk=pause_id)
        try:
            pauses.lift(which, request.user)
        except errors.NotPermitted as error:
            raise PermissionDenied(str(error)) from error
        except errors.CaseError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"The robot goes on for {which.tenant or 'everything'}.")
        return HttpResponseRedirect(reverse("admin:index"))


@admin.register(User, site=site)
class StaffAdmin(ReadOnlyAdmin):
    """Who may sign in and what for; changed by `manage.py staff` alone."""

    hidden = ("password",)
    list_display = ("username", "email", "is_active", "roles", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("username", "email")

    @admin.display(description="groups")
    def roles(self, user: User) -> str:
        """The groups a user is in."""
        names = [name for name in groups.GROUPS if user.groups.filter(name=name).exists()]
        return ", ".join(names) or "none"


@admin.register(Group, site=site)
class GroupAdmin(ReadOnlyAdmin):
    """The groups, made after every migrate."""

    list_display = ("name",)
