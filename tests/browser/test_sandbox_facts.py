"""The sandbox's pages show what public sources say of the real console, and nothing kinder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from robot.sandbox.server import Sandbox
from tests.browser import facts_edit, facts_login, facts_saves, facts_stock, facts_users
from tests.browser.desk import HEADER, Desk
from tests.browser.fact import FACTS, Fact

ROOT = Path(__file__).resolve().parents[2]
# Every value a page may carry in an attribute that could serve as a hook, by attribute.
SOURCED = {
    "id": r"loginId|password|submitBtn|react-select-\d+-(input|option-\d+)",
    "name": "|".join(one.replace(".", r"\.") for one in facts_edit.NAMES),
    "data-id": "sms",
    "data-test-id": "form-section",
    "role": "switch",
    "class": r"((css|form-section-header-container)-[0-9a-f]{7}( |$))+",
    "href": r"/|/users|/billing/cost-centers|http://127\.0\.0\.1:\d+/panel",
}
# Values that no source gives, on an attribute that one gives. README, "What was checked", names them.
INVENTED = {
    "data-id": "basicInfo|additionalInfo|services|voiceBasicSettings|callRecording|ssoPolicies",
}
ALLOWED = {
    name: "|".join(table[name] for table in (SOURCED, INVENTED) if name in table)
    for name in SOURCED
}
# What elements need to work, and no robot can hold on to.
PLAIN = {"type", "value", "autocomplete", "inputmode", "spellcheck", "novalidate", "viewBox", "d"}
PLAIN |= {"disabled", "readonly", "checked", "selected", "style"}

WALK = """({allowed, plain}) => [...document.body.querySelectorAll("*")].flatMap((element) =>
  [...element.attributes].flatMap(({name, value}) => {
    if (plain.includes(name)) return [];
    if (allowed[name] && new RegExp(`^(?:${allowed[name]})$`).test(value)) return [];
    return [`${element.tagName.toLowerCase()} ${name}=${value}`];
  }))"""


@pytest.mark.matrix(keep=14)
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.check.__name__)
def test_pages_show_the_documented_fact(fact: Fact, signed_in: Desk) -> None:
    fact.check(signed_in)


def test_every_check_of_the_tables_is_a_fact_with_a_source() -> None:
    checks = {fact.check.__name__ for fact in FACTS}
    for module in (facts_login, facts_users, facts_stock, facts_edit, facts_saves):
        named = {
            name
            for name, value in vars(module).items()
            if getattr(value, "__module__", "") == module.__name__ and not name.startswith("_")
        }
        assert named <= checks
    assert all(fact.says and fact.source for fact in FACTS)
    assert len({fact.says for fact in FACTS}) == len(FACTS)


def _scenes(desk: Desk) -> Iterator[str]:
    """Bring up every page and state in turn; yields its name."""
    page = desk.page
    desk.open("/users")
    page.locator("#loginId").wait_for()
    yield "username"
    desk.to_code_page("/users")
    yield "code"
    desk.enter_code("000000")
    page.get_by_text("not valid").wait_for()
    desk.enter_code(desk.code())
    page.get_by_text("Rows per page").wait_for()
    yield "users"
    page.get_by_label("Search").fill("maria")
    page.get_by_text("View all results for").wait_for()
    yield "search preview"
    page.locator("svg").locator("xpath=parent::button").first.click()
    page.get_by_role("button", name="+ Add filter").click()
    page.locator("tbody input[type=checkbox]").first.check()
    yield "filter bar and ticked row"
    desk.menu(desk.sandbox.joiners[0])
    yield "menu"
    page.get_by_text("Delete", exact=True).click()
    yield "dialog"
    page.get_by_role("button", name="Continue").click()
    desk.banner("User(s) deleted successfully!")
    yield "banner"
    for path, text in (("/", "SETUP"), ("/panel", "Welcome"), ("/phone-numbers", "Number Status")):
        desk.open(path)
        page.get_by_text(text).first.wait_for()
        yield path
    page.goto(desk.sandbox.console_origin + "/phone-numbers")
    page.locator("tbody tr").first.locator("input").check()
    page.locator("tbody tr").first.locator("button").click()
    yield "number's menu"
    desk.open("/licenses")
    page.locator("tbody tr").first.click()
    page.locator("tbody tr").nth(1).click()
    yield "licence panel"
    desk.edit(desk.sandbox.cast["twin_b"])
    desk.show_more()
    for header in page.locator(HEADER).all()[3:]:
        header.click()
    desk.combo("services", "License").locator("input").click()
    page.locator("[id*=-option-]").first.wait_for()
    yield "edit"
    desk.take_license()
    page.get_by_label("Last name").fill("")
    desk.save()
    page.get_by_text("This field is required").wait_for()
    yield "edit with a problem"
    page.goto(desk.sandbox.billing_origin)
    page.get_by_text("Billing account").wait_for()
    yield "My 8x8"
    page.goto(desk.sandbox.billing_origin + "/billing/cost-centers")
    page.get_by_role("button", name="Settings").click()
    yield "settings"
    page.get_by_role("button", name="Cost Center Assignment").click()
    page.get_by_role("button", name="Edit").first.click()
    yield "assignment"


def test_no_element_of_any_page_has_an_unsourced_hook(desk: Desk) -> None:
    argument = {"allowed": ALLOWED, "plain": sorted(PLAIN)}
    found: dict[str, Any] = {}
    for name in _scenes(desk):
        hooks = desk.page.evaluate(WALK, argument)
        if hooks:
            found[name] = hooks
    assert found == {}


def test_what_was_invented_is_told_to_who_reads_the_readme_or_the_code() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    code = (ROOT / "robot/sandbox/static/form.js").read_text(encoding="utf-8")
    for attribute, values in INVENTED.items():
        for word in (attribute, *values.split("|")):
            assert f"`{word}`" in readme
    assert "// invented: the ids of all sections but sms." in code


def test_the_walk_notices_a_hook_of_any_kind(signed_in: Desk) -> None:
    signed_in.page.get_by_text("Rows per page").wait_for()
    argument = {"allowed": ALLOWED, "plain": sorted(PLAIN)}
    for name in ("id", "name", "role", "title", "aria-label", "data-testid", "placeholder", "alt"):
        script = "name => document.body.firstElementChild.setAttribute(name, 'save-button')"
        signed_in.page.evaluate(script, name)
        assert f"div {name}=save-button" in signed_in.page.evaluate(WALK, argument)
        signed_in.page.evaluate(
            "name => document.body.firstElementChild.removeAttribute(name)", name
        )


def test_class_names_differ_between_two_starts(browser: Browser) -> None:
    seen = []
    for _ in range(2):
        with Sandbox() as sandbox:
            context = browser.new_context()
            page = context.new_page()
            page.goto(sandbox.console_origin + "/users")
            page.locator("#loginId").wait_for()
            classes = page.locator("body [class]").evaluate_all(
                "all => all.map(one => one.className)"
            )
            seen.append(set(classes))
            context.close()
    assert seen[0]
    assert not seen[0] & seen[1]


def test_every_page_says_that_it_is_a_sandbox(desk: Desk) -> None:
    for name in _scenes(desk):
        ribbon = desk.page.get_by_text("not 8x8", exact=False)
        assert ribbon.is_visible(), name
