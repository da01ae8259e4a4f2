"""Drop-downs in a real browser: comboboxes in the manner of react-select, and by role."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from robot.player.errors import Disagreement, NoOption
from robot.player.host import BrowserHost, Session
from tests.browser.contract import at
from tests.browser.site import Site

COMBO = """<!doctype html><body><div id="box"><div id="shown">Select...</div><input id="{id}"></div>
<script>
const input = document.querySelector("input"), options = {options}, late = {late};
let ready = !late; setTimeout(() => {{ ready = true; if (list) open(); }}, late);
let list = null;
function close() {{ if (list) list.remove(); list = null; }}
function open() {{
  close(); list = document.createElement("div"); {role}
  const shown = ready ? options.filter(o => o.toLowerCase().includes(input.value.toLowerCase())) : [];
  if (!shown.length) list.textContent = ready ? "No options" : "Loading...";
  shown.forEach((o, i) => {{ const d = document.createElement("div"); d.textContent = o; {mark}
    d.onmousedown = e => e.preventDefault();
    d.onclick = () => {{ document.getElementById("shown").textContent = o; input.value = ""; close(); }};
    list.append(d); }});
  document.body.append(list); }}
input.onkeydown = e => {{ if (e.key === "ArrowDown") open(); }};
input.oninput = open; input.onblur = close;
</script>"""

REACT = {"id": "react-select-8-input", "role": "", "mark": "d.id = `react-select-8-option-${i}`;"}
ROLE = {
    "id": "who",
    "role": 'list.id = "list-1"; list.setAttribute("role", "listbox"); input.setAttribute("aria-controls", "list-1");',
    "mark": 'd.setAttribute("role", "option");',
}
BARE = {"id": "who", "role": "", "mark": ""}
INPUT = at("css=input")


@pytest.fixture(scope="module")
def host() -> Iterator[BrowserHost]:
    one = BrowserHost()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site({}) as one:
        yield one


@pytest.fixture
def session(host: BrowserHost, site: Site) -> Iterator[Session]:
    with host.open_session(None, [site.origin]) as one:
        yield one


def shown(
    host: BrowserHost,
    session: Session,
    site: Site,
    kind: dict[str, str],
    options: list[str],
    late: int = 0,
) -> None:
    site.pages["/combo"] = COMBO.format(options=json.dumps(options), late=late, **kind)
    host.run(lambda: session.driver.open(site.origin + "/combo", 60))


def chosen(host: BrowserHost, session: Session) -> str:
    return host.run(lambda: session.driver.read(INPUT, "chosen", 60))


@pytest.mark.parametrize("kind", [REACT, ROLE], ids=["ids", "roles"])
@pytest.mark.parametrize("late", [0, 400])
def test_only_the_option_that_equals_is_clicked(
    host: BrowserHost, session: Session, site: Site, kind: dict[str, str], late: int
) -> None:
    shown(host, session, site, kind, ["X2", "X2-US", "X20"], late)
    assert host.run(lambda: session.driver.choose(INPUT, "X2", None, 60)) == "X2"
    assert chosen(host, session) == "X2"


def test_options_without_ids_or_roles_are_found_by_the_flows_own_target(
    host: BrowserHost, session: Session, site: Site
) -> None:
    shown(host, session, site, BARE, ["X2", "X4"])
    option = at('internal:text="X4"s')
    assert host.run(lambda: session.driver.choose(INPUT, "X4", option, 60)) == "X4"
    assert chosen(host, session) == "X4"


def test_the_first_option_is_picked_and_named(
    host: BrowserHost, session: Session, site: Site
) -> None:
    shown(host, session, site, REACT, ["+1 555-123-4567", "+1 555-123-4568"], late=200)
    assert host.run(lambda: session.driver.choose(INPUT, None, None, 60)) == "+1 555-123-4567"
    assert chosen(host, session) == "+1 555-123-4567"


@pytest.mark.parametrize("value", ["X8", "x2", "X"])
def test_an_option_that_is_not_offered_is_refused_with_the_whole_list(
    host: BrowserHost, session: Session, site: Site, value: str
) -> None:
    shown(host, session, site, REACT, ["X2", "X4"])
    with pytest.raises(NoOption) as caught:
        host.run(lambda: session.driver.choose(INPUT, value, None, 60))
    assert caught.value.detail["available"] == ["X2", "X4"]
    assert chosen(host, session) == "Select..."


def test_a_list_that_never_loads_is_not_taken_for_an_empty_one_before_its_time(
    host: BrowserHost, session: Session, site: Site
) -> None:
    shown(host, session, site, REACT, ["X2"], late=1500)
    assert host.run(lambda: session.driver.choose(INPUT, "X2", None, 60)) == "X2"


def test_two_options_that_equal_are_a_disagreement(
    host: BrowserHost, session: Session, site: Site
) -> None:
    shown(host, session, site, REACT, ["X2", "X2"])
    with pytest.raises(Disagreement):
        host.run(lambda: session.driver.choose(INPUT, "X2", None, 5))
    assert chosen(host, session) == "Select..."


def test_composed_and_decomposed_names_are_the_same_option(
    host: BrowserHost, session: Session, site: Site
) -> None:
    shown(host, session, site, REACT, ["Cafe\u0301"])
    assert host.run(lambda: session.driver.choose(INPUT, "Café", None, 60)) == "Café"
