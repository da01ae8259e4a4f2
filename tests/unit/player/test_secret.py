"""Secrets: no text form, no copy on disk."""

from __future__ import annotations

import json
import pickle

import pytest

from robot.player.secret import Secret

CANARY = "canary-7f3a"


@pytest.mark.parametrize(
    "shown", [str, repr, "{}".format, "{:>20}".format, lambda one: f"{one!r}{one}"]
)
def test_no_text_form_shows_the_value(shown: object) -> None:
    assert CANARY not in shown(Secret(CANARY))  # type: ignore[operator]


@pytest.mark.parametrize("store", [pickle.dumps, json.dumps])
def test_a_secret_is_not_stored(store: object) -> None:
    with pytest.raises(TypeError):
        store(Secret(CANARY))  # type: ignore[operator]


def test_only_reveal_gives_the_value() -> None:
    assert Secret(CANARY).reveal() == CANARY
