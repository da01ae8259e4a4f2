"""The row of a leaver: when the tenant's stages are due, and who stopped them.

It belongs to the same application as `models.py`, which offers it together with its own.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Departure(models.Model):
    """One person's leaving, from the day they shall not sign in any more; open until they return.

    kept: the desired voice fields at the freeing of the licence, wished again if they return.
    """

    account = models.ForeignKey("robot.Account", models.PROTECT, related_name="departures")
    since = models.DateTimeField()
    free_at = models.DateTimeField(help_text="the licence is freed from then on")
    delete_at = models.DateTimeField(help_text="the user is deleted from then on, once approved")
    freed_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    kept = models.JSONField(default=dict, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.CharField(max_length=150, blank=True)
    stop_reason = models.CharField(max_length=300, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(returned_at=None, deleted_at=None),
                name="one_open_departure_per_account",
            )
        ]
        indexes = [
            # Read by the sweep: which stages are due?
            models.Index(fields=["returned_at", "stopped_at", "free_at"], name="due_stages")
        ]

    def __str__(self) -> str:
        return f"departure of {self.account}"
