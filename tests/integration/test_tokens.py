"""Tokens open one tenant's door, are shown once, and can be taken back."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from robot import clock
from robot.intake import tokens
from robot.models import Connection, LedgerEntry
from tests.integration import factory

pytestmark = pytest.mark.django_db

SHAPE = re.compile(r"sb_[0-9a-z]{10}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}")


def _column(connection: Connection, name: str) -> object:
    return Connection.objects.values_list(name, flat=True).get(pk=connection.pk)


def test_a_token_proves_its_connection_and_is_stored_nowhere() -> None:
    connection, token = tokens.create(factory.tenant(), "directory", ["remove", "read"])
    assert SHAPE.fullmatch(token)
    assert tokens.verify(token) == connection
    secret = token.split("_")[2]
    row = str(Connection.objects.values().get())
    told = str([*LedgerEntry.objects.values_list("body", flat=True)])
    assert secret not in row + told
    assert connection.scopes == ["read", "remove"]


def test_two_tokens_share_nothing() -> None:
    tenant = factory.tenant()
    one = tokens.create(tenant, "one", ["read"])[1].split("_")
    two = tokens.create(tenant, "two", ["read"])[1].split("_")
    assert not set(one[1:]) & set(two[1:])


def test_a_token_hashed_with_another_pepper_proves_nothing(settings: pytest.FixtureRequest) -> None:
    _, token = tokens.create(factory.tenant(), "directory", ["read"])
    settings.TOKEN_PEPPER = "another"  # type: ignore[attr-defined]
    with pytest.raises(tokens.BadToken, match="wrong"):
        tokens.verify(token)


@pytest.mark.parametrize("place", [15, 30, 56, 58, 63])
def test_one_changed_character_is_one_too_many(place: int) -> None:
    connection, token = tokens.create(factory.tenant(), "directory", ["read"])
    if token[place] == "_":
        place += 1
    changed = token[:place] + ("a" if token[place] != "a" else "b") + token[place + 1 :]
    assert tokens.checks_out(token)
    assert not tokens.checks_out(changed)
    with pytest.raises(tokens.BadToken) as refused:
        tokens.verify(changed)
    assert (refused.value.reason, refused.value.connection) == ("wrong", connection)


@pytest.mark.parametrize("text", ["", "sb_", "sb_a_b_c", "é", "sb_" + "a" * 60, "\x00", " "])
def test_other_text_is_no_token(text: str) -> None:
    assert not tokens.checks_out(text)
    with pytest.raises(tokens.BadToken, match="malformed"):
        tokens.verify(text)


def test_a_token_of_nobody_is_unknown() -> None:
    connection, token = tokens.create(factory.tenant(), "directory", ["read"])
    Connection.objects.filter(pk=connection.pk).update(token_prefix="elsewhere0")
    with pytest.raises(tokens.BadToken, match="unknown"):
        tokens.verify(token)


def test_a_token_ends_at_its_moment() -> None:
    ends = clock.now() + timedelta(hours=1)
    connection, token = tokens.create(factory.tenant(), "d", ["read"], expires_at=ends)
    tokens.verify(token)
    Connection.objects.filter(pk=connection.pk).update(expires_at=clock.now())
    with pytest.raises(tokens.BadToken, match="expired"):
        tokens.verify(token)


def test_a_revoked_token_never_opens_again() -> None:
    connection, token = tokens.create(factory.tenant(), "directory", ["read"])
    tokens.revoke(connection)
    Connection.objects.filter(pk=connection.pk).update(expires_at=None)
    with pytest.raises(tokens.BadToken, match="revoked"):
        tokens.verify(token)


def test_last_use_is_written_at_most_once_a_minute() -> None:
    connection, token = tokens.create(factory.tenant(), "directory", ["read"])
    tokens.verify(token)
    first = _column(connection, "last_used_at")
    assert first is not None
    tokens.verify(token)
    assert _column(connection, "last_used_at") == first
    older = clock.now() - timedelta(minutes=1, seconds=1)
    Connection.objects.filter(pk=connection.pk).update(last_used_at=older)
    tokens.verify(token)
    assert _column(connection, "last_used_at") != older


@pytest.mark.parametrize("scopes", [[], ["write"], ["read", "admin"]])
def test_a_connection_needs_scopes_that_exist(scopes: list[str]) -> None:
    with pytest.raises(ValueError, match="read, queue, remove"):
        tokens.create(factory.tenant(), "directory", scopes)
    assert Connection.objects.count() == 0


def test_a_name_is_taken_once() -> None:
    tenant = factory.tenant()
    tokens.create(tenant, "directory", ["read"])
    with pytest.raises(IntegrityError):
        tokens.create(tenant, "directory", ["read"])


def _command(*words: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("connection", *words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_prints_a_token_that_opens_and_nothing_else() -> None:
    factory.tenant("acme")
    out, err = _command("create", "acme", "--slug", "okta", "--scope", "queue", "--scope", "read")
    connection = tokens.verify(out.strip())
    assert SHAPE.fullmatch(out.strip())
    assert (connection.slug, connection.scopes, connection.mode) == (
        "okta",
        ["read", "queue"],
        "armed",
    )
    assert "not shown again" in err
    created = LedgerEntry.objects.get(kind="connection_created")
    assert created.body == {"connection": "okta", "scopes": ["read", "queue"], "mode": "armed"}


def test_the_command_can_make_a_token_that_ends_and_only_observes() -> None:
    factory.tenant("acme")
    _command("create", "acme", "--slug", "s", "--scope", "read", "--days", "30", "--observe")
    connection = Connection.objects.get()
    assert connection.mode == "observe"
    assert connection.expires_at is not None
    assert timedelta(days=29) < connection.expires_at - clock.now() <= timedelta(days=30)


def test_the_command_revokes_and_lists_without_showing_tokens() -> None:
    factory.tenant("acme")
    token = _command("create", "acme", "--slug", "okta", "--scope", "read")[0].strip()
    listed, _ = _command("list")
    assert "okta" in listed
    assert "never used" in listed
    assert token.split("_")[2] not in listed
    _command("revoke", "okta")
    assert "revoked" in _command("list")[0]
    with pytest.raises(tokens.BadToken, match="revoked"):
        tokens.verify(token)
    assert LedgerEntry.objects.filter(kind="connection_revoked").count() == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["create", "nobody", "--slug", "s", "--scope", "read"], "There are: acme"),
        (["create", "acme", "--slug", "a b", "--scope", "read"], "--slug"),
        (["create", "acme", "--slug", "s" * 41, "--scope", "read"], "40"),
        (["create", "acme", "--slug", "taken", "--scope", "read"], "already"),
        (["create", "acme", "--slug", "s", "--scope", "read", "--days", "0"], "--days"),
        (["revoke", "nobody"], "connection list"),
    ],
)
def test_wrong_use_of_the_command_ends_with_2_and_says_what_to_do(
    words: list[str], says: str
) -> None:
    tokens.create(factory.tenant("acme"), "taken", ["read"])
    with pytest.raises(CommandError, match=says) as refused:
        _command(*words)
    assert refused.value.returncode == 2
    assert Connection.objects.count() == 1
