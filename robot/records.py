"""Records: evidence, doubts, ledger and chain. Append only; triggers (`triggers.py`) refuse every change.

They belong to the same application as `models.py`, which offers them together with its own.
"""

from __future__ import annotations

from django.db import models


class Evidence(models.Model):
    """A captured picture or text, its SHA-256 and where its bytes lie. Append only."""

    tenant = models.ForeignKey("robot.Tenant", models.PROTECT)
    task = models.ForeignKey(
        "robot.Task", models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    run = models.ForeignKey("robot.Run", models.PROTECT, null=True, blank=True)
    kind = models.CharField(max_length=20)
    step = models.CharField(max_length=80, blank=True)
    media_type = models.CharField(max_length=40, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    path = models.CharField(max_length=200, blank=True, help_text="key in the evidence store")
    meta = models.JSONField(default=dict)
    taken_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return f"{self.kind} {self.sha256[:12]}"


class Doubt(models.Model):
    """A typed reason to stop and ask, stored in the transaction that moved the task."""

    task = models.ForeignKey("robot.Task", models.PROTECT, related_name="doubts")
    run = models.ForeignKey("robot.Run", models.PROTECT, null=True, blank=True)
    code = models.CharField(max_length=40)
    step = models.CharField(max_length=80, blank=True)
    flow = models.CharField(max_length=60, blank=True)
    flow_version = models.PositiveIntegerField(null=True, blank=True)
    detail = models.JSONField(default=dict, help_text="asked, seen, candidates, attempted ...")
    facts = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.code} on {self.task}"


class LedgerEntry(models.Model):
    """What happened, to what, by whom. Append only; never carries a secret."""

    tenant = models.ForeignKey("robot.Tenant", models.PROTECT)
    task = models.ForeignKey(
        "robot.Task", models.PROTECT, null=True, blank=True, related_name="ledger"
    )
    kind = models.CharField(max_length=40)
    actor = models.CharField(max_length=150)
    body = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "ledger entries"

    def __str__(self) -> str:
        return f"{self.kind} by {self.actor}"


class ChainHead(models.Model):
    """The newest link of a tenant's chain, on its own row so that it can be locked."""

    tenant = models.OneToOneField("robot.Tenant", models.PROTECT, primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


class ChainLink(models.Model):
    """One link: digest and id of one item, bound to the link before it (format v1)."""

    tenant = models.ForeignKey("robot.Tenant", models.PROTECT)
    seq = models.PositiveBigIntegerField()
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    kind = models.CharField(max_length=20)
    item = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "seq"], name="one_link_per_place"),
            models.UniqueConstraint(fields=["tenant", "prev"], name="no_fork_in_the_chain"),
            models.UniqueConstraint(fields=["kind", "item"], name="every_item_chained_once"),
        ]

    def __str__(self) -> str:
        return f"link {self.seq}: {self.kind} {self.item}"
