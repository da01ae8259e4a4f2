"""What is so already is believed only of a page that no cache has kept."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from robot.player import events as ev
from robot.player.load import load_text
from robot.player.origins import Origins
from robot.player.page import PlaywrightDriver
from robot.player.play import play
from tests.browser.site import Site
from tests.unit.player.world import PERSON, equal, followed

#: The list is drawn from a script that the browser may keep for an hour.
LIST = """<table><thead><tr><th>Username</th><th>Email</th><th>License</th></tr></thead>
<tbody></tbody></table><script src="/people.js"></script><script>
document.querySelector("tbody").innerHTML = people.map(
  (one) => `<tr>${one.map((text) => `<td>${text}</td>`).join("")}<td><button>Give</button></td></tr>`
).join("");</script>"""
GIVE = """
format: 1
name: give
kind: operation
version: 1
application: console
summary: Give a licence
parameters: {username: username, email: email, license: license}
changes: [license]
result: {license: "${license}"}
steps:
  - {id: list, open: {path: /users}}
  - id: who
    identify:
      columns: {username: Username, email: Email}
      empty: {alternatives: [{by: text, text: No users found}]}
  - {id: license, read: {facts: {license: {column: License}}}}
  - {id: so, done_if: {facts: {license: "${license}"}}}
  - id: give
    click:
      target: {in_row: true, alternatives: [{by: role, role: button, name: Give}, {by: row, tag: button}]}
    anchors: {row: true}
    commit: true
read_back:
  - {id: again, open: {path: /users}}
  - id: who_again
    identify:
      columns: {username: Username, email: Email}
      empty: {alternatives: [{by: text, text: No users found}]}
  - {id: license_again, read: {facts: {license: {column: License}}}}
"""


class Listing:
    """A site whose list of people may be kept by the browser. license: what is true now."""

    def __init__(self, site: Site, page: Page) -> None:
        self.license = "X2"
        self.driver = PlaywrightDriver(page.context, page)
        self.site = site
        site.pages = {"/users": LIST, "/people.js": self._people}

    def _people(self) -> tuple[int, str, str]:
        row = [PERSON["username"], PERSON["email"], self.license]
        return 200, "text/javascript", f"const people = {json.dumps([row])}"

    def played(self) -> tuple[list[ev.Event], str]:
        origins = Origins(self.site.origin)
        flow = load_text(GIVE, "give")
        return followed(play(flow, PERSON, self.driver, origins=origins, equal=equal))


@pytest.fixture
def listing(page: Page) -> Iterator[Listing]:
    """The list as the browser has seen, and kept, it once."""
    with Site({}) as site:
        one = Listing(site, page)
        one.driver.open(site.origin + "/users", 5)
        yield one


def test_a_value_that_only_the_cache_still_shows_is_not_already_so(listing: Listing) -> None:
    listing.license = ""
    events, outcome = listing.played()
    assert outcome == "stopped"
    about = events[-1]
    assert isinstance(about, ev.AboutToCommit)
    assert about.facts.seen == {"license": ""}


def test_a_value_that_is_so_is_read_once_more_from_the_console(listing: Listing) -> None:
    events, outcome = listing.played()
    assert outcome == "already_so", events[-1]
    assert listing.site.paths().count("/people.js") == 2
