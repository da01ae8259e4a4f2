"""A field that an armed identity provider has set is not the tasks API's to change."""

from __future__ import annotations

import pytest

from robot.intake import desired
from robot.models import Account, Task
from tests.integration.client import JANE, Outsider

pytestmark = pytest.mark.django_db


def _provider(of: Outsider, *, mode: str) -> Outsider:
    """A directory that has set Jane's job title by SCIM."""
    one = Outsider(of.tenant, mode=mode)
    desired.apply(
        JANE,
        {"job_title": "Pilot"},
        tenant=of.tenant,
        source="scim",
        actor="idp",
        via=one.connection.slug,
    )
    return one


def test_api_is_refused_a_field_of_an_armed_connection_by_its_name() -> None:
    one = Outsider()
    owner = _provider(one, mode="armed").connection.slug
    tasks = Task.objects.count()
    one.post({"account": JANE, "set": {"job_title": "Director", "cost_center": "Ops"}})
    assert one.status == 409
    assert one.answer["error"] == "field_owned"
    assert owner in one.answer["detail"]
    assert [field["path"] for field in one.answer["fields"]] == ["set.job_title"]
    assert Task.objects.count() == tasks
    assert Account.objects.get().desired.keys() == {"job_title"}


def test_other_fields_of_the_same_person_stay_open() -> None:
    one = Outsider()
    _provider(one, mode="armed")
    assert [task["operation"] for task in one.wish(set={"cost_center": "Ops"})] == [
        "set_cost_center"
    ]


def test_a_connection_that_only_observes_owns_nothing() -> None:
    one = Outsider()
    _provider(one, mode="observe")
    one.wish(set={"job_title": "Director"})
    assert Account.objects.get().desired["job_title"]["value"] == "Director"


def test_the_owner_itself_may_change_what_is_its_own() -> None:
    one = Outsider()
    owner = _provider(one, mode="armed")
    desired.apply(
        JANE,
        {"job_title": "Director"},
        tenant=one.tenant,
        source="scim",
        actor="idp",
        via=owner.connection.slug,
    )
    assert Account.objects.get().desired["job_title"]["value"] == "Director"
