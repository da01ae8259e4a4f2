"""The rules' page: everybody of ours reads and tries, operators save, and only what was shown."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from robot import rules, rules_text
from robot.intake import ruling
from robot.models import LedgerEntry, RuleTable, Tenant
from tests.integration import factory, queue

pytestmark = pytest.mark.django_db

TEXT = "- if: {department: Sales}\n  give: {license: X2, extension: 2000..2999}\n"
OTHER = TEXT.replace("X2", "X4")
TABLE = rules_text.read(TEXT)


def client(name: str) -> Client:
    """A browser in which this user is signed in."""
    made = Client()
    made.force_login(queue.user(name))
    return made


@pytest.fixture
def acme() -> Tenant:
    tenant = factory.tenant("acme")
    factory.account(tenant, full_name="Anna Berg", attributes={"department": "Sales"})
    factory.account(tenant, full_name="Ben <Ode>")
    return tenant


def address(verb: str = "") -> str:
    return reverse(f"admin:robot_rules{verb and f'_{verb}'}", args=["acme"])


def tried(browser: Client, text: str = TEXT) -> str:
    """The page after a dry run."""
    return browser.post(address("try"), {"text": text}).content.decode()


def offered(page: str) -> dict[str, str]:
    """What the page's button for saving would send."""
    form = page.partition(f'action="{address("save")}"')[2].partition("</form>")[0]
    found = dict(re.findall(r'name="(version|token)" value="([^"]*)"', form))
    return found | {"text": TEXT} if found else {}


@pytest.mark.parametrize(
    ("name", "read", "dry_run", "saved"),
    [
        ("vera", 200, 200, 403),
        ("rita", 200, 200, 403),
        ("otto", 200, 200, 302),
        ("ada", 200, 200, 403),
        ("nora", 403, 403, 403),
        ("root", 200, 200, 403),
    ],
)
def test_who_may_read_try_and_save(
    acme: Tenant, name: str, read: int, dry_run: int, saved: int
) -> None:
    form, browser = offered(tried(client("otto"))), client(name)
    assert browser.get(address()).status_code == read
    assert browser.post(address("try"), {"text": TEXT}).status_code == dry_run
    assert browser.post(address("save"), form).status_code == saved
    assert RuleTable.objects.count() == (saved == 302)


def test_who_may_not_save_learns_nothing_of_what_is_wrong_either(acme: Tenant) -> None:
    assert client("vera").post(address("save"), {"text": "- x"}).status_code == 403


def test_who_is_not_signed_in_gets_nowhere(acme: Tenant) -> None:
    form = offered(tried(client("otto")))
    for answer in (Client().get(address()), Client().post(address("save"), form)):
        assert answer.status_code == 302
        assert "login" in answer.headers["Location"]
    assert not RuleTable.objects.exists()


@pytest.mark.parametrize("verb", ["try", "save"])
def test_neither_is_done_by_following_a_link(acme: Tenant, verb: str) -> None:
    assert client("otto").get(address(verb)).status_code == 405


@pytest.mark.parametrize("name", ["vera", "ada", "root"])
def test_who_may_not_save_is_offered_neither_field_nor_button(acme: Tenant, name: str) -> None:
    ruling.save(acme, TABLE, by="otto", shown_version=0)
    page = client(name).get(address()).content.decode()
    assert "rq-yaml" not in page
    assert "X2" in page
    assert offered(tried(client(name), OTHER)) == {}


def test_the_dry_run_names_everybody_and_saves_nothing(acme: Tenant) -> None:
    page = tried(client("otto"))
    assert "Anna Berg" in page
    assert "No rule fits: 1" in page
    assert "Ben &lt;Ode&gt;" in page
    assert "2000" in page
    assert not RuleTable.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_before_a_dry_run_there_is_nothing_to_save_with(acme: Tenant) -> None:
    assert offered(client("otto").get(address()).content.decode()) == {}


def test_what_was_shown_is_saved_once_however_often_it_is_pressed(acme: Tenant) -> None:
    otto = client("otto")
    form = offered(tried(otto))
    for _ in range(2):
        page = otto.post(address("save"), form, follow=True).content.decode()
        assert "rules of Acme, version 1" in page
    assert ruling.current(acme) == (1, TABLE)
    assert LedgerEntry.objects.get().actor == "otto"


def _other_text(form: dict[str, str]) -> None:
    form["text"] = OTHER


def _other_version(form: dict[str, str]) -> None:
    form["version"] = "1"


def _no_version(form: dict[str, str]) -> None:
    form["version"] = "²"


def _no_token(form: dict[str, str]) -> None:
    form["token"] = ""


def _own_digest(form: dict[str, str]) -> None:
    form["token"] = form["token"].partition(":")[0] + ":mine"


@pytest.mark.parametrize("bend", [_other_text, _other_version, _no_version, _no_token, _own_digest])
def test_what_was_not_shown_is_not_saved_and_the_text_is_kept(acme: Tenant, bend: Any) -> None:
    otto = client("otto")
    form = offered(tried(otto))
    bend(form)
    page = otto.post(address("save"), form).content.decode()
    assert "not the ones that were shown" in page
    assert "department: Sales" in page
    assert offered(page) == {}
    assert not RuleTable.objects.exists()


def test_anothers_dry_run_is_not_mine(acme: Tenant) -> None:
    form = offered(tried(client("otto")))
    oona = queue.user("nora")
    oona.groups.set(queue.user("otto").groups.all())
    page = client("nora").post(address("save"), form).content.decode()
    assert "Make the dry run first" in page
    assert not RuleTable.objects.exists()


def test_nor_is_a_dry_run_of_another_tenant(acme: Tenant) -> None:
    factory.tenant("globex")
    otto = client("otto")
    form = offered(tried(otto))
    otto.post(reverse("admin:robot_rules_save", args=["globex"]), form)
    assert not RuleTable.objects.exists()


def test_a_save_over_somebody_elses_is_refused_and_the_text_kept(acme: Tenant) -> None:
    otto = client("otto")
    form = offered(tried(otto))
    others = rules.parse([{"give": {"license": "X9"}}])
    ruling.save(acme, others, by="oona", shown_version=0)
    page = otto.post(address("save"), form).content.decode()
    assert "Version 1 was saved by oona" in page
    assert "department: Sales" in page
    assert "X9" in page
    assert ruling.current(acme) == (1, others)
    assert otto.post(address("save"), offered(tried(otto))).status_code == 302
    assert ruling.current(acme) == (2, TABLE)


@pytest.mark.parametrize("verb", ["try", "save"])
def test_wrong_rules_are_named_by_their_path_and_kept(acme: Tenant, verb: str) -> None:
    text = "- give: {licence: X2}\n- give: {extension: 1}\n"
    page = client("otto").post(address(verb), {"text": text}).content.decode()
    assert "rules.1.give.licence: is not known" in page
    assert "rules.2.give.extension: is written FIRST..LAST" in page
    assert "licence: X2" in page
    assert offered(page) == {}


def test_rules_that_count_already_are_not_offered_for_saving(acme: Tenant) -> None:
    ruling.save(acme, TABLE, by="otto", shown_version=0)
    page = tried(client("otto"))
    assert "the rules that count already" in page
    assert offered(page) == {}


def test_every_version_can_be_read_and_each_tenants_page_is_found(acme: Tenant) -> None:
    row = ruling.save(acme, TABLE, by="otto", shown_version=0)
    ada = client("ada")
    listed = ada.get(reverse("admin:robot_ruletable_changelist")).content.decode()
    assert address() in listed
    version = ada.get(reverse("admin:robot_ruletable_change", args=[row.pk])).content.decode()
    assert "2000 to 2999" in version


def test_a_tenant_nobody_knows_has_no_page(acme: Tenant) -> None:
    answer = client("otto").get(reverse("admin:robot_rules", args=["nowhere"]))
    assert answer.status_code == 404
