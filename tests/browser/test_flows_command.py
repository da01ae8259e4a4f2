"""manage.py flow against a sandbox: list, lint, check, run, import, and what each refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from robot import clock, flows_index
from robot.management.commands.flow import Command
from robot.models import ConsoleLogin, Task, Tenant
from robot.player.browser import stop_shared_host
from robot.sandbox.people import X2_US
from robot.sandbox.server import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=12, people=5) as running:
        yield running
    stop_shared_host()


@pytest.fixture
def tenant(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """A tenant whose console is the sandbox, with one bot login."""
    bot = sandbox.logins[0]
    monkeypatch.setenv("FLOW_TEST_PASSWORD", bot["password"])
    monkeypatch.setenv("FLOW_TEST_TOTP", bot["totp_secret"])
    made = Tenant.objects.create(
        slug="acme",
        name="Acme",
        console_origin=sandbox.console_origin,
        billing_origin=sandbox.billing_origin,
        practice_account="acme.robot.practice",
        created_at=clock.now(),
    )
    ConsoleLogin.objects.create(
        tenant=made,
        username=bot["username"],
        password_ref="env:FLOW_TEST_PASSWORD",
        totp_ref="env:FLOW_TEST_TOTP",
    )
    return made


def _flow(*arguments: str) -> str:
    out = StringIO()
    call_command("flow", *arguments, stdout=out)
    return out.getvalue()


def _refused(*arguments: str) -> tuple[int, str, str]:
    """Exit code, the line of the error, and what was printed before."""
    out = StringIO()
    with pytest.raises(CommandError) as raised:
        call_command("flow", *arguments, stdout=out)
    return raised.value.returncode, str(raised.value), out.getvalue()


def _writes(sandbox: Sandbox) -> list[object]:
    return [one for one in sandbox.events() if one["kind"] == "write"]


def test_check_plays_up_to_the_commit_and_writes_nothing(tenant: Tenant, sandbox: Sandbox) -> None:
    said = _flow(
        "check", "assign_license", "set_cost_center", "delete_user",
        "--tenant", "acme", "--email", "robot.practice@acme.example",
        "--set", f"license={X2_US}", "--set", "cost_center=Sales",
    )  # fmt: skip
    assert said.splitlines() == [
        "assign_license: fits",
        "set_cost_center: fits",
        "delete_user: fits",
        "everything fits",
    ]
    assert _writes(sandbox) == []
    login = ConsoleLogin.objects.get()
    assert login.lease_until is None, "the login was not given back"


def test_check_tells_what_does_not_fit(tenant: Tenant, sandbox: Sandbox) -> None:
    code, _, said = _refused(
        "check", "set_work_phone", "--tenant", "acme", "--email", "robot.practice@acme.example",
        "--set", "phone_number=+1 212-555-0100",
    )  # fmt: skip
    assert code == 1
    assert "set_work_phone: licensed: precondition" in said


def test_check_calls_nothing_fitting_that_it_did_not_look_at(
    tenant: Tenant, sandbox: Sandbox
) -> None:
    code, _, said = _refused(
        "check", "remove_license", "--tenant", "acme", "--email", "robot.practice@acme.example",
    )  # fmt: skip
    assert code == 1
    assert "remove_license: does not fit" in said
    assert "done: it is so already on this account, so nothing after it was checked" in said
    assert _writes(sandbox) == []


def test_check_of_what_cannot_be_checked_so_is_wrong_use(tenant: Tenant) -> None:
    on = ("--tenant", "acme", "--email", "robot.practice@acme.example")
    code, said, _ = _refused("check", "assign_license", "set_cost_center", *on)
    assert (code, said) == (2, "Add --set cost_center=VALUE --set license=VALUE to check these.")
    code, said, _ = _refused("check", "login", *on)
    assert code == 2
    assert said.startswith("Signing in is part of every check")


def test_lint_of_a_file_that_cannot_be_read_is_wrong_use(tmp_path: Path) -> None:
    code, said, _ = _refused("lint", str(tmp_path / "none.yaml"))
    assert (code, said) == (2, f"{tmp_path}/none.yaml cannot be read: No such file or directory.")


def test_check_refuses_another_account_than_the_practice_account(tenant: Tenant) -> None:
    code, said, _ = _refused("check", "--tenant", "acme", "--username", "acme.nora.reception")
    assert code == 2
    assert "acme.robot.practice" in said


@pytest.mark.parametrize("other", ["acme.nora.reception", ""])
def test_set_is_no_way_round_the_practice_account(tenant: Tenant, other: str) -> None:
    code, said, _ = _refused(
        "check", "--tenant", "acme", "--username", "acme.robot.practice",
        "--email", "nora.reception@acme.example", "--set", f"username={other}",
    )  # fmt: skip
    assert code == 2
    assert "of the practice account" in said or "Only on the practice account" in said


def test_check_says_when_the_login_is_in_use(tenant: Tenant) -> None:
    ConsoleLogin.objects.update(lease_until="2100-01-01T00:00:00Z", worker="another")
    on = ("--tenant", "acme", "--email", "robot.practice@acme.example")
    code, said, _ = _refused("check", "delete_user", *on)
    assert code == 2
    assert "no login of acme is free" in said


def test_run_queues_the_task_and_says_that_no_worker_is_there(tenant: Tenant) -> None:
    said = _flow(
        "run", "assign_license", "--tenant", "acme", "--username", "acme.nora.reception",
        "--email", "nora.reception@acme.example", "--set", f"license={X2_US}",
    )  # fmt: skip
    task = Task.objects.get()
    assert (task.operation, task.state) == ("assign_license", "queued")
    assert f"task {task.pk} assign_license: queued" in said
    assert "No worker is running" in said


def test_run_without_anything_wished_is_wrong_use(tenant: Tenant) -> None:
    code, said, _ = _refused("run", "set_cost_center", "--tenant", "acme", "--username", "acme.x.y")
    assert (code, Task.objects.count()) == (2, 0)
    assert "--set NAME=VALUE" in said


def test_unknown_tenant_and_flow_are_named_with_what_there_is(tenant: Tenant) -> None:
    assert _refused("check", "--tenant", "other")[:2] == (2, "No tenant other. There are: acme.")
    code, said, _ = _refused("show", "make_coffee")
    assert code == 2
    assert "set_cost_center" in said


def test_list_and_show_name_every_flow_and_its_commit() -> None:
    listed = _flow("list")
    assert [line.split()[0] for line in listed.splitlines()] == flows_index.names()
    assert "click_save  COMMIT" in _flow("show", "assign_license")


def test_lint_finds_what_is_wrong_in_a_file(tmp_path: Path) -> None:
    assert _flow("lint").splitlines()[-1] == f"{len(flows_index.names())} flows are right"
    bad = tmp_path / "bad.yaml"
    bad.write_text("format: 1\nname: bad\nsteps: []\n", encoding="utf-8")
    code, _, said = _refused("lint", str(bad))
    assert code == 1
    assert "bad: steps" in said


def test_lint_finds_a_flow_edited_by_hand_and_write_makes_it_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _copy_of_flows(tmp_path, monkeypatch)
    flow = tmp_path / "login.yaml"
    right = flow.read_text(encoding="utf-8")
    flow.write_text(right.replace("version: 1", "version: 9"), encoding="utf-8")
    code, _, said = _refused("lint", "login")
    assert (code, "flow lint --write login" in said) == (1, True)
    _flow("lint", "--write", "login")
    assert flow.read_text(encoding="utf-8") == right


def test_lint_names_the_place_in_broken_annotations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _copy_of_flows(tmp_path, monkeypatch)
    (tmp_path / "annotations" / "login.yaml").write_text("", encoding="utf-8")
    code, _, said = _refused("lint", "login")
    assert (code, "login: file: must be a mapping" in said) == (1, True)


def test_lint_runs_where_a_flow_is_too_wrong_for_everything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _copy_of_flows(tmp_path, monkeypatch)
    (tmp_path / "login.yaml").write_text("", encoding="utf-8")
    run = ["manage.py", "flow"]
    with pytest.raises(SystemExit):
        Command().run_from_argv([*run, "list"])
    Command().run_from_argv([*run, "lint", "--write", "login"])
    Command().run_from_argv([*run, "list"])


def test_import_writes_a_recording_and_annotations_to_begin_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _copy_of_flows(tmp_path, monkeypatch)
    data = Path(__file__).resolve().parents[1] / "data" / "codegen-api.jsonl"
    said = _flow("import", str(data), "--name", "edit_user", "--param", "person=user007")
    assert "annotations/edit_user.yaml" in said
    made = json.loads((tmp_path / "recordings" / "edit_user.json").read_text(encoding="utf-8"))
    assert made["parameters"] == ["person"]
    assert "fill_password" in (tmp_path / "annotations" / "edit_user.yaml").read_text("utf-8")
    assert _refused("import", str(tmp_path / "none.jsonl"), "--name", "x")[0] == 2


def test_import_writes_over_no_recording_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _copy_of_flows(tmp_path, monkeypatch)
    shipped = tmp_path / "recordings" / "assign_license.json"
    before = shipped.read_text("utf-8")
    mine = tmp_path / "mine.json"
    step = {"type": "navigate", "url": "https://console.test/users"}
    mine.write_text(json.dumps({"title": "t", "steps": [step]}), encoding="utf-8")
    code, said, _ = _refused("import", str(mine), "--name", "assign_license")
    assert (code, "--replace" in said) == (2, True)
    assert shipped.read_text("utf-8") == before
    _flow("import", str(mine), "--name", "assign_license", "--replace")
    assert json.loads(shipped.read_text("utf-8"))["actions"] == [
        {"action": "open", "application": "console", "path": "/users"}
    ]


def test_import_says_what_it_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _copy_of_flows(tmp_path, monkeypatch)
    data = Path(__file__).resolve().parents[1] / "data" / "codegen-asserts.jsonl"
    said = _flow("import", str(data), "--name", "rename_user", "--param", "person=user009")
    assert "line 22: 'internal:role=heading' is no name, label, text or id" in said
    assert "wrote recordings/rename_user.json" in said


def _copy_of_flows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the index work on a copy."""
    for path in flows_index.directory().rglob("*.*"):
        copy = folder / path.relative_to(flows_index.directory())
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(flows_index, "_FOLDER", folder)
