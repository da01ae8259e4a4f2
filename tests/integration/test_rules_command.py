"""manage.py rules: prints what can be read again, shows before it saves, says where a file is wrong."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from robot import rules
from robot.intake import ruling
from robot.models import RuleTable, Tenant
from tests.integration import factory

pytestmark = pytest.mark.django_db

TEXT = """\
- if: {department: Sales}
  give: {license: X2, extension: 2000..2000}
- if: {group: Nobody}
  give: {site: London}
"""


@pytest.fixture
def acme() -> Tenant:
    tenant = factory.tenant("acme")
    sales = {"department": "Sales"}
    factory.account(tenant, full_name="Anna Berg", username="acme.anna", attributes=sales)
    factory.account(tenant, full_name="Ben Ode", username="acme.ben", attributes=sales)
    factory.account(tenant, full_name="Cleo Fry", username="acme.cleo")
    return tenant


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> str:
    out = io.StringIO()
    call_command("rules", *map(str, arguments), stdout=out)
    return out.getvalue()


def refused(*arguments: str | Path) -> tuple[int, str]:
    """Exit code and message of a command that must not come through."""
    with pytest.raises(CommandError) as error:
        run(*arguments)
    return error.value.returncode, str(error.value)


def test_a_dry_run_shows_who_would_get_what_and_saves_nothing(acme: Tenant, file: Path) -> None:
    lines = run("acme", "--file", file).splitlines()
    assert lines[:5] == [
        "Anna Berg  acme.anna  license: not known -> X2  rule 1",
        "Anna Berg  acme.anna  extension: not known -> 2000  rule 1",
        "Ben Ode  acme.ben  license: not known -> X2  rule 1",
        "Ben Ode  acme.ben  extension: not known -> no free one left in the range  rule 1",
        "Cleo Fry  acme.cleo  matches no rule",
    ]
    assert lines[-2:] == [
        "rules that give nobody anything: 2",
        "2 people get something, 1 match no rule, 0 are left out",
    ]
    assert not RuleTable.objects.exists()


def test_saved_rules_are_printed_as_they_can_be_read_again(
    acme: Tenant, file: Path, tmp_path: Path
) -> None:
    assert "no rules yet" in run("acme")
    assert "saved as version 1" in run("acme", "--file", file, "--save")
    printed = run("acme")
    assert printed.startswith("# rules of acme, version 1, by manage.py rules, ")
    again = tmp_path / "again.yaml"
    again.write_text(printed, encoding="utf-8")
    assert "so already, as version 1" in run("acme", "--file", again, "--save")
    assert RuleTable.objects.count() == 1


def test_a_save_that_somebody_was_before_ends_with_1(
    acme: Tenant, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ruling.current(acme)
    others = rules.parse([{"give": {"license": "X4"}}])
    ruling.save(acme, others, by="otto", shown_version=0)
    monkeypatch.setattr(ruling, "current", lambda tenant: before)
    code, message = refused("acme", "--file", file, "--save")
    assert code == 1
    assert "saved by otto" in message
    monkeypatch.undo()
    assert ruling.current(acme) == (1, others)


def test_a_wrong_file_ends_with_2_and_one_line_with_the_path(acme: Tenant, file: Path) -> None:
    file.write_text("- give: {license: X2}\n- give: {licence: X2}\n", encoding="utf-8")
    code, message = refused("acme", "--file", file, "--save")
    assert code == 2
    assert message.startswith(f"{file}: rules.2.give.licence: is not known; there are license,")
    assert "\n" not in message
    assert not RuleTable.objects.exists()


def test_wrong_use_ends_with_2_and_says_what_to_do(acme: Tenant, tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\xff")
    assert refused("nowhere") == (2, "No tenant nowhere. There are: acme.")
    assert refused("acme", "--save") == (2, "--save needs --file: what is to be saved?")
    assert refused("acme", "--file", tmp_path / "no.yaml")[0] == 2
    assert refused("acme", "--file", binary) == (
        2,
        f"{binary} cannot be read: it is no UTF-8 text.",
    )
