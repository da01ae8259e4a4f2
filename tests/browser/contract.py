"""Two worlds with the same page: one in a real browser, one of fakes. The contract judges both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from robot.player.driver import Driver, Notice, Ref, Reply
from robot.player.host import BrowserHost
from tests.browser.site import Site
from tests.unit.player.fake_driver import Fake, FakeDriver, Page

T = TypeVar("T")

OPTIONS = ["None", "One", "Two"]
HEADERS = ["Name", "Username", ""]
PEOPLE = [["Ann", "acme.ann", ""], ["Bob", "acme.bob", ""]]
_ROWS = "".join(
    f"<tr><td>{n}</td><td>{u}</td><td><button>x</button></td></tr>" for n, u, _ in PEOPLE
)

HTML = f"""<!doctype html><title>page</title><body>
<form onsubmit="return false"><label>Name <input name="name" value="old"></label>
<label>Pass <input type="password" id="pass"></label>
<label>Kind <select id="kind">{"".join(f"<option>{one}</option>" for one in OPTIONS)}</select></label>
<label id="sms-label"><input type="checkbox" role="switch" id="sms" style="opacity:0;position:absolute"> SMS</label>
<button type="button" id="save">Save</button><button type="button" id="off" disabled>Off</button></form>
<div id="twice"></div><div id="twice"></div><div id="hidden" style="display:none">hidden text</div>
<div id="log"></div>
<button id="move">Move</button><button id="toast">Toast</button><button id="alert">Alert</button>
<button id="write">Write</button><button id="lose">Lose</button>
<button id="remove">Remove</button><button id="rename">Rename</button><button id="sort">Sort</button>
<table><thead><tr><th>Name</th><th>Username</th><th></th></tr></thead><tbody>{_ROWS}</tbody></table>
<script>
const on = (id, does) => document.getElementById(id).addEventListener("click", does);
const rows = () => document.querySelector("tbody").rows;
on("save", () => document.getElementById("log").textContent += "saved ");
on("move", () => history.pushState({{}}, "", "/page?moved"));
on("toast", () => {{ const t = document.createElement("div"); t.style.position = "fixed"; t.textContent = "All done"; document.body.append(t); }});
on("alert", () => alert("Are you there?"));
on("write", () => fetch("/write", {{method: "PUT"}}));
on("lose", () => fetch("/lost", {{method: "PUT"}}).catch(() => 0));
on("remove", () => rows()[0].remove());
on("rename", () => rows()[0].cells[0].textContent = "Zoe");
on("sort", () => rows()[0].before(rows()[1]));
</script>"""

TWO_TABLES = HTML.replace(
    "<script>", HTML[HTML.index("<table>") : HTML.index("<script>")] + "<script>"
)


class World(Protocol):
    """A driver on the page `/page`, and a way to call it in the thread where it lives."""

    driver: Driver
    origin: str

    def do(self, call: Callable[[Driver], T]) -> T:
        """Call the driver."""


def at(*selectors: str, in_row: bool = False) -> Ref:
    return Ref(selectors, in_row)


def by_id(name: str) -> Ref:
    return at(f'css=[id="{name}"]')


SAVE = at('css=[id="save"]', 'internal:role=button[name="Save"s]')


class Real:
    def __init__(self, host: BrowserHost, site: Site) -> None:
        self._host, self.origin = host, site.origin
        self._session = host.open_session(None, [site.origin])
        self.driver: Driver = self._session.driver

    def do(self, call: Callable[[Driver], T]) -> T:
        return self._host.run(lambda: call(self.driver))

    def close(self) -> None:
        self._session.close()


class Pretended:
    def __init__(self) -> None:
        self.fake = FakeDriver({"/page": self._page, "/two": self._two})
        self.driver: Driver = self.fake
        self.origin = self.fake.origin

    def do(self, call: Callable[[Driver], T]) -> T:
        return call(self.driver)

    def _page(self, driver: FakeDriver) -> Page:
        page = Page()

        def known(name: str, **more: object) -> Fake:
            return Fake({f'css=[id="{name}"]'}, **more)  # type: ignore[arg-type]

        rows = [list(row) for row in PEOPLE]
        log = known("log")
        name = Fake({'css=[name="name"]'}, value="old")
        save = known("save", text="Save")
        save.found_by.add('internal:role=button[name="Save"s]')
        save.does = lambda: setattr(log, "text", log.text + "saved ")
        toast = known("toast", does=lambda: page.floating.append("All done"))
        alert = known(
            "alert",
            does=lambda: driver.waiting_notices.append(
                Notice("dialog", {"type": "alert", "message": "Are you there?"})
            ),
        )
        page.tables = [(HEADERS, rows)]
        page.elements = [
            name,
            known("pass", kind="password"),
            known("kind", options=OPTIONS, text=OPTIONS[0]),
            known("sms"),
            save,
            known("off", enabled=False),
            known("twice"),
            known("twice"),
            known("hidden", text="hidden text", shown=False),
            log,
            known("move", does=lambda: self._moved(page)),
            toast,
            alert,
            known("write", does=lambda: setattr(driver, "replies", Reply(answered=1))),
            known("lose", does=lambda: setattr(driver, "replies", Reply(lost=1))),
            known("remove", does=lambda: rows.pop(0)),
            known("rename", does=lambda: rows[0].__setitem__(0, "Zoe")),
            known("sort", does=lambda: rows.insert(0, rows.pop())),
            Fake({"css=button >> nth=0"}, "x", in_row=True),
        ]
        driver.replies = Reply()
        return page

    def _two(self, driver: FakeDriver) -> Page:
        page = self._page(driver)
        page.tables *= 2
        return page

    def _moved(self, page: Page) -> None:
        self.fake.go("/page?moved")
        self.fake.page = page


@contextmanager
def site() -> Iterator[Site]:
    with Site({"/page": HTML, "/two": TWO_TABLES}) as running:
        yield running
