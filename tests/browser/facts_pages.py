"""Facts about log-in, home, lists, menus and My 8x8."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import urlsplit

from playwright.sync_api import expect

from robot.sandbox.people import X2_US
from tests.browser.desk import CODE_FORM, Desk, wait_until
from tests.browser.fact import CODE, DOCS, SUPPORT, fact


@fact("a page asked for without a session leads to an address containing `login`", CODE)
def login_address(desk: Desk) -> None:
    desk.page.context.clear_cookies()
    desk.open("/users")
    expect(desk.page).to_have_url(re.compile("login"))


@fact("username first in #loginId, then the password in #password, both sent by #submitBtn", CODE)
def two_steps(desk: Desk) -> None:
    desk.page.context.clear_cookies()
    desk.open("/users")
    page = desk.page
    expect(page.locator("input#loginId")).to_be_visible()
    expect(page.locator("input#password")).to_have_count(0)
    page.fill("input#loginId", desk.sandbox.logins[1]["username"])
    page.click("#submitBtn")
    expect(page.locator("input#password")).to_be_visible()
    expect(page.locator("input#loginId")).to_have_count(0)


@fact("the code page's form has its input in the 2nd block and its button in the 6th", CODE)
def code_form(desk: Desk) -> None:
    desk.page.context.clear_cookies()
    desk.to_code_page("/users", index=1)
    form = desk.page.locator(CODE_FORM)
    expect(form.locator("> div:nth-of-type(2) input")).to_have_count(1)
    expect(form.locator("> div:nth-of-type(6) button")).to_have_count(1)
    expect(form.locator("input")).to_have_count(1)


@fact("the session ends after 30 minutes", SUPPORT)
def thirty_minutes(desk: Desk) -> None:
    desk.control.advance(29 * 60)
    desk.open("/users")
    expect(desk.page).to_have_url(re.compile("/users$"))
    desk.control.advance(30 * 60)
    desk.open("/users")
    expect(desk.page).to_have_url(re.compile("login"))


@fact("the Application Panel has a tile for each application", SUPPORT)
def application_panel(desk: Desk) -> None:
    desk.open("/panel")
    desk.page.get_by_text("My 8x8", exact=True).click()
    desk.page.wait_for_url(desk.sandbox.billing_origin + "/")
    desk.open("/panel")
    desk.page.locator("div").get_by_text("Users, licenses and phone numbers").click()
    desk.page.wait_for_url(desk.sandbox.console_origin + "/")


@fact("Home has a heading SETUP and tiles with these captions", DOCS)
def home_tiles(desk: Desk) -> None:
    desk.open("/")
    for text in ("SETUP", "Add & manage users", "View licenses", "Nomadic 911"):
        expect(desk.page.get_by_text(text, exact=True)).to_be_visible()
    desk.page.get_by_text("Add & manage users").click()
    desk.page.wait_for_url("**/users")


@fact("a row has a check box at the left, a pencil and three dots at the right", SUPPORT)
def row_controls(desk: Desk) -> None:
    row = desk.find(desk.user(desk.sandbox.movers[0])["username"]).first
    expect(row.locator("td").first.locator("input[type=checkbox]")).to_have_count(1)
    buttons = row.locator("td").last.locator("button")
    expect(buttons).to_have_count(2)
    for index in range(2):
        expect(buttons.nth(index)).to_have_accessible_name("")
    buttons.nth(0).click()
    desk.page.wait_for_url("**/edit/" + desk.sandbox.movers[0])


@fact("typing in Search shows matching records and View all results with a counter", DOCS)
def search_preview(desk: Desk) -> None:
    page = desk.page
    page.get_by_label("Search").fill("LOPEZ")
    view_all = page.get_by_text("View all results for 'LOPEZ'")
    expect(view_all).to_contain_text("2")
    expect(page.get_by_text("acme.maria.lopez · maria.lopez@acme.example")).to_be_visible()
    view_all.click()
    page.wait_for_url("**/users?search=LOPEZ")
    expect(page.locator("tbody tr")).to_have_count(2)


@fact("a click on a user in the search preview opens the profile's Edit page", DOCS)
def preview_opens(desk: Desk) -> None:
    person = desk.user(desk.sandbox.leavers[0])
    desk.page.get_by_label("Search").fill(person["email"])
    desk.page.get_by_text(f"{person['username']} · {person['email']}").click()
    desk.page.wait_for_url(f"**/users/user/edit/{person['id']}")
    expect(desk.page.locator("input[name='basicInfo.primaryEmail']")).to_have_value(person["email"])


@fact("search finds by phone number and extension as well", DOCS)
def search_numbers(desk: Desk) -> None:
    person = desk.user(desk.sandbox.movers[0])
    tail = person["phone_number"].split("-", 1)[1]
    expect(desk.find(tail).filter(has_text=person["username"])).to_have_count(1)
    rows = desk.find(person["extension"])
    expect(rows.filter(has_text=person["username"])).to_have_count(1)


@fact("the list has pages with Next and Previous (sizes 25, 50, 100 inferred)", "inferred")
def paging(desk: Desk) -> None:
    page, total = desk.page, len(desk.sandbox.truth()["users"])
    expect(page.locator("tbody tr")).to_have_count(25)
    page.get_by_role("button", name="Next").click()
    expect(page.locator("tbody tr")).to_have_count(total - 25)
    page.get_by_role("button", name="Previous").click()
    expect(page.get_by_text(f"1-25 of {total}")).to_be_visible()
    page.get_by_label("Rows per page").select_option("50")
    expect(page.locator("tbody tr")).to_have_count(total)


@fact("the three dots hold Delete, Deactivate user and Reset user password", SUPPORT)
def menu_items(desk: Desk) -> None:
    desk.menu(desk.sandbox.movers[0])
    for text in ("Delete", "Deactivate user", "Reset user password"):
        expect(desk.page.get_by_text(text, exact=True)).to_be_visible()
    desk.menu(desk.sandbox.cast["deactivated"])
    expect(desk.page.get_by_text("Activate user", exact=True)).to_be_visible()


@fact("Delete, Continue, then a green banner `User(s) deleted successfully!` that goes", SUPPORT)
def delete(desk: Desk) -> None:
    gone = desk.sandbox.joiners[0]
    name = desk.user(gone)["username"]
    desk.menu(gone)
    desk.page.get_by_text("Delete", exact=True).click()
    expect(desk.page.get_by_text("You are about to delete")).to_contain_text(name)
    desk.page.get_by_role("button", name="Continue").click()
    desk.banner("User(s) deleted successfully!")
    assert gone not in desk.sandbox.truth()["users"]
    expect(desk.page.get_by_text("No users found")).to_be_visible()
    desk.page.get_by_text("User(s) deleted successfully!").wait_for(state="detached")


@fact("a number is stuck when its user is deleted with the licence on", SUPPORT)
def stuck_number(desk: Desk) -> None:
    gone = desk.user(desk.sandbox.leavers[0])
    desk.menu(gone["id"])
    desk.page.get_by_text("Delete", exact=True).click()
    desk.page.get_by_role("button", name="Continue").click()
    desk.banner("User(s) deleted successfully!")
    truth = desk.sandbox.truth()
    number = next(one for one in truth["numbers"] if one["number"] == gone["phone_number"])
    assert (number["status"], number["user_id"]) == ("Assigned", gone["id"])
    license_ = next(one for one in truth["licenses"] if one["id"] == gone["license_id"])
    assert license_["status"] == "Unassigned"


@fact("Contact Center users, its admins and the primary admin cannot be deleted", SUPPORT)
def undeletable(desk: Desk) -> None:
    for key in ("cc_user", "cc_admin", "primary_admin"):
        desk.menu(desk.sandbox.cast[key])
        desk.page.get_by_text("Delete", exact=True).click()
        desk.page.get_by_role("button", name="Continue").click()
        desk.page.get_by_text("cannot be deleted").wait_for()
        assert desk.sandbox.cast[key] in desk.sandbox.truth()["users"]


def _has_license_status(desk: Desk, user_id: str, status: str) -> bool:
    return bool(desk.user(user_id)["license_status"] == status)


@fact("deactivating keeps the licence tied as Suspended; activating gives it back", SUPPORT)
def deactivate(desk: Desk) -> None:
    person = desk.sandbox.leavers[0]
    for word, status in (("Deactivate user", "Suspended"), ("Activate user", "Assigned")):
        desk.menu(person)
        desk.page.get_by_text(word, exact=True).click()
        desk.page.get_by_role("button", name="Continue").click()
        expected = partial(_has_license_status, desk, person, status)
        wait_until(f"licence {status}", expected)
    assert desk.user(person)["license"]


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
    page.get_by_label("Cost center").select_option("Sales EMEA")
    page.get_by_role("button", name="Save").click()
    expect(row.get_by_text("Sales EMEA")).to_be_visible()
    assert desk.user(person["id"])["cost_center"] == "Sales EMEA"
