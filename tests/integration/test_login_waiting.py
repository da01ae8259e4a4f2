"""manage.py login where the console, or the person, is slow."""

from __future__ import annotations

import pytest

from robot import flows_index
from robot.models import ConsoleLogin
from robot.player.load import load_text
from tests.browser.site import Site
from tests.integration.test_login_command import login, refusal, sandbox
from tests.unit.player.test_login import LOGIN

__all__ = ["login", "sandbox"]  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)


def test_page_that_is_no_login_counts_as_no_refusal(
    login: ConsoleLogin,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flow = load_text(LOGIN, "login")
    monkeypatch.setattr(flows_index, "load", lambda _: flow)
    with Site({"/login": "Back soon"}) as site:
        login.tenant.console_origin = site.origin
        login.tenant.save()
        code, line = refusal("acme", login.username)
    assert (code, "console unavailable" in line) == (1, True)
    login.refresh_from_db()
    assert login.refusals == 2
