"""People are told once when the queue fills and once an hour what is overdue, all in one message."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core import mail

from reviewqueue import decide, notify
from reviewqueue.models import Case, Notification
from robot import clock
from tests.integration import factory, queue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def told_by_mail(settings: Any) -> None:
    settings.NOTIFY_EMAIL = ["night@acme.example"]
    settings.NOTIFY_WEBHOOK = ""
    settings.CASE_OVERDUE_SECONDS = 1800


@pytest.fixture
def webhook(settings: Any) -> Iterator[list[dict[str, Any]]]:
    """A web server that keeps what is posted to it."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append({"type": self.headers["Content-Type"], **json.loads(body)})
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.NOTIFY_WEBHOOK = f"http://127.0.0.1:{server.server_port}/hook"
    yield received
    server.shutdown()
    thread.join()
    server.server_close()


def grow_old(minutes: int) -> None:
    """All cases were opened so long ago."""
    Case.objects.update(opened_at=clock.now() - timedelta(minutes=minutes))


def test_the_first_case_is_told_once_with_its_address() -> None:
    case = queue.opened(queue.asked("not_found"))
    notify.notify_due()
    notify.notify_due()
    (sent,) = mail.outbox
    assert sent.to == ["night@acme.example"]
    assert sent.subject == "Switchboard: 1 case to decide"
    assert f"/admin/reviewqueue/case/{case.pk}/change/" in sent.body


def test_an_e_mail_that_went_to_the_log_was_told_to_nobody(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    queue.opened(queue.asked("not_found"))
    notify.notify_due()
    row = Notification.objects.get()
    assert row.sent_at is None
    assert row.outcome == "e-mail went to the log only: EMAIL_URL is console://"


def test_no_message_names_a_person() -> None:
    queue.opened(queue.asked("not_found"))
    notify.notify_due()
    (sent,) = mail.outbox
    assert "Anna" not in f"{sent.subject} {sent.body}"
    assert "acme.person" not in sent.body


def test_cases_that_come_while_others_wait_are_not_told_one_by_one() -> None:
    for _ in range(3):
        queue.opened(queue.asked("not_found"))
    notify.notify_due()
    queue.opened(queue.asked("not_found"))
    notify.notify_due()
    assert [sent.subject for sent in mail.outbox] == ["Switchboard: 3 cases to decide"]


def test_when_the_queue_was_emptied_the_next_first_case_is_told_again() -> None:
    doubt = queue.asked("not_found")
    case = queue.opened(doubt)
    notify.notify_due()
    decide.decide(case, "fix", by=queue.user("vera"), shown=queue.shown(doubt))
    queue.opened(queue.asked("not_found"))
    notify.notify_due()
    assert len(mail.outbox) == 2


def test_a_task_whose_signal_was_lost_is_told_as_well() -> None:
    queue.asked("not_found")
    notify.notify_due()
    assert len(mail.outbox) == 1


def test_overdue_cases_are_told_together_and_not_again_within_the_hour() -> None:
    for _ in range(3):
        queue.opened(queue.asked("not_found"))
    notify.notify_due()
    grow_old(31)
    notify.notify_due()
    notify.notify_due()
    assert [sent.subject for sent in mail.outbox[1:]] == ["Switchboard: 3 cases overdue"]
    assert Case.objects.filter(overdue_since=None).count() == 0


def test_the_same_overdue_cases_are_told_again_after_an_hour() -> None:
    queue.opened(queue.asked("not_found"))
    notify.notify_due()
    grow_old(31)
    notify.notify_due()
    old = clock.now() - timedelta(minutes=61)
    Notification.objects.filter(kind="overdue").update(created_at=old)
    notify.notify_due()
    assert len(mail.outbox) == 3


def test_one_more_overdue_case_is_told_at_once() -> None:
    queue.opened(queue.asked("not_found"))
    grow_old(31)
    notify.notify_due()
    queue.opened(queue.asked("not_found"))
    grow_old(32)
    notify.notify_due()
    assert mail.outbox[-1].subject == "Switchboard: 2 cases overdue"


def test_fewer_overdue_cases_are_no_news() -> None:
    doubts = [queue.asked("not_found") for _ in range(2)]
    first, _ = [queue.opened(doubt) for doubt in doubts]
    grow_old(31)
    notify.notify_due()
    before = len(mail.outbox)
    decide.decide(first, "fix", by=queue.user("vera"), shown=queue.shown(doubts[0]))
    notify.notify_due()
    assert len(mail.outbox) == before


def test_young_cases_are_not_overdue() -> None:
    queue.opened(queue.asked("not_found"))
    grow_old(29)
    notify.notify_due()
    assert not Notification.objects.filter(kind="overdue").exists()


def test_the_webhook_gets_json_with_ids_and_addresses(webhook: list[dict[str, Any]]) -> None:
    tenant = factory.tenant()
    case = queue.opened(queue.asked("not_found", of=factory.account(tenant)))
    notify.notify_due()
    (body,) = webhook
    assert body["type"] == "application/json"
    assert body["kind"] == "first"
    (one,) = body["cases"]
    assert (one["id"], one["code"], one["tenant"]) == (case.pk, "not_found", tenant.slug)
    assert one["url"].endswith(f"/admin/reviewqueue/case/{case.pk}/change/")


def test_a_webhook_that_is_down_is_noted_and_tried_again_later(settings: Any) -> None:
    settings.NOTIFY_EMAIL = []
    settings.NOTIFY_WEBHOOK = "http://127.0.0.1:9/hook"  # the discard port: nobody listens
    queue.opened(queue.asked("not_found"))
    notify.notify_due()
    notify.notify_due()
    row = Notification.objects.get()
    assert row.sent_at is None
    assert "webhook failed" in row.outcome
    Notification.objects.update(created_at=clock.now() - timedelta(minutes=6))
    settings.NOTIFY_EMAIL = ["night@acme.example"]
    notify.notify_due()
    assert len(mail.outbox) == 1


def test_without_an_address_nobody_is_told_and_nothing_is_stored(settings: Any) -> None:
    settings.NOTIFY_EMAIL = []
    queue.opened(queue.asked("not_found"))
    notify.notify_due()
    assert not Notification.objects.exists()
