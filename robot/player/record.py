"""The recorder: what a person does on the console becomes a recording.

Playwright's own recorder says what was done; a script in the page (record_see.js, record_hear.js) says of each element
what it is called, which attributes it has and where it stands, at the moment of the action. Typed
text is kept only as the name of the parameter it equals, or as one of the literals allowed; on login
pages and where it equals a known secret it is dropped as it comes in.

Playwright's recorder is internal to it (`_start_recording`, version 1.65); test_record.py shows at
once when a newer version has moved it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from robot.player.again import look_again
from robot.player.enrich import Stability, Wording, source_of, target_of
from robot.player.pairing import chord, paired, unheard
from robot.player.recording import Recording, RecordingError
from robot.player.secret import Secret

_PARTS = ("record_see.js", "record_hear.js")
_IN_FRAME = "what is in a frame cannot be recorded, and was not delivered; use something else"
#: Milliseconds between two looks, and how many at most for what Playwright has yet to tell: it holds
#: a click back for half a second, to see whether a second follows.
_LOOK, _LOOKS = 250, 40
_IGNORED = frozenset({"openPage", "closePage", "hover"})


def is_login(url: str) -> bool:
    """Whether nothing typed on this page may be kept."""
    return "login" in urlsplit(url).path.lower() or "/sso" in urlsplit(url).path.lower()


class Recorder:
    """Records one page of a signed-in (or, for a login flow, an empty) browser context.

    page: a Playwright page of the sync API. origins: application -> its origin. parameters: name ->
    value as it will be seen and typed. secrets: name -> what gives the secret now, since codes
    change. literals: typed texts to keep. say: told what the person at the page should know.
    """

    def __init__(
        self,
        page: Any,
        *,
        origins: Mapping[str, str],
        parameters: Mapping[str, str],
        secrets: Mapping[str, Callable[[], Secret]] | None = None,
        literals: Collection[str] = (),
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._page = page
        self._origins = dict(origins)
        self._parameters = dict(parameters)
        self._secrets = dict(secrets or {})
        self._literals = frozenset(literals)
        self._say = say
        self._framed = False
        self._wording = Wording(self._parameters, self._holds_secret)
        self._stability = Stability()
        self._reports: list[dict[str, Any]] = []
        self._actions: list[dict[str, Any]] = []
        self._running = False

    def start(self) -> None:
        """Record from now on. The page may be at any address, but it must be an application's."""
        context = self._page.context
        context.expose_binding("__switchboardReport", self._reported)
        eyes = _script()
        context.add_init_script(eyes)
        for frame in self._page.frames:
            frame.evaluate(eyes)
        _sync(context, "_start_recording", {"language": "jsonl"}, self)
        self._running = True

    def arm_commit(self) -> None:
        """The next click is the commit: it is taken down and not delivered."""
        self._arm("commit")

    def point(self, name: str) -> None:
        """The next click shows where the fact of this name stands; it is not delivered."""
        self._arm(f"point:{name}")

    def _arm(self, mode: str) -> None:
        self._framed = False
        self._page.evaluate("mode => window.__switchboardEyes.arm(mode)", mode)

    def wait_taken(self, seconds: float = 10.0) -> None:
        """Wait until the armed click has come. Raises RecordingError when it does not."""
        for _ in range(int(seconds * 1000 / _LOOK)):
            if not self._page.evaluate("() => window.__switchboardEyes.armed()"):
                return
            if self._framed:
                break
            self._page.wait_for_timeout(_LOOK)
        self._page.evaluate("() => window.__switchboardEyes.disarm()")
        none = "no click came; press c or p NAME again and then click"
        raise RecordingError(_IN_FRAME if self._framed else none)

    # -- what Playwright's recorder and the page report -----------------------------------------

    def action_added(self, page: Any, data: dict[str, Any], code: str) -> None:
        """Called by Playwright's recorder for each new action."""
        if self._running and data["name"] not in _IGNORED:
            self._actions.append({"at": len(self._reports) - 0.5, **self._told(page, data)})

    def action_updated(self, page: Any, data: dict[str, Any], code: str) -> None:
        """Called when the last action has grown, as a text does with each letter."""
        if self._running and self._actions and data["name"] not in _IGNORED:
            self._actions[-1] |= self._told(page, data)

    def signal_added(self, page: Any, data: dict[str, Any], code: str) -> None:
        """Called for dialogs, downloads and new windows; flows have no use for them."""

    def _told(self, page: Any, data: dict[str, Any]) -> dict[str, Any]:
        """Of an action, only what may be kept: the text itself never leaves this method."""
        told: dict[str, Any] = {"name": data["name"], "locator": data.get("locator") or {}}
        if data["name"] == "fill":
            told["typed"] = self._typed(str(data.get("text", "")), login=is_login(page.url))
        if data["name"] == "navigate":
            told["url"] = data["url"]
        if data["name"] == "press":
            told["key"], told["modifiers"] = data["key"], data.get("modifiers", 0)
        return told

    def _typed(self, text: str, *, login: bool) -> dict[str, Any]:
        for name, secret in self._secrets.items():
            if secret().reveal() == text:
                return {"secret": name}
        if not login:
            if not text:
                return {"value": ""}
            whole = self._wording.whole(text)
            if whole is not None:
                return {"value": whole}
            if text in self._literals:
                return {"value": text}
        return {"dropped": True}

    def _holds_secret(self, text: str) -> bool:
        return any(secret().reveal() in text for secret in self._secrets.values())

    def _reported(self, source: Any, report: dict[str, Any]) -> None:
        if not self._running or source["page"] != self._page:
            return
        if report["event"] == "framed":
            self._framed = True
            self._say(_IN_FRAME)
        elif source["frame"] == self._page.main_frame:
            self._reports.append(report)

    # -- the end --------------------------------------------------------------------------------

    def stop(self) -> Recording:
        """End, load the recorded pages again to see what is stable, and give the recording.

        Raises RecordingError: a commit target that only one class of alternatives can find, an
        element that nothing tells apart, or an action that no flow has a step for.
        """
        self._wait_heard()
        self._running = False
        context = self._page.context
        _sync(context, "_stop_recording")
        look_again(context, self._reports, self._stability)
        recording = Recording(self._application(), sorted(self._parameters))
        boxes: dict[str, str] = {}
        for action, report in paired(self._actions, self._reports):
            if action is None and report is not None:
                self._armed(recording, report)
            elif action is not None:
                recording.actions.append(self._action(action, report, boxes))
        return recording

    def _wait_heard(self) -> None:
        """Wait until all that the page has reported is told by Playwright too."""
        for _ in range(_LOOKS):
            self._page.wait_for_timeout(_LOOK)
            left = unheard(self._actions, self._reports)
            if not left:
                return
        where = left[0]["element"]["words"] or left[0]["element"]["tag"]
        raise RecordingError(
            f"a {left[0]['event']} on {where!r} was not taken down; record again, more slowly"
        )

    def _application(self) -> str:
        urls = [a["url"] for a in self._actions if "url" in a]
        urls += [report["url"] for report in self._reports]
        if not urls:
            raise RecordingError("nothing was recorded; do something on the page before the end")
        return self._place(urls[0])[0]

    def _place(self, url: str) -> tuple[str, str]:
        """Application and path of an address. Raises RecordingError for a foreign one."""
        for application, origin in self._origins.items():
            if url == origin or url.startswith(origin + "/"):
                path = url[len(origin) :] or "/"
                return application, self._wording.inside(path)
        raise RecordingError(f"{urlsplit(url).netloc} is no application of this tenant; stay on it")

    def _target(self, element: Mapping[str, Any], url: str) -> dict[str, Any]:
        target = target_of(element, url, self._stability, self._wording)
        if not target["alternatives"]:
            words = element["words"] or element["tag"]
            raise RecordingError(f"nothing on the page tells {words!r} apart; use another element")
        return target

    def _armed(self, recording: Recording, report: Mapping[str, Any]) -> None:
        element = report["element"]
        if report["mode"] != "commit":
            name = report["mode"].partition(":")[2]
            recording.points[name] = self._reading(report)
            return
        target = self._target(element, report["url"])
        classes = {_class_of(one) for one in target["alternatives"]}
        if len(classes) < 2:
            raise RecordingError(
                f"the commit can be found by {'/'.join(classes)} only; two kinds are needed: its words,"
                " an attribute such as its id, its place in a form, row or beside a text"
            )
        recording.actions.append({"action": "click", "commit": True, "target": target})

    def _reading(self, report: Mapping[str, Any]) -> dict[str, Any]:
        element, box = report["element"], report["box"]
        if (
            element["row"]
            and element["row"]["column"]
            and element["tag"] not in ("input", "select")
        ):
            return {"column": element["row"]["column"]}
        shown = report["host"] or element
        return {
            "target": self._target(shown, report["url"]),
            "from": source_of(shown, box),
        }

    def _action(
        self, action: Mapping[str, Any], report: Mapping[str, Any] | None, boxes: dict[str, str]
    ) -> dict[str, Any]:
        if report is None:
            application, path = self._place(action["url"])
            return {"action": "open", "application": application, "path": path}
        name = action["name"]
        told: dict[str, Any] = {"action": name}
        if name == "press":
            told["key"] = chord(action["key"], action["modifiers"])
        if name == "fill":
            told |= action["typed"]
        if name == "select":
            told |= self._typed(report["chosen"][0] if report["chosen"] else "", login=False)
        box = report["box"]
        if box is not None:
            told["box"] = boxes.setdefault(box["key"], f"box{len(boxes) + 1}")
            told["part"] = box["part"]
        if box is not None and box["part"] == "option" and report["host"]:
            told |= self._typed(report["element"]["words"], login=False)
            told["target"] = self._target(report["host"], report["url"])
        else:
            told["target"] = self._target(report["element"], report["url"])
        return told


def _script() -> str:
    """The page's script, once a document: eyes and ears in the page itself, a guard in its frames."""
    folder = Path(__file__).parent
    guard = (folder / "record_frame.js").read_text(encoding="utf-8")
    parts = [(folder / name).read_text(encoding="utf-8") for name in _PARTS]
    return (
        "(() => { if (window.__switchboardEyes) return;\n"
        f"if (window !== window.top) {{ window.__switchboardEyes = {{}};\n{guard}return; }}\n"
        + "\n".join(parts)
        + "})();"
    )


def _class_of(alternative: Mapping[str, Any]) -> str:
    by = alternative["by"]
    if by in ("role", "label", "text"):
        return "name"
    return "attribute" if by == "attribute" else "structure"


def _sync(context: Any, method: str, *arguments: Any) -> None:
    """Call a method of Playwright's that has no public door yet."""
    inner = context._impl_obj  # noqa: SLF001 - see above
    context._sync(getattr(inner, method)(*arguments))  # noqa: SLF001 - see above
