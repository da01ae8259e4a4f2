"""Who is it: rows matched with keys, and what counts as proof."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from robot import types
from robot.player.identity import compared, match, present, proofs

KINDS = {
    "username": "username",
    "email": "email",
    "full_name": "name",
    "site": "site",
    "known_extension": "extension",
    "console_user_id": "console_user_id",
}
ANN = {"username": "acme.ann", "email": "ann@acme.example", "full_name": "Ann Lee", "site": "Oslo"}
TWIN = ANN | {"username": "acme.ann2"}
BOB = {"username": "acme.bob", "email": "bob@acme.example", "full_name": "Bob Ray", "site": "Oslo"}


def outcome(asked: dict[str, str], *rows: dict[str, str]) -> tuple[str, tuple[int, ...]]:
    found = match(asked, rows, KINDS.__getitem__, types.equal)
    return found.outcome, found.rows


def only(*keys: str) -> dict[str, str]:
    return {key: ANN[key] for key in keys}


@pytest.mark.parametrize(
    ("asked", "rows", "expected"),
    [
        (only("username", "email"), [ANN, BOB], ("one", (0,))),
        (only("username", "email"), [BOB, ANN, TWIN], ("one", (1,))),
        (only("email", "full_name", "site"), [ANN, TWIN], ("many", (0, 1))),
        (only("email", "full_name", "site"), [ANN, BOB], ("one", (0,))),
        (only("username", "email"), [BOB], ("none", ())),
        (only("username", "email"), [], ("none", ())),
        (only("username", "email"), [TWIN], ("mismatch", (0,))),
        (only("username", "email"), [ANN | {"email": "x@acme.example"}], ("mismatch", (0,))),
        (only("username"), [ANN], ("unprovable", (0,))),
        (only("username", "email"), [ANN | {"email": ""}], ("unprovable", (0,))),
        (only("email", "full_name"), [ANN], ("unprovable", (0,))),
        (only("full_name", "site"), [ANN], ("unprovable", (0,))),
        (only("full_name", "site"), [ANN | {"site": "Rome"}], ("none", (0,))),
        ({"username": "ACME.ANN", "email": "ANN@acme.example"}, [ANN], ("one", (0,))),
    ],
)
def test_rows_are_matched_by_every_key_given_and_shown(
    asked: dict[str, str], rows: list[dict[str, str]], expected: tuple[str, tuple[int, ...]]
) -> None:
    assert outcome(asked, *rows) == expected


def test_the_same_text_under_two_keys_is_one_proof() -> None:
    asked = {"username": "ann@acme.example", "email": "ann@acme.example"}
    assert outcome(asked, asked) == ("unprovable", (0,))


def test_a_name_and_a_site_prove_only_together() -> None:
    assert proofs({"full_name", "email"}, ANN) == 1
    assert proofs({"full_name", "site", "email"}, ANN) == 2


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        (ANN, True),
        (TWIN, False),
        (ANN | {"email": "moved@acme.example"}, True),
        (ANN | {"username": ""}, True),
        (BOB, False),
    ],
)
def test_only_another_username_makes_somebody_else_of_a_row_that_fits(
    row: dict[str, str], counts: bool
) -> None:
    found = present(only("username", "email"), [row], KINDS.__getitem__, types.equal)
    assert bool(found) is counts


keys = some.dictionaries(
    some.sampled_from(["username", "email", "full_name", "site"]),
    some.sampled_from(["aaa@x.example", "bbb@x.example", "ccc@x.example", ""]),
)


@given(keys, some.lists(keys, max_size=4))
def test_one_person_is_bound_only_with_two_proofs_and_nothing_that_differs(
    asked: dict[str, str], rows: list[dict[str, str]]
) -> None:
    plain = {key: value for key, value in asked.items() if value}
    found = match(plain, rows, lambda key: "text", types.equal)
    if found.outcome == "one":
        fit, differ = compared(plain, rows[found.index], lambda key: "text", types.equal)
        assert not differ
        assert proofs(fit, plain) >= 2
