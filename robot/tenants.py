"""The customers: their consoles, ways in, robot logins, protected users and pauses.

They belong to the same application as `models.py`, which offers them together with its own. Written by
`manage.py tenant` and `connection`; leases of logins by `leases.py`, pauses by the operators.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce


class Tenant(models.Model):
    """One 8x8 customer account: where its console is and how far the robot may go there."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    console_origin = models.URLField(help_text="scheme://host[:port] of the Admin Console")
    billing_origin = models.URLField(blank=True, help_text="scheme://host[:port] of My 8x8")
    other_origins = models.JSONField(default=list, blank=True, help_text="e.g. the login site")
    practice_account = models.CharField(max_length=70, blank=True, help_text="username for checks")
    mode = models.CharField(
        max_length=10,
        default="alongside",
        choices=[("alongside", "alongside 8x8's SCIM"), ("instead", "instead of 8x8's SCIM")],
        help_text="who creates, activates and deactivates people",
    )
    sites = models.JSONField(default=dict, blank=True, help_text="site -> name of its PBX")
    free_license_after = models.PositiveIntegerField(
        default=7, help_text="days after leaving; 8x8 advises 3 to 7"
    )
    delete_after = models.PositiveIntegerField(
        default=60, help_text="days after leaving; 8x8 advises 30 to 90"
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def origins(self) -> list[str]:
        """Every origin the robot's browser may talk to for this tenant."""
        given = [self.console_origin, self.billing_origin, *self.other_origins]
        return [origin.rstrip("/") for origin in given if origin]


class Pause(models.Model):
    """A stop between steps, for one tenant or (tenant null) for all, until lifted."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, blank=True)
    reason = models.CharField(max_length=300)
    by = models.CharField(max_length=150)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=150, blank=True)

    class Meta:
        # Two operators who press at once make one pause: lifting it must let the robot go on.
        constraints = [
            models.UniqueConstraint(
                # No two nulls are equal; no tenant is 0.
                Coalesce("tenant", 0),
                condition=Q(lifted_at__isnull=True),
                name="one_open_pause_of_a_tenant_or_of_all",
            )
        ]
        # Read by every claim: is there an open pause for this tenant or for all?
        indexes = [models.Index(fields=["lifted_at", "tenant"], name="open_pauses")]

    def __str__(self) -> str:
        return f"pause of {self.tenant or 'everything'}: {self.reason}"


class Connection(models.Model):
    """One way in to a tenant. In this version kind `api`: a token with scopes."""

    tenant = models.ForeignKey(Tenant, models.PROTECT)
    slug = models.SlugField(unique=True)
    kind = models.CharField(max_length=20, default="api")
    mode = models.CharField(
        max_length=10, default="armed", choices=[("observe",) * 2, ("armed",) * 2]
    )
    scopes = models.JSONField(default=list)
    token_prefix = models.CharField(max_length=16, unique=True)
    token_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.slug


class ConsoleLogin(models.Model):
    """One bot account that signs in to a tenant's console; used by one worker at a time."""

    tenant = models.ForeignKey(Tenant, models.PROTECT)
    username = models.CharField(max_length=70)
    password_ref = models.CharField(
        max_length=300, help_text="env:NAME or file:PATH, never a value"
    )
    totp_ref = models.CharField(max_length=300, blank=True)
    session = models.BinaryField(blank=True, default=b"", help_text="encrypted storage state")
    lease_epoch = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=120, blank=True)
    last_served_at = models.DateTimeField(null=True, blank=True)
    refusals = models.PositiveSmallIntegerField(default=0)
    paused_reason = models.CharField(max_length=300, blank=True)
    code_window = models.BigIntegerField(default=0, help_text="last TOTP window spent")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "username"], name="one_login_per_bot_account")
        ]

    def __str__(self) -> str:
        return self.username


class ProtectedAccount(models.Model):
    """A console user the robot never changes: admins and the tenant's own list."""

    tenant = models.ForeignKey(Tenant, models.PROTECT)
    username = models.CharField(max_length=70, help_text="lower case")
    reason = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "username"], name="protected_once")
        ]

    def __str__(self) -> str:
        return f"{self.username}: {self.reason}"
