"""The sandbox signs in, logs, resets and stops as it should; its truth stays apart."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect

from robot.sandbox import totp
from robot.sandbox.control import Control, ControlError
from robot.sandbox.people import CAST, X2_US, X4_US, build
from robot.sandbox.server import Sandbox
from tests.browser.desk import Desk, wait_until


def test_page_request_without_session_is_redirected_and_data_request_answers_401(
    signed_in: Desk,
) -> None:
    base = signed_in.sandbox.console_origin
    signed_in.control.fault("session_expiry")
    get = signed_in.page.request.get
    answer = get(base + "/users?search=x", max_redirects=0)
    assert answer.status == 302
    assert answer.headers["location"] == base + "/v2/login?return=%2Fusers%3Fsearch%3Dx"
    assert get(base + "/cm-be/users/api/v1/users").status == 401
    assert get(signed_in.sandbox.billing_origin, max_redirects=0).status == 302


def test_save_after_the_session_expired_leads_to_login_and_writes_nothing(signed_in: Desk) -> None:
    person = signed_in.sandbox.movers[0]
    signed_in.edit(person)
    signed_in.show_more()
    signed_in.page.get_by_label("Department").fill("Archive")
    signed_in.control.fault("session_expiry")
    signed_in.save()
    expect(signed_in.page).to_have_url(re.compile("login"))
    assert not signed_in.writes()


def test_sign_in_returns_to_the_page_that_was_asked_for(desk: Desk) -> None:
    desk.sign_in(f"/users/user/edit/{desk.sandbox.movers[0]}")
    expect(desk.page.get_by_role("button", name="Save")).to_be_visible()


def test_sign_in_never_leads_to_a_foreign_address(desk: Desk) -> None:
    desk.to_code_page("/v2/login?return=//example.org/")
    desk.enter_code(desk.code())
    desk.page.wait_for_url(desk.sandbox.console_origin + "/panel")


def test_one_code_is_good_for_one_sign_in_of_one_login(desk: Desk) -> None:
    code = desk.code()
    desk.to_code_page("/users")
    desk.enter_code(code)
    desk.page.wait_for_url("**/users")
    desk.page.context.clear_cookies()
    desk.to_code_page("/users")
    desk.enter_code(code)
    expect(desk.page.get_by_text("already been used")).to_be_visible()
    desk.page.context.clear_cookies()
    desk.sign_in(index=1)
    outcomes = [one["detail"] for one in desk.sandbox.events() if one["kind"] == "sign_in"]
    assert {"outcome": "code_reused"} in outcomes


def test_codes_are_those_of_an_authenticator_app() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.code_at(secret, 59) == "287082"  # RFC 6238, appendix B, last six digits
    for moment in (0, 59, 1_111_111_109, 20_000_000_000):
        assert totp.code_at(secret, moment) == pyotp.TOTP(secret).at(moment)


def test_fifth_bad_password_locks_the_login(desk: Desk) -> None:
    login, page = desk.sandbox.logins[0], desk.page
    desk.open("/users")
    page.fill("#loginId", login["username"])
    page.click("#submitBtn")
    for _ in range(5):
        page.fill("#password", "wrong")
        page.click("#submitBtn")
        expect(page.get_by_text("incorrect")).to_be_visible()
    page.fill("#password", login["password"])
    page.click("#submitBtn")
    expect(page.get_by_text("account is locked")).to_be_visible()


def test_clicks_pages_and_reads_are_in_the_log_with_their_login(signed_in: Desk) -> None:
    page, person = signed_in.page, signed_in.sandbox.movers[0]
    signed_in.edit(person)
    page.get_by_text("Cancel", exact=True).click()
    page.wait_for_url("**/users")

    def clicked() -> list[dict[str, Any]]:
        events = [one for one in signed_in.sandbox.events() if one["kind"] == "click"]
        return [one for one in events if one["detail"]["text"] == "Cancel"]

    click = wait_until("the click is told", clicked)[0]
    assert click["detail"]["tag"] == "button"
    assert click["user"] == signed_in.sandbox.logins[0]["username"]
    assert click["page"].endswith(person)
    kinds = [one["kind"] for one in signed_in.sandbox.events()]
    assert {"sign_in", "page", "read"} <= set(kinds)
    assert [one["seq"] for one in signed_in.sandbox.events()] == list(range(1, len(kinds) + 1))


def test_site_based_cost_centers_follow_the_site_and_offer_no_edit(desk: Desk) -> None:
    with Sandbox(cost_center_type="site_based") as sandbox:
        other = Desk(desk.page, sandbox)
        other.sign_in()
        other.page.goto(sandbox.billing_origin + "/billing/cost-centers")
        other.page.get_by_role("button", name="Cost Center Assignment").click()
        expect(other.page.get_by_text("Cost Center Type: Site Based")).to_be_visible()
        other.page.locator("tbody tr").first.wait_for()
        expect(other.page.get_by_role("button", name="Edit")).to_have_count(0)
        person = other.user(sandbox.joiners[0])
        url = f"{sandbox.billing_origin}/cm-be/cost-centers/assignments/{person['id']}"
        assert other.page.request.put(url, data={"cost_center": "Sales"}).status == 409
        assert other.user(person["id"])["cost_center"] == person["cost_center"] != ""


def test_licence_change_keeps_number_and_extension(signed_in: Desk) -> None:
    person = next(one for one in signed_in.sandbox.movers if "US" in signed_in.user(one)["license"])
    before = signed_in.user(person)
    signed_in.edit(person)
    signed_in.choose("services", "License", X4_US)
    signed_in.save()
    signed_in.banner("User settings saved successfully")
    after = signed_in.user(person)
    assert after["license"] == X4_US
    assert (after["phone_number"], after["extension"]) == (
        before["phone_number"],
        before["extension"],
    )


def test_login_without_the_billing_role_gets_a_refusal_page(signed_in: Desk) -> None:
    signed_in.sandbox._engine.world.logins[0].my8x8 = False
    answer = signed_in.page.goto(signed_in.sandbox.billing_origin + "/billing/cost-centers")
    assert answer is not None
    assert answer.status == 403
    expect(signed_in.page.get_by_text("You need the My8x8 role")).to_be_visible()
    url = signed_in.sandbox.billing_origin + "/cm-be/cost-centers/assignments"
    assert signed_in.page.request.get(url).status == 403


def test_login_that_is_no_account_administrator_cannot_delete(signed_in: Desk) -> None:
    person = signed_in.sandbox.joiners[0]
    signed_in.sandbox._engine.world.logins[0].may_delete = False
    signed_in.menu(person)
    signed_in.page.get_by_text("Delete", exact=True).click()
    signed_in.page.get_by_role("button", name="Continue").click()
    signed_in.banner("You do not have permission to delete users")
    assert [write["outcome"] for write in signed_in.writes()] == ["refused"]
    assert person in signed_in.sandbox.truth()["users"]


def test_control_port_refuses_whatever_a_page_of_another_origin_posts() -> None:
    with Sandbox(people=5) as sandbox:
        person = sandbox.joiners[0]
        body = json.dumps({"user_id": person, "fields": {"department": "Forged"}}).encode()
        before = sandbox.truth()
        forged = urllib.request.Request(
            f"{sandbox.control_origin}/edit_user", body, {"Origin": "http://elsewhere.example"}
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(forged, timeout=10)
        assert refused.value.code == 403
        refused.value.close()
        assert sandbox.truth() == before
        urllib.request.urlopen(
            urllib.request.Request(f"{sandbox.control_origin}/edit_user", body), timeout=10
        ).close()
        assert sandbox.truth() != before, "the request itself is right"


def test_brisk_sandbox_takes_its_time_and_shows_sections_late(page: Page) -> None:
    with Sandbox(speed="brisk") as sandbox:
        desk = Desk(page, sandbox)
        desk.sign_in()
        desk.edit(sandbox.cast["practice"])
        began = time.monotonic()
        desk.choose("services", "License", X2_US)
        desk.section("voiceBasicSettings").wait_for()
        # 120 ms for the section and at least 30 ms for the extension it asks for.
        assert time.monotonic() - began >= 0.15


def test_write_from_another_origin_is_refused(signed_in: Desk) -> None:
    url = f"{signed_in.sandbox.console_origin}/cm-be/users/api/v1/users/x/activate"
    headers = {"Origin": "https://example.org"}
    assert signed_in.page.request.post(url, data={}, headers=headers).status == 403
    assert not signed_in.writes()


def test_same_seed_gives_the_same_world_and_the_cast_keeps_its_usernames() -> None:
    worlds = [build(seed, 25, "acme", "independent") for seed in (1, 1, 2)]
    assert worlds[0].truth() == worlds[1].truth()
    assert worlds[0].truth() != worlds[2].truth()
    for world in worlds:
        named = {key: world.users[user_id].username for key, user_id in world.cast.items()}
        assert named == CAST
        assert len(world.joiners) + len(world.movers) + len(world.leavers) == 25
        assert sum(one.status == "Available" for one in world.numbers.values()) >= 80


def test_reset_brings_the_seed_back_and_signs_everybody_out(signed_in: Desk) -> None:
    control, start = signed_in.control, signed_in.sandbox.truth()
    control.edit_user(signed_in.sandbox.movers[0], department="Archive", license="")
    assert control.truth() != start
    control.reset()
    assert control.truth() == start
    signed_in.open("/users")
    expect(signed_in.page).to_have_url(re.compile("login"))


def test_saving_a_form_as_it_is_changes_nothing(signed_in: Desk) -> None:
    cast, before = signed_in.sandbox.cast, signed_in.sandbox.truth()
    people = [signed_in.sandbox.movers[0], signed_in.sandbox.joiners[0], cast["ghost_extension"]]
    for user_id in people:
        signed_in.edit(user_id)
        signed_in.save()
        signed_in.banner("User settings saved successfully")
    assert [one["fields"] for one in signed_in.writes("applied")] == [{}] * len(people)
    assert signed_in.sandbox.truth() == before


def test_control_refuses_what_it_does_not_know(sandbox: Sandbox) -> None:
    control = Control(sandbox.control_origin)
    with pytest.raises(ControlError, match="no fault 'earthquake'"):
        control.fault("earthquake")
    with pytest.raises(ControlError, match="cannot set shoe_size"):
        control.edit_user(sandbox.movers[0], shoe_size=44)
    with pytest.raises(ControlError, match="unknown or missing"):
        control.edit_user("nobody", department="x")


def test_closed_control_port_leaves_the_console_running(signed_in: Desk) -> None:
    control = signed_in.control
    control.close_port()

    def closed() -> bool:
        try:
            control.held()
        except OSError:
            return True
        return False

    wait_until("the control port is closed", closed)
    assert len(signed_in.find("lopez").all()) == 2


def test_sandbox_without_control_has_no_port_that_steers_it() -> None:
    with Sandbox(control=False) as sandbox:
        with pytest.raises(RuntimeError, match="no control port"):
            _ = sandbox.control_origin
        request = urllib.request.Request(sandbox.console_origin + "/truth", data=b"{}")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == 404
        assert json.load(refused.value) == {"message": "Not found"}
        refused.value.close()


def test_stop_ends_connections_that_were_kept_alive(signed_in: Desk) -> None:
    base = signed_in.sandbox.console_origin
    assert signed_in.page.evaluate("fetch('/cm-be/session').then(one => one.status)") == 200
    signed_in.sandbox.stop()
    failed = signed_in.page.evaluate(
        "url => fetch(url).then(() => 'answered', () => 'closed')", base + "/cm-be/session"
    )
    assert failed == "closed"
