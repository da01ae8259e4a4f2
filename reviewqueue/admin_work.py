"""Work and proof in the admin: accounts, tasks, runs, doubts, evidence, permits, ledger, chain."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from reviewqueue import pictures, wording
from reviewqueue.admin_base import ReadOnlyAdmin
from reviewqueue.models import Decision
from reviewqueue.site import site
from robot.models import (
    Account,
    ChainHead,
    ChainLink,
    Doubt,
    Evidence,
    LedgerEntry,
    Permit,
    Run,
    Task,
)


@admin.register(Account, site=site)
class AccountAdmin(ReadOnlyAdmin):
    """People's accounts: what should be and what was seen."""

    list_display = ("__str__", "username", "email", "extension", "site", "tenant")
    list_filter = ("tenant",)
    list_select_related = ("tenant",)
    search_fields = ("username", "email", "full_name", "extension", "console_user_id")


@admin.register(Task, site=site)
class TaskAdmin(ReadOnlyAdmin):
    """Tasks, each with all that happened to it."""

    list_display = (
        "__str__",
        "account",
        "tenant",
        "state",
        "state_since",
        "source",
        "requested_by",
    )
    list_filter = ("state", "operation", "tenant", "urgent", "source")
    list_select_related = ("tenant", "account")
    search_fields = ("=id", "account__username", "account__email", "account__full_name")
    ordering = ("-pk",)
    change_form_template = "reviewqueue/task.html"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The task's columns and, below, its doubts, decisions, runs, pictures and ledger."""
        task = self.get_object(request, object_id)
        if isinstance(task, Task) and self.has_view_permission(request, task):
            extra_context = {**_story(task), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, extra_context)


def _story(task: Task) -> dict[str, Any]:
    return {
        "wish": wording.wish(task),
        "doubts": task.doubts.select_related("membership__case").order_by("pk"),
        "decisions": Decision.objects.filter(doubt__task=task).order_by("pk"),
        "runs": task.runs.select_related("login").order_by("pk"),
        "pictures": task.evidence.filter(media_type__startswith="image/").order_by("pk"),
        "texts": task.evidence.exclude(media_type__startswith="image/").order_by("pk"),
        "ledger": task.ledger.order_by("pk"),
    }


@admin.register(Run, site=site)
class RunAdmin(ReadOnlyAdmin):
    """Attempts and readings."""

    list_display = ("__str__", "kind", "flow", "flow_version", "login", "started_at", "outcome")
    list_filter = ("kind", "flow")
    list_select_related = ("task", "login")
    search_fields = ("=task__id", "worker")
    ordering = ("-pk",)


@admin.register(Doubt, site=site)
class DoubtAdmin(ReadOnlyAdmin):
    """Reasons to stop and ask."""

    list_display = ("__str__", "code", "step", "flow", "flow_version", "created_at")
    list_filter = ("code", "flow")
    list_select_related = ("task",)
    search_fields = ("=task__id",)
    ordering = ("-pk",)


@admin.register(Evidence, site=site)
class EvidenceAdmin(ReadOnlyAdmin):
    """Captured pictures and texts; a picture is shown with its stamp."""

    list_display = ("__str__", "tenant", "task", "step", "media_type", "size", "taken_at", "look")
    list_filter = ("kind", "tenant")
    list_select_related = ("tenant", "task")
    search_fields = ("sha256", "=task__id")
    ordering = ("-pk",)
    change_form_template = "reviewqueue/evidence.html"

    @admin.display(description="picture")
    def look(self, row: Evidence) -> str:
        """A link to the stamped picture."""
        if not row.media_type.startswith("image/"):
            return "-"
        address = reverse("admin:robot_evidence_stamped", args=[row.pk])
        return format_html('<a class="rq-link" href="{}">open</a>', address)

    def get_urls(self) -> list[URLPattern]:
        """The two pictures beside Django's own pages."""
        view = self.admin_site.admin_view
        return [
            path(
                "<int:evidence_id>/crop/",
                view(require_safe(self.crop_view)),
                name="robot_evidence_crop",
            ),
            path(
                "<int:evidence_id>/stamped/",
                view(require_safe(self.stamped_view)),
                name="robot_evidence_stamped",
            ),
            *super().get_urls(),
        ]

    def crop_view(self, request: HttpRequest, evidence_id: int) -> HttpResponse:
        """The marked part of a picture."""
        return pictures.crop(self._visible(request, evidence_id))

    def stamped_view(self, request: HttpRequest, evidence_id: int) -> HttpResponse:
        """The whole picture with stamp and outline."""
        return pictures.stamped(self._visible(request, evidence_id))

    def _visible(self, request: HttpRequest, evidence_id: int) -> Evidence:
        row = get_object_or_404(Evidence, pk=evidence_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row


@admin.register(Permit, site=site)
class PermitAdmin(ReadOnlyAdmin):
    """Single-use permissions."""

    list_display = ("__str__", "step", "granted_by", "granted_at", "consumed_at", "voided_at")
    list_filter = ("code",)
    list_select_related = ("task",)
    search_fields = ("=task__id", "granted_by")
    ordering = ("-pk",)


@admin.register(LedgerEntry, site=site)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """What happened, by whom."""

    list_display = ("at", "kind", "actor", "task", "tenant", "gist")
    list_filter = ("kind", "tenant")
    list_select_related = ("task", "tenant")
    search_fields = ("actor", "=task__id")
    ordering = ("-pk",)

    @admin.display(description="what")
    def gist(self, row: LedgerEntry) -> str:
        """The first words of the entry."""
        return gist(row)


def gist(row: LedgerEntry) -> str:
    """A ledger row's body in one line."""
    body = row.body
    if row.kind == "transition":
        return f"{body.get('from')} to {body.get('to')}: {body.get('reason')}"
    return ", ".join(f"{name} {value}" for name, value in body.items())[:160]


@admin.register(ChainHead, site=site)
class ChainHeadAdmin(ReadOnlyAdmin):
    """The newest link of each tenant."""

    list_display = ("tenant", "seq", "hash")
    list_select_related = ("tenant",)


@admin.register(ChainLink, site=site)
class ChainLinkAdmin(ReadOnlyAdmin):
    """Every link."""

    list_display = ("seq", "tenant", "kind", "item", "digest")
    list_filter = ("tenant", "kind")
    list_select_related = ("tenant",)
    search_fields = ("=item", "hash", "digest")
    ordering = ("-pk",)
