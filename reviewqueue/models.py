"""The human side's rows: questions put to people, their answers, and what was told to whom.

Cases and members are working rows; decisions are append only (triggers refuse changes) and chained.
Written by `cases.py`, `requeue.py` and `notify.py` alone, attempts to sign in by `signin.py`.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from robot.models import Doubt, Tenant


class Scope(models.TextChoices):
    """What one case stands for."""

    ACCOUNT = "account", "one account"  # one doubt, one case, one decision
    FLOW = "flow", "a recorded flow"  # every task stopped at the same step of the same flow
    TENANT = "tenant", "the tenant"  # every task stopped by the same lack


class Kind(models.TextChoices):
    """What a person may answer; the names are those of robot/answers.py."""

    APPROVE = "approve", "approved"
    CHOOSE = "choose", "chosen"
    FIX = "fix", "corrected or tried again"
    BY_HAND = "by_hand", "done by hand"
    REJECT = "reject", "rejected"


class Case(models.Model):
    """A question put to people. Open until every member is decided or has left review."""

    tenant = models.ForeignKey(Tenant, models.PROTECT)
    code = models.CharField(max_length=40)
    scope = models.CharField(max_length=10, choices=Scope.choices)
    key = models.CharField(
        max_length=160, help_text="what open cases of one code are told apart by"
    )
    flow = models.CharField(max_length=60, blank=True)
    step = models.CharField(max_length=80, blank=True)
    urgent = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    opened_empty_queue = models.BooleanField(default=False, help_text="no other case was open then")
    claimed_by = models.CharField(max_length=150, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    overdue_since = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            # Two doubts raised at the same moment meet in one case instead of making two.
            models.UniqueConstraint(
                fields=["tenant", "code", "key"],
                condition=Q(closed_at__isnull=True),
                name="one_open_case_per_question",
            )
        ]
        indexes = [
            # Read by the list, the dashboard and the overdue sweep: open cases, oldest first.
            models.Index(fields=["closed_at", "-urgent", "opened_at"], name="open_cases")
        ]
        permissions = [
            ("decide_case", "Can decide cases"),
            ("pause_robot", "Can pause and resume the robot"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}: {self.code}"


class CaseMember(models.Model):
    """One doubt that belongs to a case."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="members")
    doubt = models.OneToOneField(Doubt, models.PROTECT, related_name="membership")
    joined_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.doubt} in case {self.case_id}"


class Decision(models.Model):
    """One person's answer to one doubt, and the digest of what they were shown. Append only."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions")
    # At most one: the second reviewer gets "already decided" from the database if from nobody else.
    doubt = models.OneToOneField(Doubt, models.PROTECT, related_name="decision")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.CharField(max_length=150, help_text="kept as text: outlives the user's row")
    reason = models.TextField(blank=True)
    parameters = models.JSONField(default=dict)
    candidate = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, help_text="of the facts shown to the person")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"decision {self.pk}: {self.kind} by {self.by}"


class Notification(models.Model):
    """One message about one set of cases: stored before it is sent, so that it is sent once."""

    kind = models.CharField(max_length=10, choices=[("first",) * 2, ("overdue",) * 2])
    cases = models.JSONField(default=list, help_text="ids of the cases it tells of")
    fingerprint = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.kind}: {len(self.cases)} cases"


class SignInAttempt(models.Model):
    """A sign-in that failed, or has just begun; whose and where from are keyed hashes."""

    name = models.CharField(max_length=64, db_index=True)
    address = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"attempt at {self.at}"
