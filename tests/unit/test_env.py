"""Environment variables: typed, refused loudly, listed for people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env, settings

ROOT = Path(__file__).resolve().parents[2]
SECRET = "canary-8d1f"


@pytest.fixture(autouse=True)
def _own_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables read by a test are not among those of the product."""
    monkeypatch.setattr(env, "VARIABLES", dict(env.VARIABLES))


def test_env_example_lists_exactly_the_variables_that_are_read_with_their_defaults() -> None:
    assert settings.DATABASES, "the settings have not been read"
    listed = re.findall(
        r"^# ([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE
    )
    read = {name: variable.default for name, variable in env.VARIABLES.items()}
    assert dict(listed) == read
    assert len(listed) == len(read), "a variable is listed twice"


def test_env_example_marks_exactly_the_variables_that_can_come_from_a_file() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    marked = set()
    secret = False
    for line in lines:
        if match := re.match(r"# ([A-Z_]+)=", line):
            if secret:
                marked.add(match[1])
            secret = False
        elif not line:
            secret = False
        else:
            secret = secret or line.startswith("# secret:")
    assert marked == {variable.name for variable in env.VARIABLES.values() if variable.secret}


@pytest.mark.parametrize(
    ("value", "meant"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("No", False)]
)
def test_a_switch_reads_words_for_yes_and_no(
    monkeypatch: pytest.MonkeyPatch, value: str, meant: bool
) -> None:
    monkeypatch.setenv("X_SWITCH", value)
    assert env.env_bool("X_SWITCH", default=not meant) is meant


@pytest.mark.parametrize("value", ["maybe", "2", "tru e"])
def test_a_switch_refuses_other_words_naming_variable_value_and_permitted(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("X_SWITCH", value)
    with pytest.raises(ImproperlyConfigured) as caught:
        env.env_bool("X_SWITCH", default=False)
    assert all(part in str(caught.value) for part in ("X_SWITCH", value, "true", "off"))


@pytest.mark.parametrize("value", ["0", "65", "1.5", "two", "1e3", "-1"])
def test_a_number_outside_its_bounds_or_not_whole_is_refused_with_the_bounds(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("X_COUNT", value)
    with pytest.raises(ImproperlyConfigured, match=f"X_COUNT='{value}'.*from 1 to 64"):
        env.env_int("X_COUNT", 2, least=1, most=64)


@pytest.mark.parametrize("value", ["nan", "inf", "-0.5", "11", "x"])
def test_a_factor_that_is_no_number_in_its_bounds_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("X_FACTOR", value)
    with pytest.raises(ImproperlyConfigured, match="X_FACTOR.*from 0 to 10"):
        env.env_float("X_FACTOR", 1.0, most=10.0)


def test_an_unknown_choice_is_refused_with_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_LEVEL", "LOUD")
    with pytest.raises(ImproperlyConfigured, match="X_LEVEL='LOUD'.*INFO, WARNING"):
        env.env_choice("X_LEVEL", "INFO", ["INFO", "WARNING"])


def test_a_list_drops_blanks_and_refuses_an_empty_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_HOSTS", "a.example , b.example")
    assert env.env_list("X_HOSTS") == ["a.example", "b.example"]
    monkeypatch.setenv("X_HOSTS", "a.example,,b.example")
    with pytest.raises(ImproperlyConfigured, match="X_HOSTS"):
        env.env_list("X_HOSTS")


def test_an_empty_variable_means_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_COUNT", "")
    assert env.env_int("X_COUNT", 7) == 7


def test_a_secret_comes_from_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{SECRET}\n", "utf-8")
    monkeypatch.setenv("X_KEY_FILE", str(tmp_path / "key"))
    assert env.env_secret("X_KEY") == SECRET


def test_an_address_may_come_from_a_file_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text(f"redis://:{SECRET}@db.example:6379/0\n", "utf-8")
    monkeypatch.setenv("X_URL_FILE", str(tmp_path / "url"))
    assert SECRET in env.env_url("X_URL", "redis://127.0.0.1/0", ["redis"])


def test_a_secret_given_twice_is_refused_without_its_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(SECRET, "utf-8")
    monkeypatch.setenv("X_KEY", SECRET)
    monkeypatch.setenv("X_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(ImproperlyConfigured, match="X_KEY and X_KEY_FILE") as caught:
        env.env_secret("X_KEY")
    assert SECRET not in str(caught.value)


def test_a_secret_file_that_is_empty_or_missing_is_refused_with_its_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    for path in (empty, tmp_path / "missing"):
        monkeypatch.setenv("X_KEY_FILE", str(path))
        with pytest.raises(ImproperlyConfigured, match=f"X_KEY_FILE='{path}'"):
            env.env_secret("X_KEY")


def test_a_required_secret_that_is_nowhere_is_refused_with_what_to_set() -> None:
    with pytest.raises(ImproperlyConfigured, match="Set X_KEY, or X_KEY_FILE"):
        env.env_secret("X_KEY")


@pytest.mark.parametrize("url", [f"amqp://u:{SECRET}@h/", f"redis://u:{SECRET}@h:port/0", SECRET])
def test_a_wrong_address_is_refused_and_its_password_shown_nowhere(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("X_URL", url)
    with pytest.raises(ImproperlyConfigured, match="X_URL") as caught:
        env.env_url("X_URL", "redis://127.0.0.1/0", ["redis"])
    chain = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    assert SECRET not in chain
