"""Every doubt is put into words; values read as the console writes them."""

from __future__ import annotations

import pytest

from reviewqueue import comparing, wording
from reviewqueue.dashboard import age
from robot.models import Account, Task
from robot.player.doubts import CODES


def test_every_doubt_has_words_and_no_words_are_left_over() -> None:
    assert set(wording.WORDS) == set(CODES)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_question_asks_something_and_fits_a_telephone(code: str) -> None:
    text = wording.words(code).question.format(who="Annelise Berg", wish="delete Annelise Berg")
    assert text.endswith("?")
    assert len(text) <= 110
    assert "{" not in text


def test_a_doubt_without_words_is_still_shown() -> None:
    assert wording.words("brand_new").short == "brand new"


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        ("assign_license", {"license": "X2"}, "give Anna Berg the licence X2"),
        (
            "assign_license",
            {"license": "X2", "phone_number": "+15550100042", "extension": "1042"},
            "give Anna Berg the licence X2 with +1 555-010-0042, extension 1042",
        ),
        ("remove_license", {"license": "X2"}, "take the licence X2 from Anna Berg"),
        ("remove_license", {}, "take the licence from Anna Berg"),
        ("change_license", {"license": "X4"}, "change the licence of Anna Berg to X4"),
        (
            "set_profile",
            {"new_email": "a@b.example", "job_title": "Chef"},
            "set the profile of Anna Berg: new e-mail a@b.example, job title Chef",
        ),
        (
            "set_contact_number",
            {"contact_number": "+15551234567"},
            "set the contact number of Anna Berg to +1 555-123-4567",
        ),
        ("activate_user", {}, "activate Anna Berg"),
        ("deactivate_user", {}, "deactivate Anna Berg"),
        ("show_in_directory", {}, "show Anna Berg in the company directory"),
        ("hide_from_directory", {}, "hide Anna Berg from the company directory"),
        ("delete_user", {}, "delete Anna Berg"),
        (
            "set_work_phone",
            {"phone_number": "+442071234567"},
            "set the work phone of Anna Berg to +44 207-123-4567",
        ),
        ("set_cost_center", {"cost_center": "Sales"}, "move Anna Berg to the cost center Sales"),
        ("brand_new", {}, "do brand new for Anna Berg"),
    ],
)
def test_a_wish_reads_as_a_sentence(operation: str, parameters: dict[str, str], words: str) -> None:
    account = Account(full_name="Anna Berg", username="acme.anna")
    task = Task(account=account, operation=operation, parameters=parameters)
    assert wording.wish(task) == words


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"full_name": "Anna", "username": "u", "email": "e@x"}, "Anna"),
        ({"username": "u", "email": "e@x"}, "u"),
        ({"email": "e@x"}, "e@x"),
        ({"id": 7}, "account 7"),
    ],
)
def test_a_person_is_called_by_the_best_there_is(columns: dict[str, str], name: str) -> None:
    assert wording.person(Account(**columns)) == name


def test_two_keys_are_shown_the_surest_first() -> None:
    both = Account(username="u", email="e@x", extension="1042")
    assert comparing.keys_of(both) == [("username", "u"), ("e-mail", "e@x")]
    without = Account(email="e@x", full_name="Anna", site="London")
    assert comparing.keys_of(without) == [("e-mail", "e@x"), ("name", "Anna")]


def test_what_only_some_candidates_have_is_not_shared() -> None:
    one = {"email": "a@x", "site": "London", "extension": "1"}
    two = {"email": "a@x", "site": "Paris"}
    assert comparing.shared([one, two]) == {"email": "a@x"}
    assert comparing.shared([one]) == {}
    assert comparing.shared([]) == {}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 00"),
        (11100, "3 h 05"),
        (86399, "23 h 59"),
        (187200, "2 d 4 h"),
    ],
)
def test_ages_read_as_people_say_them(seconds: float, words: str) -> None:
    assert age(seconds) == words
