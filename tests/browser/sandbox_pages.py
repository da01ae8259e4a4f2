"""The sandbox's main pages, each with what must be on the screen at once; for tests and pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Locator, Page

from robot.sandbox.people import X2_GB
from tests.browser.desk import HEADER, Desk


@dataclass(frozen=True)
class Shown:
    """A page as it stands in the browser: its name, heading, and main control."""

    name: str
    heading: Locator
    control: Locator


def _login(desk: Desk) -> Shown:
    desk.open("/users")
    return Shown(
        "login", desk.page.get_by_text("Log in", exact=True), desk.page.locator("#submitBtn")
    )


def _code(desk: Desk) -> Shown:
    desk.to_code_page("/users")
    button = desk.page.get_by_role("button", name="Verify")
    return Shown("code", desk.page.get_by_text("Verification", exact=True), button)


def _home(desk: Desk) -> Shown:
    desk.enter_code(desk.code())
    desk.page.get_by_text("Rows per page").wait_for()
    desk.open("/")
    return Shown("home", _crumb(desk.page, "Home"), desk.page.get_by_text("Add & manage users"))


def _users(desk: Desk) -> Shown:
    desk.open("/users")
    desk.page.get_by_text("Rows per page").wait_for()
    return Shown("users", _crumb(desk.page, "Users"), desk.page.get_by_label("Search"))


def _filter(desk: Desk) -> Shown:
    desk.open('/users?filter=site=="New York";status!="Inactive"')
    desk.page.get_by_text("Rows per page").wait_for()
    desk.page.locator("tbody input").first.check()
    desk.page.evaluate("scrollTo(0, 0)")
    apply = desk.page.get_by_role("button", name="Apply").first
    return Shown("filter", _crumb(desk.page, "Users"), apply)


def _edit(desk: Desk) -> Shown:
    desk.edit(desk.sandbox.movers[0])
    return Shown("edit", _crumb(desk.page, "Edit user"), desk.page.get_by_label("First name"))


def _unfolded(desk: Desk) -> Shown:
    desk.show_more()
    for header in desk.page.locator(HEADER).all()[3:]:
        header.click()
    save = desk.page.get_by_role("button", name="Save")
    save.scroll_into_view_if_needed()
    return Shown("edit-unfolded", desk.page.locator(HEADER).last, save)


def _menu(desk: Desk) -> Shown:
    desk.menu(desk.sandbox.movers[0])
    return Shown("menu", _crumb(desk.page, "Users"), desk.page.get_by_role("button", name="Delete"))


def _dialog(desk: Desk) -> Shown:
    desk.page.get_by_role("button", name="Delete").click()
    button = desk.page.get_by_role("button", name="Continue")
    return Shown("dialog", desk.page.get_by_text("Delete user", exact=True), button)


def _licenses(desk: Desk) -> Shown:
    desk.open("/licenses")
    desk.page.locator("tbody tr").first.click()
    return Shown("licenses", _crumb(desk.page, "Licenses"), desk.page.get_by_label("License ID"))


def _license_panel(desk: Desk) -> Shown:
    desk.page.locator("tbody tr").nth(1).click()
    heading = desk.page.get_by_text(X2_GB, exact=True).last
    return Shown("license-panel", heading, desk.page.get_by_label("Unassigned"))


def _numbers(desk: Desk) -> Shown:
    desk.open("/phone-numbers")
    desk.page.locator("tbody input").first.check()
    heading = desk.page.get_by_role("button", name="Return numbers to 8x8")
    return Shown("phone-numbers", heading, desk.page.locator("tbody button").first)


def _cost_centers(desk: Desk) -> Shown:
    desk.page.goto(desk.sandbox.billing_origin + "/billing/cost-centers")
    desk.page.get_by_role("button", name="Cost Center Assignment").click()
    desk.page.locator("tbody tr").first.wait_for()
    button = desk.page.get_by_role("button", name="Search")
    return Shown("cost-centers", _title(desk.page), button)


def _settings(desk: Desk) -> Shown:
    desk.page.get_by_role("button", name="Settings").click()
    return Shown("settings", _title(desk.page), desk.page.get_by_role("button", name="Save"))


def _assignment(desk: Desk) -> Shown:
    desk.page.get_by_role("button", name="Settings").click()
    desk.page.get_by_role("button", name="Edit").first.click()
    heading = desk.page.get_by_text("Edit assignment")
    return Shown("assignment", heading, desk.page.get_by_role("button", name="Save"))


def _crumb(page: Page, text: str) -> Locator:
    return page.locator("div").get_by_text(text, exact=True).first


def _title(page: Page) -> Locator:
    return page.get_by_role("heading", name="Cost Center Management")


_SCENES: tuple[Callable[[Desk], Shown], ...] = (
    *(_login, _code, _home, _users, _filter, _edit, _unfolded, _menu, _dialog, _licenses),
    *(_license_panel, _numbers, _cost_centers, _settings, _assignment),
)


def scenes(desk: Desk) -> Iterator[Shown]:
    """Bring up one page after the other, from before the sign-in on."""
    for scene in _SCENES:
        yield scene(desk)
