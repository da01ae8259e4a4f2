"""The rules' page in a browser: written, tried and saved by hand, on a desk and on a telephone."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from robot import rules_text
from robot.intake import ruling
from robot.models import Tenant
from tests.browser.desk import SIZES
from tests.browser.screen import Screen
from tests.integration import factory, queue

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = """\
- if: {group: Contractors}
  give: {license: X1, in_directory: no}
- if: {department: Sales, country: US}
  give: {license: X4, site: New York, phone_number: +12125550100..+12125550101, extension: 2000..2999}
- if: {title: Head of an Improbably Long-Named Department of Everything}
  give: {cost_center: Direction}
- give: {license: X2, in_directory: yes}
"""


@pytest.fixture
def acme() -> Tenant:
    tenant = factory.tenant("acme")
    seen = {"license": {"value": "X2", "read_at": "2026-01-01T00:00:00+00:00"}}
    sales = {"department": "Sales", "country": "US"}
    for name in ("Anna Berg", "Ben Ode", "Maximiliane von und zu Hohenlohe-Langenburg"):
        factory.account(tenant, full_name=name, attributes=sales, observed=seen)
    factory.account(tenant, full_name="Cleo Fry", attributes={"groups": ["contractors"]})
    factory.account(
        tenant, full_name="Dan Low", observed={"present": seen["license"] | {"value": ""}}
    )
    return tenant


def faults_of(page: Page) -> list[str]:
    """Parts of the page that are wider than the window, or buttons too small for a finger."""
    found = []
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("the page is wider than the window")
    width = page.evaluate("innerWidth")
    for part in page.locator(".rq-page table, .rq-page textarea:visible, .rq-page button").all():
        box = part.bounding_box()
        if box is None or box["x"] < 0 or box["x"] + box["width"] > width:
            found.append(f"{part.inner_text()[:30]} ends outside of the window")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", sorted(SIZES))
def test_rules_are_written_tried_and_saved(
    screen: Screen, live_server: Any, acme: Tenant, size: str, scheme: str
) -> None:
    screen.sign_in(queue.user("otto"), live_server.url, size, scheme)
    url = f"{live_server.url}{reverse('admin:robot_rules', args=['acme'])}"

    def by_hand(page: Page) -> list[str]:
        page.goto(url)
        expect(page.get_by_role("button", name="Save these rules")).to_have_count(0)
        page.get_by_label("Rules as YAML").fill(TEXT)
        page.get_by_role("button", name="Show who would get what").click()
        outcome = page.locator("#rq-outcome")
        expect(outcome).to_contain_text("Rule 3 gives nobody anything.")
        expect(outcome).to_contain_text("no free one left")
        faults = faults_of(page)
        page.get_by_role("button", name="Save these rules").click()
        expect(page.get_by_text("Saved: rules of Acme, version 1.")).to_be_visible()
        return faults + faults_of(page)

    assert screen.run(by_hand) == []
    assert ruling.current(acme) == (1, rules_text.read(TEXT))
