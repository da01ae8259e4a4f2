"""One attempt at a task: the main thread's half. The player's events become rows.

The browser's half yields events and knows no database; this half stores what they tell, keeps the
leases alive and answers AboutToCommit with what the gate says.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, assert_never

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from robot import clock, doorbell, gate, leases, permits, types
from robot.desk import Desk, LoginFailed
from robot.models import Evidence, Task
from robot.observed import observe
from robot.player import events as ev
from robot.player.bridge import ANSWER_WITHIN, Bridge
from robot.player.errors import FlowError, PlayerError
from robot.player.flow import Flow
from robot.player.judge import judge
from robot.policy import RETRY_PAUSES
from robot.runs import begin_run, end_run, flow_of, keep_note, parameters_of, save
from robot.states import State
from robot.transitions import StaleTransition, doubt, move

log = structlog.get_logger(__name__)
ACTOR = "worker"


class Attempt:
    """An attempt at one running task by one signed-in desk."""

    flow: Flow

    def __init__(self, desk: Desk, task: Task) -> None:
        self.desk, self.task, desk.task = desk, task, task
        self.run = begin_run(task, desk, "attempt")

    def play(self) -> None:
        """Play the flow until the task has left `running`, one way or another.

        Raises LoginFailed, after the task was put back or into review: this desk is of no more use.
        """
        outcome = "interrupted"
        try:
            outcome = self._follow_and_catch()
        except StaleTransition as lost:
            # The lease was taken: another worker or the sweeper owns the task now.
            outcome = f"lost: {lost}"
            log.warning("attempt lost its task", task=self.task.pk, reason=str(lost))
        finally:
            end_run(self.run, outcome)

    def _follow_and_catch(self) -> str:
        try:
            return self._follow()
        except LoginFailed as failed:
            self._no_login(failed)
            raise
        except FlowError as error:
            return self._no_flow(error)
        except PlayerError as error:
            self.desk.leave()
            return self._transient(f"{type(error).__name__}: {error}")

    def _no_flow(self, error: FlowError) -> str:
        """Nothing was clicked: flows are read before. Trying again mends no file."""
        return self._ask("page_drift", "", self._request(), {"message": str(error)}, None)

    def _follow(self) -> str:
        self.flow = flow_of(self.run)
        with self.desk.playing(self.flow, parameters_of(self.task)) as bridge:
            heart = leases.Heartbeat(bridge, self.desk.login, self.task)
            for event in bridge:
                heart.beat()
                if event is None:
                    self._stop_if_paused(bridge)
                    continue
                ended = self._handle(event, bridge)
                if ended:
                    return ended
        if self.task.state == State.RUNNING and leases.is_paused(self.task.tenant):
            return self._requeue("paused", pause=0.0)
        return self._transient(f"the player ended: {bridge.outcome or 'cut off'}")

    def _stop_if_paused(self, bridge: Bridge) -> None:
        """A pause stops between steps, never inside committing."""
        if self.task.state == State.RUNNING and leases.is_paused(self.task.tenant):
            bridge.abort("paused")

    def _handle(self, event: ev.Event, bridge: Bridge) -> str:
        """Store what the event tells; the run's outcome when the task has left `running`."""
        match event:
            case ev.Arrived():
                save(self.run, event.capture)
            case ev.Note():
                keep_note(self.task, event)
            case ev.AboutToCommit():
                return self._about_to_commit(event, bridge)
            case ev.Committed():
                save(self.run, event.capture)
                return self._committed(event.banner)
            case ev.AlreadySo():
                return self._already_so(event)
            case ev.Doubtful():
                return self._doubtful(event)
            case ev.Transient():
                return self._transient(event.reason)
            case ev.SessionLost():
                self.desk.forget_session()
                return self._transient("the console's session had ended")
            case ev.ReadBack() | ev.SignedIn():
                return self._transient(f"{type(event).__name__} in the middle of an attempt")
            case _:
                assert_never(event)
        return ""

    def _about_to_commit(self, event: ev.AboutToCommit, bridge: Bridge) -> str:
        """Store the evidence, ask the gate, store the intent; then the click may happen."""
        asked_at = clock.monotonic()
        pictures = [save(self.run, taken) for taken in event.captures]
        if not pictures or any(one is None or one.kind != "before_commit" for one in pictures):
            bridge.answer(ev.Stop("no picture"))
            return self._transient("the screen before the commit could not be captured")
        shut = gate.closed(self.task, event)
        if shut is not None:
            bridge.answer(ev.Stop(shut.code or "paused"))
            if not shut.code:
                return self._requeue("paused before the commit", pause=0.0)
            return self._ask(shut.code, event.step, shut.facts, shut.detail, pictures[-1])
        if clock.monotonic() - asked_at > ANSWER_WITHIN / 2:
            bridge.answer(ev.Stop("too late"))
            return self._transient("storing the evidence took too long")
        # Storing the evidence took its time: the click budget has to fit into what is left of the lease.
        if not leases.renew(self.desk.login, self.task):
            bridge.answer(ev.Stop("lost"))
            raise StaleTransition("the lease was lost before the intent")
        budget = settings.CLICK_BUDGET_SECONDS
        # Taken before the intent is stored, so that the driver's time ends before the sweeper's.
        deadline = clock.monotonic() + budget
        try:
            gate.store_intent(self.task, self.run, event, budget)
        except StaleTransition:
            bridge.answer(ev.Stop("lost"))
            raise
        bridge.answer(ev.Go(deadline))
        return ""

    def _committed(self, banner: str) -> str:
        """The click is done; only reading is left."""
        move(
            self.task,
            State.APPLIED_UNVERIFIED,
            actor=ACTOR,
            reason=f"clicked; the console says {banner!r}" if banner else "clicked",
            epoch=self.run.epoch,
            banner=banner[:500],
            settle_index=0,
            retries=0,
            due_at=clock.now(),
            lease_until=None,
        )
        return "committed"

    def _already_so(self, event: ev.AlreadySo) -> str:
        """Nothing was to do: the freshly loaded page says so, with a picture of it."""
        picture = save(self.run, event.capture)
        if picture is None or picture.kind == "unavailable":
            return self._transient("the screen could not be captured")
        wrong = self._not_all_so(event)
        if wrong:
            facts = self._request() | {"seen": wrong["seen"]}
            return self._ask("partial_save", event.step, facts, wrong, picture)
        outcome = self.task.outcome if self.task.intents else "already_so"
        with transaction.atomic():
            observe(self.task, {"present": "yes", **event.facts}, event.console_user_id)
            move(
                self.task,
                State.VERIFIED,
                actor=ACTOR,
                reason="already so",
                epoch=self.run.epoch,
                outcome=outcome,
                lease_until=None,
            )
        return "already so"

    def _not_all_so(self, event: ev.AlreadySo) -> dict[str, Any]:
        """After a commit of our own, "already so" is a read-back and judged like one; {} when right."""
        task = self.task
        if task.intents == 0:
            return {}
        verdict = judge(
            self.flow, parameters_of(task), task.before, task.form, event.facts, types.equal
        )
        pairs = {**verdict.disturbed, **verdict.wrong}
        return {
            name: {fact: pair[side] for fact, pair in pairs.items()}
            for side, name in enumerate(("asked", "seen"))
            if pairs
        }

    def _doubtful(self, event: ev.Doubtful) -> str:
        picture = save(self.run, event.capture)
        if self.task.state == State.COMMITTING:
            return self._unknown(event.code)
        return self._ask(event.code, event.step, self._request(), event.detail, picture)

    def _transient(self, reason: str) -> str:
        """Before the commit: try again with growing pauses, then ask. After it: only read."""
        if self.task.state == State.COMMITTING:
            return self._unknown(reason)
        if self.task.retries >= len(RETRY_PAUSES):
            detail = {"message": reason}
            return self._ask("console_unavailable", "", self._request(), detail, None)
        pause = RETRY_PAUSES[self.task.retries]
        return self._requeue(reason, pause=pause, retries=F("retries") + 1)

    def _no_login(self, failed: LoginFailed) -> str:
        """Once is tried again; a login that was paused for it is a question."""
        picture = save(self.run, failed.capture)
        # Not the epoch: the lease we know is the one we had.
        self.desk.login.refresh_from_db(fields=["paused_reason"])
        if self.desk.login.paused_reason:
            detail = {**failed.detail, "login": self.desk.login.username}
            return self._ask("login_challenge", "", self._request(), detail, picture)
        return self._transient(f"the login was refused: {failed.reason}")

    def _unknown(self, reason: str) -> str:
        """Something went wrong after the intent: the click may have counted, only reading is left."""
        move(
            self.task,
            State.UNKNOWN,
            actor=ACTOR,
            reason=f"{reason} around the commit",
            epoch=self.run.epoch,
            settle_index=0,
            retries=0,
            due_at=clock.now(),
            lease_until=None,
        )
        return f"unknown: {reason}"

    def _requeue(self, reason: str, *, pause: float, **changes: Any) -> str:
        move(
            self.task,
            State.QUEUED,
            actor=ACTOR,
            reason=reason,
            epoch=self.run.epoch,
            due_at=clock.now() + timedelta(seconds=pause),
            lease_until=None,
            **changes,
        )
        doorbell.ring(after=pause + 0.1)
        return f"again: {reason}"

    def _ask(
        self,
        code: str,
        step: str,
        facts: dict[str, Any],
        detail: dict[str, Any],
        picture: Evidence | None,
    ) -> str:
        shown = {name: value for name, value in facts.items() if name != "pair"}
        doubt(
            self.task,
            code,
            actor=ACTOR,
            reason=code.replace("_", " "),
            epoch=self.run.epoch,
            run=self.run,
            step=step,
            detail=detail,
            facts=facts,
            digest=permits.digest(shown),
            evidence=picture,
            lease_until=None,
        )
        return f"doubt: {code}"

    def _request(self) -> dict[str, Any]:
        """The facts of a question that no page has answered yet."""
        return {
            "parameters": dict(self.task.parameters),
            "desired_version": self.task.desired_version,
        }
