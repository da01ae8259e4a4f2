"""The admin is a window: every page opens, none writes, no secret is in any of them."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.db import models
from django.test import Client, RequestFactory
from django.urls import reverse

from reviewqueue import cases, decide
from reviewqueue.models import Notification, SignInAttempt
from reviewqueue.site import site
from robot import clock
from robot.models import (
    Connection,
    ConsoleLogin,
    Departure,
    Evidence,
    IntakeRequest,
    Pause,
    ProtectedAccount,
    RuleTable,
    Tenant,
)
from tests.integration import queue

pytestmark = pytest.mark.django_db

_SESSION, _HASH, _REFERENCE = b"canary-session", "canary-hash", "env:CANARY_PASSWORD"
_PASSWORD = "pbkdf2_sha256$1$canary$canary-of-a-password-hash"
_PAGES = list(site._registry.items())
_IDS = [model._meta.label for model, _ in _PAGES]


@pytest.fixture
def rows() -> None:
    """At least one row in every table the admin shows."""
    doubt = queue.leaver()
    decide.decide(queue.opened(doubt), "approve", by=queue.user("vera"), shown=queue.shown(doubt))
    queue.opened(queue.asked("not_found"))
    tenant, now = Tenant.objects.earliest("pk"), clock.now()
    connection = Connection.objects.create(
        tenant=tenant, slug="okta", token_prefix="sb_x", token_hash=_HASH, created_at=now
    )
    ConsoleLogin.objects.update(session=_SESSION, password_ref=_REFERENCE, totp_ref=_REFERENCE)
    ProtectedAccount.objects.create(tenant=tenant, username="acme.admin", reason="admin")
    RuleTable.objects.create(
        tenant=tenant, version=1, rows=[{"give": {"license": "X2"}}], saved_by="otto", saved_at=now
    )
    Departure.objects.create(account=doubt.task.account, since=now, free_at=now, delete_at=now)
    Pause.objects.create(tenant=tenant, reason="holiday", by="otto", since=now)
    Evidence.objects.create(tenant=tenant, task=doubt.task, kind="text", taken_at=now)
    Notification.objects.create(kind="first", cases=[1], fingerprint="f", created_at=now)
    IntakeRequest.objects.create(
        tenant=tenant, connection=connection, key="k", body_sha256="b", answer={}, created_at=now
    )
    queue.user("root")
    User.objects.update(password=_PASSWORD)
    cases.ensure_all()


def client(name: str) -> Client:
    """A browser in which this user is signed in."""
    made = Client()
    made.force_login(queue.user(name))
    return made


def test_every_model_of_ours_has_a_page() -> None:
    ours = {m for app in ("robot", "reviewqueue") for m in apps.get_app_config(app).get_models()}
    # Of attempts to sign in only hashes are stored: nobody could read them.
    assert ours - {SignInAttempt} <= set(site._registry)


@pytest.mark.parametrize(("model", "admin"), _PAGES, ids=_IDS)
@pytest.mark.parametrize("name", queue.CAST)
def test_nobody_has_a_way_to_write(
    name: str, model: type[models.Model], admin: ModelAdmin[Any]
) -> None:
    request = RequestFactory().get("/")
    request.user = queue.user(name)
    assert not admin.has_add_permission(request)
    assert not admin.has_change_permission(request)
    assert not admin.has_delete_permission(request)
    assert admin.get_actions(request) == {}
    assert admin.list_editable == ()


@pytest.mark.parametrize(("model", "admin"), _PAGES, ids=_IDS)
def test_a_superusers_post_writes_nothing(
    rows: None, model: type[models.Model], admin: ModelAdmin[Any]
) -> None:
    root = client("root")
    row = model._default_manager.earliest("pk")
    before = list(model._default_manager.order_by("pk").values())
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    answers = [
        root.post(reverse(f"{name}_change", args=[row.pk]), {"reason": "x", "_save": "1"}),
        root.post(reverse(f"{name}_add"), {"reason": "x", "_save": "1"}),
        root.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}),
        root.post(
            reverse(f"{name}_changelist"),
            {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"},
        ),
    ]
    assert [answer.status_code for answer in answers[:3]] == [403, 403, 403]
    assert list(model._default_manager.order_by("pk").values()) == before


@pytest.mark.parametrize(("model", "admin"), _PAGES, ids=_IDS)
def test_every_page_opens_and_shows_no_secret(
    rows: None, model: type[models.Model], admin: ModelAdmin[Any]
) -> None:
    root = client("root")
    row = model._default_manager.earliest("pk")
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    for address in (
        reverse(f"{name}_changelist"),
        f"{reverse(f'{name}_changelist')}?q=x",
        reverse(f"{name}_change", args=[row.pk]),
        reverse(f"{name}_history", args=[row.pk]),
    ):
        answer = root.get(address)
        assert answer.status_code == 200, address
        for secret in (_SESSION.decode(), _HASH, _REFERENCE, "canary-of"):
            assert secret not in answer.content.decode(), (address, secret)


@pytest.mark.parametrize(
    "lookup",
    [
        "connection/?token_hash__startswith=c",
        "consolelogin/?password_ref__contains=CANARY",
        "consolelogin/?session__isnull=False",
        "run/?login__password_ref__contains=CANARY",
        "intakerequest/?connection__token_hash__startswith=c",
    ],
)
def test_a_secret_cannot_be_guessed_by_filtering(rows: None, lookup: str) -> None:
    address = reverse("admin:index") + f"robot/{lookup}"
    assert client("root").get(address).status_code in (302, 400)


def test_the_index_and_the_small_pages_open(rows: None) -> None:
    root = client("root")
    for name, args in (
        ("index", []),
        ("app_list", ["robot"]),
        ("app_list", ["reviewqueue"]),
        ("password_change", []),
        ("password_change_done", []),
    ):
        assert root.get(reverse(f"admin:{name}", args=args)).status_code == 200, name


@pytest.mark.parametrize("name", ["vera", "otto", "ada"])
def test_each_group_sees_every_row_of_ours(rows: None, name: str) -> None:
    browser = client(name)
    for model in site._registry:
        if model._meta.app_label == "auth":
            continue
        row = model._default_manager.earliest("pk")
        address = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert browser.get(reverse(f"{address}_change", args=[row.pk])).status_code == 200


def test_staff_without_a_group_see_nothing(rows: None) -> None:
    browser = client("nora")
    for model in site._registry:
        address = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert browser.get(reverse(address)).status_code == 403


_ROUNDS = list(itertools.product(("set", "lift"), ("vera", "ada", "nora", "root")))


@pytest.mark.parametrize(("verb", "name"), _ROUNDS)
def test_only_operators_pause_and_resume(rows: None, verb: str, name: str) -> None:
    held = Pause.objects.get()
    address = (
        reverse("admin:robot_pause_set")
        if verb == "set"
        else reverse("admin:robot_pause_lift", args=[held.pk])
    )
    answer = client(name).post(address, {"tenant": "all", "reason": "I want to"})
    assert answer.status_code == 403
    assert list(Pause.objects.values_list("pk", "lifted_at")) == [(held.pk, None)]
