"""A person whose keys the operation itself changes is proved by the others, and known by the new ones."""

from __future__ import annotations

import pytest

from robot.models import Account
from robot.observed import observe
from robot.runs import parameters_of
from tests.integration import factory

pytestmark = pytest.mark.django_db

KEYS = {
    "username": "acme.jane",
    "email": "jane.doe@acme.example",
    "full_name": "Jane Doe",
    "console_user_id": "u-1",
}


def _jane() -> Account:
    return factory.account(factory.tenant(), **KEYS)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"job_title": "Engineer"}, set()),
        ({"first_name": "Janet"}, {"full_name"}),
        ({"last_name": "Roe"}, {"full_name"}),
        ({"new_email": "jane.roe@acme.example"}, {"email"}),
        ({"last_name": "Roe", "new_email": "jane.roe@acme.example"}, {"full_name", "email"}),
    ],
)
def test_a_key_that_changes_proves_nobody(given: dict[str, str], missing: set[str]) -> None:
    task = factory.task(_jane(), "set_profile", parameters=given)
    kept = {name: value for name, value in KEYS.items() if name not in missing}
    assert parameters_of(task) == {**kept, **given}


def test_the_keys_are_the_new_ones_once_they_have_been_read_back() -> None:
    given = {"last_name": "Roe", "new_email": "jane.roe@acme.example"}
    task = factory.task(_jane(), "set_profile", parameters=given)
    observe(task, {"first_name": "Jane", "last_name": "Roe", "email": given["new_email"]})
    account = Account.objects.get()
    assert (account.email, account.full_name) == (given["new_email"], "Jane Roe")


def test_what_was_merely_read_changes_no_key() -> None:
    task = factory.task(_jane(), "set_profile", parameters={"job_title": "Engineer"})
    observe(task, {"first_name": "Janet", "last_name": "Roe", "email": "other@acme.example"})
    account = Account.objects.get()
    assert (account.email, account.full_name) == (KEYS["email"], KEYS["full_name"])
