"""manage.py bench: its figures come from real sides, and what cannot be measured is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from robot import bench_side
from robot.processes import ROOT

ROUNDS = 4
BURN = "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass\n"


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_bench_measures_both_sides_and_writes_its_figures(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "--rounds", str(ROUNDS), "--json", str(out)],
        cwd=ROOT,
        env=os.environ | {"LOCAL_DIR": str(tmp_path / "local")},
        capture_output=True,
        text=True,
        timeout=1700,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]

    result = json.loads(out.read_text("utf-8"))

    for speed, name in (("brisk", "ratio_robot_to_raw"), ("none", "ratio_robot_to_raw_none")):
        robot, raw = result[speed]["robot"], result[speed]["raw"]
        assert len(robot["seconds_each"]) == len(raw["seconds_each"]) == 2 * ROUNDS
        assert result[name] == pytest.approx(robot["seconds"] / raw["seconds"], abs=0.01)
        assert robot["cpu_seconds_with_converting"] > robot["cpu_seconds"] > 0
        assert raw["cpu_seconds"] > 0
        evidence = result[speed]["evidence_a_task"]
        # Page reached, before and after the commit, read back: at least one of each a task.
        assert evidence["pictures"] >= 4
        assert 0 < evidence["bytes_after_conversion"] < evidence["bytes_captured"]
    for workers in ("1", "2"):
        pace = result["tasks_a_minute"][workers]
        assert pace["tasks"] == 4 * ROUNDS
        assert pace["a_minute"] == pytest.approx(60 * 4 * ROUNDS / pace["seconds"], rel=0.05)


def test_cpu_seconds_count_processes_that_have_ended() -> None:
    parent = (
        "import subprocess, sys, time\n"
        f"subprocess.run([sys.executable, '-c', {BURN!r}], check=True)\n"
        "print('burnt', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "burnt\n"
        assert bench_side.cpu_seconds(process.pid) >= 0.5
        process.communicate("")


def test_side_that_fails_says_why(tmp_path: Path) -> None:
    log = tmp_path / "side.log"
    argv = ["-c", "import sys; sys.exit('the browser would not start')"]
    with (
        bench_side.Side("the raw script", argv, log, {}) as side,
        pytest.raises(bench_side.BenchError, match="the browser would not start"),
    ):
        side.ask({"work": 1})


def test_missing_psutil_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(bench_side.BenchError, match="psutil is not installed") as caught:
        bench_side.cpu_seconds(os.getpid())
    assert caught.value.code == 2
