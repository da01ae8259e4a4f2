"""The files of the house: what is promised of the lock, the rooms' borders and file lengths."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml
from packaging.requirements import Requirement

from config import env

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("config", "robot", "reviewqueue")


def _lock() -> str:
    return (ROOT / "requirements.lock").read_text("utf-8")


def test_the_lock_holds_no_address_and_no_path() -> None:
    assert not re.findall(r"\w+://|--(?:extra-)?index-url|--find-links|file:|\s/\w", _lock())


def test_every_package_in_the_lock_has_a_hash() -> None:
    entries = re.split(r"^(?=\w)", _lock(), flags=re.MULTILINE)[1:]
    assert len(entries) > 40
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_satisfies_what_pyproject_asks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = chain.from_iterable(project["optional-dependencies"].values())
    asked = [Requirement(line) for line in [*project["dependencies"], *extras]]
    locked = {
        re.sub(r"[-_.]+", "-", name).lower(): version
        for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", _lock(), re.MULTILINE)
    }
    unmet = [
        str(need)
        for need in asked
        if not need.specifier.contains(locked[re.sub(r"[-_.]+", "-", need.name).lower()])
    ]
    assert unmet == []


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*ROOMS, "tests", include_external_packages=True, cache_dir=None)


def _inside(module: str, rooms: Iterable[str]) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def _imports(graph: grimp.ImportGraph, room: str, of: Iterable[str]) -> set[str]:
    """Each import, as `importer -> imported`, that modules of a room make of others."""
    return {
        f"{importer} -> {imported}"
        for importer in graph.modules
        if _inside(importer, [room])
        for imported in graph.find_modules_directly_imported_by(importer)
        if _inside(imported, of)
    }


def test_the_player_knows_of_the_robot_only_its_clock_and_types(graph: grimp.ImportGraph) -> None:
    allowed = ("robot.player", "robot.clock", "robot.types")
    made = _imports(graph, "robot.player", ROOMS)
    assert made, "no import was seen: the test looks at nothing"
    assert {line for line in made if not _inside(line.split(" -> ")[1], allowed)} == set()


def test_the_sandbox_knows_nothing_of_the_product(graph: grimp.ImportGraph) -> None:
    made = _imports(graph, "robot.sandbox", ROOMS)
    assert made, "no import was seen: the test looks at nothing"
    assert {line for line in made if not _inside(line.split(" -> ")[1], ["robot.sandbox"])} == set()


def test_playwright_is_known_in_one_module_of_the_product(graph: grimp.ImportGraph) -> None:
    made = {
        line.split(" -> ")[0] for room in ROOMS for line in _imports(graph, room, ["playwright"])
    }
    assert "robot.player.browser" in made
    assert made <= {"robot.player.browser", "robot.bench_raw"}


def test_no_file_of_the_product_is_longer_than_one_screenful_of_thought() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts
        and (lines := len(path.read_text("utf-8").splitlines())) > 340
    }
    assert long == {}


def test_every_ignored_lint_rule_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    block = text.split("[tool.ruff.lint]")[1].split("ignore = [")[1].split("\n]")[0]
    lines = [line.strip() for line in block.strip().splitlines()]
    assert lines[0].startswith("#")
    codes = [number for number, line in enumerate(lines) if line.startswith('"')]
    assert codes
    assert [lines[number] for number in codes if not lines[number - 1].startswith("#")] == []


def test_make_test_and_make_test_long_are_what_the_build_server_runs() -> None:
    text = (ROOT / ".ci" / "run").read_text("utf-8")
    assert text.index("make test\n") < text.index("make test-long")
    assert "set -euo pipefail" in text


def test_compose_starts_the_product_by_settings_that_there_are() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
    assert sorted(services) == ["beat", "postgres", "redis", "web", "worker"]
    for name in ("beat", "web", "worker"):
        assert services[name]["environment"].keys() <= env.VARIABLES.keys()
        assert set(
            re.findall("^COPY (?:--.* )?([a-z]+) ", _image(services[name]), re.MULTILINE)
        ) == {*ROOMS}


def _image(service: dict[str, Any]) -> str:
    return str(service["build"]["dockerfile_inline"])


def test_what_is_made_at_run_time_is_not_in_the_repository() -> None:
    listed = subprocess.run(
        ["git", "ls-files", ".local", ".venv", ".env"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout == ""
