"""The machine side's rows: fields and constraints, no behaviour.

Whatever writes them: state of a task `transitions.py`, leases `leases.py`, the chain
`evidence/chain.py`, desired fields `intake/desired.py`. What is append only lies in `records.py`.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from robot.departures import Departure
from robot.policy import ONE_AT_A_TIME
from robot.records import ChainHead, ChainLink, Doubt, Evidence, LedgerEntry
from robot.rule_models import RuleTable
from robot.states import EXCLUSIVE, FINAL, State

__all__ = [
    "Account",
    "ChainHead",
    "ChainLink",
    "Connection",
    "ConsoleLogin",
    "Departure",
    "Doubt",
    "Evidence",
    "IntakeRequest",
    "LedgerEntry",
    "Pause",
    "Permit",
    "ProtectedAccount",
    "RuleTable",
    "Run",
    "Task",
    "Tenant",
]

_EXCLUSIVE = sorted(EXCLUSIVE)
_FINAL = sorted(FINAL)
_IN_A_FORM = sorted({State.RUNNING, State.COMMITTING})


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
    appear_within = models.PositiveIntegerField(
        default=90, help_text="minutes in which 8x8's SCIM creates a person; then a doubt"
    )
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


class Account(models.Model):
    """One person's account in a tenant: the keys it is known by, what should be, what was seen.

    desired: field -> {"value", "source", "version"}; observed: fact -> {"value", "read_at"}.
    attributes: what rules ask for, of the person and not the account: {"groups": [...],
    "department", "country", "title"}; filled by intake.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT)
    username = models.CharField(max_length=70, blank=True)
    email = models.CharField(max_length=128, blank=True)
    full_name = models.CharField(max_length=160, blank=True)
    site = models.CharField(max_length=120, blank=True)
    extension = models.CharField(max_length=10, blank=True)
    console_user_id = models.CharField(max_length=80, blank=True)
    desired = models.JSONField(default=dict)
    desired_version = models.PositiveIntegerField(default=0)
    observed = models.JSONField(default=dict)
    attributes = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "username"],
                condition=~Q(username=""),
                name="one_account_per_username",
            ),
            models.UniqueConstraint(
                fields=["tenant", "console_user_id"],
                condition=~Q(console_user_id=""),
                name="one_account_per_console_user",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username or self.email


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


class Task(models.Model):
    """One operation on one account with typed parameters (canonical strings, see types.py)."""

    tenant = models.ForeignKey(Tenant, models.PROTECT)
    account = models.ForeignKey(Account, models.PROTECT)
    operation = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    desired_version = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.PLANNED)
    state_since = models.DateTimeField()
    after = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followers"
    )
    approved_with = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="approves",
        help_text="the first task of a pair whose one approval covers this one too",
    )
    urgent = models.BooleanField(default=False)
    due_at = models.DateTimeField()
    source = models.CharField(max_length=40)
    requested_by = models.CharField(max_length=150)
    choice = models.JSONField(default=dict, help_text="candidate a person chose: key -> value")
    attempts = models.PositiveSmallIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0)
    retries = models.PositiveSmallIntegerField(default=0)
    settle_index = models.PositiveSmallIntegerField(default=0)
    intents = models.PositiveSmallIntegerField(default=0)
    intent_at = models.DateTimeField(null=True, blank=True)
    lease_epoch = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=120, blank=True)
    before = models.JSONField(default=dict, help_text="facts read before the commit")
    form = models.JSONField(default=dict, help_text="facts the form showed at the commit")
    banner = models.CharField(max_length=500, blank=True, help_text="what the console answered")
    flow_version = models.PositiveIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True, help_text="changed, already_so, by_hand")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state__in=_EXCLUSIVE),
                name="one_exclusive_task_per_account",
            ),
            # The console suggests the same free number and extension to two forms opened at once.
            models.UniqueConstraint(
                fields=["tenant", "operation"],
                condition=Q(operation__in=ONE_AT_A_TIME, state__in=_IN_A_FORM),
                name="one_form_at_a_time_where_the_console_suggests",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_FINAL, finished_at__isnull=False)
                | (~Q(state__in=_FINAL) & Q(finished_at__isnull=True)),
                name="only_final_tasks_are_finished",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.COMMITTING) | Q(intent_at__isnull=False),
                name="committing_tasks_have_an_intent",
            ),
            models.CheckConstraint(condition=~Q(after=F("id")), name="no_task_waits_for_itself"),
        ]
        indexes = [
            # Read by the claim: due work of a tenant, urgent first.
            models.Index(fields=["tenant", "state", "-urgent", "due_at"], name="due_work"),
            # Read by the sweeper: what has been in a state for too long.
            models.Index(fields=["state", "state_since"], name="state_age"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} #{self.pk}"


class Run(models.Model):
    """One attempt at a task in a browser (kind `attempt`) or one settle read (kind `read_back`)."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="runs")
    login = models.ForeignKey(ConsoleLogin, models.PROTECT)
    kind = models.CharField(max_length=10)
    worker = models.CharField(max_length=120)
    epoch = models.PositiveBigIntegerField()
    flow = models.CharField(max_length=60)
    flow_version = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"run {self.pk} of {self.task}"


class Permit(models.Model):
    """The single-use permission a decision gives a task, bound to the facts that were shown."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="permits")
    code = models.CharField(max_length=40)
    step = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64)
    decision = models.CharField(max_length=60, help_text="reference of the decision")
    granted_by = models.CharField(max_length=150)
    granted_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"permit {self.code} for {self.task}"


class IntakeRequest(models.Model):
    """An accepted request and its answer, so that the same idempotency key gets the same answer."""

    tenant = models.ForeignKey(Tenant, models.PROTECT)
    connection = models.ForeignKey(Connection, models.PROTECT)
    key = models.CharField(max_length=200)
    body_sha256 = models.CharField(max_length=64)
    answer = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="one_answer_per_idempotency_key")
        ]

    def __str__(self) -> str:
        return f"request {self.key}"
