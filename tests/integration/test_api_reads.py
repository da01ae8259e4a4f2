"""What the tasks API shows, and that it shows it to nobody else."""

from __future__ import annotations

import pytest

from robot import clock
from robot.models import Account, Evidence, Task
from robot.states import State
from robot.transitions import doubt, move
from tests.integration import factory
from tests.integration.client import JANE, Outsider

pytestmark = pytest.mark.django_db


def test_a_task_in_review_says_why_and_a_verified_one_how_it_ended() -> None:
    one = Outsider()
    tasks = one.wish(set={"license": "X2"})
    task = Task.objects.get(pk=tasks[0]["id"])
    doubt(task, "not_found", actor="worker", reason="nobody of that name")
    shown = one.get(f"/tasks/{task.pk}")
    assert (shown["state"], shown["doubt"], shown["finished_at"]) == (
        "in_review",
        "not_found",
        None,
    )
    move(task, State.QUEUED, actor="vera", reason="try again")
    move(task, State.RUNNING, actor="worker", reason="claimed")
    Evidence.objects.create(tenant=one.tenant, task=task, kind="before", taken_at=clock.now())
    move(task, State.VERIFIED, actor="worker", reason="already so", outcome="already_so")
    shown = one.get(f"/tasks/{task.pk}")
    assert (shown["state"], shown["doubt"], shown["outcome"]) == ("verified", None, "already_so")
    assert shown["evidence"] == 1
    assert shown["finished_at"] is not None


def test_an_account_shows_what_should_be_what_was_seen_and_what_is_under_way() -> None:
    one = Outsider()
    tasks = one.wish(set={"license": "X2", "cost_center": "Ops"})
    account = Account.objects.get()
    seen = clock.now().isoformat()
    account.observed = {"license": {"value": "X4", "read_at": seen}}
    account.save()
    shown = one.get(f"/accounts/{account.pk}")
    assert shown["keys"] == JANE
    assert shown["desired"]["license"] == {"value": "X2", "source": "api", "version": 1}
    assert shown["observed"]["license"]["value"] == "X4"
    assert [task["id"] for task in shown["open_tasks"]] == [task["id"] for task in tasks]


def test_tasks_are_listed_page_by_page_without_loss_or_repetition() -> None:
    one = Outsider()
    account = factory.account(one.tenant)
    made = [factory.task(account).pk for _ in range(7)]
    factory.task(factory.account(factory.tenant()))
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = one.get("/tasks", limit=3, after_id=after)
        seen += [task["id"] for task in page["tasks"]]
        after = page["next_after_id"]
    assert seen == made


def test_tasks_are_listed_by_state() -> None:
    one = Outsider()
    account = factory.account(one.tenant)
    factory.task(account)
    waiting = factory.task(account, state=State.WAITING)
    page = one.get("/tasks", state="waiting")
    assert [task["id"] for task in page["tasks"]] == [waiting.pk]


@pytest.mark.parametrize(
    "query",
    [
        {"state": "failed"},
        {"limit": 0},
        {"limit": 201},
        {"limit": "many"},
        {"after_id": -1},
        {"after_id": 2**63},
        {"sate": "queued"},
    ],
    ids=str,
)
def test_a_wrong_query_is_refused_by_name(query: dict[str, object]) -> None:
    one = Outsider()
    one.get("/tasks", **query)
    assert one.status == 422
    assert [field["path"] for field in one.answer["fields"]] == list(query)
    assert len(one.refusals()) == 1


def test_another_tenants_rows_are_as_if_they_were_not() -> None:
    one, stranger = Outsider(), Outsider()
    tasks = one.wish(set={"license": "X2"})
    account = one.answer["account"]
    absent = stranger.get("/tasks/999999")
    assert stranger.status == 404
    for path in (f"/tasks/{tasks[0]['id']}", f"/accounts/{account}"):
        answer = stranger.get(path)
        assert stranger.status == 404
        assert answer["error"] == absent["error"]
    assert stranger.get("/tasks")["tasks"] == []
    stranger.wish(set={"license": "X2"})
    assert stranger.answer["account"] != account
    assert one.refusals() == [], "the owner's ledger is not the stranger's to write"


@pytest.mark.parametrize("key", ["0", "-1", str(2**63), "9" * 30])
@pytest.mark.parametrize("kind", ["tasks", "accounts"])
def test_a_key_that_no_row_can_have_is_not_found(kind: str, key: str) -> None:
    one = Outsider()
    one.get(f"/{kind}/{key}")
    assert (one.status, one.answer["error"]) == (404, "not_found")


def test_reading_changes_nothing_and_leaves_no_row() -> None:
    one = Outsider()
    tasks = one.wish(set={"license": "X2"})
    before = Account.objects.values().get()
    one.get("/tasks")
    one.get(f"/tasks/{tasks[0]['id']}")
    one.get(f"/accounts/{one.answer['account']}")
    assert one.status == 200
    assert Account.objects.values().get() == before
    assert one.refusals() == []
