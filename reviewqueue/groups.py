"""Who may do what: three groups, made after every migrate. Being superuser adds nothing here.

reviewer: sees everything, decides cases. operator: sees everything, pauses and resumes the robot,
saves rules. auditor: sees everything, changes nothing.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, Group, Permission

from reviewqueue.actor import Reviewer

REVIEWER, OPERATOR, AUDITOR = "reviewer", "operator", "auditor"
GROUPS = (REVIEWER, OPERATOR, AUDITOR)

_EXTRA = {REVIEWER: "decide_case", OPERATOR: "pause_robot"}


def make(**_: Any) -> None:
    """Make the groups and give each exactly its permissions. Safe to run twice."""
    seeing = Permission.objects.filter(
        content_type__app_label__in=["robot", "reviewqueue"], codename__startswith="view_"
    )
    for name in GROUPS:
        group, _made = Group.objects.get_or_create(name=name)
        extra = Permission.objects.filter(
            content_type__app_label="reviewqueue", codename=_EXTRA.get(name, "")
        )
        group.permissions.set([*seeing, *extra])


def _member(user: Reviewer, group: str) -> bool:
    # By group, not by permission: Django grants a superuser every permission without being asked.
    if isinstance(user, AnonymousUser) or not user.is_active:
        return False
    return Group.objects.filter(name=group, user=user.pk).exists()


def may_decide(user: Reviewer) -> bool:
    """True for an active member of the reviewers."""
    return _member(user, REVIEWER)


def may_pause(user: Reviewer) -> bool:
    """True for an active member of the operators."""
    return _member(user, OPERATOR)


def may_save_rules(user: Reviewer) -> bool:
    """True for an active member of the operators."""
    return _member(user, OPERATOR)
