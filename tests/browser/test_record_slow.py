"""The recorder where the page or Playwright is slow, and where something cannot be recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from robot.player import record
from robot.player.record import Recorder
from robot.player.recording import RecordingError
from tests.browser.person import Person
from tests.browser.site import Site

#: A form that comes only after a spinner has turned for a while.
LATE = """<body><p>Loading...</p><script>setTimeout(() => {
  document.body.innerHTML = '<form><input id="line1"><button>Save</button></form>';
}, 1500)</script>"""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/late": LATE}) as running:
        yield running


def recorder_at(page: Page, site: Site, path: str) -> Recorder:
    """A running recorder on that page."""
    page.goto(site.origin + path)
    made = Recorder(page, origins={"console": site.origin}, parameters={})
    made.start()
    return made


def test_page_that_spins_before_it_shows_its_form_loses_no_id(page: Page, site: Site) -> None:
    recorder = recorder_at(page, site, "/late")
    page.locator("#line1").wait_for()
    Person(page).press_on(page.locator("#line1"))
    target = recorder.stop().actions[-1]["target"]
    assert {"by": "attribute", "attribute": "id", "value": "line1"} in target["alternatives"]


@pytest.mark.parametrize("late", [True, False])
def test_last_click_is_waited_for_and_never_dropped(
    page: Page, site: Site, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    recorder = recorder_at(page, site, "/late")
    page.locator("#line1").wait_for()
    told = recorder.action_added
    held: list[tuple[Any, ...]] = []

    def slowly(*action: Any) -> None:
        held.append(action)

    def wait(look: float, wait: Any = page.wait_for_timeout) -> None:
        wait(look)
        if late and held and len(waits) > 4:
            told(*held.pop())
        waits.append(look)

    waits: list[float] = []
    monkeypatch.setattr(recorder, "action_added", slowly)
    Person(page).press_on(page.get_by_role("button", name="Save"))
    monkeypatch.setattr(record, "_LOOKS", 10)
    monkeypatch.setattr(page, "wait_for_timeout", wait)
    if late:
        assert recorder.stop().actions[-1]["action"] == "click"
        return
    with pytest.raises(RecordingError, match="a click on 'Save' was not taken down"):
        recorder.stop()


@pytest.mark.parametrize("armed", [True, False])
@pytest.mark.parametrize("foreign", [True, False])
def test_nothing_in_a_frame_is_delivered_or_recorded(
    page: Page, site: Site, armed: bool, foreign: bool
) -> None:
    with Site({}) as stranger:
        inside = stranger if foreign else site
        inside.pages["/inside"] = (
            "<button onclick=\"fetch('/wrote', {method: 'POST'})\">Write</button>"
        )
        site.pages["/outside"] = (
            f"<button>Save</button><iframe src='{inside.origin}/inside'></iframe>"
        )
        said: list[str] = []
        page.goto(site.origin + "/outside")
        recorder = Recorder(page, origins={"console": site.origin}, parameters={}, say=said.append)
        recorder.start()
        person = Person(page)
        if armed:
            recorder.arm_commit()
        person.press_on(page.frame_locator("iframe").get_by_role("button", name="Write"))
        if armed:
            with pytest.raises(RecordingError, match="what is in a frame cannot be recorded"):
                recorder.wait_taken()
        page.wait_for_timeout(300)
        assert inside.paths("POST") == []
        assert len(said) == 1
        person.press_on(page.get_by_role("button", name="Save"))
        assert [one["action"] for one in recorder.stop().actions] == ["click"]
