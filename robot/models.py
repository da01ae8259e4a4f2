"""The machine side's rows: fields and constraints, no behaviour.

Whatever writes them: state of a task `transitions.py`, leases `leases.py`, the chain
`evidence/chain.py`, desired fields `intake/desired.py`. The customers and their ways in lie in
`tenants.py`, what is append only in `records.py`.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from robot.departures import Departure
from robot.policy import ONE_AT_A_TIME
from robot.records import ChainHead, ChainLink, Doubt, Evidence, LedgerEntry
from robot.rule_models import RuleTable
from robot.states import EXCLUSIVE, FINAL, State
from robot.tenants import Connection, ConsoleLogin, Pause, ProtectedAccount, Tenant

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
