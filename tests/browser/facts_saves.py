"""Facts about saving the edit page: what is saved, what is not, and what is said."""

from __future__ import annotations

from playwright.sync_api import expect

from robot.sandbox.people import X2_GB, X2_US, X6_US, X8_US
from tests.browser.desk import FAILED, SAVED, Desk, wait_until
from tests.browser.fact import CODE, DOCS, SUPPORT, fact


@fact("a missing number unfolds its section, shows a message in red and saves nothing", DOCS)
def required_number(desk: Desk) -> None:
    desk.edit(desk.joiner())
    desk.choose("services", "License", X2_US)
    voice = desk.section("voiceBasicSettings")
    voice.wait_for()
    desk.save()
    expect(voice.get_by_text("This field is required")).to_be_visible()
    assert not desk.writes()


@fact("choosing licence and number and saving assigns both and returns to the list", SUPPORT)
def assign(desk: Desk) -> None:
    person = desk.joiner()
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


@fact("X beside the number returns it to the pool; another can be chosen", SUPPORT)
def swap_number(desk: Desk) -> None:
    before = desk.user(next(o for o in desk.sandbox.movers if desk.user(o)["site"] != "London"))
    desk.edit(before["id"])
    desk.expand("voiceBasicSettings")
    desk.combo("voiceBasicSettings", "Phone Number").locator("svg").first.click()
    spare = desk.first_number()
    desk.choose("voiceBasicSettings", "Phone Number", spare)
    desk.save()
    desk.banner(SAVED)
    assert desk.user(before["id"])["phone_number"] == spare
    states = {one["number"]: one["status"] for one in desk.sandbox.truth()["numbers"]}
    assert (states[before["phone_number"]], states[spare]) == ("Available", "Assigned")


@fact("a username somebody has is refused with `Username ... is already in use`", DOCS)
def duplicate_username(desk: Desk) -> None:
    person = desk.user(desk.sandbox.cast["contact"])
    taken = desk.user(desk.sandbox.cast["accent"])["username"]
    desk.edit(person["id"])
    desk.page.get_by_label("Username", exact=True).fill(taken)
    desk.save()
    desk.banner(f"Username {taken} is already in use")
    assert desk.user(person["id"]) == person


@fact("a Contact Center licence is refused to a name with special characters", SUPPORT)
def special_characters(desk: Desk) -> None:
    cast = desk.sandbox.cast
    desk.control.edit_user(cast["trapped_x8"], license="")
    for who, refused in (("accent", True), ("contact", False)):
        desk.edit(cast[who])
        desk.give_license(X8_US)
        desk.save()
        desk.banner(FAILED if refused else SAVED)
        assert (desk.user(cast[who])["license"] == "") is refused


@fact("licences are those of the site's country; a type without stock is not listed", "inferred")
def by_country(desk: Desk) -> None:
    desk.edit(desk.joiner("London"))
    assert desk.options("services", "License") == [X2_GB]
    desk.edit(desk.joiner("Austin"))
    assert X8_US not in desk.options("services", "License")


@fact("a suspended licence is offered and fails with the generic message", SUPPORT)
def suspended(desk: Desk) -> None:
    person = desk.joiner()
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
    person = desk.joiner()
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
    desk.show_more()
    desk.page.get_by_label("Job Title").fill("Archivist")
    desk.save()
    desk.page.get_by_text("User settings saved with errors. Failed at Phone Number").wait_for()
    user = desk.user(person)
    assert (user["license"], user["phone_number"], user["job_title"]) == (X2_US, "", "Archivist")
    assert [one["outcome"] for one in desk.writes()] == ["partial"]


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
