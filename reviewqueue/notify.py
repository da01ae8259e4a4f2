"""Telling people that cases wait: one message when the queue fills, one for what is overdue.

A message is a row before it is sent, unique for its set of cases, so that two beats send one. It
names no person: codes, tenants and addresses are enough to come and look.
"""

from __future__ import annotations

import hashlib
import json
import urllib.request
from datetime import timedelta
from http.client import HTTPException
from typing import Any

import structlog
from celery import current_app, shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from kombu.exceptions import OperationalError

from reviewqueue import cases, measures, requeue
from reviewqueue.models import Case, Notification
from reviewqueue.wording import words
from robot import clock, probes

log = structlog.get_logger(__name__)

#: The same overdue cases are not told again within this time.
REPEAT = timedelta(hours=1)
#: After a message that could not be sent, the next try waits so long.
RETRY = timedelta(minutes=5)
#: Seconds that a webhook may take.
WEBHOOK_TIMEOUT = 10


@shared_task(name="reviewqueue.notify.notify_due")
def notify_due() -> None:
    """Mend the queue, then tell what is to be told. Safe to run twice."""
    cases.ensure_all()
    requeue.requeue_all()
    overdue = list(cases.mark_overdue())
    tell_first()
    tell_overdue(overdue)


def ring() -> None:
    """Ask for `notify_due` soon. A dead broker is logged: beat asks again anyway."""
    try:
        current_app.send_task("reviewqueue.notify.notify_due", retry=False)
    except (OperationalError, OSError) as error:
        log.warning("notification not rung", reason=type(error).__name__)


def tell_first() -> bool:
    """Tell that the queue, empty until then, has a case. One message for all that came by now."""
    waiting = list(Case.objects.filter(closed_at=None).order_by("opened_at", "pk"))
    starts = [case for case in waiting if case.opened_empty_queue]
    told = _told("first", {case.pk for case in starts})
    if not starts or told:
        return False
    return _send("first", waiting, anchor=[case.pk for case in starts])


def tell_overdue(overdue: list[Case]) -> bool:
    """Tell which cases are overdue, unless the same ones were told within the hour."""
    if not overdue or _told("overdue", {case.pk for case in overdue}, within=REPEAT):
        return False
    return _send("overdue", overdue, anchor=[case.pk for case in overdue])


def _told(kind: str, wanted: set[int], within: timedelta | None = None) -> bool:
    """True if earlier messages told of all of these, or the last one failed a moment ago."""
    now = clock.now()
    rows = Notification.objects.filter(kind=kind)
    last = rows.order_by("-pk").first()
    if last is not None and last.sent_at is None and last.created_at > now - RETRY:
        return True
    sent = rows.exclude(sent_at=None)
    if within is not None:
        sent = sent.filter(created_at__gt=now - within)
    return wanted <= {pk for told in sent.order_by("-pk")[:100] for pk in told.cases}


def _send(kind: str, about: list[Case], *, anchor: list[int]) -> bool:
    if not settings.NOTIFY_EMAIL and not settings.NOTIFY_WEBHOOK:
        return False
    last = Notification.objects.filter(kind=kind).order_by("-pk").values_list("pk", flat=True)
    # Whoever computes the same from the same past is the same message: the second is refused.
    past = json.dumps([kind, sorted(anchor), last.first()])
    try:
        with transaction.atomic():
            row = Notification.objects.create(
                kind=kind,
                cases=sorted({case.pk for case in about}),
                fingerprint=hashlib.sha256(past.encode()).hexdigest(),
                created_at=clock.now(),
            )
    except IntegrityError:
        return False
    outcomes = [_mail(kind, about), _post(kind, about)]
    sent = any(outcome.startswith("sent") for outcome in outcomes)
    row.sent_at = clock.now() if sent else None
    row.outcome = "; ".join(outcome for outcome in outcomes if outcome)[:300]
    row.save(update_fields=["sent_at", "outcome"])
    if not sent:
        log.error("nobody could be told", kind=kind, outcome=row.outcome)
    return sent


def _address(name: str, *args: int) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=args)}"


def _subject(kind: str, about: list[Case]) -> str:
    count = "1 case" if len(about) == 1 else f"{len(about)} cases"
    return (
        f"Switchboard: {count} overdue" if kind == "overdue" else f"Switchboard: {count} to decide"
    )


def _mail(kind: str, about: list[Case]) -> str:
    if not settings.NOTIFY_EMAIL:
        return ""
    minutes = int(measures.oldest_age() // 60)
    lines = [
        f"{words(case.code).short}, {case.tenant.slug}: "
        f"{_address('admin:reviewqueue_case_change', case.pk)}"
        for case in about[:20]
    ]
    if len(about) > len(lines):
        lines.append(f"and {len(about) - len(lines)} more")
    body = "\n".join(
        [
            f"The oldest has waited {minutes} minutes.",
            "",
            *lines,
            "",
            f"All open cases: {_address('admin:reviewqueue_case_changelist')}",
        ]
    )
    try:
        send_mail(_subject(kind, about), body, None, settings.NOTIFY_EMAIL)
    except OSError as error:  # smtplib's errors are OSErrors
        return f"e-mail failed: {type(error).__name__}"
    if probes.mail():
        return "e-mail went to the log only: EMAIL_URL is console://"
    return f"sent to {len(settings.NOTIFY_EMAIL)} by e-mail"


def message(kind: str, about: list[Case]) -> dict[str, Any]:
    """The webhook's JSON: kind, text, cases (id, code, tenant, opened_at, url), oldest_seconds, url."""
    return {
        "kind": kind,
        "text": _subject(kind, about),
        "oldest_seconds": int(measures.oldest_age()),
        "url": _address("admin:reviewqueue_case_changelist"),
        "cases": [
            {
                "id": case.pk,
                "code": case.code,
                "tenant": case.tenant.slug,
                "opened_at": case.opened_at.isoformat(),
                "url": _address("admin:reviewqueue_case_change", case.pk),
            }
            for case in about[:100]
        ],
    }


def _post(kind: str, about: list[Case]) -> str:
    if not settings.NOTIFY_WEBHOOK:
        return ""
    request = urllib.request.Request(  # noqa: S310  the scheme is checked with the settings
        settings.NOTIFY_WEBHOOK,
        data=json.dumps(message(kind, about)).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "switchboard"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=WEBHOOK_TIMEOUT) as answer:  # noqa: S310
            return f"sent by webhook ({answer.status})"
    except (OSError, HTTPException) as error:
        return f"webhook failed: {type(error).__name__}"
