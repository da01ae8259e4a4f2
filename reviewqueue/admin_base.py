"""The base of every admin page: a window, never a door. Superusers included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpRequest

if TYPE_CHECKING:
    # Unfold carries no types; its classes are Django's with more in them.
    from django.contrib.admin import ModelAdmin as UnfoldAdmin

    ReadOnlyBase = UnfoldAdmin[models.Model]
else:
    from unfold.admin import ModelAdmin as ReadOnlyBase


class ReadOnlyAdmin(ReadOnlyBase):
    """Lists and shows rows; adds, changes and deletes none.

    hidden: columns that hold secrets; they are neither shown nor searched, nor may they be filtered
    by, which would tell them letter by letter.
    """

    hidden: tuple[str, ...] = ()
    actions = None
    list_per_page = 50
    change_list_template = "reviewqueue/change_list.html"
    change_form_template = "reviewqueue/change_form.html"
    object_history_template = "reviewqueue/history.html"

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Nobody adds rows here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody changes rows here; decisions go through their own pages."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody deletes rows."""
        return False

    def get_exclude(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        """The hidden columns, whatever else is left out."""
        return [*(super().get_exclude(request, obj) or ()), *self.hidden]

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        """Every column of the row but the hidden ones."""
        if self.fields:
            return [*self.fields]
        columns = self.model._meta.concrete_fields  # noqa: SLF001  documented by Django
        return [column.name for column in columns if column.name not in self.hidden]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """As Django's, and never into a hidden column, be it by way of another table."""
        if set(lookup.split("__")) & _SECRET_COLUMNS:
            return False
        first = lookup.split("__", maxsplit=1)[0]
        try:
            self.model._meta.get_field(first)  # noqa: SLF001
        except FieldDoesNotExist:
            return super().lookup_allowed(lookup, value, request)
        # Only what is offered as a filter: a column is not there to be guessed at.
        offered = {
            item if isinstance(item, str) else getattr(item, "parameter_name", "")
            for item in self.list_filter
        }
        return first in offered and super().lookup_allowed(lookup, value, request)


#: Columns that no lookup may touch, however it gets there.
_SECRET_COLUMNS = frozenset({"session", "token_hash", "password", "password_ref", "totp_ref"})
