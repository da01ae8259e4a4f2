"""The table of moves: closed, connected, and drawn as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot.policy import GREATEST_AGE
from robot.states import EXCLUSIVE, FINAL, MOVES, State, diagram

NEVER_SUPERSEDED = {State.COMMITTING, State.APPLIED_UNVERIFIED, State.UNKNOWN, State.WITH_PERSON}


def test_every_state_has_its_row_in_the_table() -> None:
    assert set(MOVES) == set(State)


def test_only_verified_rejected_and_superseded_are_final() -> None:
    assert {State.VERIFIED, State.REJECTED, State.SUPERSEDED} == FINAL


@pytest.mark.parametrize("state", sorted(set(State) - FINAL))
def test_every_other_state_reaches_an_end_and_has_a_greatest_age(state: State) -> None:
    reached, edge = {state}, [state]
    while edge:
        new = MOVES[edge.pop()] - reached
        reached |= new
        edge += new
    assert reached & FINAL
    assert GREATEST_AGE[state] > 0


@pytest.mark.parametrize("state", sorted(NEVER_SUPERSEDED))
def test_what_may_have_been_written_is_never_superseded(state: State) -> None:
    assert State.SUPERSEDED not in MOVES[state]


def test_a_commit_is_only_begun_from_running_and_never_taken_back() -> None:
    assert [s for s in State if State.COMMITTING in MOVES[s]] == [State.RUNNING]
    assert MOVES[State.COMMITTING] == {State.APPLIED_UNVERIFIED, State.UNKNOWN}


def test_verified_follows_only_from_a_reading() -> None:
    assert {s for s in State if State.VERIFIED in MOVES[s]} == {
        State.RUNNING,  # already so, on a freshly loaded page
        State.APPLIED_UNVERIFIED,
        State.UNKNOWN,
    }


def test_exclusive_states_hold_the_account() -> None:
    assert {State.RUNNING, State.COMMITTING, State.UNKNOWN, State.WITH_PERSON} == EXCLUSIVE


def test_the_diagram_in_the_docs_is_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "states.md"
    assert diagram() in page.read_text(encoding="utf-8"), "paste robot.states.diagram() into it"
