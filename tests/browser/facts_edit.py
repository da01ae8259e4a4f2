"""Facts about the edit page: its DOM, licences, numbers, saves that fail."""

from __future__ import annotations

from playwright.sync_api import expect

from robot.sandbox.people import X2_GB, X2_US, X6_US, X8_US
from tests.browser.desk import HEADER, Desk, wait_until
from tests.browser.fact import CODE, DOCS, SUPPORT, fact

SAVED = "User settings saved successfully"
FAILED = "Failed saving user settings"
NAMES = (
    "basicInfo.firstName",
    "basicInfo.lastName",
    "basicInfo.primaryEmail",
    "additionalInfo.jobTitle",
    "additionalInfo.department",
    "voiceBasicSettings.extensionNumber",
    "ssoPolicies.googleId",
)


def _joiner(desk: Desk, site: str = "New York") -> str:
    """Somebody without a licence at that site."""
    for user_id in desk.sandbox.joiners:
        if desk.user(user_id)["site"] == site:
            return user_id
    user_id = desk.sandbox.joiners[0]
    desk.control.edit_user(user_id, site=site)
    return user_id


@fact("the form's inputs have these names, and no others", CODE)
def input_names(desk: Desk) -> None:
    desk.edit(desk.sandbox.movers[0])
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
    desk.edit(_joiner(desk))
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
    desk.edit(_joiner(desk))
    voice = desk.section("voiceBasicSettings")
    expect(voice).to_have_count(0)
    desk.choose("services", "License", X2_US)
    extension = voice.locator("input[name='voiceBasicSettings.extensionNumber']")
    expect(extension).to_be_hidden()
    expect(extension).not_to_have_value("")
    desk.page.locator(HEADER).get_by_text("Voice basic settings").click()
    expect(extension).to_be_visible()


@fact("Save is the last button of the page, at the very bottom", SUPPORT)
def save_last(desk: Desk) -> None:
    desk.edit(desk.sandbox.movers[0])
    buttons = desk.page.locator("form button")
    expect(buttons.last).to_have_text("Save")
    assert buttons.last.evaluate(
        "save => [...document.querySelectorAll('form input')]"
        ".every(one => one.getBoundingClientRect().bottom <= save.getBoundingClientRect().top)"
    )


@fact("a missing number unfolds its section, shows a message in red and saves nothing", DOCS)
def required_number(desk: Desk) -> None:
    desk.edit(_joiner(desk))
    desk.choose("services", "License", X2_US)
    voice = desk.section("voiceBasicSettings")
    voice.wait_for()
    desk.save()
    expect(voice.get_by_text("This field is required")).to_be_visible()
    assert not desk.writes()


@fact("choosing licence and number and saving assigns both and returns to the list", SUPPORT)
def assign(desk: Desk) -> None:
    person = _joiner(desk)
    desk.edit(person)
    desk.give_license(X2_US)
    desk.save()
    desk.banner(SAVED)
    expect(desk.page).to_have_url(desk.sandbox.console_origin + "/users")
    user, truth = desk.user(person), desk.sandbox.truth()
    assert (user["license"], user["license_status"]) == (X2_US, "Assigned")
    taken = {one["number"] for one in truth["numbers"] if one["user_id"] == person}
    assert taken == {user["phone_number"]}
    assert user["extension"].startswith("1")


@fact("X beside the licence, Continue, Save: licence, number and extension are free again", SUPPORT)
def remove(desk: Desk) -> None:
    before = desk.user(desk.sandbox.leavers[0])
    desk.edit(before["id"])
    desk.combo("services", "License").locator("svg").first.click()
    expect(desk.page.get_by_text("call forwarding settings, voicemails")).to_be_visible()
    desk.page.get_by_role("button", name="Continue").click()
    expect(desk.section("voiceBasicSettings")).to_have_count(0)
    assert not desk.writes()
    desk.save()
    desk.banner(SAVED)
    after, truth = desk.user(before["id"]), desk.sandbox.truth()
    assert (after["license"], after["phone_number"], after["extension"]) == ("", "", "")
    states = {one["number"]: one["status"] for one in truth["numbers"]}
    assert states[before["phone_number"]] == "Available"
    stock = {one["id"]: one["status"] for one in truth["licenses"]}
    assert stock[before["license_id"]] == "Unassigned"


@fact("licences are those of the site's country; a type without stock is not listed", "inferred")
def by_country(desk: Desk) -> None:
    desk.edit(_joiner(desk, "London"))
    assert desk.options("services", "License") == [X2_GB]
    desk.edit(_joiner(desk, "Austin"))
    assert X8_US not in desk.options("services", "License")


@fact("a suspended licence is offered and fails with the generic message", SUPPORT)
def suspended(desk: Desk) -> None:
    person = _joiner(desk)
    desk.edit(person)
    desk.give_license(X6_US)
    desk.save()
    desk.banner(FAILED)
    assert desk.user(person)["license"] == ""
    assert [one["outcome"] for one in desk.writes()] == ["refused"]


@fact("a failed back-end call answers 424 with httpStatus, validationErrors and message", CODE)
def failed_dependency(desk: Desk) -> None:
    desk.control.fault("generic_failure")
    url = f"{desk.sandbox.console_origin}/cm-be/users/api/v1/users/{desk.sandbox.movers[0]}"
    answer = desk.page.request.put(url, data={"department": "Archive"})
    assert answer.status == 424
    assert answer.json() == {
        "httpStatus": "FAILED_DEPENDENCY",
        "validationErrors": None,
        "message": FAILED,
    }


@fact("the back-end's good answers have the envelope `content`, a list", CODE)
def content_envelope(desk: Desk) -> None:
    base = desk.sandbox.console_origin + "/cm-be"
    mover = f"users/api/v1/users/{desk.sandbox.movers[0]}"
    for path in ("users/api/v1/users", mover, f"{mover}/numbers", "dids/api/v1/dids"):
        assert desk.page.request.get(f"{base}/{path}").json()["content"], path
    saved = desk.page.request.put(f"{base}/{mover}", data={})
    assert saved.json()["content"] == []


@fact("an extension somebody has fails with the same message", SUPPORT)
def extension_conflict(desk: Desk) -> None:
    person = _joiner(desk)
    desk.edit(person)
    desk.give_license(X2_US)
    taken = desk.user(desk.sandbox.cast["ghost_extension"])["extension"]
    desk.page.fill("input[name='voiceBasicSettings.extensionNumber']", taken)
    desk.save()
    desk.banner(FAILED)
    assert desk.user(person)["license"] == ""


@fact("Suggest may give an extension that is in use", SUPPORT)
def ghost(desk: Desk) -> None:
    taken = desk.user(desk.sandbox.cast["ghost_extension"])["extension"]
    base, given = desk.sandbox.console_origin, set()
    for user_id in desk.sandbox.truth()["users"]:
        url = f"{base}/cm-be/users/api/v1/users/{user_id}/extension?suggest=1&site=New%20York"
        given.add(desk.page.request.get(url).json()["content"][0])
    assert taken in given
    assert len(given) > 1


@fact("a long first name: profile and licence are saved, the number is not", SUPPORT)
def long_name(desk: Desk) -> None:
    person = desk.sandbox.cast["long_name"]
    desk.edit(person)
    desk.give_license(X2_US)
    desk.page.get_by_label("Job Title").fill("Archivist")
    desk.save()
    desk.page.get_by_text("User settings saved with errors. Failed at Phone Number").wait_for()
    user = desk.user(person)
    assert (user["license"], user["phone_number"], user["job_title"]) == (X2_US, "", "Archivist")
    assert [one["outcome"] for one in desk.writes()] == ["partial"]


@fact("users made by SCIM have read-only names, e-mail and username", DOCS)
def scim_read_only(desk: Desk) -> None:
    desk.edit(desk.sandbox.joiners[0])
    for label in ("First name", "Last name", "Email", "Username"):
        expect(desk.page.get_by_label(label, exact=True)).not_to_be_editable()
    expect(desk.page.get_by_label("Job Title")).to_be_editable()


@fact("users made by SCIM are not in the Company Directory until made visible", DOCS)
def directory(desk: Desk) -> None:
    person = desk.sandbox.joiners[0]
    desk.edit(person)
    switch = desk.page.get_by_role("switch", name="Display in Company Directory")
    expect(switch).not_to_be_checked()
    desk.page.get_by_text("Display in Company Directory").click()
    desk.save()
    desk.banner(SAVED)
    assert desk.user(person)["display_in_directory"] is True
    assert desk.writes()[0]["fields"] == {"display_in_directory": True}


@fact("a deactivated user's settings cannot be edited", SUPPORT)
def deactivated(desk: Desk) -> None:
    desk.edit(desk.sandbox.cast["deactivated"])
    inputs = desk.page.locator("form input")
    wait_until("the form is there", inputs.count)
    assert inputs.evaluate_all("all => all.every(one => one.disabled)")
    expect(desk.page.get_by_role("button", name="Save")).to_be_disabled()


@fact("with a licence on, only sites of the same PBX are offered", "inferred")
def same_pbx(desk: Desk) -> None:
    person = next(one for one in desk.sandbox.movers if desk.user(one)["site"] != "London")
    desk.edit(person)
    assert desk.options("basicInfo", "Site") == ["New York", "Austin"]
    desk.edit(_joiner(desk))
    assert desk.options("basicInfo", "Site") == ["New York", "Austin", "London"]


@fact("two people may share name and e-mail; only the username differs", "inferred")
def twins(desk: Desk) -> None:
    one, two = (desk.user(desk.sandbox.cast[key]) for key in ("twin_a", "twin_b"))
    assert (one["email"], one["first_name"]) == (two["email"], two["first_name"])
    assert one["username"] != two["username"]
    expect(desk.find(one["email"])).to_have_count(2)
