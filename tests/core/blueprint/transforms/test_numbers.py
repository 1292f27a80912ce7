from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint.transforms import TransformError
from sendoff.blueprint.transforms.numbers import BOOLEAN, INTEGER, NUMBER, STRING

integer, number, boolean, string = (each.build(None) for each in (INTEGER, NUMBER, BOOLEAN, STRING))

INTEGERS = st.integers(min_value=-(10**100) + 1, max_value=10**100 - 1)


@given(INTEGERS, st.sampled_from(["{}", " {}\n", "\u00a0{}"]))
def test_a_whole_number_survives_its_text(value: int, written: str) -> None:
    assert integer(written.format(value)) == value
    assert number(written.format(value)) == value
    assert integer(value) == value
    assert string(value) == str(value)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e99, max_value=1e99))
def test_a_number_survives_its_text_exactly(value: float) -> None:
    assert number(string(value)) == value
    assert number(repr(value)) == value


@given(st.integers(min_value=-(2**70), max_value=2**70).map(float))
def test_equal_numbers_have_equal_texts(value: float) -> None:
    assert string(value) == string(int(value))
    assert integer(value) == value


@pytest.mark.parametrize("text", ["007", "+7", " 7 "])
def test_signs_and_leading_zeros_are_read(text: str) -> None:
    assert integer(text) == 7


@pytest.mark.parametrize(
    "text", ["", " ", "+", "--1", "1_000", "1 000", "1,000", "12.0", "0x10", "1e3", "\u0661\u0662"]
)
def test_text_that_only_looks_like_a_whole_number_is_refused(text: str) -> None:
    with pytest.raises(TransformError, match="is text that is no whole number"):
        integer(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [(".5", 0.5), ("5.", 5.0), ("+1.5E-3", 0.0015), ("-0.0", -0.0), ("1e-999", 0)],
)
def test_decimal_text_is_read(text: str, value: float) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", ["", ".", "1e", "nan", "inf", "1_0.5", "0x1p3", "1,5", "\u0661.5"])
def test_text_that_only_looks_like_a_number_is_refused(text: str) -> None:
    with pytest.raises(TransformError, match="is text that is no number"):
        number(text)


@pytest.mark.parametrize("run", [integer, number, string])
@pytest.mark.parametrize("value", [10**100, -(10**100), 10**1000])
def test_a_number_of_too_many_digits_is_refused(run: Any, value: int) -> None:
    with pytest.raises(TransformError, match="more than 100 digits"):
        run(value)


@pytest.mark.parametrize("run", [integer, number])
def test_a_text_of_too_many_digits_is_refused(run: Any) -> None:
    assert run("9" * 100) == 10**100 - 1
    with pytest.raises(TransformError, match="more than 100 digits"):
        run("9" * 101)


@pytest.mark.parametrize("value", [0.5, float("inf"), float("nan")])
def test_only_a_whole_number_is_an_integer(value: float) -> None:
    with pytest.raises(TransformError, match="not whole"):
        integer(value)


@pytest.mark.parametrize("run", [integer, number])
@pytest.mark.parametrize("value", [True, None, [1], {}])
def test_a_boolean_is_never_a_number(run: Any, value: Any) -> None:
    with pytest.raises(TransformError, match="takes text or a number, not "):
        run(value)


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        ("true", True),
        (" YES\n", True),
        ("1", True),
        (1, True),
        (1.0, True),
        (True, True),
        ("False", False),
        ("no", False),
        ("0", False),
        (0, False),
        (-0.0, False),
        (False, False),
    ],
)
def test_the_words_of_truth(value: Any, truth: bool) -> None:
    assert boolean(value) is truth


@pytest.mark.parametrize("value", ["", "on", "y", "t", "2", "01", 2, -1, 0.5, float("nan")])
def test_another_word_is_neither_true_nor_false(value: Any) -> None:
    with pytest.raises(TransformError, match="is neither true"):
        boolean(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (1e21, "1" + "0" * 21),
        (1e-7, "1e-07"),
        (-0.0, "0"),
        ("", ""),
    ],
)
def test_scalars_are_written_as_json_would(value: Any, text: str) -> None:
    assert string(value) == text


@pytest.mark.parametrize("run", [boolean, string])
@pytest.mark.parametrize("value", [None, [], {}])
def test_only_a_scalar_is_taken(run: Any, value: Any) -> None:
    with pytest.raises(TransformError, match=r"^takes "):
        run(value)
