"""Facts about the users list and what its three dots do."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from playwright.sync_api import expect

from tests.browser.desk import Desk, wait_until
from tests.browser.fact import DOCS, SUPPORT, fact


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


@fact("the row of a deactivated user is greyed out", DOCS)
def greyed_row(desk: Desk) -> None:
    colours = []
    for key in ("active_twin", "inactive_twin"):
        name = desk.find(desk.user(desk.sandbox.cast[key])["username"]).first.locator("td").nth(1)
        colours.append(name.evaluate("one => getComputedStyle(one).color"))
    assert colours[0] != colours[1]
    light = [sum(int(part) for part in re.findall(r"\d+", one)[:3]) for one in colours]
    assert light[1] > light[0]


@fact("Create User and Bulk Upload stand at the top right, Bulk Edit once rows are ticked", SUPPORT)
def toolbar(desk: Desk) -> None:
    page = desk.page
    page.locator("tbody tr").first.wait_for()
    window = page.viewport_size
    assert window is not None
    for text in ("Create User", "Bulk Upload"):
        box = page.get_by_role("button", name=text).bounding_box()
        assert box is not None
        assert box["x"] > window["width"] / 2
        assert box["y"] < window["height"] / 3
    bulk_edit = page.get_by_role("button", name="Bulk Edit")
    expect(bulk_edit).to_have_count(0)
    ticks = page.locator("tbody tr input[type=checkbox]")
    ticks.nth(0).check()
    ticks.nth(1).check()
    expect(bulk_edit).to_be_visible()
    ticks.nth(0).uncheck()
    expect(bulk_edit).to_be_visible()
    ticks.nth(1).uncheck()
    expect(bulk_edit).to_have_count(0)


def _choose(desk: Desk, place: int, text: str) -> None:
    """Choose in the filter bar's drop-downs: field, operator, criteria."""
    box = desk.page.locator("[id^=react-select-][id$=-input]").nth(place)
    box.fill(text)
    desk.page.locator("[id*=-option-]").get_by_text(text, exact=True).click()


def _expect_sites(desk: Desk, kept: Callable[[str], bool]) -> None:
    people = [one for one in desk.sandbox.truth()["users"].values() if kept(one["site"])]
    expect(desk.page.get_by_text(f"of {len(people)}", exact=False)).to_be_visible()
    sites = {one.inner_text() for one in desk.page.locator("tbody tr > td:nth-child(5)").all()}
    assert sites == {one["site"] for one in people}


@fact("Filter: field, Is or Is not, criteria, Apply; the bar shows how many are in force", DOCS)
def filters(desk: Desk) -> None:
    page = desk.page
    page.locator("svg").locator("xpath=parent::button").first.click()
    page.get_by_role("button", name="+ Add filter").click()
    for field in ("PBX", "License", "Status", "Site"):
        _choose(desk, 0, field)
    _choose(desk, 1, "Is")
    _choose(desk, 2, "London")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Filters: 1")).to_be_visible()
    _expect_sites(desk, lambda site: site == "London")
    _choose(desk, 1, "Is not")
    page.get_by_role("button", name="Apply").click()
    _expect_sites(desk, lambda site: site != "London")
    page.get_by_role("button", name="+ Add filter").click()
    _choose(desk, 4, "Is not")
    _choose(desk, 5, "Austin")
    page.get_by_role("button", name="Apply").last.click()
    expect(page.get_by_text("Filters: 2")).to_be_visible()
    _expect_sites(desk, lambda site: site == "New York")
    page.get_by_role("button", name="Delete filter").first.click()
    expect(page.get_by_text("Filters: 1")).to_be_visible()
    _expect_sites(desk, lambda site: site != "Austin")
    page.get_by_role("button", name="Reset all").click()
    _expect_sites(desk, bool)


@fact("Reset empties one filter and leaves the others", DOCS)
def reset_filter(desk: Desk) -> None:
    page = desk.page
    desk.open('/users?filter=site=="London";status=="Active"')
    expect(page.get_by_text("Filters: 2")).to_be_visible()
    page.get_by_role("button", name="Reset", exact=True).first.click()
    criteria = page.locator("[id^=react-select-][id$=-input]").nth(2)
    expect(criteria.locator("xpath=..")).to_have_text("Select...")
    page.get_by_role("button", name="Apply").first.click()
    expect(page.get_by_text("Filters: 1")).to_be_visible()


@fact("a filter stays in force between visits", "inferred")
def kept_filter(desk: Desk) -> None:
    page = desk.page
    desk.open('/users?filter=site=="London"')
    page.get_by_role("button", name="Apply").click()
    desk.open("/users")
    expect(page.get_by_text("Filters: 1")).to_be_visible()
    _expect_sites(desk, lambda site: site == "London")
