"""Tasks with their story, pictures for those who may see them, the pause and its red banner."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from reviewqueue import decide, errors, pauses
from reviewqueue.site import site
from robot import clock, leases
from robot.evidence import capture
from robot.models import Doubt, Evidence, LedgerEntry, Pause, Tenant
from robot.player.events import Capture
from tests.integration import factory, queue

pytestmark = pytest.mark.django_db


def client(name: str) -> Client:
    """A browser in which this user is signed in."""
    made = Client()
    made.force_login(queue.user(name))
    return made


@pytest.fixture
def picture(settings: Any, tmp_path: Path) -> Evidence:
    """A captured page of a task that was decided."""
    settings.EVIDENCE_STORE = f"file://{tmp_path}"
    doubt = queue.leaver()
    found = photographed(doubt)
    decide.decide(
        queue.opened(doubt), "reject", by=queue.user("vera"), shown=queue.shown(doubt), reason="no"
    )
    return found


def photographed(doubt: Doubt) -> Evidence:
    """One picture, stored as the robot stores it."""
    png = io.BytesIO()
    Image.new("RGB", (1440, 900), "white").save(png, "PNG")
    taken = Capture(
        kind="doubt",
        step="s7",
        url="http://127.0.0.1:1/users",
        title="Users",
        taken_at=clock.now(),
        png=png.getvalue(),
        box=(600.0, 300.0, 200.0, 40.0),
        viewport=(1440, 900),
    )
    return capture.save(
        taken,
        tenant=doubt.task.tenant,
        task=doubt.task,
        run=doubt.run,
        flow_version=1,
        login="acme.robot",
    )


def test_a_tasks_page_tells_its_whole_story(picture: Evidence) -> None:
    text = client("ada").get(reverse("admin:robot_task_change", args=[picture.task_id]))
    shown = text.content.decode()
    for words in ("approval_required", "rejected by vera: no", "running to in_review", "attempt"):
        assert words in shown
    assert reverse("admin:robot_evidence_crop", args=[picture.pk]) in shown


@pytest.mark.parametrize("which", ["crop", "stamped"])
@pytest.mark.parametrize("name", ["vera", "otto", "ada"])
def test_pictures_open_for_those_who_may_see_evidence(
    picture: Evidence, name: str, which: str
) -> None:
    answer = client(name).get(reverse(f"admin:robot_evidence_{which}", args=[picture.pk]))
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.content)).width > 100
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("which", ["crop", "stamped"])
def test_pictures_stay_shut_for_others(picture: Evidence, which: str) -> None:
    address = reverse(f"admin:robot_evidence_{which}", args=[picture.pk])
    assert client("nora").get(address).status_code == 403
    assert Client().get(address).status_code == 302
    assert client("vera").post(address).status_code == 405


def test_a_picture_whose_file_is_gone_says_so_instead_of_failing(
    picture: Evidence, settings: Any, tmp_path: Path
) -> None:
    settings.EVIDENCE_STORE = f"file://{tmp_path}/elsewhere"
    answer = client("vera").get(reverse("admin:robot_evidence_crop", args=[picture.pk]))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/webp"


# --- Pause ---


def test_an_operator_pauses_a_tenant_and_every_page_says_so_in_red(picture: Evidence) -> None:
    tenant = picture.tenant
    otto = client("otto")
    otto.post(reverse("admin:robot_pause_set"), {"tenant": tenant.slug, "reason": "Console update"})
    assert leases.is_paused(tenant)
    addresses = [reverse("admin:index"), reverse("admin:password_change")]
    addresses += [reverse("admin:app_list", args=[name]) for name in ("robot", "reviewqueue")]
    for model in site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses.append(reverse(f"{name}_changelist"))
        row = model._default_manager.order_by("pk").first()
        if row is not None:
            addresses += [
                reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "history")
            ]
    root = client("root")
    for address in addresses:
        text = root.get(address).content.decode()
        assert f"The robot is paused for {tenant.name}." in text, address
        assert "Console update" in text, address


def test_who_is_not_signed_in_reads_nothing_about_a_pause() -> None:
    pauses.pause(None, queue.user("otto"), "Console update")
    assert "Console update" not in Client().get(reverse("admin:login")).content.decode()


def test_pausing_everything_stands_in_every_tenants_ledger() -> None:
    tenants = [factory.tenant(), factory.tenant()]
    client("otto").post(reverse("admin:robot_pause_set"), {"tenant": "all", "reason": "Night"})
    assert all(leases.is_paused(tenant) for tenant in tenants)
    told = LedgerEntry.objects.filter(kind="paused", actor="otto")
    assert {entry.tenant_id for entry in told} == {tenant.pk for tenant in tenants}


def test_a_pause_without_a_reason_is_none() -> None:
    factory.tenant()
    answer = client("otto").post(
        reverse("admin:robot_pause_set"), {"tenant": "all", "reason": " "}, follow=True
    )
    assert "A pause needs a reason" in answer.content.decode()
    assert not Pause.objects.exists()


def test_a_tenant_is_paused_once_and_resumed_once() -> None:
    tenant, otto = factory.tenant(), queue.user("otto")
    held = pauses.pause(tenant, otto, "Console update")
    with pytest.raises(errors.NotAllowed, match="paused for"):
        pauses.pause(tenant, otto, "again")
    browser = client("otto")
    browser.post(reverse("admin:robot_pause_lift", args=[held.pk]))
    assert not leases.is_paused(tenant)
    again = browser.post(reverse("admin:robot_pause_lift", args=[held.pk]), follow=True)
    assert "Somebody was first" in again.content.decode()
    assert LedgerEntry.objects.filter(kind="resumed").count() == 1


def test_a_pause_for_a_tenant_nobody_knows_is_refused() -> None:
    answer = client("otto").post(
        reverse("admin:robot_pause_set"), {"tenant": "nowhere", "reason": "x"}
    )
    assert answer.status_code == 404
    assert not Tenant.objects.exists()
