"""What demo, bench and sandbox share: no setting of an installation goes along, one runs at a time."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config import env
from robot.demo import stage
from robot.management import aside
from robot.processes import ROOT, Supervisor

again_in: Callable[[Path], None] = aside.again_in  # here it comes back: execve is replaced


def test_nothing_of_an_installation_goes_along_but_its_browser(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in env.VARIABLES:
        monkeypatch.setenv(name, "of-an-installation")
        monkeypatch.setenv(f"{name}_FILE", "/of/an/installation")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    kept: dict[str, str] = {}
    monkeypatch.setattr("os.execve", lambda program, words, own: kept.update(own))
    again_in(tmp_path / "demo")
    ours = {name for name in kept if name.removesuffix("_FILE") in env.VARIABLES}
    endpoint = "CONSOLE_BROWSER_ENDPOINT"
    browser = {"CONSOLE_BROWSER", "CONSOLE_BROWSER_FILE", endpoint, f"{endpoint}_FILE"}
    assert ours == {"LOCAL_DIR"} | browser
    assert kept["LOCAL_DIR"] == str(tmp_path / "demo")
    assert kept["HTTPS_PROXY"] == "http://proxy.example"
    made = sorted(path.name for path in (tmp_path / "demo" / "keys").iterdir())
    assert made == ["FIELD_KEYS", "SECRET_KEY", "TOKEN_PEPPER"]


def test_a_second_one_is_refused_and_leaves_the_first_ones_folder_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.execve", lambda *_: None)
    again_in(tmp_path / "demo")
    (tmp_path / "demo" / "at work").touch()
    with pytest.raises(CommandError, match="Another one runs") as refused:
        again_in(tmp_path / "demo")
    assert refused.value.returncode == 2
    assert (tmp_path / "demo" / "at work").exists()


def test_the_lock_outlasts_the_new_start_of_the_command(tmp_path: Path) -> None:
    begin = (
        "import sys; from pathlib import Path; from robot.management import aside; "
        "sys.argv = ['-c', 'import sys; print(1, flush=True); sys.stdin.read()']; "
        f"aside.again_in(Path({str(tmp_path / 'demo')!r}))"
    )
    command = [sys.executable, "-c", begin]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "1\n"
        with pytest.raises(CommandError, match="Another one runs"):
            again_in(tmp_path / "demo")
        running.communicate("")


@pytest.mark.parametrize("command", ["demo", "bench", "sandbox"])
def test_a_result_that_cannot_be_written_is_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("os.execve", lambda *_: pytest.fail("it was started"))
    for path in (tmp_path / "missing" / "out.json", tmp_path):
        with pytest.raises(CommandError, match="cannot be written") as refused:
            call_command(command, json=path)
        assert refused.value.returncode == 2


def test_a_demo_whose_port_is_taken_says_how_to_name_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.execve", lambda *_: pytest.fail("it was started"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for port in (taken.getsockname()[1], 99999):
            with pytest.raises(CommandError, match='make demo ARGS="--port N"') as refused:
                call_command("demo", port=port)
            assert refused.value.returncode == 2


def test_the_web_server_is_up_when_it_says_so_and_not_when_something_listens(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ready: list[Callable[[], bool]] = []
    monkeypatch.setattr(Supervisor, "start", lambda *_, **given: ready.append(given["ready"]))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        stage.start_web(Supervisor(tmp_path), {}, other.getsockname()[1])
        assert not ready[0]()
