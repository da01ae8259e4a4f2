"""What evidence shows of an address: where it was, never what lets somebody in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.evidence.capture import clean, public_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://admin.example/users/7Kx0/edit", "https://admin.example/users/7Kx0/edit"),
        (
            "https://admin.example/u?tab=licence&page=2",
            "https://admin.example/u?tab=licence&page=2",
        ),
        (
            "https://a.example/cb?code=abc&state=xyz&x=1",
            "https://a.example/cb?code=***&state=***&x=1",
        ),
        ("https://bot:secret@a.example:8443/x", "https://a.example:8443/x"),
        ("https://a.example/#access_token=abc&a=1", "https://a.example/#access_token=***&a=1"),
        ("https://a.example/#/users?sessionId=abc", "https://a.example/#/users?sessionId=***"),
        ("https://a.example/#/users/7", "https://a.example/#/users/7"),
        (f"https://a.example/?q={'x' * 65}", "https://a.example/?q=***"),
        ("about:blank", "about:blank"),
        ("https://[broken/", "(unreadable address)"),
        ("", ""),
    ],
)
def test_an_address_keeps_its_place_and_loses_its_secrets(url: str, shown: str) -> None:
    assert public_url(url) == shown


@given(
    st.sampled_from(["?", "#", "#/a?", "?x=1&"]), st.sampled_from(["token", "SAMLResponse", "pwd"])
)
def test_a_secret_value_never_stays(where: str, name: str) -> None:
    assert "canary" not in public_url(f"https://a.example/x{where}{name}=canary")


@given(st.text())
def test_text_of_a_page_can_always_be_stored(text: str) -> None:
    kept = clean(text + "\ud83d\x00")
    assert "\x00" not in kept
    assert kept.encode()
    assert len(kept) == len(text) + 2
