"""Facts about signing in, the Application Panel and Home."""

from __future__ import annotations

import re
from functools import partial

from playwright.sync_api import expect

from tests.browser.desk import CODE_FORM, Desk
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
    expect(form.locator("input:not([type=checkbox])")).to_have_count(1)


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


TILES = {
    "Users": "Add & manage users",
    "Phone numbers": "Port, get new numbers and manage number inventory",
    "Devices": "View device status and inventory",
    "Licenses": "View licenses",
    "Company": "Manage global settings for all services and internal dial plan settings",
    "API Keys": "Manage API access keys",
    "Recordings": "Visualise and manage recordings",
    "Work Apps Settings": "Manage Work apps configurations and settings",
    "Transcription Policy": "View Transcription Policy",
    "Nomadic 911": "Manage emergency routing service for your users",
}


@fact("Home has a heading SETUP and ten tiles with these captions", DOCS)
def home_tiles(desk: Desk) -> None:
    desk.open("/")
    expect(desk.page.get_by_text("SETUP", exact=True)).to_be_visible()
    for name, caption in TILES.items():
        expect(desk.page.get_by_text(caption, exact=True)).to_be_visible()
        tile = desk.page.locator("div").filter(has_text=caption).last.locator("xpath=..")
        expect(tile.get_by_text(name, exact=True)).to_be_visible()
    desk.page.get_by_text("Add & manage users").click()
    desk.page.wait_for_url("**/users")


@fact("a box skips the code on this device for 90 days, until its cookies are cleared", DOCS)
def skip_code(desk: Desk) -> None:
    page, context = desk.page, desk.page.context
    context.clear_cookies()
    desk.to_code_page("/users", index=1)
    page.get_by_label("Skip verification on this device for 90 days").check()
    desk.enter_code(desk.code(1))
    page.wait_for_url(desk.sandbox.console_origin + "/users")
    session = re.compile("^sb_")
    context.clear_cookies(name=session)
    desk.to_password("/users", index=1)
    page.wait_for_url(desk.sandbox.console_origin + "/users")
    for forget in (context.clear_cookies, partial(desk.control.advance, 91 * 24 * 3600)):
        context.clear_cookies(name=session)
        forget()
        desk.to_code_page("/users", index=1)


@fact("a device that skips the code does so for the login that ticked the box", DOCS)
def skip_code_of_one(desk: Desk) -> None:
    context = desk.page.context
    context.clear_cookies()
    desk.to_code_page("/users", index=1)
    desk.page.get_by_label("Skip verification on this device for 90 days").check()
    desk.enter_code(desk.code(1))
    desk.page.wait_for_url(desk.sandbox.console_origin + "/users")
    context.clear_cookies(name=re.compile("^sb_"))
    desk.to_code_page("/users", index=0)
