"""Facts about the edit page: its DOM, sections and choices."""

from __future__ import annotations

from playwright.sync_api import expect

from robot.sandbox.model import LANGUAGES
from robot.sandbox.people import X2_US, X6_US
from tests.browser.desk import HEADER, SAVED, Desk
from tests.browser.fact import CODE, DOCS, SUPPORT, fact

NAMES = (
    "basicInfo.firstName",
    "basicInfo.lastName",
    "basicInfo.primaryEmail",
    "additionalInfo.jobTitle",
    "additionalInfo.department",
    "voiceBasicSettings.extensionNumber",
    "ssoPolicies.googleId",
)


@fact("the form's inputs have these names, and no others", CODE)
def input_names(desk: Desk) -> None:
    desk.edit(desk.sandbox.movers[0])
    desk.show_more()
    found = desk.page.locator("form [name]").evaluate_all("all => all.map(one => one.name)")
    assert sorted(found) == sorted(NAMES)


@fact("Username has a label and neither name nor id (name not found)", CODE)
def bare_username(desk: Desk) -> None:
    desk.edit(desk.sandbox.movers[0])
    username = desk.page.get_by_label("Username", exact=True)
    expect(username).to_have_value(desk.user(desk.sandbox.movers[0])["username"])
    assert username.get_attribute("name") is None
    assert username.get_attribute("id") is None


@fact("drop-downs are #react-select-N-input with an N that changes from load to load", CODE)
def unstable_numbers(desk: Desk) -> None:
    seen = []
    for _ in range(2):
        desk.edit(desk.sandbox.movers[0])
        seen.append(desk.combo("services", "License").locator("input").get_attribute("id") or "")
    assert all(one.startswith("react-select-") and one.endswith("-input") for one in seen)
    assert seen[0] != seen[1]


@fact("a drop-down's input has no accessible name: its label is a block beside it", CODE)
def combo_label(desk: Desk) -> None:
    desk.edit(desk.sandbox.movers[0])
    for section, label in (("services", "License"), ("basicInfo", "Site")):
        expect(desk.combo(section, label).locator("input")).to_have_accessible_name("")


@fact("licence options read `X Series - X2-VOSVC0216-02-US`, numbers `+1 555-123-4567`", CODE)
def option_texts(desk: Desk) -> None:
    desk.edit(desk.joiner())
    assert "X Series - X2-VOSVC0216-02-US" in desk.options("services", "License")
    desk.give_license(X2_US, number=False)
    number = desk.first_number()
    shape = "".join("0" if char.isdigit() else char for char in number)
    assert shape == "+0 000-000-0000"


@fact("the section of SMS is div[data-id=sms][data-test-id=form-section]; its header unfolds", CODE)
def sms_section(desk: Desk) -> None:
    desk.edit(desk.sandbox.movers[0])
    section = desk.section("sms")
    switches = section.locator("label input[type=checkbox][role=switch]")
    expect(section.locator("label").first).to_be_hidden()
    section.locator(HEADER).click()
    section.locator("label").first.click()
    expect(switches.first).to_be_checked()
    desk.save()
    desk.banner(SAVED)
    assert desk.user(desk.sandbox.movers[0])["extras"]["sms"] is True


@fact("voice sections are there only once a licence is chosen, folded", DOCS)
def voice_sections(desk: Desk) -> None:
    desk.edit(desk.joiner())
    voice = desk.section("voiceBasicSettings")
    expect(voice).to_have_count(0)
    desk.choose("services", "License", X2_US)
    extension = voice.locator("input[name='voiceBasicSettings.extensionNumber']")
    expect(extension).to_be_hidden()
    expect(extension).not_to_have_value("")
    desk.page.locator(HEADER).get_by_text("Voice basic settings").click()
    expect(extension).to_be_visible()


SECTIONS = {1: "Basic information", 3: "Services and permissions", 11: "Call recording settings"}


@fact("each section is a block of the form; the first, third and eleventh are these", CODE)
def section_order(desk: Desk) -> None:
    desk.edit(desk.sandbox.movers[0])
    for place, title in SECTIONS.items():
        block = desk.page.locator(f"form > div:nth-of-type({place})")
        expect(block).to_have_attribute("data-test-id", "form-section")
        expect(block.locator(HEADER)).to_have_text(title)


@fact("a user's page has an address under Additional Information, the form's second block", SUPPORT)
def address(desk: Desk) -> None:
    desk.edit(desk.joiner())
    block = desk.page.locator("form > div:nth-of-type(2)")
    expect(block.locator(HEADER)).to_have_text("Additional information")
    expect(block.get_by_label("Address", exact=True)).to_be_editable()


TITLES = (
    *("Basic information", "Services and permissions", "Voice basic settings"),
    *("Voicemail settings", "External Caller ID", "Call Forwarding Rules"),
    *("Music-on-Hold Settings", "Call recording settings", "External Calling Permission"),
    *("Emergency Address", "Fax Notification", "Analytics access", "Single Sign-On (SSO)"),
)


@fact("the menu at the left names the sections and a click jumps to one", DOCS)
def side_menu(desk: Desk) -> None:
    desk.edit(desk.sandbox.movers[0])
    for title in TITLES:
        expect(desk.page.get_by_text(title, exact=True).first).to_be_visible()
    last = desk.page.locator(HEADER).get_by_text("Single Sign-On (SSO)", exact=True)
    expect(last).not_to_be_in_viewport()
    desk.page.get_by_text("Single Sign-On (SSO)", exact=True).first.click()
    expect(last).to_be_in_viewport()
    menu = desk.page.get_by_text("Single Sign-On (SSO)", exact=True).first.bounding_box()
    form = desk.page.locator("form").bounding_box()
    assert menu is not None
    assert form is not None
    assert menu["x"] + menu["width"] <= form["x"]


@fact("the agent settings of Contact Center are there with X6 to X8 only", DOCS)
def agent_settings(desk: Desk) -> None:
    title = "Virtual Contact Center (VCC) agent settings"
    for name, count in ((X2_US, 0), (X6_US, 1)):
        desk.edit(desk.joiner())
        desk.give_license(name, number=False)
        expect(desk.page.locator(HEADER).get_by_text(title)).to_have_count(count)


@fact("a click on the words of these headers unfolds their sections", CODE)
def headers_by_text(desk: Desk) -> None:
    desk.edit(desk.sandbox.movers[0])
    shown = {
        "Voice basic settings": desk.page.get_by_label("Extension number"),
        "Call recording settings": desk.page.get_by_text("Record all calls for this user"),
        "Single Sign-On (SSO)": desk.page.locator("input[name='ssoPolicies.googleId']"),
    }
    for title, field in shown.items():
        expect(field).to_be_hidden()
        desk.page.locator(HEADER).get_by_text(title, exact=True).click()
        expect(field).to_be_visible()


@fact("a click on `Record all calls for this user` ticks it; `Neither` is an announcement", CODE)
def record_calls(desk: Desk) -> None:
    person = desk.sandbox.movers[0]
    desk.edit(person)
    desk.expand("callRecording")
    desk.page.get_by_text("Record all calls for this user").click()
    assert "Neither" in desk.options("callRecording", "Recording Announcement")
    desk.save()
    desk.banner(SAVED)
    extras = desk.user(person)["extras"]
    assert (extras["record_calls"], extras["announcement"]) == (True, "Neither")


@fact("the policy profile is `8x8 Master User Template` unless changed", DOCS)
def policy_profile(desk: Desk) -> None:
    desk.edit(desk.joiner())
    expect(desk.combo("services", "Policy profile")).to_have_text("8x8 Master User Template")


@fact("a user's language is one of these 21", DOCS)
def languages(desk: Desk) -> None:
    desk.edit(desk.joiner())
    assert desk.options("basicInfo", "Language") == LANGUAGES
    assert len(LANGUAGES) == 21
    assert {"en-US", "fr-CA", "ja-JP", "zh-CN"} <= set(LANGUAGES)


@fact("Contact Directory Scope is the company, the PBX or the site", DOCS)
def directory_scope(desk: Desk) -> None:
    desk.edit(desk.joiner())
    assert len(desk.options("basicInfo", "Contact Directory Scope")) == 3


@fact("a click on `Show More` brings Job Title, Department, Personal Contact Number", SUPPORT)
def show_more(desk: Desk) -> None:
    desk.edit(desk.joiner())
    labels = ("Job Title", "Department", "Personal Contact Number")
    for label in labels:
        expect(desk.page.get_by_label(label, exact=True)).to_have_count(0)
    desk.show_more()
    for label in labels:
        expect(desk.section("basicInfo").get_by_label(label, exact=True)).to_be_visible()


@fact("Save is the last button of the page, at the very bottom", SUPPORT)
def save_last(desk: Desk) -> None:
    desk.edit(desk.sandbox.movers[0])
    buttons = desk.page.locator("form button")
    expect(buttons.last).to_have_text("Save")
    assert buttons.last.evaluate(
        "save => [...document.querySelectorAll('form input')]"
        ".every(one => one.getBoundingClientRect().bottom <= save.getBoundingClientRect().top)"
    )


@fact("users made by SCIM have read-only names, e-mail and username", DOCS)
def scim_read_only(desk: Desk) -> None:
    desk.edit(desk.sandbox.joiners[0])
    for label in ("First name", "Last name", "Email", "Username"):
        expect(desk.page.get_by_label(label, exact=True)).not_to_be_editable()
    desk.show_more()
    expect(desk.page.get_by_label("Job Title")).to_be_editable()


@fact("with a licence on, only sites of the same PBX are offered", "inferred")
def same_pbx(desk: Desk) -> None:
    person = next(one for one in desk.sandbox.movers if desk.user(one)["site"] != "London")
    desk.edit(person)
    assert desk.options("basicInfo", "Site") == ["New York", "Austin"]
    desk.edit(desk.joiner())
    assert desk.options("basicInfo", "Site") == ["New York", "Austin", "London"]


@fact("two people may share name and e-mail; only the username differs", "inferred")
def twins(desk: Desk) -> None:
    one, two = (desk.user(desk.sandbox.cast[key]) for key in ("twin_a", "twin_b"))
    assert (one["email"], one["first_name"]) == (two["email"], two["first_name"])
    assert one["username"] != two["username"]
    expect(desk.find(one["email"])).to_have_count(2)
