"""Playing flows without a browser: what is clicked, what is asked, and what is never done."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest

from robot import clock
from robot.player import events as ev
from robot.player.driver import Notice, Reply
from robot.player.errors import BrowserLost, Covered, PageError, TooSlow
from robot.player.play import play
from robot.player.pulse import Pulse
from tests.unit.player.fake_driver import Fake, FakeDriver, Page
from tests.unit.player.world import (
    ASSIGN,
    DELETE,
    ORIGINS,
    PERSON,
    Console,
    Stopwatch,
    equal,
    flow,
    followed,
    go,
    label,
    playing,
    reading,
    role,
)


@pytest.fixture(autouse=True)
def watch() -> Iterator[Stopwatch]:
    from tests.unit.player.world import stopped_clock

    with stopped_clock() as one:
        yield one


def doubt(events: list[ev.Event]) -> ev.Doubtful:
    assert isinstance(events[-1], ev.Doubtful), events[-1]
    return events[-1]


def test_a_go_clicks_once_and_tells_what_the_console_answered() -> None:
    console = Console()
    events, outcome = followed(playing(console), go())
    about = next(one for one in events if isinstance(one, ev.AboutToCommit))
    assert (outcome, console.saves) == ("committed", 1)
    assert about.facts.anchors == {
        "username": "acme.ann",
        "email": "ann@acme.example",
        "console_user_id": "u1",
    }
    assert about.facts.seen == {"license": "", "first_name": "Ann"}
    assert about.facts.console_user_id == "u1"
    assert all(taken.kind == "before_commit" and taken.png for taken in about.captures)
    last = events[-1]
    assert isinstance(last, ev.Committed)
    assert last.banner == "User settings saved successfully"


@pytest.mark.parametrize("answer", [ev.Stop("paused"), None], ids=["stop", "no answer"])
def test_nothing_is_clicked_after_stop_or_silence(answer: ev.Answer | None) -> None:
    console = Console()
    _, outcome = followed(playing(console), answer)
    assert (outcome, console.saves) == ("stopped", 0)


def test_a_go_that_comes_too_late_is_refused_and_nothing_is_clicked() -> None:
    console = Console()
    events, outcome = followed(playing(console), ev.Go(clock.monotonic() - 1))
    assert (outcome, console.saves) == ("transient", 0)
    assert isinstance(events[-1], ev.Transient)


def test_check_stops_before_the_question_and_says_so() -> None:
    console = Console()
    events, outcome = followed(playing(console, stop_before=True))
    assert (outcome, console.saves) == ("stopped", 0)
    assert [one.kind for one in events if isinstance(one, ev.Note)] == ["ready_to_commit"]


def test_a_value_that_is_so_already_ends_without_a_click() -> None:
    console = Console()
    console.people[0][3] = "X2"
    events, outcome = followed(playing(console))
    assert (outcome, console.saves) == ("already_so", 0)
    last = events[-1]
    assert isinstance(last, ev.AlreadySo)
    assert last.facts == {"license": "X2", "first_name": "Ann"}
    assert last.console_user_id == "u1"


def test_what_is_so_already_is_looked_at_twice_the_second_time_without_the_cache() -> None:
    console = Console()
    console.people[0][3] = "X2"
    followed(playing(console))
    did = [what for what, _ in console.driver.log if what in ("open", "cache")]
    assert did == ["open", "cache", "open", "cache"]
    assert console.driver.done("cache") == ["off", "on"]


def _nobody(console: Console) -> None:
    console.people[:] = []


def _twins(console: Console) -> None:
    console.people.append(["Ann Lee", "acme.ann", "ann@acme.example", "", ""])


def _half(console: Console) -> None:
    console.people[0][2] = "other@acme.example"


def _no_email_shown(console: Console) -> None:
    console.people[0][2] = ""


def _other_form(console: Console) -> None:
    console.shown_username = "acme.bob"


def _no_license(console: Console) -> None:
    console.licenses = ["X4"]


def _slow_list(console: Console) -> None:
    console.pending = True


def _two_saves(console: Console) -> None:
    build = console.driver.pages["/edit/u1"]

    def with_another(driver: FakeDriver) -> Page:
        page = build(console.driver)
        page.elements.insert(0, Fake({role("button", "Save")}, "Save", does=console.save))
        return page

    console.driver.pages["/edit/u1"] = with_another


def _disagreeing_save(console: Console) -> None:
    build = console.driver.pages["/edit/u1"]

    def split(driver: FakeDriver) -> Page:
        page = build(console.driver)
        page.elements[-1].found_by = {role("button", "Save")}
        page.elements.append(
            Fake({"css=form >> css=button >> nth=-1"}, "Delete", does=console.delete)
        )
        return page

    console.driver.pages["/edit/u1"] = split


def _no_first_name(console: Console) -> None:
    build = console.driver.pages["/edit/u1"]

    def without(driver: FakeDriver) -> Page:
        page = build(console.driver)
        page.elements = [one for one in page.elements if label("First name") not in one.found_by]
        return page

    console.driver.pages["/edit/u1"] = without


def _dialog(console: Console) -> None:
    console.driver.waiting_notices.append(Notice("dialog", {"message": "Leave?"}))


def _covered(console: Console) -> None:
    console.driver.fails["choose"] = Covered("covered", by="<div>")


def _strange(console: Console) -> None:
    console.driver.fails["choose"] = ZeroDivisionError("odd")


def _no_picture(console: Console) -> None:
    console.driver.picture_error = "black"


def _foreign(console: Console) -> None:
    console.driver.pages["/users"] = lambda driver: _elsewhere(console)


def _elsewhere(console: Console) -> Page:
    console.driver.url = "http://evil.test/users"
    return console.users(console.driver)


def _not_usable(console: Console) -> None:
    console.driver.fails["choose"] = PageError("odd page")


@pytest.mark.parametrize(
    ("arrange", "code"),
    [
        (_nobody, "not_found"),
        (_twins, "ambiguous_match"),
        (_half, "identity_mismatch"),
        (_no_email_shown, "identity_unprovable"),
        (_other_form, "identity_mismatch"),
        (_no_license, "no_license_available"),
        (_slow_list, "console_unavailable"),
        (_two_saves, "locator_missing"),
        (_disagreeing_save, "locator_disagrees"),
        (_no_first_name, "locator_missing"),
        (_dialog, "unexpected_dialog"),
        (_strange, "unmapped"),
        (_no_picture, "console_unavailable"),
        (_foreign, "page_drift"),
    ],
)
def test_each_doubt_stops_before_the_click(arrange: Callable[[Console], None], code: str) -> None:
    console = Console()
    arrange(console)
    events, outcome = followed(playing(console), go())
    assert (doubt(events).code, outcome, console.saves) == (code, "doubt", 0)


@pytest.mark.parametrize(
    ("arrange", "code"), [(_covered, "unexpected_dialog"), (_not_usable, "page_drift")]
)
def test_a_step_without_its_own_doubt_raises_the_usual_one(
    arrange: Callable[[Console], None], code: str
) -> None:
    console = Console()
    arrange(console)
    plain = flow(ASSIGN.replace("    doubt: no_license_available\n", ""))
    events, _ = followed(playing(console, plain), go())
    assert (doubt(events).code, console.saves) == (code, 0)


def test_a_doubt_is_pictured_with_what_it_is_about_marked() -> None:
    console = Console()
    _no_license(console)
    events, _ = followed(playing(console), go())
    taken = doubt(events).capture
    assert taken is not None
    assert (taken.kind, taken.step, taken.box) == ("doubt", "pick", (1.0, 2.0, 3.0, 4.0))


def test_a_doubt_without_a_picture_still_tells_why_there_is_none() -> None:
    console = Console()
    _no_license(console)
    console.driver.picture_error = "black"
    events, _ = followed(playing(console), go())
    taken = doubt(events).capture
    assert taken is not None
    assert (taken.png, taken.error) == (None, "black")


def test_candidates_name_every_key_and_column_of_each_twin() -> None:
    console = Console()
    _twins(console)
    console.people[2][3] = "X4"
    events, _ = followed(playing(console), go())
    shown = doubt(events).detail["candidates"]
    assert [(one["username"], one["license"], one["name"]) for one in shown] == [
        ("acme.ann", "", "Ann Lee"),
        ("acme.ann", "X4", "Ann Lee"),
    ]


def test_a_lost_class_with_enough_left_is_noted_and_stops_nothing() -> None:
    console = Console()
    text = ASSIGN.replace(
        "target: {alternatives: [{by: label, text: License}]}, value",
        "target: {alternatives: [{by: label, text: License}, {by: section, section: services, tag: input}]}, value",
    )
    events, outcome = followed(playing(console, flow(text)), go())
    notes = [(one.step, one.kind, one.detail) for one in events if isinstance(one, ev.Note)]
    assert (outcome, notes) == ("committed", [("pick", "lost_class", {"classes": ["structure"]})])


def test_a_lost_class_on_the_commit_stops_it() -> None:
    console = Console()
    text = ASSIGN.replace(
        "{by: form, tag: button, index: -1}", "{by: section, section: foot, tag: button}"
    )
    events, _ = followed(playing(console, flow(text)), go())
    assert (doubt(events).code, console.saves) == ("locator_missing", 0)
    assert [one["by"] for one in doubt(events).detail["attempted"]] == ["role", "section"]


def test_an_expired_session_is_told_as_such_before_anything_else() -> None:
    console = Console()
    console.driver.pages["/users"] = lambda driver: _to_login(console)
    events, outcome = followed(playing(console))
    assert outcome == "session_lost"
    assert isinstance(events[-1], ev.SessionLost)


def _to_login(console: Console) -> Page:
    console.driver.url = "http://c.test/v2/login?return=users"
    return console.sign_in(console.driver)


def test_an_unauthorised_answer_in_mid_flow_is_a_lost_session_not_a_drifted_page() -> None:
    console = Console()
    _no_first_name(console)
    console.driver.while_waiting = lambda: setattr(console.driver, "signed_out", True)
    _, outcome = followed(playing(console))
    assert (outcome, console.saves) == ("session_lost", 0)


@pytest.mark.parametrize("error", [BrowserLost("gone"), TooSlow("slow")])
def test_a_fault_before_the_click_may_be_tried_again(error: Exception) -> None:
    console = Console()
    console.driver.fails["open"] = error
    events, outcome = followed(playing(console))
    assert outcome == "transient"
    assert isinstance(events[-1], ev.Transient)


@pytest.mark.parametrize("error", [BrowserLost("gone"), TooSlow("slow"), ValueError("odd")])
def test_whatever_goes_wrong_after_the_click_leaves_the_outcome_unknown(error: Exception) -> None:
    console = Console()
    events = playing(console)
    while not isinstance(events.send(None), ev.AboutToCommit):
        pass
    console.driver.fails["click"] = error
    last = events.send(go())
    assert isinstance(last, ev.Doubtful)
    assert (last.code, console.saves) == ("outcome_unknown", 1)


def test_an_answer_that_was_lost_leaves_the_outcome_unknown() -> None:
    console = Console()
    console.driver.replies = Reply(lost=1)
    events, _ = followed(playing(console), go())
    assert (doubt(events).code, console.saves) == ("outcome_unknown", 1)


def test_an_answer_that_never_comes_leaves_the_outcome_unknown_in_time(watch: Stopwatch) -> None:
    console = Console()
    console.driver.replies = Reply(pending=1)
    began = watch.seconds
    events, _ = followed(playing(console), go())
    assert doubt(events).code == "outcome_unknown"
    assert watch.seconds - began < 100


def test_an_answer_shown_before_the_request_is_known_to_be_over_is_told_all_the_same() -> None:
    console = Console()
    console.driver.replies = Reply(pending=1)
    looks = 0

    def a_moment_later() -> None:
        nonlocal looks
        looks += 1
        if looks == 2:
            console.driver.replies = Reply(answered=1)

    console.driver.while_waiting = a_moment_later
    events, outcome = followed(playing(console), go())
    assert outcome == "committed"
    last = events[-1]
    assert isinstance(last, ev.Committed)
    assert last.banner == "User settings saved successfully"


def test_a_sign_of_waiting_is_not_told_as_the_answer(watch: Stopwatch) -> None:
    console = Console()
    console.driver.replies = Reply(pending=1, texts=("Saving...",))
    began = watch.seconds

    def later() -> None:
        if watch.seconds - began > 5:
            console.driver.replies = Reply(answered=1, texts=("Saving...", "Not saved"))

    console.driver.while_waiting = later
    build = console.save

    def silently() -> None:
        build()
        console.driver.page.floating.clear()

    console.save = silently  # type: ignore[method-assign]
    events, _ = followed(playing(console), go())
    last = events[-1]
    assert isinstance(last, ev.Committed)
    assert last.banner == "Not saved"


def test_a_write_that_waits_for_a_slow_read_is_waited_for(watch: Stopwatch) -> None:
    console = Console()
    console.driver.replies = Reply(reading=1)
    began = watch.seconds

    def later() -> None:
        if watch.seconds - began > 10:
            console.driver.replies = Reply(lost=1)

    console.driver.while_waiting = later
    events, _ = followed(playing(console), go())
    assert doubt(events).code == "outcome_unknown"


def test_a_read_that_never_ends_is_waited_for_no_longer_than_an_answer(watch: Stopwatch) -> None:
    console = Console()
    console.driver.replies = Reply(reading=1)
    began = watch.seconds
    _, outcome = followed(playing(console), go())
    assert outcome == "committed"
    assert 60 <= watch.seconds - began < 100


def test_a_page_that_moves_after_the_question_is_not_clicked() -> None:
    console = Console()
    events = playing(console)
    while not isinstance(events.send(None), ev.AboutToCommit):
        pass
    console.driver.go("/edit/u1")
    last = events.send(go())
    assert isinstance(last, ev.Doubtful)
    assert (last.code, console.saves) == ("page_drift", 0)


def test_a_page_that_moves_after_the_person_was_seen_is_not_even_asked_about() -> None:
    console = Console()
    build = console.driver.pages["/edit/u1"]

    def restless(driver: FakeDriver) -> Page:
        page = build(driver)
        console.license.does = lambda: setattr(driver, "moves", driver.moves + 1)
        return page

    console.driver.pages["/edit/u1"] = restless
    events, _ = followed(playing(console), go())
    assert (doubt(events).code, console.saves) == ("page_drift", 0)
    assert not any(isinstance(one, ev.AboutToCommit) for one in events)


def test_already_so_needs_proof_of_whom_it_is_so() -> None:
    console = Console()
    console.people[0][3] = "X2"
    begin, rest = ASSIGN.split("  - id: who\n", 1)
    form = rest[rest.index("  - id: before") :].replace(
        ASSIGN[ASSIGN.index("    anchors:") : ASSIGN.index("  - {id: so")], ""
    )
    form = form.replace(
        "    commit: true\n", "    commit: true\n    anchors: {console_user_id: {from: url}}\n", 1
    )
    text = (begin + form).replace("path: /users}", "path: /edit/u1}", 1)
    events, _ = followed(playing(console, flow(text)), go())
    assert doubt(events).code == "identity_unprovable"


def test_an_abort_stops_between_two_steps() -> None:
    console = Console()
    pulse = Pulse()
    pulse.abort("the lease was lost")
    _, outcome = followed(
        play(flow(), PERSON, console.driver, origins=ORIGINS, equal=equal, pulse=pulse)
    )
    assert (outcome, console.driver.log) == ("stopped", [])


def test_each_step_tells_until_when_it_may_take(watch: Stopwatch) -> None:
    console = Console()
    pulse = Pulse()
    events = play(flow(), PERSON, console.driver, origins=ORIGINS, equal=equal, pulse=pulse)
    next(events)
    assert pulse.holds()
    watch.seconds += 3600
    assert not pulse.holds()


def test_a_missing_parameter_is_told_before_the_browser_moves() -> None:
    console = Console()
    events, _ = followed(playing(console, person={"username": "acme.ann"}))
    assert doubt(events).code == "precondition"
    assert console.driver.done("open") == []


def test_an_absent_parameter_is_never_filled_by_a_fact_of_the_same_name() -> None:
    console = Console()
    text = ASSIGN.replace("result:", "optional: [license]\nresult:").replace(
        "done_if: {facts: {license", "done_if: {facts: {first_name"
    )
    person = {"username": "acme.ann", "email": "ann@acme.example"}
    console.people[0][3] = "X4"
    events, _ = followed(playing(console, flow(text), person), go())
    assert (doubt(events).code, console.saves) == ("precondition", 0)


def test_an_operation_that_ends_without_its_commit_is_a_question() -> None:
    console = Console()
    whole = flow()
    cut = dataclasses.replace(whole, steps=whole.steps[:-1])
    events, outcome = followed(playing(console, cut), go())
    assert (doubt(events).code, outcome, console.saves) == ("unmapped", "doubt", 0)


def test_deleting_binds_the_row_through_its_dialog() -> None:
    console = Console()
    events, outcome = followed(playing(console, flow(DELETE, "delete_user")), go())
    about = next(one for one in events if isinstance(one, ev.AboutToCommit))
    assert (outcome, console.saves) == ("committed", 1)
    assert about.facts.seen == {"license": ""}
    assert about.facts.anchors == {"username": "acme.ann", "email": "ann@acme.example"}


def test_a_dialog_that_names_another_person_than_the_row_is_not_confirmed() -> None:
    console = Console()
    console.dialog_of = 1
    events, _ = followed(playing(console, flow(DELETE, "delete_user")), go())
    assert (doubt(events).code, console.saves) == ("identity_mismatch", 0)
    assert doubt(events).detail["seen"]["username"] == "acme.bob"


def _resorted(console: Console) -> None:
    console.people.insert(0, console.people.pop())


def _renamed(console: Console) -> None:
    console.people[0][0] = "Somebody Else"


def _reloaded(console: Console) -> None:
    console.driver.go("/users")


def _removed(console: Console) -> None:
    del console.people[0]


@pytest.mark.parametrize("happens", [_resorted, _renamed, _reloaded, _removed])
@pytest.mark.parametrize("when", ["before the question", "after the question"])
def test_a_row_that_changes_under_its_dialog_is_not_deleted(
    happens: Callable[[Console], None], when: str
) -> None:
    console = Console()
    events = playing(console, flow(DELETE, "delete_user"))
    if when == "before the question":
        opened = console.open_dialog

        def open_and_change() -> None:
            opened()
            elements = console.driver.page.elements
            happens(console)
            console.driver.page.elements = elements

        console.open_dialog = open_and_change  # type: ignore[method-assign]
        met, _ = followed(events, go())
        last = met[-1]
    else:
        while not isinstance(events.send(None), ev.AboutToCommit):
            pass
        happens(console)
        last = events.send(go())
    assert isinstance(last, ev.Doubtful)
    assert (last.code, console.saves) == ("page_drift", 0)


def test_a_dialog_that_was_open_before_the_row_was_found_is_not_trusted() -> None:
    console = Console()
    console.driver.pages["/users"] = lambda driver: _page_with_continue(console)
    events, _ = followed(playing(console, flow(DELETE, "delete_user")), go())
    assert (doubt(events).code, console.saves) == ("page_drift", 0)


def test_a_button_of_the_row_itself_needs_no_dialog() -> None:
    console = Console()
    console.driver.pages["/users"] = lambda driver: _page_with_button_in_row(console)
    in_row = DELETE.replace(
        "target: {alternatives: [{by: role, role: button, name: Continue}, "
        "{by: form, tag: button, index: -1}]}",
        "target: {in_row: true, alternatives: [{by: role, role: button, name: Gone}, "
        "{by: row, tag: button, index: 2}]}",
    )
    _, outcome = followed(playing(console, flow(in_row, "delete_user")), go())
    assert (outcome, console.saves) == ("committed", 1)


def _page_with_button_in_row(console: Console) -> Page:
    page = console.users(console.driver)
    found_by = {role("button", "Gone"), "css=button >> nth=2"}
    page.elements.append(Fake(found_by, "Gone", in_row=True, does=console.delete))
    return page


def _page_with_continue(console: Console) -> Page:
    page = console.users(console.driver)
    found_by = {role("button", "Continue"), "css=form >> css=button >> nth=-1"}
    page.elements.append(Fake(found_by, "Continue", does=console.delete))
    return page


def test_a_read_back_loads_afresh_without_the_cache_and_turns_it_on_again() -> None:
    console = Console()
    console.people[0][3] = "X2"
    events, outcome = followed(reading(console))
    last = events[-1]
    assert isinstance(last, ev.ReadBack)
    assert (outcome, last.facts) == ("read_back", {"license": "X2", "first_name": "Ann"})
    assert last.console_user_id == "u1"
    assert console.driver.done("cache") == ["off", "on"]
    assert console.saves == 0


def test_the_cache_is_turned_on_again_when_the_reading_fails_or_is_dropped() -> None:
    console = Console()
    console.people[:] = []
    followed(reading(console))
    assert console.driver.cache_on
    other = Console()
    events = reading(other)
    next(events)
    assert not other.driver.cache_on
    events.close()
    assert other.driver.cache_on


@pytest.mark.parametrize("left", [True, False])
def test_gone_is_told_only_when_both_searches_show_nobody(left: bool) -> None:
    console = Console()
    if not left:
        del console.people[0]
    events, _ = followed(reading(console, flow(DELETE, "delete_user")))
    last = events[-1]
    assert isinstance(last, ev.ReadBack)
    assert last.gone is not left


def test_a_twin_with_the_same_address_does_not_pass_for_the_deleted_person() -> None:
    console = Console()
    console.people[0][1] = "acme.ann.two"
    events, _ = followed(reading(console, flow(DELETE, "delete_user")))
    last = events[-1]
    assert isinstance(last, ev.ReadBack)
    assert last.gone


def test_a_list_that_is_still_loading_proves_no_absence() -> None:
    console = Console()
    console.people[:] = []
    build = console.driver.pages["/users"]

    def blank(driver: FakeDriver) -> Page:
        page = build(console.driver)
        page.elements = []
        return page

    console.driver.pages["/users"] = blank
    events, _ = followed(reading(console, flow(DELETE, "delete_user")))
    assert doubt(events).code == "console_unavailable"
