"""The states of a task and the table of legal moves.

`robot/transitions.py` is the only writer. The table is data, so that a test can walk every move
and the diagram in the docs is generated from it.
"""

from __future__ import annotations

from django.db import models


class State(models.TextChoices):
    """Where a task stands. The comment says who may move it on."""

    PLANNED = "planned", "planned"  # made in the same transaction as its desired field; intake
    WAITING = "waiting", "waiting"  # for a time, another task, a licence; the sweeper when due
    QUEUED = "queued", "queued"  # ready; a worker's claim
    RUNNING = "running", "running"  # in a browser, nothing written yet; its worker, or the sweeper
    COMMITTING = "committing", "committing"  # the intent is stored; its worker, or the sweeper
    APPLIED_UNVERIFIED = "applied_unverified", "applied, unverified"  # only read-back moves it
    UNKNOWN = "unknown", "outcome unknown"  # may have been applied; only fresh reads, then a person
    IN_REVIEW = "in_review", "in review"  # an open case; a decision
    WITH_PERSON = "with_person", "with a person"  # somebody does it by hand; that person
    VERIFIED = "verified", "verified"  # final: read back and equal
    REJECTED = "rejected", "rejected"  # final: by a named person, with a reason
    SUPERSEDED = "superseded", "superseded"  # final: a newer wish made it pointless


S = State

MOVES: dict[State, frozenset[State]] = {
    S.PLANNED: frozenset({S.WAITING, S.QUEUED, S.IN_REVIEW, S.SUPERSEDED}),
    S.WAITING: frozenset({S.QUEUED, S.IN_REVIEW, S.SUPERSEDED}),
    S.QUEUED: frozenset({S.RUNNING, S.WAITING, S.IN_REVIEW, S.SUPERSEDED}),
    S.RUNNING: frozenset(
        {S.QUEUED, S.WAITING, S.COMMITTING, S.VERIFIED, S.IN_REVIEW, S.SUPERSEDED}
    ),
    S.COMMITTING: frozenset({S.APPLIED_UNVERIFIED, S.UNKNOWN}),
    S.APPLIED_UNVERIFIED: frozenset({S.VERIFIED, S.IN_REVIEW}),
    # queued is the second intent, granted only by transitions.second_intent.
    S.UNKNOWN: frozenset({S.VERIFIED, S.IN_REVIEW, S.QUEUED}),
    S.IN_REVIEW: frozenset({S.QUEUED, S.WITH_PERSON, S.REJECTED, S.SUPERSEDED}),
    S.WITH_PERSON: frozenset({S.APPLIED_UNVERIFIED, S.IN_REVIEW, S.REJECTED}),
    S.VERIFIED: frozenset(),
    S.REJECTED: frozenset(),
    S.SUPERSEDED: frozenset(),
}

FINAL = frozenset(state for state, targets in MOVES.items() if not targets)

#: States that hold the account: at most one task per account may be in them (database constraint).
EXCLUSIVE = frozenset({S.RUNNING, S.COMMITTING, S.UNKNOWN, S.WITH_PERSON})

#: An account with a task in one of these is not given to a worker for another task: a second
#: write before the first is read back would make "nothing else changed" unprovable.
BUSY = EXCLUSIVE | {S.APPLIED_UNVERIFIED}


def diagram() -> str:
    """The table as a Mermaid state diagram, for docs/states.md."""
    lines = ["stateDiagram-v2", "    [*] --> planned"]
    lines += [
        f"    {source.value} --> {target.value}"
        for source in State
        for target in State
        if target in MOVES[source]
    ]
    lines += [f"    {state.value} --> [*]" for state in State if state in FINAL]
    return "\n".join(lines) + "\n"
