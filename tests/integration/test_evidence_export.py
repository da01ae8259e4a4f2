"""An export can be checked by anybody with Python alone; a sample can be drawn again."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from robot import clock
from robot.evidence import chain, convert, offline, render
from robot.models import Evidence, LedgerEntry, Task
from robot.states import State
from tests.integration import factory
from tests.integration.evidence_story import Committing, Story, delete, tamper, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(
    tmp_path: Path, settings: Settings, django_capture_on_commit_callbacks: Committing
) -> Story:
    settings.EVIDENCE_STORE = (tmp_path / "store").as_uri()
    story = tell(django_capture_on_commit_callbacks, "acme")
    with django_capture_on_commit_callbacks(execute=True):
        convert.convert(story.pictures[0], remove=True)
    return story


@pytest.fixture
def bundle(story: Story, tmp_path: Path) -> Path:
    call_command("evidence", "export", "acme", "--out", str(tmp_path / "out"), stdout=io.StringIO())
    return tmp_path / "out"


def _check(bundle: Path, *words: str) -> tuple[int, str]:
    """The verifier as an auditor starts it: no site packages, nothing of ours on the path."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(bundle / "verify.py"), *words],
        capture_output=True, text=True, check=False, timeout=60, cwd=bundle,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_an_export_holds_by_itself_and_against_the_head_that_was_printed(
    story: Story, bundle: Path
) -> None:
    seq, value = chain.head(story.tenant)
    assert _check(bundle) == (0, "the chain holds\n")
    assert _check(bundle, "--head", f"{seq}:{value}") == (0, "the chain holds\n")
    code, said = _check(bundle, "--head", f"{seq}:{'0' * 64}")
    assert code == 1
    assert "truncated: the head that was given" in said


def test_an_export_has_every_row_every_file_and_stamped_pictures(
    story: Story, bundle: Path
) -> None:
    lines = [json.loads(line) for line in (bundle / "links.jsonl").read_text("utf-8").splitlines()]
    assert len(lines) == chain.head(story.tenant)[0]
    assert {line["kind"] for line in lines} == {"ledger", "evidence", "doubt", "permit"}
    files = {p.relative_to(bundle / "files").as_posix() for p in (bundle / "files").rglob("*.*")}
    rows = Evidence.objects.filter(tenant=story.tenant).exclude(path="")
    assert files == {row.path for row in rows} - {story.pictures[0].path}, "that PNG was converted"
    assert len(list((bundle / "stamped").iterdir())) == len(story.pictures)


def test_another_tenants_rows_are_not_in_it(
    story: Story, tmp_path: Path, django_capture_on_commit_callbacks: Committing
) -> None:
    other = tell(django_capture_on_commit_callbacks, "other")
    call_command("evidence", "export", "acme", "--out", str(tmp_path / "o"), stdout=io.StringIO())
    text = (tmp_path / "o" / "links.jsonl").read_text("utf-8")
    assert other.task.account.username not in text
    assert not (tmp_path / "o" / "files" / "other").exists()


def test_a_row_changed_before_the_export_is_named_by_its_verifier(
    story: Story, tmp_path: Path
) -> None:
    entry = LedgerEntry.objects.filter(tenant=story.tenant).first()
    assert entry is not None
    tamper(LedgerEntry.objects.filter(pk=entry.pk), actor="nobody")
    delete(Evidence.objects.filter(pk=story.text.pk))
    out = tmp_path / "out"
    call_command("evidence", "export", "acme", "--out", str(out), stdout=io.StringIO())
    code, said = _check(out)
    assert code == 1
    assert f"(ledger {entry.pk}): its content is not what was chained" in said
    assert f"(evidence {story.text.pk}): its content is not what was chained" in said


def test_no_flipped_bit_anywhere_gets_past_the_offline_verifier(bundle: Path) -> None:
    chance = random.Random(4)
    files = [bundle / "links.jsonl", bundle / "head.json", *(bundle / "files").rglob("*.*")]
    for _ in range(150):
        path = chance.choice(files)
        before = path.read_bytes()
        data = bytearray(before)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        if not _means_the_same(path, before, bytes(data)):
            assert offline.main([str(bundle)]) != 0, (path, before, data)
        path.write_bytes(before)
    assert offline.main([str(bundle)]) == 0


def _means_the_same(path: Path, before: bytes, after: bytes) -> bool:
    """JSON with other blanks says the same; so does another time of export, which proves nothing."""
    try:
        if path.name == "head.json":
            kept = [json.loads(text) for text in (before, after)]
            return all(kept[0][key] == kept[1].get(key) for key in ("tenant", "seq", "hash"))
        if path.name == "links.jsonl":
            lines = [[json.loads(line) for line in text.splitlines()] for text in (before, after)]
            return lines[0] == lines[1]
    except (ValueError, AttributeError):
        return False
    return False


def _drop_line(bundle: Path, number: int) -> None:
    path = bundle / "links.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    del lines[number]
    path.write_text("".join(lines), "utf-8")


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_dropped_line_is_noticed(bundle: Path, number: int) -> None:
    _drop_line(bundle, number)
    assert _check(bundle)[0] == 1


def test_a_file_added_or_taken_is_named(story: Story, bundle: Path) -> None:
    gone = bundle / "files" / story.text.path
    shutil.move(gone, gone.with_name("other.txt"))
    code, said = _check(bundle)
    assert code == 1
    assert "missing file: files/" in said
    assert "added file: files/" in said


@pytest.mark.parametrize("claimed", ["", "the text", "another picture's", "../head.json"])
def test_a_picture_taken_away_is_missing_whatever_its_line_says_took_its_place(
    story: Story, bundle: Path, claimed: str
) -> None:
    foreign = Evidence.objects.filter(tenant=story.tenant, kind="conversion").get().path
    claims = {"the text": story.text.path, "another picture's": foreign}
    path = bundle / "links.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for line in lines:
        if line["kind"] == "evidence" and line["item"] == str(story.pictures[1].pk):
            line["converted"] = claims.get(claimed, claimed)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    (bundle / "files" / story.pictures[1].path).unlink()
    code, said = _check(bundle)
    assert code == 1
    assert f"missing file: files/{story.pictures[1].path} of link" in said


def test_the_conversion_in_a_pictures_place_must_be_there(story: Story, bundle: Path) -> None:
    conversion = Evidence.objects.filter(tenant=story.tenant, kind="conversion").get()
    (bundle / "files" / conversion.path).unlink()
    code, said = _check(bundle)
    assert code == 1
    assert f"missing file: files/{conversion.path} of link" in said


def test_pictures_converted_while_the_export_is_written_do_not_break_it(
    story: Story,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Committing,
) -> None:
    drawn = render.stamped

    def stamped(row: Evidence) -> bytes:
        with django_capture_on_commit_callbacks(execute=True):
            convert.convert(story.pictures[1], remove=True)
        return drawn(row)

    monkeypatch.setattr(render, "stamped", stamped)
    out = tmp_path / "out"
    call_command("evidence", "export", "acme", "--out", str(out), stdout=io.StringIO())
    assert not (out / "files" / story.pictures[1].path).exists()
    assert _check(out) == (0, "the chain holds\n")
    head = json.loads((out / "head.json").read_text("utf-8"))
    assert (head["seq"], head["hash"]) == chain.head(story.tenant)


def test_a_file_that_cannot_be_read_is_left_out_and_named(story: Story, tmp_path: Path) -> None:
    place = story.file(story.text)
    place.unlink()
    place.mkdir()
    out = tmp_path / "out"
    call_command("evidence", "export", "acme", "--out", str(out), stdout=io.StringIO())
    code, said = _check(out)
    assert code == 1
    assert f"missing file: files/{story.text.path} of link" in said


@pytest.mark.parametrize("words", [("nowhere",), ("--head",), ("--head", "x:y")])
def test_the_offline_verifier_answers_wrong_use_with_two(
    bundle: Path, words: tuple[str, ...]
) -> None:
    code, said = _check(bundle, *words)
    assert code == 2
    assert said.count("\n") == 1


def test_an_export_never_mixes_with_what_was_there(bundle: Path) -> None:
    with pytest.raises(CommandError, match="is not empty") as refused:
        call_command("evidence", "export", "acme", "--out", str(bundle))
    assert refused.value.returncode == 2


def _verified(story: Story, count: int) -> list[Task]:
    account = factory.account(story.tenant)
    return [
        factory.task(account, state=State.VERIFIED, finished_at=clock.now()) for _ in range(count)
    ]


def _sample(*words: str) -> str:
    out = io.StringIO()
    call_command("evidence", "sample", "acme", *words, stdout=out)
    return out.getvalue()


def test_a_sample_is_of_verified_tasks_by_a_rule_anybody_can_repeat(story: Story) -> None:
    tasks = _verified(story, 12)
    said = _sample("--n", "4", "--seed", "audit-2025")
    ranks = {
        task.pk: hashlib.sha256(f"audit-2025:{task.pk}".encode()).hexdigest() for task in tasks
    }
    expected = sorted(ranks, key=lambda key: ranks[key])[:4]
    shown = [int(line.split()[1]) for line in said.splitlines() if line.startswith("task ")]
    assert shown == expected
    assert said.startswith("acme: 4 of 12 verified tasks")
    assert said == _sample("--n", "4", "--seed", "audit-2025")
    assert said != _sample("--n", "4", "--seed", "audit-2026")


def test_a_sample_lists_each_tasks_evidence(story: Story) -> None:
    Task.objects.filter(pk=story.task.pk).update(state=State.VERIFIED, finished_at=clock.now())
    said = _sample("--n", "1")
    for row in (*story.pictures, story.text, story.unavailable):
        assert f"evidence {row.pk}  {row.kind}" in said
    assert "conversion" not in said


@pytest.mark.parametrize("words", [("nobody",), ("acme", "--n", "0")])
def test_a_sample_of_nothing_is_wrong_use(story: Story, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("evidence", "sample", *words)
    assert refused.value.returncode == 2
