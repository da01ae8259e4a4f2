"""Set-up: keys whole or not at all, and a browser that the robot will really drive."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config import bootstrap
from robot.player.browser import candidates, find_browser
from robot.processes import ROOT

STARTS, FAILS = "#!/bin/sh\nexit 0\n", "#!/bin/sh\nexit 127\n"


def _browser(folder: Path, name: str, script: str) -> str:
    path = folder / name
    path.write_text(script, "utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where set-up keeps the browser's path; nothing is told and nothing can be fetched."""
    for name in ("CONSOLE_BROWSER", "CONSOLE_BROWSER_ENDPOINT", "CONSOLE_BROWSER_ENDPOINT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(bootstrap, "KEPT", tmp_path / "run" / "browser")
    monkeypatch.setattr(bootstrap, "apt", lambda *_: pytest.fail("it wanted to install"))
    return tmp_path / "run" / "browser"


def _found_by_the_robot(local: Path, **variables: str) -> str:
    """What the robot drives with the settings of this folder, and where it looks for a remote one."""
    asked = (
        "from robot.player.browser import Engine, find_browser; "
        "print(find_browser(), Engine().endpoint)"
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", asked],
        cwd=ROOT,
        env={**os.environ, "CONSOLE_BROWSER": "", "LOCAL_DIR": str(local), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.strip()


def test_the_first_browser_that_starts_is_kept_and_driven(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, good = _browser(tmp_path, "a", FAILS), _browser(tmp_path, "b", STARTS)
    monkeypatch.setattr(bootstrap, "candidates", lambda: [broken, good])
    bootstrap.browser()
    assert kept.read_text("utf-8") == good
    assert _found_by_the_robot(tmp_path) == good
    Path(good).unlink()
    assert _found_by_the_robot(tmp_path) != good, "it is gone: the robot looks for itself"


def test_every_browser_of_the_machine_is_a_candidate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / f"chromium_headless_shell-{n}" / "linux" for n in (1, 2)]
    for folder in folders:
        folder.mkdir(parents=True)
    own = [_browser(folder, "headless_shell", STARTS) for folder in reversed(folders)]
    system = _browser(tmp_path, "chromium", STARTS)
    monkeypatch.delenv("CONSOLE_BROWSER", raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert candidates()[:2] == own
    assert candidates()[-1] == system


def test_a_browser_may_be_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _browser(tmp_path, "some-chromium", STARTS)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CONSOLE_BROWSER", "some-chromium")
    assert find_browser() == path
    bootstrap.browser()


@pytest.mark.parametrize("name", ["CONSOLE_BROWSER_ENDPOINT", "CONSOLE_BROWSER_ENDPOINT_FILE"])
def test_no_browser_is_looked_for_where_one_runs_elsewhere(
    kept: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "told")
    monkeypatch.setattr(bootstrap, "candidates", lambda: pytest.fail("it looked"))
    bootstrap.browser()
    assert not kept.exists()


def test_the_address_of_a_browser_elsewhere_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "endpoint").write_text("ws://browser.example:3000/\n", "utf-8")
    told = _found_by_the_robot(tmp_path, CONSOLE_BROWSER_ENDPOINT_FILE=str(tmp_path / "endpoint"))
    assert told.split()[-1] == "ws://browser.example:3000/"


def test_a_key_cut_off_while_it_is_written_is_made_whole_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Any) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", full)
        with pytest.raises(OSError, match="no space"):
            bootstrap.keys(tmp_path)
    assert list(tmp_path.iterdir()) == []
    bootstrap.keys(tmp_path)
    made = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert sorted(made) == ["FIELD_KEYS", "SECRET_KEY", "TOKEN_PEPPER"]
    assert all(len(value) >= 40 for value in made.values())
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    bootstrap.keys(tmp_path)
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == made


def test_make_demo_sets_up_without_a_database_of_the_callers() -> None:
    make = shutil.which("make")
    assert make is not None
    # As a newcomer's own call, also where `make test` runs this.
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        [make, "--no-print-directory", "--dry-run", "demo"],
        cwd=ROOT,
        env={name: value for name, value in env.items() if name != "MFLAGS"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "python3 -I config/bootstrap.py",
        ".venv/bin/python manage.py demo ",
    ]
