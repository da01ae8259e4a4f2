"""One attempt at a task: the main thread's half. The player's events become rows.

The browser's half yields events and knows no database; this half stores what they tell, keeps the
lease alive and decides, at AboutToCommit, whether the click may happen. Everything that can stop it
(a pause, a lost lease, a protected account, a missing or outdated permit, a second intent) is asked
here, in the same transaction that stores the intent.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, assert_never

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from robot import clock, doorbell, flows_index, leases, permits, types
from robot.desk import Desk
from robot.evidence import capture
from robot.guards import facts_of, pair_facts, required
from robot.models import Evidence, Run, Task
from robot.observed import observe
from robot.player import events as ev
from robot.player.bridge import Bridge
from robot.player.flow import Flow
from robot.policy import OPERATIONS, RETRY_PAUSES
from robot.states import State
from robot.transitions import StaleTransition, doubt, ledger, move

log = structlog.get_logger(__name__)
ACTOR = "worker"


def parameters_of(task: Task) -> dict[str, str]:
    """What the flow may use: the person's keys, a person's choice, the task's rendered parameters."""
    account = task.account
    keys = {
        "username": account.username,
        "email": account.email,
        "full_name": account.full_name,
        "site": account.site,
        "known_extension": account.extension,
        "console_user_id": account.console_user_id,
        **task.choice,
    }
    values = {
        name: types.TYPES[types.kind_of(name)].render(value)
        for name, value in task.parameters.items()
    }
    return {name: value for name, value in {**keys, **values}.items() if value}


def begin_run(task: Task, desk: Desk, flow: Flow, kind: str) -> Run:
    """The row exists before the browser is touched."""
    return Run.objects.create(
        task=task,
        login=desk.login,
        kind=kind,
        worker=desk.worker,
        epoch=task.lease_epoch,
        flow=flow.name,
        flow_version=flow.version,
        started_at=clock.now(),
    )


def end_run(run: Run, outcome: str) -> None:
    """Close the row, whatever happened."""
    run.ended_at, run.outcome = clock.now(), outcome[:200]
    run.save(update_fields=["ended_at", "outcome"])


def save(run: Run, taken: ev.Capture | None) -> Evidence | None:
    """Store one capture of this run; the row is chained, its bytes are on disk."""
    if taken is None:
        return None
    return capture.save(
        taken,
        tenant=run.task.tenant,
        task=run.task,
        run=run,
        flow_version=run.flow_version,
        login=run.login.username,
    )


class Attempt:
    """An attempt at one running task by one signed-in desk."""

    def __init__(self, desk: Desk, task: Task) -> None:
        self.desk, self.task = desk, task
        self.flow = flows_index.load(task.operation)
        self.operation = OPERATIONS[task.operation]
        self.run = begin_run(task, desk, self.flow, "attempt")

    def play(self) -> None:
        """Play the flow until the task has left `running`, one way or another."""
        outcome = "interrupted"
        try:
            outcome = self._follow()
        except StaleTransition as lost:
            # The lease was taken: another worker or the sweeper owns the task now.
            outcome = f"lost: {lost}"
            log.warning("attempt lost its task", task=self.task.pk, reason=str(lost))
        finally:
            end_run(self.run, outcome)

    def _follow(self) -> str:
        parameters = parameters_of(self.task)
        with self.desk.playing(self.flow, parameters) as bridge:
            for event in bridge:
                if event is None:
                    if not (bridge.deadline_holds() and leases.renew(self.desk.login, self.task)):
                        bridge.abort()
                    continue
                ended = self._handle(event, bridge)
                if ended:
                    return ended
        return self._unmapped("the player ended without an outcome")

    def _handle(self, event: ev.Event, bridge: Bridge) -> str:
        """Store what the event tells; the run's outcome when the task has left `running`."""
        match event:
            case ev.Arrived():
                save(self.run, event.capture)
            case ev.Note():
                note = {"step": event.step, "what": event.kind, "detail": event.detail}
                ledger(self.task.tenant, "note", ACTOR, note, self.task)
            case ev.AboutToCommit():
                return self._about_to_commit(event, bridge)
            case ev.Committed():
                save(self.run, event.capture)
                self._committed(event.banner)
                return "committed"
            case ev.AlreadySo():
                save(self.run, event.capture)
                self._already_so(event)
                return "already so"
            case ev.Doubtful():
                return self._doubtful(event)
            case ev.Transient():
                return self._transient(event.reason)
            case ev.SessionLost():
                return self._session_lost()
            case ev.ReadBack():
                return self._unmapped("a reading in the middle of an attempt")
            case _:
                assert_never(event)
        return ""

    def _about_to_commit(self, event: ev.AboutToCommit, bridge: Bridge) -> str:
        """Store the evidence, then decide: go, or stop and say why."""
        pictures = [save(self.run, taken) for taken in event.captures]
        if any(picture is None or picture.kind == "unavailable" for picture in pictures):
            bridge.answer(ev.Stop("no picture"))
            return self._transient("the screen before the commit could not be captured")
        facts = facts_of(self.task, event.facts)
        budget = settings.CLICK_BUDGET_SECONDS
        # Measured before the intent is stored: the driver's budget ends no later than the sweeper's.
        deadline = clock.monotonic() + budget
        refused = self._refused(event, facts, pictures[-1]) or self._store_intent(
            event, facts, budget
        )
        if refused:
            bridge.answer(ev.Stop(refused))
            return refused
        bridge.answer(ev.Go(deadline))
        return ""

    def _refused(
        self, event: ev.AboutToCommit, facts: dict[str, Any], seen: Evidence | None
    ) -> str:
        """Ask every guard that may turn the commit into a doubt; "" when none does."""
        account, anchors = self.task.account, event.facts.anchors
        if leases.is_paused(self.task.tenant):
            return self._requeue("paused before the commit", pause=0.0)
        known, shown = account.console_user_id, event.facts.console_user_id
        if known and shown and known != shown:
            detail = {"asked": {"console_user_id": known}, "seen": {"console_user_id": shown}}
            return self._ask("identity_mismatch", event.step, facts, detail, seen)
        if leases.is_protected_username(self.task.tenant, anchors.get("username", "")):
            detail = {
                "message": "This account is protected: the robot never changes it.",
                "protected": True,
            }
            return self._ask("precondition", event.step, facts, detail, seen)
        given = permits.open_permits(self.task)
        outdated = permits.mismatched(given, facts)
        codes = {permit.code for permit in given} - {permit.code for permit in outdated}
        wanted = required(self.task, codes)
        if outdated:
            permits.void(outdated)
            wanted = outdated[-1].code
        if not wanted:
            return ""
        detail = {
            "asked": {**self.task.parameters},
            "seen": event.facts.seen,
            "changed": bool(outdated),
            "box": None,
        }
        pair = pair_facts(self.task, facts)
        return self._ask(wanted, event.step, facts | ({"pair": pair} if pair else {}), detail, seen)

    def _store_intent(self, event: ev.AboutToCommit, facts: dict[str, Any], budget: float) -> str:
        """The intent, in one guarded UPDATE together with the spending of the permits."""
        try:
            with transaction.atomic():
                now = leases.database_now()
                given = permits.open_permits(self.task)
                if permits.mismatched(given, facts) or not permits.spend(given):
                    raise StaleTransition("a permit was spent or voided meanwhile")
                move(
                    self.task,
                    State.COMMITTING,
                    actor=ACTOR,
                    reason=f"about to click {event.step}",
                    epoch=self.run.epoch,
                    guard={"lease_until__gt": now + timedelta(seconds=budget)},
                    intent_at=now,
                    intents=F("intents") + 1,
                    before=event.facts.seen,
                    form=event.facts.form,
                    flow_version=self.flow.version,
                    outcome="changed",
                )
        except StaleTransition as lost:
            return f"lost: {lost}"
        return ""

    def _committed(self, banner: str) -> None:
        """The click is done; only reading is left."""
        move(
            self.task,
            State.APPLIED_UNVERIFIED,
            actor=ACTOR,
            reason=f"clicked; the console says {banner!r}" if banner else "clicked",
            epoch=self.run.epoch,
            banner=banner[:500],
            settle_index=0,
            due_at=clock.now(),
            lease_until=None,
        )

    def _already_so(self, event: ev.AlreadySo) -> None:
        move(
            self.task,
            State.VERIFIED,
            actor=ACTOR,
            reason="already so",
            epoch=self.run.epoch,
            outcome="already_so",
            lease_until=None,
        )
        observe(self.task, {"present": "yes", **event.facts}, event.console_user_id)

    def _doubtful(self, event: ev.Doubtful) -> str:
        picture = save(self.run, event.capture)
        if self.task.state == State.COMMITTING:
            # Whatever went wrong after the intent, the click may have counted: only read from here.
            move(
                self.task,
                State.UNKNOWN,
                actor=ACTOR,
                reason=f"{event.code} around the commit",
                epoch=self.run.epoch,
                settle_index=0,
                due_at=clock.now(),
                lease_until=None,
            )
            return f"unknown: {event.code}"
        facts = {"parameters": self.task.parameters, "desired_version": self.task.desired_version}
        return self._ask(event.code, event.step, facts, event.detail, picture)

    def _ask(
        self,
        code: str,
        step: str,
        facts: dict[str, Any],
        detail: dict[str, Any],
        seen: Evidence | None,
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
            evidence=seen,
            lease_until=None,
        )
        return f"doubt: {code}"

    def _transient(self, reason: str) -> str:
        """Before the commit: try again with growing pauses, then ask. After it: only read."""
        if self.task.state == State.COMMITTING:
            move(
                self.task,
                State.UNKNOWN,
                actor=ACTOR,
                reason=f"{reason} around the commit",
                epoch=self.run.epoch,
                settle_index=0,
                due_at=clock.now(),
                lease_until=None,
            )
            return f"unknown: {reason}"
        if self.task.retries >= len(RETRY_PAUSES):
            facts = {
                "parameters": self.task.parameters,
                "desired_version": self.task.desired_version,
            }
            return self._ask("console_unavailable", "", facts, {"message": reason}, None)
        return self._requeue(
            reason, pause=RETRY_PAUSES[self.task.retries], retries=F("retries") + 1
        )

    def _session_lost(self) -> str:
        """Sign in again and let the task begin anew; a login that cannot is the desk's to tell."""
        self.desk.forget_session()
        return self._transient("the console's session had ended")

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

    def _unmapped(self, message: str) -> str:
        if self.task.state == State.RUNNING:
            return self._ask("unmapped", "", {}, {"message": message}, None)
        return message
