from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sendoff.documents.scalars import Scalar, plain_value, trap

DIFFERENT = {
    "NO": ("false", "text"),
    "no": ("false", "text"),
    "yes": ("true", "text"),
    "on": ("true", "text"),
    "Off": ("false", "text"),
    "y": ("true", "text"),
    "Y": ("true", "text"),
    "n": ("false", "text"),
    "N": ("false", "text"),
    "12:30": ("750", "text"),
    "-1:30": ("-90", "text"),
    "1:20:30.5": ("4830.5", "text"),
    "07700900123": ("text", "7700900123"),
    "08": ("text", "8"),
    "017": ("15", "17"),
    "0o17": ("text", "15"),
    "-0x1F": ("-31", "text"),
    "0b1010": ("10", "text"),
    "0b_": ("a number", "text"),
    "1_000": ("1000", "text"),
    "1_000.5": ("1000.5", "text"),
    "1e3": ("text", "1000.0"),
    "1.5e3": ("text", "1500.0"),
    "-.5": ("text", "-0.5"),
    "=": ("a default", "text"),
    "<<": ("a merge key", "text"),
    "2026-01-02": ("a date", "text"),
    "2026-13-45": ("a date", "text"),
    "2026-01-02T10:00:00Z": ("a date", "text"),
    "2026-01-02 10:00:00": ("a date", "text"),
}
LOSING = {
    "+447700900123": "447700900123",
    "+1": "1",
    "-0": "0",
    "00": "0",
    "007": "7",
    "1.10": "1.1",
    "1.00": "1.0",
    "+1.5": "1.5",
    "007.5": "7.5",
    "0.1234567890123456789": "0.12345678901234568",
    "4.0e-324": "5e-324",
    "1.0e-999": "0.0",
}
ENDLESS = [".inf", "-.INF", "+.Inf", ".nan", ".NaN", "1.0e+999"]
LARGE = ["18446744073709551616", "-9223372036854775809", "0x1FFFFFFFFFFFFFFFF", "9" * 5000]
FINE: dict[str, Scalar] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "FALSE": False,
    "0": 0,
    "-1": -1,
    "18446744073709551615": 2**64 - 1,
    "-9223372036854775808": -(2**63),
    "0x1F": 31,
    "0.5": 0.5,
    ".5": 0.5,
    "1.": 1.0,
    "1.0": 1.0,
    "100.0": 100.0,
    "-0.0": -0.0,
    "1.5e+3": 1500.0,
    "tRUE": "tRUE",
    "nO": "nO",
    "traits.name": "traits.name",
    "type": "type",
    "on_error": "on_error",
    "08:30": "08:30",
    "1.2.3": "1.2.3",
    "127.0.0.1:8080": "127.0.0.1:8080",
    "50/min": "50/min",
    "-x": "-x",
    "٣": "٣",
}


@pytest.mark.parametrize(("text", "readings"), DIFFERENT.items())
def test_a_scalar_that_two_yamls_read_differently_is_a_trap(
    text: str, readings: tuple[str, str]
) -> None:
    old, new = readings
    assert trap(text) == f"`{text}` is read as {old} by YAML 1.1 and as {new} by YAML 1.2"


@pytest.mark.parametrize(("text", "number"), LOSING.items())
def test_a_number_that_loses_what_was_written_is_a_trap(text: str, number: str) -> None:
    assert (trap(text) or "").endswith(f"` is read as the number {number}")


@pytest.mark.parametrize("text", ENDLESS)
def test_a_number_that_json_cannot_hold_is_a_trap(text: str) -> None:
    assert trap(text) == f"`{text}` is no number that JSON can hold"


@pytest.mark.parametrize("text", LARGE)
def test_a_number_of_more_than_64_bits_is_a_trap(text: str) -> None:
    assert (trap(text) or "").endswith("is a number of more than 64 bits")


@pytest.mark.parametrize("text", ["1" + ":1" * 9000, "1" + ":1" * 9000 + ".5", "1" * 50 + ".5"])
def test_a_very_long_number_is_a_trap_and_shown_in_part(text: str) -> None:
    assert len(trap(text) or "") in range(1, 120)


@pytest.mark.parametrize(("text", "value"), FINE.items())
def test_what_both_yamls_read_alike_is_read_by_the_core_schema(text: str, value: Scalar) -> None:
    assert trap(text) is None
    assert repr(plain_value(text)) == repr(value)


@given(st.text("0123456789+-.:_eExXobBfaInNyYoOtTrRuUlLsSZ <=~", max_size=12))
def test_what_is_no_trap_means_to_pyyaml_what_it_means_to_us(text: str) -> None:
    node = yaml.ScalarNode(yaml.SafeLoader("").resolve(yaml.ScalarNode, text, (True, False)), text)  # type: ignore[no-untyped-call]
    if trap(text) is None:
        theirs = yaml.SafeLoader("").construct_object(node)
        assert repr(theirs) == repr(plain_value(text))


@given(st.integers(-(2**63), 2**64 - 1))
def test_every_integer_of_64_bits_is_read_exactly(number: int) -> None:
    assert trap(str(number)) is None
    assert plain_value(str(number)) == number
