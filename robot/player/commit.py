"""The commit: proof, pictures, the question, at most one click, and the console's reply."""

from __future__ import annotations

from collections.abc import Iterator

from robot import clock
from robot.player import events as ev
from robot.player import steps as st
from robot.player.capture import capture
from robot.player.driver import Ref, Reply
from robot.player.errors import TooLate, Unsure
from robot.player.scene import MARGIN, Scene

#: Seconds the console may take to answer a commit (8x8 user API guide: "exceeds 60 seconds,
#: investigate"; the lease of a worker is renewed meanwhile).
REPLY_WITHIN = 60.0
#: Seconds of quiet after an answered request without any text, and after a click that wrote nothing.
_QUIET = 3.0
_NOTHING_SENT = 4.0
#: Seconds before the answer from which on a text may be the answer: the page may show it a moment
#: before the browser tells that the request is over. What came earlier is a sign of waiting.
_AHEAD = 1.0
_PAUSE = 0.02


def commit(scene: Scene, step: st.PlayedStep, *, stop_before: bool) -> ev.Events:
    """Play the commit step; the outcome: committed or stopped.

    Raises the errors of errors.py; `scene.clicked` tells whether a click may have been delivered.
    """
    if not isinstance(step, st.Click | st.Press) or step.target is None:
        raise Unsure("unmapped", "only a click or a key on an element can commit")
    scene.check_healed(step)
    scene.anchor(step)
    scene.people.prove()
    if scene.people.by_row and scene.commit_shown_early:
        raise Unsure("page_drift", "the commit's element was there before its dialog was opened")
    ref = scene.locate(step, step.target, "commit")
    scene.driver.ready(ref, step.timeout)
    yield from told(scene)
    if stop_before:
        yield ev.Note(step.id, "ready_to_commit", {"anchors": dict(scene.people.anchors)})
        return "stopped"
    captures = tuple(_before(scene, step, ref))
    answer = yield ev.AboutToCommit(step.id, _facts(scene), captures)
    if not isinstance(answer, ev.Go):
        return "stopped"
    return (yield from _click(scene, step, ref, answer))


def _click(scene: Scene, step: st.Click | st.Press, ref: Ref, go: ev.Go) -> ev.Events:
    scene.pulse.allow(REPLY_WITHIN + MARGIN)
    scene.driver.watch()
    # After a look at the page, so that every move of it until now is known.
    scene.people.still_bound()
    # From here on an error may mean that the click was delivered, except TooLate.
    scene.clicked = True
    budget = max(0.0, go.not_later_than - clock.monotonic())
    try:
        if isinstance(step, st.Press):
            scene.driver.press(step.key, ref, budget, not_later_than=go.not_later_than)
        else:
            scene.driver.click(ref, budget, not_later_than=go.not_later_than)
    except TooLate:
        scene.clicked = False
        raise
    banner = _reply(scene)
    yield ev.Committed(step.id, capture(scene.driver, "after_commit", step.id), banner)
    return "committed"


def _before(scene: Scene, step: st.PlayedStep, ref: Ref) -> Iterator[ev.Capture]:
    """Pictures of whom it is about, where a form shows that elsewhere, and of the commit itself."""
    readings = step.anchors.readings() if step.anchors is not None else {}
    for one in readings.values():
        if one.target is not None:
            yield _proof(scene, step, scene.locate(step, one.target, "read"))
            break
    yield _proof(scene, step, ref)


def _proof(scene: Scene, step: st.PlayedStep, ref: Ref) -> ev.Capture:
    taken = capture(scene.driver, "before_commit", step.id, ref)
    if taken.png is None:
        raise Unsure("console_unavailable", "no picture before the commit", error=taken.error)
    return taken


def _facts(scene: Scene) -> ev.Facts:
    anchors = dict(scene.people.anchors)
    return ev.Facts(
        anchors=anchors,
        seen=dict(scene.seen),
        form=dict(scene.form),
        url=scene.driver.place().url,
        console_user_id=anchors.get("console_user_id", ""),
    )


def _reply(scene: Scene) -> str:
    """Wait for the console's answer; the text it shows, "" when it shows none.

    Raises Unsure(outcome_unknown) when its answer was lost or did not come in time.
    """
    begin = quiet_since = clock.monotonic()
    since: dict[str, float] = {}  # floating text -> when it was first seen
    while True:
        reply: Reply = scene.driver.reply()
        now = clock.monotonic()
        if reply.lost:
            raise Unsure("outcome_unknown", "the console's answer to the commit was lost")
        last, since = since, {text: since.get(text, now) for text in reply.texts}
        if reply.reading and not reply.answered and now - begin < REPLY_WITHIN:
            quiet_since = now  # what it reads first it may write by, such as a token
        if reply.pending:
            quiet_since = now
            if now - begin >= REPLY_WITHIN:
                raise Unsure(
                    "outcome_unknown", f"no answer to the commit within {REPLY_WITHIN:g} s"
                )
        else:
            # Twice in a row, so that what only flashes up with the answer does not count.
            told_twice = [
                text for text, at in since.items() if text in last and at >= quiet_since - _AHEAD
            ]
            if told_twice and reply.answered:
                return " ".join(told_twice)[:500]
            if now - quiet_since >= (_QUIET if reply.answered else _NOTHING_SENT):
                shown = told_twice or ([] if reply.answered else reply.page)
                return " ".join(shown)[:500]
        scene.driver.wait(_PAUSE)


def told(scene: Scene) -> Iterator[ev.Note]:
    """What the scene and the browser have to tell since last asked. A dialog nobody expected stops."""
    notes, scene.notes = scene.notes, []
    yield from notes
    for notice in scene.driver.notices():
        if notice.kind == "dialog":
            raise Unsure("unexpected_dialog", "the page opened a dialog", seen=notice.detail)
        yield ev.Note("", notice.kind, notice.detail)
