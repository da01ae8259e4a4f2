"""Filters of the queue's list: open cases unless others are asked for."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from reviewqueue import wording
from reviewqueue.models import Case
from robot import clock
from robot.models import Tenant


class ChoiceFilter(admin.SimpleListFilter):
    """A filter whose first choice holds unless another is taken: "all" must be asked for."""

    default = ""
    default_title = "All"

    def choices(self, changelist: Any) -> Any:
        """The choices, the default first."""
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name or ""]),
            "display": self.default_title,
        }
        for value, title in self.lookup_choices:
            yield {
                "selected": self.value() == str(value),
                "query_string": changelist.get_query_string({self.parameter_name or "": value}),
                "display": title,
            }


class StateFilter(ChoiceFilter):
    """Open cases unless others are asked for."""

    title, parameter_name, default_title = "state", "state", "Open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The other choices."""
        return [("overdue", "Overdue"), ("closed", "Closed"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """The rows of the choice."""
        if self.value() == "all":
            return queryset
        if self.value() == "closed":
            return queryset.exclude(closed_at=None)
        rows = queryset.filter(closed_at=None)
        return rows.exclude(overdue_since=None) if self.value() == "overdue" else rows


class HeldFilter(ChoiceFilter):
    """Whose cases."""

    title, parameter_name = "held by", "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The other choices."""
        return [("mine", "Me"), ("free", "Nobody")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """The rows of the choice."""
        held = queryset.filter(claimed_until__gt=clock.now()).exclude(claimed_by="")
        if self.value() == "mine":
            return held.filter(claimed_by=request.user.get_username())
        return queryset.exclude(pk__in=held.values("pk")) if self.value() == "free" else queryset


class CodeFilter(ChoiceFilter):
    """By kind of doubt."""

    title, parameter_name = "question", "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The codes there are."""
        codes = Case.objects.order_by("code").values_list("code", flat=True).distinct()
        return [(code, wording.words(code).short.capitalize()) for code in codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """The rows of the choice."""
        return queryset.filter(code=self.value()) if self.value() else queryset


class TenantFilter(ChoiceFilter):
    """By tenant."""

    title, parameter_name = "tenant", "tenant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The tenants."""
        return [(one.slug, one.name) for one in Tenant.objects.order_by("name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """The rows of the choice."""
        return queryset.filter(tenant__slug=self.value()) if self.value() else queryset
