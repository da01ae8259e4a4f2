"""Facts about licences, phone numbers and My 8x8."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import expect

from robot.sandbox.people import X2_GB, X2_US
from tests.browser.desk import Desk
from tests.browser.fact import CODE, DOCS, SUPPORT, fact


@fact("the licence list goes from type to country to licences by status", DOCS)
def license_levels(desk: Desk) -> None:
    page = desk.page
    desk.open("/licenses")
    page.get_by_text(X2_US).click()
    page.get_by_text("US", exact=True).locator("visible=true").click()
    for text in ("Assigned", "Suspended"):
        page.get_by_label(text, exact=True).uncheck()
    free = [one for one in desk.sandbox.truth()["licenses"] if one["name"] == X2_US]
    count = sum(one["status"] == "Unassigned" for one in free)
    expect(page.get_by_text("Unassigned", exact=True)).to_have_count(count + 1)


@fact("licences are filtered by country and searched by license ID", DOCS)
def license_search(desk: Desk) -> None:
    page = desk.page
    licenses = desk.sandbox.truth()["licenses"]
    desk.open("/licenses")
    types = page.locator("tbody tr:visible > td:first-child")
    expect(types).to_have_count(len({one["name"] for one in licenses}))
    page.locator("[id^=react-select-][id$=-input]").fill("GB")
    page.locator("[id*=-option-]").get_by_text("GB", exact=True).click()
    expect(types).to_have_text([X2_GB])
    page.locator("[id^=react-select-][id$=-input]").fill("All")
    page.locator("[id*=-option-]").first.click()
    one = next(one for one in licenses if one["user_id"] and one["country"] == "US")
    page.get_by_label("License ID").fill(one["id"])
    expect(types).to_have_text([one["name"]])
    types.first.click()
    page.get_by_text("US", exact=True).locator("visible=true").click()
    row = page.get_by_text(one["id"]).locator("xpath=..")
    holder = desk.user(one["user_id"])
    expect(row).to_contain_text(f"{holder['first_name']} {holder['last_name']}")
    address = {site["name"]: site["address"] for site in desk.sandbox.truth()["sites"]}
    expect(row).to_contain_text(address[holder["site"]])


@fact("numbers have check boxes and a Number Status", DOCS)
def numbers_page(desk: Desk) -> None:
    page = desk.page
    desk.open("/phone-numbers")
    rows = page.locator("tbody tr")
    numbers = desk.sandbox.truth()["numbers"]
    expect(rows).to_have_count(len(numbers))
    expect(page.get_by_text("Number Status", exact=True)).to_be_visible()
    expect(rows.locator("td:first-child input[type=checkbox]")).to_have_count(len(numbers))
    for status in ("Available", "Assigned", "PORTING"):
        count = sum(one["status"] == status for one in numbers)
        expect(rows.get_by_text(status, exact=True)).to_have_count(count)


@fact("ticked numbers, or one behind its three dots, are returned to 8x8 after Continue", SUPPORT)
def return_numbers(desk: Desk) -> None:
    page = desk.page
    free = [n["number"] for n in desk.sandbox.truth()["numbers"] if n["status"] == "Available"]
    desk.open("/phone-numbers")
    several = page.get_by_role("button", name="Return numbers to 8x8")
    page.locator("tbody tr").first.wait_for()
    expect(several).to_be_hidden()
    for number in free[:2]:
        page.locator("tbody tr").filter(has_text=number).locator("input").check()
    several.click()
    expect(page.get_by_text("Are you sure?")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("tbody tr").filter(has_text=free[0])).to_have_count(0)
    page.locator("tbody tr").filter(has_text=free[2]).locator("button").click()
    page.get_by_text("Return number to 8x8", exact=True).click()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("tbody tr").filter(has_text=free[2])).to_have_count(0)
    left = {one["number"] for one in desk.sandbox.truth()["numbers"]}
    assert not left & set(free[:3])


@fact("the numbers report is started, polled and fetched as CSV", CODE)
def numbers_report(desk: Desk) -> None:
    base = desk.sandbox.console_origin
    start = "/cm-be/dids/api/v1/dids/export/numbers-report/"
    get = desk.page.request.get
    number = get(f"{base}{start}start?filter=&lang=en-US").json()["content"][0]["uuid"]
    state = get(f"{base}{start}{number}/status").json()["content"][0]
    assert state["status"] == "DONE"
    lines = get(base + state["presignUrl"]).text().splitlines()
    assert lines[0] == "Number status,Phone number,Extension"
    assert len(lines) == 1 + len(desk.sandbox.truth()["numbers"])


@fact("cost centers live in My 8x8, on another origin, under the same sign-in", DOCS)
def billing_origin(desk: Desk) -> None:
    desk.page.goto(desk.sandbox.billing_origin)
    assert urlsplit(desk.page.url).port != urlsplit(desk.sandbox.console_origin).port
    desk.page.get_by_role("link", name="Cost Center Management").first.click()
    for text in ("Cost Center Setup", "Cost Center Assignment"):
        expect(desk.page.get_by_role("button", name=text)).to_be_visible()


@fact("an independent cost center is set per user under User Assignment", DOCS)
def cost_center(desk: Desk) -> None:
    page, person = desk.page, desk.user(desk.sandbox.joiners[0])
    page.goto(desk.sandbox.billing_origin + "/billing/cost-centers")
    page.get_by_role("button", name="Cost Center Assignment").click()
    expect(page.get_by_text("User Assignment")).to_be_visible()
    page.get_by_label("Search").fill(person["username"])
    page.get_by_role("button", name="Search").click()
    row = page.locator("tbody tr").filter(has_text=person["username"])
    expect(page.locator("tbody tr")).to_have_count(1)
    row.get_by_role("button", name="Edit").click()
    page.get_by_role("combobox", name="Cost center", exact=True).select_option("Sales EMEA")
    page.get_by_role("button", name="Save").click()
    expect(row.get_by_text("Sales EMEA")).to_be_visible()
    assert desk.user(person["id"])["cost_center"] == "Sales EMEA"


@fact("Cost Center Management has these settings; both tabs need Opted In", DOCS)
def cost_center_settings(desk: Desk) -> None:
    page = desk.page
    page.goto(desk.sandbox.billing_origin + "/billing/cost-centers")
    page.get_by_role("button", name="Settings").click()
    values = {
        "Cost Center Opted In": ["Yes", "No"],
        "Cost Center Type": ["Site Based", "Independent"],
        "Cost Center Based Billing": ["Yes", "No"],
    }
    for label, choices in values.items():
        assert page.get_by_label(label).locator("option").all_inner_texts() == choices
    page.get_by_label("Cost Center Opted In").select_option("No")
    page.get_by_role("button", name="Save").click()
    for tab in ("Cost Center Setup", "Cost Center Assignment"):
        expect(page.get_by_role("button", name=tab)).to_be_disabled()
    assert desk.sandbox.truth()["opted_in"] is False


@fact("Site Based assigns by site and leaves nothing to edit", DOCS)
def site_based(desk: Desk) -> None:
    page = desk.page
    page.goto(desk.sandbox.billing_origin + "/billing/cost-centers")
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Cost Center Type").select_option("Site Based")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Cost Center Assignment").click()
    expect(page.get_by_text("Cost Center Type: Site Based")).to_be_visible()
    page.locator("tbody tr").first.wait_for()
    expect(page.get_by_role("button", name="Edit")).to_have_count(0)
    people = list(desk.sandbox.truth()["users"].values())
    assert {one["cost_center"] for one in people if one["site"] == "London"} == {"Sales EMEA"}
