"""What is known while a flow is played: values, facts, who it is; and how a step is carried out.

Nothing here yields events; play.py does, from what a scene notes and where it has arrived.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never
from urllib.parse import quote

from robot.player import facts
from robot.player import steps as st
from robot.player.driver import Driver, Place, Ref
from robot.player.errors import Missing, NoOption, SignedOut, Unsure
from robot.player.events import Note
from robot.player.expectation import expect, wait_for
from robot.player.flow import Flow
from robot.player.healing import heal
from robot.player.identity import Equal
from robot.player.origins import Origins, is_login
from robot.player.people import People
from robot.player.pulse import Pulse
from robot.player.quorum import Numbers, Purpose, find, rendered
from robot.player.secret import Secret
from robot.player.targets import Target, filled

#: Seconds beyond its own timeout after which a step is taken to hang.
MARGIN = 15.0
#: Seconds a page may take to settle after a step before the next goes on regardless.
_SETTLE = 10.0
#: Steps after which the page may load something.
_MOVING = (st.Open, st.Click, st.Press, st.Choose, st.Check, st.Upload)
#: Secrets of a login that nobody can be refused for.
_NO_PROOF = ("username",)


@dataclass
class Scene:
    """One flow being played on one page.

    fresh: every page is loaded without the browser's cache. proof_sent: a password or a code was
    typed and something pressed after it.
    """

    flow: Flow
    parameters: Mapping[str, str]
    driver: Driver
    numbers: Numbers
    origins: Origins
    equal: Equal
    pulse: Pulse
    secrets: Mapping[str, Callable[[], Secret]] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    clicked: bool = False
    already_so: bool = False
    fresh: bool = False
    secret_typed: bool = False
    proof_sent: bool = False
    commit_shown_early: bool = False
    unpictured: bool = False
    step: str = ""
    focus: Ref | None = None
    _healed: str = ""
    _proof_typed: bool = False

    def __post_init__(self) -> None:
        self.people = People(self.flow, self.parameters, self.driver, self.equal)

    def begin_again(self) -> None:
        """Forget what was seen, to see all of it once more on fresh pages."""
        self.facts, self.seen, self.form = {}, {}, {}
        self.already_so = self.commit_shown_early = False
        self.fresh = True
        self.people = People(self.flow, self.parameters, self.driver, self.equal)

    @property
    def values(self) -> dict[str, str]:
        """What `${name}` stands for. A parameter that is absent is never filled by a like-named fact."""
        mine = {k: v for k, v in self.facts.items() if k not in self.flow.parameters}
        return mine | {k: v for k, v in self.parameters.items() if v}

    def fill_in(self, template: str) -> str:
        """The template filled. Raises Unsure(precondition) naming an absent parameter."""
        try:
            return filled(template, self.values)
        except KeyError as error:
            raise Unsure("precondition", f"parameter {error.args[0]!r} was not given") from error

    def applies(self, step: st.PlayedStep) -> bool:
        """False when a condition of the step says to leave it out."""
        if step.when_given is not None and not self.parameters.get(step.when_given):
            return False
        if step.when_absent is not None and self.parameters.get(step.when_absent):
            return False
        if step.when_fact is not None and not self._is_so(step.when_fact):
            return False
        return not (step.unless_fact is not None and self._is_so(step.unless_fact))

    def _is_so(self, wish: st.FactIs) -> bool:
        seen = self.facts.get(wish.fact, "")
        return self.equal(self.flow.kind_of(wish.fact), self.fill_in(wish.equals), seen)

    def check_place(self) -> Place:
        """Where the page is. Raises SignedOut, or Unsure when it is on no origin of the tenant."""
        place = self.driver.place()
        if not self.origins.allows(place.url):
            raise Unsure(
                "page_drift",
                "the page is on a foreign origin",
                seen={"url": place.url.partition("?")[0].partition("#")[0]},
            )
        if self.flow.kind != "login" and is_login(place):
            raise SignedOut("the console asks to sign in again")
        return place

    def note(self, step: st.PlayedStep, kind: str, **detail: object) -> None:
        """Keep something worth telling; play.py yields it."""
        self.notes.append(Note(step.id, kind, dict(detail)))

    def locate(
        self,
        step: st.PlayedStep,
        target: Target,
        purpose: Purpose,
        *,
        visible: bool | None = None,
        may_heal: bool = True,
    ) -> Ref:
        """The element by quorum. What is read need not be visible: a section may be folded.

        A fact or a move may be healed by its fingerprint, with a note. What proves something
        (anchors, waits, expects, facts of a fresh page) may not, and a commit never is: its likeliest new place goes to
        the person as a proposal.
        """
        see = purpose != "read" if visible is None else visible
        try:
            found = find(
                self.driver, target, self.values, purpose, self.numbers, step.timeout, visible=see
            )
        except Missing as missing:
            healed = heal(self.driver, target)
            if healed is not None and (purpose == "commit" or not may_heal):
                missing.detail["proposal"] = healed.proposal
            if healed is None or purpose == "commit" or not may_heal:
                raise
            self.note(step, "healed", **healed.proposal)
            if purpose == "navigate":
                self._healed = step.id
            return healed.ref
        if found.lost:
            self.note(step, "lost_class", classes=list(found.lost))
        self.focus = found.ref
        return found.ref

    def perform(self, step: st.PlayedStep) -> None:
        """Carry out one step that is not the commit. Raises the errors of errors.py."""
        self.check_healed(step)
        match step:
            case st.Open():
                application = step.application or self.flow.application
                self.driver.open(self.origins.of(application) + self.path(step.path), step.timeout)
            case st.Click():
                self._click(step)
            case st.Fill():
                self._fill(step)
            case st.Clear():
                self.driver.fill(self.locate(step, step.target, "navigate"), "", step.timeout)
            case st.Press():
                ref = self.locate(step, step.target, "navigate") if step.target else None
                self.driver.press(step.key, ref, step.timeout)
            case st.Choose():
                self._choose(step)
            case st.Check():
                ref = self.locate(step, step.target, "navigate", visible=False)
                self.driver.check(ref, value=step.value, timeout=step.timeout)
            case st.Upload():
                ref = self.locate(step, step.target, "navigate", visible=False)
                self.driver.upload(ref, self.fill_in(f"${{{step.path}}}"), step.timeout)
            case st.WaitFor():
                wait_for(self, step)
            case st.Read():
                facts.read(self, step)
            case st.Expect():
                expect(self, step)
            case st.DoneIf():
                self.already_so = facts.is_done(self, step)
            case st.Identify():
                self.people.identify(step, self.values, self.numbers)
                self._look_for_commit()
            case _:
                assert_never(step)
        if isinstance(step, st.Click | st.Press):
            self.proof_sent = self._proof_typed
        if isinstance(step, _MOVING):
            self.driver.settle(min(_SETTLE, step.timeout))
        if step.anchors is not None:
            self.anchor(step)

    def _look_for_commit(self) -> None:
        """Is the commit's element there before its dialog was opened from the row found?"""
        target = getattr(self.flow.commit, "target", None)
        if target is not None and not target.in_row:
            _, ref = rendered(target, self.values)
            self.commit_shown_early = any(self.driver.survey(ref, visible=True))

    def anchor(self, step: st.PlayedStep) -> None:
        """See and compare the keys that the step declares."""
        if step.anchors is None:
            return
        seen = {key: facts.reading(self, step, one) for key, one in step.anchors.readings().items()}
        self.people.anchored(step.anchors, seen)

    def console_user_id(self) -> str:
        """The console's own id of the person, if an anchor or the page's address shows it."""
        if "console_user_id" in self.people.anchors:
            return self.people.anchors["console_user_id"]
        for step in self.flow.steps:
            one = step.anchors.console_user_id if step.anchors is not None else None
            if one is not None and one.source == "url" and one.pattern is not None:
                found = re.search(one.pattern, self.driver.place().url)
                return found[found.re.groups and 1] if found else ""
        return ""

    def check_healed(self, step: st.PlayedStep) -> None:
        """A move that was healed counts only when the very next step expects (and must find) a place.

        Where the page is, or what it shows: a fact was read before the move, and what is hidden may
        never have been there.
        """
        proves = isinstance(step, st.Expect) and step.fact is None and step.state == "visible"
        if self._healed and not proves:
            raise Unsure(
                "locator_missing", "healed by likeness, but no expect follows to prove it right"
            )
        self._healed = ""

    def path(self, path: str) -> str:
        """The path filled, values encoded for an address. Raises Unsure(precondition)."""
        encoded = {name: quote(value, safe="") for name, value in self.values.items()}
        try:
            return filled(path, encoded)
        except KeyError as error:
            raise Unsure("precondition", f"parameter {error.args[0]!r} was not given") from error

    def _click(self, step: st.Click) -> None:
        self.driver.click(self.locate(step, step.target, "navigate"), step.timeout)

    def _fill(self, step: st.Fill) -> None:
        ref = self.locate(step, step.target, "navigate")
        if step.secret is None:
            self.driver.fill(ref, self.fill_in(step.value or ""), step.timeout)
            return
        give = self.secrets.get(step.secret)
        if give is None:
            raise Unsure(
                "login_challenge", f"the login asks for {step.secret!r}, which is not given"
            )
        self.secret_typed = True
        self._proof_typed = self._proof_typed or step.secret not in _NO_PROOF
        self.driver.fill(ref, give(), step.timeout)

    def _choose(self, step: st.Choose) -> None:
        ref = self.locate(step, step.target, "navigate", visible=False)
        wanted = None if step.value is None else self.fill_in(step.value)
        option = rendered(step.option, self.values)[1] if step.option is not None else None
        try:
            chosen = self.driver.choose(ref, wanted, option, step.timeout)
        except NoOption as error:
            said = {**error.detail, "asked": {"option": wanted or "any"}}
            message = str(said.pop("message"))
            raise Unsure(step.doubt or "console_refused", message, **said) from error
        if wanted is None:
            self.note(step, "picked", option=chosen)
