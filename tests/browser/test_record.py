"""The recorder on the sandbox: what is kept, what is not delivered, what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from playwright.sync_api import Browser

from robot import flows_index
from robot.player import generate
from robot.player.flow import Flow
from robot.player.folding import steps_of
from robot.player.load import load_text
from robot.player.record import Recorder
from robot.player.recording import Recording, RecordingError
from robot.player.secret import Secret
from robot.sandbox.people import X2_US
from tests.browser import make_recordings as hand
from tests.browser.desk import Desk
from tests.browser.practice import Session, practising
from tests.browser.robot_hand import RobotHand, keys

CANARY = "Canary-7d1f0e55"


@pytest.fixture
def session(browser: Browser) -> Iterator[Session]:
    """A person signed in at the sandbox, beside a recorder."""
    with practising(browser) as here:
        yield here


@pytest.fixture(scope="module")
def assigned(browser: Browser) -> Recording:
    """A fresh recording of giving the practice account a licence."""
    return hand.record("assign_license", browser)


def _flow(recording: Recording, name: str) -> Flow:
    """The flow that a recording and the shipped annotations make, with the shipped fragments."""
    notes = flows_index.directory() / "annotations" / f"{name}.yaml"
    text = generate.generate(recording, yaml.safe_load(notes.read_text(encoding="utf-8")))
    fragments = flows_index.directory() / "fragments"
    return load_text(
        text, name, fragment=lambda one: (fragments / f"{one}.yaml").read_text(encoding="utf-8")
    )


def test_recording_of_one_person_plays_unedited_on_another_in_another_company(
    assigned: Recording, desk: Desk
) -> None:
    desk.sign_in()
    flow, robot = _flow(assigned, "assign_license"), RobotHand(desk)
    user = desk.user(desk.sandbox.cast["contact"])
    done = robot.play(flow, {**keys(user), "license": X2_US})
    assert done.outcome == "committed", done.told()
    assert robot.prove(flow, {**keys(user), "license": X2_US}, done).holds
    assert desk.user(user["id"])["license"] == X2_US
    assert len(desk.writes("applied")) == 1


def test_recording_is_refused_on_the_look_alike(assigned: Recording, desk: Desk) -> None:
    desk.sign_in()
    twin = desk.user(desk.sandbox.cast["twin_a"])
    given = {**keys(twin, "email", "full_name", "site"), "license": X2_US}
    done = RobotHand(desk).play(_flow(assigned, "assign_license"), given)
    assert done.doubt == "ambiguous_match", done.told()
    assert desk.writes() == []


def test_recording_again_makes_the_shipped_targets(assigned: Recording) -> None:
    shipped = flows_index.load("assign_license")
    again = _flow(assigned, "assign_license")

    def ways(flow: Flow) -> list[object]:
        targets = [getattr(step, "target", None) for step in flow.steps]
        return [one and one.alternatives for one in targets]

    assert ways(again) == ways(shipped)


def test_commit_is_taken_down_and_never_reaches_the_page(session: Session) -> None:
    session.recorder.start()
    session.edit()
    session.show_more()
    session.person.enter(session.field_of("Job Title"), session.given["full_name"])
    save = session.page.get_by_role("button", name="Save")
    session.commit(save)
    recording = session.recorder.stop()
    assert recording.actions[-1]["commit"] is True
    assert {"by": "role", "role": "button", "name": "Save"} in recording.actions[-1]["target"][
        "alternatives"
    ]
    assert session.desk.writes() == []
    clicks = [
        one["detail"]["text"] for one in session.desk.sandbox.events() if one["kind"] == "click"
    ]
    assert "Save" not in clicks
    # The click after it is an ordinary one again.
    session.person.press_on(save)
    session.desk.banner("User settings saved successfully")
    assert len(session.desk.writes("applied")) == 1


def test_pointing_twice_at_once_delivers_neither_click(session: Session) -> None:
    session.recorder.start()
    session.edit()
    for _ in range(3):
        session.point("license", session.combo("services", "License"))
        session.point("site", session.combo("basicInfo", "Site"))
    assert session.page.locator("[id*=-option-]").count() == 0
    recording = session.recorder.stop()
    assert set(recording.points) == {"license", "site"}
    assert not [one for one in recording.actions if "box" in one]


def test_armed_click_is_swallowed_even_after_the_page_was_loaded_again(session: Session) -> None:
    session.recorder.start()
    session.edit()
    session.show_more()
    session.person.enter(session.field_of("Job Title"), "x")
    session.recorder.arm_commit()
    session.page.reload()
    session.field_of("Username").wait_for()
    session.person.press_on(session.page.get_by_role("button", name="Save"))
    session.recorder.wait_taken()
    assert session.desk.writes() == []
    assert session.recorder.stop().actions[-1]["commit"] is True


def test_disabled_field_can_be_pointed_at(session: Session) -> None:
    desk = session.desk
    session.recorder.start()
    desk.open(f"/users/user/edit/{desk.sandbox.cast['deactivated']}")
    session.field_of("Username").wait_for()
    session.point("username", session.field_of("Username"))
    assert session.recorder.stop().points["username"]["from"] == "value"


def test_typed_secrets_are_nowhere_in_recorder_or_recording(browser: Browser) -> None:
    with practising(browser, signed_out=True) as session:
        page, person, desk = session.page, session.person, session.desk
        origins = {"console": desk.sandbox.console_origin}
        recorder = Recorder(
            page,
            origins=origins,
            parameters={},
            secrets={"pin": lambda: Secret(CANARY)},
            literals=("ok",),
        )
        recorder.start()
        page.goto(desk.sandbox.console_origin + "/users")
        person.enter(page.locator("#loginId"), desk.sandbox.logins[0]["username"])
        person.press_on(page.locator("#submitBtn"))
        page.locator("#password").wait_for()
        person.enter(page.locator("#password"), "Wrong-but-secret-9")
        person.press_on(page.locator("#submitBtn"))
        page.locator("#password").wait_for()
        person.enter(page.locator("#password"), CANARY)
        for _ in range(100):
            page.wait_for_timeout(50)
            if any(one.get("typed") == {"secret": "pin"} for one in recorder._actions):
                break
        kept = repr(vars(recorder))
        text = recorder.stop().dumps()
    for secret in (CANARY, "Wrong-but-secret-9", CANARY[:8], desk.sandbox.logins[0]["username"]):
        assert secret not in text
        assert secret not in kept
    assert '"secret": "pin"' in text


def test_only_parameters_and_allowed_words_are_kept_of_what_is_typed(session: Session) -> None:
    recorder = Recorder(
        session.page,
        origins={"console": session.desk.sandbox.console_origin},
        parameters={"username": session.given["username"]},
        secrets={"pin": lambda: Secret(CANARY)},
        literals=("Manager",),
    )
    recorder.start()
    session.edit()
    session.show_more()
    session.person.enter(session.field_of("Job Title"), "Manager")
    session.person.enter(session.field_of("Department"), "Something private")
    recording = recorder.stop()
    typed = {step["id"]: step["fill"] for step in steps_of(recording) if "fill" in step}
    assert typed["fill_search"]["value"] == "${username}"
    assert typed["fill_job_title"]["value"] == "Manager"
    assert "value" not in typed["fill_department"]
    assert "Something private" not in recording.dumps()


def test_select_switch_and_combobox_become_choose_and_check(session: Session) -> None:
    session.recorder.start()
    session.edit()
    session.person.press_on(session.page.get_by_text("Display in Company Directory"))
    session.person.choose(session.combo("services", "License"), session.given["license"])
    steps = steps_of(session.recorder.stop())
    assert [step["id"] for step in steps[-2:]] == [
        "check_display_in_company_directory",
        "choose_license",
    ]
    assert steps[-2]["check"]["value"] is True
    assert steps[-1]["choose"]["value"] == "${license}"


def test_nothing_generated_is_used_to_find_an_element(assigned: Recording) -> None:
    assert "react-select" not in assigned.dumps()
    assert "class" not in {
        key for one in assigned.actions if "target" in one for key in one["target"]["fingerprint"]
    }


def test_commit_that_only_its_words_find_is_refused(session: Session) -> None:
    session.recorder.start()
    session.desk.open("/users")
    previous = session.page.get_by_role("button", name="Next")
    session.commit(previous)
    with pytest.raises(RecordingError, match="two kinds are needed"):
        session.recorder.stop()


def test_page_of_nobody_known_is_refused(session: Session) -> None:
    recorder = Recorder(session.page, origins={"console": "http://127.0.0.1:9"}, parameters={})
    recorder.start()
    session.desk.open("/users")
    session.person.press_on(session.field_of("Search"))
    with pytest.raises(RecordingError, match="is no application of this tenant"):
        recorder.stop()
