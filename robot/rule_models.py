"""Rule tables: who gets what, version by version. Append only, like `records.py`.

They belong to the same application as `models.py`, which offers them together with its own; what a
row says is read by `rules.py`, what is saved by `intake/ruling.py`.
"""

from __future__ import annotations

from django.db import models


class RuleTable(models.Model):
    """One saved version of a tenant's rules; the newest counts."""

    tenant = models.ForeignKey("robot.Tenant", models.PROTECT)
    version = models.PositiveIntegerField()
    rows = models.JSONField(default=list, help_text="rules in their order: if, give")
    saved_by = models.CharField(max_length=150)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "version"], name="one_table_of_rules_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"rules of {self.tenant}, version {self.version}"
