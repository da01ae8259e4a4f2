"""The verifier that goes with an export: its RFC 8785 is ours, and no change gets past it."""

from __future__ import annotations

import json
import math
import struct

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from robot.evidence import offline

_WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
_FRACTION = st.floats(allow_nan=False, allow_infinity=False)
_JSON = st.recursive(
    st.none() | st.booleans() | _WHOLE | _FRACTION | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(_JSON)
def test_its_canonical_json_is_that_of_the_library(value: object) -> None:
    again = json.loads(json.dumps(value))
    assert offline.jcs(again).encode() == rfc8785.dumps(again)


@given(st.binary(min_size=8, max_size=8))
def test_it_writes_every_number_as_the_library_does(raw: bytes) -> None:
    number = struct.unpack("<d", raw)[0]
    if math.isfinite(number):
        assert offline.number(number).encode() == rfc8785.dumps(number)


def test_numbers_are_written_as_the_rfcs_own_examples() -> None:
    examples = {
        "0000000000000001": "5e-324",
        "0000000000000000": "0",
        "44b52d02c7e14af6": "1e+23",
        "444b1ae4d6e2ef4f": "999999999999999900000",
        "444b1ae4d6e2ef50": "1e+21",
        "3eb0c6f7a0b5ed8d": "0.000001",
        "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
        "41b3de4355555555": "333333333.3333333",
        "becbf647612f3696": "-0.0000033333333333333333",
        "43143ff3c1cb0959": "1424953923781206.2",
    }
    for bits, text in examples.items():
        assert offline.number(struct.unpack(">d", bytes.fromhex(bits))[0]) == text
