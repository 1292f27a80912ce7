from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint import paths
from sendoff.blueprint.comparisons import OPERATORS, Comparison, judge

MISSING: tuple[Any, ...] = (None, "", "  ", [], {})


def comparison(operator: str, operand: Any, path: str = "traits.x") -> Comparison:
    return Comparison(paths.parse(path), operator, operand)


@pytest.mark.parametrize(
    ("operator", "operand", "holds", "fails"),
    [
        ("one_of", (1,), [1, 1.0], [True, "1", 2, [1]]),
        ("one_of", (1.0,), [1, 1.0], [True]),
        ("one_of", (True,), [True], [1, 1.0, "true", False]),
        ("one_of", (0,), [0, 0.0, -0.0], [False, ""]),
        ("one_of", (False,), [False], [0, None]),
        ("one_of", ("a", 2, True), ["a", 2, 2.0, True], ["A", 1, " a"]),
        ("exists", True, [0, False, "a", [0], {"a": 0}], []),
        ("exists", False, list(MISSING), [0, False, "a"]),
        ("gt", 5, [6, 5.5, 10**30], [5, 5.0, 4, True, "6", [6]]),
        ("gte", 5, [5, 5.0, 6], [4.9, True, "5"]),
        ("lt", 5, [4, -1.5], [5, False, "4"]),
        ("lte", 5, [5, 4], [5.1, True]),
        ("contains", "ab", ["ab", "xaby", ["ab"]], ["AB", ["xab"], {"ab": 1}, 5]),
        ("contains", 1, [[1], [0, 1.0]], [[True], "1", 1]),
        ("contains", True, [[True]], [[1], True]),
        ("contains", " ", ["a b"], ["ab"]),
        ("starts_with", "ab", ["ab", "abc"], ["AB", "xab", 5, ["ab"]]),
        ("ends_with", "ab", ["ab", "cab"], ["abx", ["ab"]]),
        ("matches", "b+", ["abbc", "b"], ["a", 5, ["b"]]),
        ("matches", "^b$", ["b"], ["ab", "b\n"]),
        ("matches", "é", ["café"], ["cafe"]),
    ],
)
def test_what_a_test_holds_of(
    operator: str, operand: Any, holds: list[Any], fails: list[Any]
) -> None:
    holds_of = judge(comparison(operator, operand))
    assert [value for value in holds if not holds_of(value)] == []
    assert [value for value in fails if holds_of(value)] == []


OPERANDS: dict[str, Any] = {
    "one_of": ("a", 0, False), "exists": True, "gt": -1, "gte": 0, "lt": 1, "lte": 0,
    "contains": " ", "starts_with": " ", "ends_with": " ", "matches": ".*",
}  # fmt: skip


@pytest.mark.parametrize("value", MISSING)
@pytest.mark.parametrize("operator", ["one_of", *OPERATORS])
def test_no_test_holds_of_what_has_no_value(operator: str, value: Any) -> None:
    assert not judge(comparison(operator, OPERANDS[operator]))(value)


def test_half_a_surrogate_pair_breaks_no_pattern() -> None:
    assert judge(comparison("matches", "a$"))("\ud800a")
    assert not judge(comparison("matches", "b"))("\ud800a")


VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())


@given(
    st.sampled_from(["one_of", *OPERATORS]),
    VALUES | st.floats() | st.dictionaries(st.text(), VALUES),
)
def test_a_test_is_true_or_false_of_anything(operator: str, value: Any) -> None:
    assert judge(comparison(operator, OPERANDS[operator]))(value) in {True, False}


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        (comparison("one_of", (1,)), comparison("one_of", (1.0,)), True),
        (comparison("one_of", (1,)), comparison("one_of", (True,)), False),
        (comparison("one_of", (0,)), comparison("one_of", (False,)), False),
        (comparison("one_of", (1, 2)), comparison("one_of", (2, 1)), True),
        (comparison("contains", 1), comparison("contains", True), False),
        (comparison("gt", 1), comparison("gte", 1), False),
        (comparison("gt", 1), comparison("gt", 1, "traits.y"), False),
        (
            comparison("one_of", ("Signed Up",), "event"),
            comparison("one_of", ("signed_up",), "event"),
            True,
        ),
        (comparison("one_of", ("Signed Up",)), comparison("one_of", ("signed_up",)), False),
    ],
)
def test_two_tests_are_equal_when_they_hold_of_the_same(
    first: Comparison, second: Comparison, equal: bool
) -> None:
    assert (first == second) is equal
    assert not equal or hash(first) == hash(second)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (comparison("one_of", ("pro",)), "traits.x: pro"),
        (comparison("one_of", ("pro", 1, True)), "traits.x: [pro, 1, true]"),
        (comparison("exists", False), "traits.x: {exists: false}"),
        (comparison("gt", 1.5), "traits.x: {gt: 1.5}"),
        (comparison("one_of", ("a\nb",)), "traits.x: a\\nb"),
    ],
)
def test_a_test_is_worded_as_a_document_writes_it(made: Comparison, words: str) -> None:
    assert str(made) == words
