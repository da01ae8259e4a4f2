"""Signing in without a browser: what is the console's refusal, and what is a page that is not there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from robot.player import events as ev
from robot.player.load import load_text
from robot.player.play import login
from robot.player.secret import Secret
from tests.unit.player.fake_driver import Fake, FakeDriver, Page
from tests.unit.player.world import ORIGINS, followed, label, role, stopped_clock

LOGIN = """
format: 1
name: login
kind: login
version: 1
application: console
summary: Sign in
steps:
  - {id: start, open: {path: /login}}
  - {id: who, timeout: 1, fill: {target: {alternatives: [{by: label, text: User}]}, secret: username}}
  - {id: next, timeout: 1, click: {target: {alternatives: [{by: role, role: button, name: Next}]}}}
  - {id: word, timeout: 1, fill: {target: {alternatives: [{by: label, text: Password}]}, secret: password}}
  - {id: send, timeout: 1, click: {target: {alternatives: [{by: role, role: button, name: Send}]}}}
  - {id: code, timeout: 1, fill: {target: {alternatives: [{by: label, text: Code}]}, secret: totp}}
"""
PARTS = [label("User"), role("button", "Next"), label("Password"), role("button", "Send")]


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    with stopped_clock():
        yield


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        (0, "console_unavailable"),
        (1, "console_unavailable"),
        (2, "console_unavailable"),
        (3, "console_unavailable"),
        (4, "login_challenge"),
    ],
)
def test_only_after_a_password_was_sent_is_a_missing_page_a_challenge(
    shown: int, code: str
) -> None:
    page = Page([Fake({part}) for part in PARTS[:shown]])
    driver = FakeDriver({"/login": lambda _: page})
    secrets = {name: (lambda: Secret("x")) for name in ("username", "password", "totp")}
    flow = load_text(LOGIN, "login")
    events, _ = followed(login(flow, driver, origins=ORIGINS, secrets=secrets))
    last = events[-1]
    assert isinstance(last, ev.Doubtful)
    assert last.code == code
