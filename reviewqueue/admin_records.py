"""The queue's other rows in the admin: members, decisions, notifications."""

from __future__ import annotations

from django.contrib import admin

from reviewqueue.admin_base import ReadOnlyAdmin
from reviewqueue.models import CaseMember, Decision, Notification
from reviewqueue.site import site


@admin.register(CaseMember, site=site)
class CaseMemberAdmin(ReadOnlyAdmin):
    """Which doubts belong to which case."""

    list_display = ("case", "doubt", "joined_at")
    list_select_related = ("case", "doubt__task")


@admin.register(Decision, site=site)
class DecisionAdmin(ReadOnlyAdmin):
    """Who answered what."""

    list_display = ("__str__", "kind", "by", "doubt", "reason", "at")
    list_filter = ("kind",)
    list_select_related = ("doubt__task", "case")
    search_fields = ("by", "=doubt__task__id")
    ordering = ("-pk",)


@admin.register(Notification, site=site)
class NotificationAdmin(ReadOnlyAdmin):
    """What was told to whom and when."""

    list_display = ("__str__", "created_at", "sent_at", "outcome")
    ordering = ("-pk",)
