"""Whom a request means: the known account, a new one, or a refusal; never somebody guessed."""

from __future__ import annotations

import pytest

from robot import clock
from robot.intake import accounts, desired
from robot.intake.refusal import Refusal
from robot.models import Account, LedgerEntry, Task
from robot.observed import observe
from tests.integration import factory
from tests.integration.client import JANE, Outsider

pytestmark = pytest.mark.django_db

SET = {"license": "X2"}
TWIN = {"email": "sam@acme.example", "full_name": "Sam Lee", "site": "London"}


def _account(one: Outsider, keys: dict[str, str]) -> int:
    one.wish(keys, set=SET)
    found: int = one.answer["account"]
    return found


def _conflict(one: Outsider, keys: dict[str, str]) -> list[str]:
    """The paths named by a 409 that changed nothing."""
    before = [*Account.objects.order_by("pk").values()], Task.objects.count()
    one.post({"account": keys, "set": SET})
    assert one.status == 409, one.answer
    assert ([*Account.objects.order_by("pk").values()], Task.objects.count()) == before
    return [field["path"] for field in one.answer["fields"]]


def test_a_known_person_is_found_by_username_in_any_case_and_learns_new_keys() -> None:
    one = Outsider()
    first = _account(one, JANE)
    keys = {"username": "ACME.Jane", "console_user_id": "u-1", "extension": "1042"}
    assert _account(one, keys) == first
    account = Account.objects.get()
    assert (account.console_user_id, account.extension) == ("u-1", "1042")
    row = LedgerEntry.objects.get(kind="account_keys")
    assert row.body == {"account": first, "keys": ["console_user_id", "extension"]}
    assert _account(one, {"console_user_id": "u-1", "email": JANE["email"]}) == first


@pytest.mark.parametrize(
    ("keys", "paths"),
    [
        ({**JANE, "email": "other@acme.example"}, ["account.email"]),
        ({**JANE, "full_name": "Janet Doe"}, ["account.full_name"]),
        ({**JANE, "site": "Paris", "extension": "7"*3}, ["account.site", "account.extension"]),
        ({"console_user_id": "u-1", "username": "acme.june"}, ["account.username"]),
    ],
)  # fmt: skip
def test_a_key_that_contradicts_what_is_known_is_named_and_nothing_changes(
    keys: dict[str, str], paths: list[str]
) -> None:
    one = Outsider()
    known = {"full_name": "Jane Doe", "site": "London", "extension": "1042"}
    _account(one, {**JANE, **known, "console_user_id": "u-1"})
    assert sorted(_conflict(one, keys)) == sorted(paths)
    (row,) = one.refusals()
    assert row["reason"] == "account_conflict"
    assert sorted(row["fields"]) == sorted(paths)


def test_two_keys_of_two_different_people_are_a_conflict() -> None:
    one = Outsider()
    _account(one, {**JANE, "console_user_id": "u-1"})
    _account(one, {"username": "acme.june", "console_user_id": "u-2"})
    keys = {"username": "acme.june", "console_user_id": "u-1"}
    assert _conflict(one, keys) == ["account.console_user_id", "account.username"]


def test_an_extension_that_was_asked_for_or_read_takes_the_old_ones_place() -> None:
    one = Outsider()
    first = _account(one, {**JANE, "extension": "1042"})
    one.wish(set={"phone_number": "+15551234567", "extension": "2000"})
    assert _account(one, {**JANE, "extension": "2000"}) == first
    account = Account.objects.get()
    assert account.extension == "2000"
    account.observed = {"extension": {"value": "3000", "read_at": clock.now().isoformat()}}
    account.save()
    assert _account(one, {**JANE, "extension": "3000"}) == first
    assert _conflict(one, {**JANE, "extension": "4000"}) == ["account.extension"]


def test_twins_are_two_accounts_when_they_are_named() -> None:
    one = Outsider()
    first = _account(one, {**TWIN, "username": "acme.sam.a"})
    assert _account(one, {**TWIN, "username": "acme.sam.b"}) != first


def test_keys_that_twins_share_never_lead_to_one_of_them() -> None:
    one = Outsider()
    known = _account(one, {**TWIN, "username": "acme.sam.a"})
    unclear = _account(one, TWIN)
    assert unclear != known
    assert Account.objects.get(pk=unclear).username == ""
    assert _account(one, TWIN) == unclear, "the same unclear request is the same account"


def test_an_unclear_request_stays_with_the_person_chosen_for_it() -> None:
    one = Outsider()
    tasks = one.wish(TWIN, set=SET)
    task = Task.objects.get(pk=tasks[0]["id"])
    observe(task, {"username": "acme.sam.b"}, "u-7")
    assert _account(one, TWIN) == task.account_id


def test_an_extension_with_another_shared_key_finds_the_one_who_has_it() -> None:
    one = Outsider()
    first = _account(one, {**TWIN, "username": "acme.sam.a", "extension": "1042"})
    assert _account(one, {"email": TWIN["email"], "extension": "1042"}) == first
    assert _account(one, {"email": TWIN["email"], "extension": "1043"}) != first


def test_keys_that_fit_several_known_accounts_are_refused() -> None:
    one = Outsider()
    for _ in range(2):
        factory.account(one.tenant, username="", **TWIN, extension="1042")
    assert _conflict(one, {"email": TWIN["email"], "extension": "1042"}) == ["account"]
    assert one.answer["error"] == "ambiguous_account"


def test_people_of_two_tenants_with_the_same_keys_are_two_people() -> None:
    assert _account(Outsider(), JANE) != _account(Outsider(), JANE)


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"username": "acme.jane"}, "too_few_keys"),
        ({"username": "!", "email": "jane@acme.example"}, "invalid"),
        ({**JANE, "shoe_size": "42"}, "invalid"),
    ],
)
def test_other_ways_in_than_the_api_meet_the_same_rules(keys: dict[str, str], code: str) -> None:
    one = Outsider()
    with pytest.raises(Refusal) as refused:
        desired.apply(
            keys, SET, tenant=one.tenant, source="scim", actor="idp", via=one.connection.slug
        )
    assert (refused.value.status, refused.value.code) == (422, code)
    assert Account.objects.count() == 0


@pytest.mark.parametrize(
    "wishes",
    [{"license": "\n"}, {"cost_center": None}, {"present": "no"}, {"shoe_size": "42"}],
    ids=str,
)
def test_other_ways_in_cannot_wish_for_what_no_operation_makes_true(
    wishes: dict[str, str | None],
) -> None:
    one = Outsider()
    with pytest.raises(Refusal) as refused:
        desired.apply(
            JANE, wishes, tenant=one.tenant, source="scim", actor="idp", via=one.connection.slug
        )
    assert refused.value.status == 422
    assert Account.objects.count() == 0, "no account is left behind by a refused wish"


def test_other_ways_in_leave_their_own_source() -> None:
    one = Outsider()
    tasks = desired.apply(
        JANE, SET, tenant=one.tenant, source="scim", actor="idp", via=one.connection.slug
    )
    assert [task.operation for task in tasks] == ["assign_license"]
    assert Account.objects.get().desired["license"]["source"] == "scim"


def test_anchors_count_by_their_values() -> None:
    pair = {"full_name": "Jane Doe", "site": "London"}
    assert accounts.anchors(pair) == {"full_name+site": "Jane Doe\nLondon"}
    assert accounts.enough({**pair, "email": "jane@acme.example"})
    assert not accounts.enough({"username": "a@b.co", "email": "A@B.co"})


@pytest.mark.parametrize(
    ("mode", "seen", "wishes", "field"),
    [
        (
            "instead",
            {"present": ""},
            {"first_name": "Jane", "last_name": "Doe", "email": JANE["email"], "site": "London"},
            "present",
        ),
        ("alongside", {"site": "Austin"}, {"site": "London"}, "site"),
    ],
)
def test_what_no_flow_does_yet_is_refused_and_names_the_field(
    mode: str, seen: dict[str, str], wishes: dict[str, str], field: str
) -> None:
    one = Outsider()
    one.tenant.mode = mode
    one.tenant.save()
    facts = {
        name: {"value": value, "read_at": clock.now().isoformat()} for name, value in seen.items()
    }
    account = factory.account(one.tenant, **JANE, observed=facts)
    with pytest.raises(Refusal, match="not built yet") as refused:
        desired.apply(
            JANE, wishes, tenant=one.tenant, source="scim", actor="idp", via=one.connection.slug
        )
    assert refused.value.status == 422
    assert [wrong.path for wrong in refused.value.fields] == [f"set.{field}"]
    assert Task.objects.count() == 0
    account.refresh_from_db()
    assert account.desired == {}
