"""Reading back: a freshly loaded page, compared with what was asked and with all seen before.

Only this makes a task verified after a commit. It runs at the operation's settle times; each reading
that is not yet right frees the login and comes again later, and only the last one is a doubt.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction

from robot import clock, doorbell, leases, permits, types
from robot.attempt import ACTOR
from robot.desk import Desk, LoginFailed
from robot.models import Doubt, Evidence, Task
from robot.observed import observe
from robot.player import events as ev
from robot.player.errors import FlowError, PlayerError
from robot.player.flow import Flow
from robot.player.judge import Verdict, judge
from robot.policy import OPERATIONS, RETRY_PAUSES
from robot.runs import begin_run, end_run, flow_of, keep_note, parameters_of, save
from robot.states import State
from robot.transitions import StaleTransition, doubt, move

log = structlog.get_logger(__name__)

#: How the console words a failure, whole or in part (8x8 support, 2025).
_REFUSAL_WORDS = ("failed", "error", "cannot", "not")
#: After the console itself said that it failed, this many readings are enough.
_READINGS_AFTER_REFUSAL = 2
#: Outcome of a reading that showed exactly what was there before the commit.
_OLD = "still the old value"


class Reading:
    """One reading of a task in applied_unverified or unknown, under its lease."""

    flow: Flow

    def __init__(self, desk: Desk, task: Task) -> None:
        self.desk, self.task, desk.task = desk, task, task
        self.operation = OPERATIONS[task.operation]
        self.run = begin_run(task, desk, "read_back")

    def play(self) -> None:
        """Read once and move the task, or let it come again at its next settle time."""
        outcome = "interrupted"
        try:
            outcome = self._follow_and_catch()
        except StaleTransition as lost:
            outcome = f"lost: {lost}"
            log.warning("reading lost its task", task=self.task.pk, reason=str(lost))
        finally:
            end_run(self.run, outcome)

    def _follow_and_catch(self) -> str:
        try:
            return self._follow()
        except LoginFailed as failed:
            detail = {**failed.detail, "login": self.desk.login.username}
            self._unreadable("login_challenge", detail, save(self.run, failed.capture))
            raise
        except FlowError as error:
            return self._ask(self._known("page_drift"), {"message": str(error)}, None)
        except PlayerError as error:
            self.desk.leave()
            return self._unreadable("console_unavailable", {"message": str(error)}, None)

    def _follow(self) -> str:
        self.flow = flow_of(self.run)
        with self.desk.reading(self.flow, parameters_of(self.task)) as bridge:
            heart = leases.Heartbeat(bridge, self.desk.login, self.task)
            for event in bridge:
                heart.beat()
                match event:
                    case None:
                        continue
                    case ev.Note():
                        keep_note(self.task, event)
                    case ev.ReadBack():
                        return self._judge(event, save(self.run, event.capture))
                    case ev.Doubtful():
                        picture = save(self.run, event.capture)
                        return self._unreadable(event.code, event.detail, picture)
                    case ev.SessionLost():
                        self.desk.forget_session()
                        return self._unreadable("session_lost", {}, None)
                    case ev.Transient():
                        detail = {"message": event.reason}
                        return self._unreadable("console_unavailable", detail, None)
                    case _:
                        save(self.run, getattr(event, "capture", None))
        return self._unreadable("console_unavailable", {"message": "the reading ended early"}, None)

    def _judge(self, event: ev.ReadBack, picture: Evidence | None) -> str:
        task = self.task
        if picture is None or picture.kind == "unavailable":
            return self._unreadable("console_unavailable", {"message": "no picture"}, picture)
        verdict = judge(
            self.flow,
            parameters_of(task),
            task.before,
            task.form,
            event.facts,
            types.equal,
            gone=event.gone,
        )
        if verdict.holds:
            facts = {"present": ""} if event.gone else {"present": "yes", **event.facts}
            with transaction.atomic():
                observe(task, facts, event.console_user_id)
                move(
                    task,
                    State.VERIFIED,
                    actor=ACTOR,
                    reason="read back and equal",
                    epoch=self.run.epoch,
                    lease_until=None,
                )
            return "verified"
        if self._comes_again():
            return self._later(_OLD if verdict.untouched else f"not yet so: {_names(verdict)}")
        if task.state == State.UNKNOWN and verdict.untouched and self._second_intent():
            return "second intent"
        return self._ask(self._code(verdict), _detail(verdict, task), picture)

    def _code(self, verdict: Verdict) -> str:
        """Which doubt a reading that stays wrong is."""
        if self.task.state == State.UNKNOWN and verdict.untouched:
            return "outcome_unknown"
        if self.task.before and not verdict.untouched:
            return "partial_save"
        return "console_refused" if self._refused() else "value_not_saved"

    def _refused(self) -> bool:
        words = self.task.banner.lower().split()
        return any(word.strip(".,!") in _REFUSAL_WORDS for word in words)

    def _comes_again(self) -> bool:
        """True while the settle schedule has a later reading that could still be right."""
        readings = self.task.settle_index + 1
        if self._refused() and readings >= _READINGS_AFTER_REFUSAL:
            return False
        return readings < len(self.operation.settle)

    def _second_intent(self) -> bool:
        """Queue an idempotent task again: worker proved dead, settled, read old at least twice."""
        task = self.task
        # The reading that asks here is the second; the first must have seen the old value too.
        earlier = task.runs.filter(
            kind="read_back", started_at__gt=task.state_since, outcome__contains=_OLD
        )
        if not (
            self.operation.idempotent
            and task.intents == 1
            and leases.proved_dead(task.worker)
            and earlier.exists()
        ):
            return False
        with transaction.atomic():
            move(
                task,
                State.QUEUED,
                actor=ACTOR,
                reason="not applied; the first browser is dead",
                epoch=self.run.epoch,
                due_at=clock.now(),
                lease_until=None,
            )
            permits.grant_second_intent(task, self.run)
        return True

    def _later(self, reason: str) -> str:
        """Give the login back and read again at the next settle time."""
        index = self.task.settle_index + 1
        waits = self.operation.settle
        pause = (waits[index] - waits[index - 1]) * settings.SETTLE_SCALE
        self._release(pause, settle_index=index, retries=0)
        return f"again in {pause:g} s: {reason}"

    def _unreadable(self, code: str, detail: dict[str, Any], picture: Evidence | None) -> str:
        """The page could not be read: nothing is known, so read again; in the end, ask."""
        tries = self.task.retries
        if tries < len(RETRY_PAUSES):
            self._release(RETRY_PAUSES[tries], retries=tries + 1)
            return f"again: {code}"
        return self._ask(self._known(code), detail, picture)

    def _known(self, code: str) -> str:
        """What is asked where nothing could be read: after an unknown outcome always for that."""
        return "outcome_unknown" if self.task.state == State.UNKNOWN else code

    def _release(self, pause: float, **columns: Any) -> None:
        held = Task.objects.filter(
            pk=self.task.pk, state=self.task.state, lease_epoch=self.run.epoch
        )
        held.update(lease_until=None, due_at=clock.now() + timedelta(seconds=pause), **columns)
        doorbell.ring(after=pause + 0.1)

    def _ask(self, code: str, detail: dict[str, Any], picture: Evidence | None) -> str:
        facts = {
            "parameters": self.task.parameters,
            "desired_version": self.task.desired_version,
            "seen": detail.get("seen", {}),
        }
        row: Doubt = doubt(
            self.task,
            code,
            actor=ACTOR,
            reason=code.replace("_", " "),
            epoch=self.run.epoch,
            run=self.run,
            detail=detail,
            facts=facts,
            digest=permits.digest(facts),
            evidence=picture,
            lease_until=None,
            retries=0,
        )
        return f"doubt: {row.code}"


def _names(verdict: Verdict) -> str:
    return ", ".join(sorted({*verdict.wrong, *verdict.disturbed}))


def _detail(verdict: Verdict, task: Task) -> dict[str, Any]:
    """Asked beside seen, for the reviewer: first what is wrong, then what else changed."""
    pairs = {**verdict.disturbed, **verdict.wrong}
    return {
        "asked": {name: wanted for name, (wanted, _) in pairs.items()},
        "seen": {name: seen for name, (_, seen) in pairs.items()},
        "disturbed": sorted(verdict.disturbed),
        "message": task.banner,
    }
