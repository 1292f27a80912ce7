from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint.values import has_value, pruned, pruned_to_read, shown

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(" a\t", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "value", [None, "", " ", "\t\n\u2003", [], {}, math.nan, math.inf, -math.inf]
)
def test_what_has_no_value(value: Any) -> None:
    assert not has_value(value)
    assert pruned(value) is None


@pytest.mark.parametrize("value", [0, 0.0, False, "0", " a ", [None], {"a": None}, 10**400])
def test_zero_and_false_are_values(value: Any) -> None:
    assert has_value(value)


def test_what_has_no_value_is_left_out_at_every_depth() -> None:
    value = {"a": {"b": [None, {"c": " "}, []]}, "d": [0, "", [1, None]], "e": False}
    assert pruned(value) == {"d": [0, [1]], "e": False}


def every_part(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(part for each in inner for part in every_part(each))]


@given(JSON)
def test_nothing_that_is_left_lacks_a_value_and_nothing_given_is_changed(value: Any) -> None:
    before = copy.deepcopy(value)
    left = pruned(value)
    assert repr(value) == repr(before)
    if left is not None:
        assert all(has_value(part) for part in every_part(left))
        assert repr(pruned(left)) == repr(left)


@given(JSON)
def test_what_is_only_read_on_is_the_same_but_for_the_copy(value: Any) -> None:
    assert repr(pruned_to_read(value)) == repr(pruned(value))


def test_an_object_with_nothing_to_leave_out_is_copied_for_a_payload_alone() -> None:
    value = {"format": "pdf", "rows": 12}
    assert pruned_to_read(value) is value
    assert pruned(value) == value
    assert pruned(value) is not value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ("a\nb", '"a\\nb"'),
        ("x" * 50, '"' + "x" * 40 + '…"'),
        ([1], "a list"),
        ({"a": 1}, "a mapping"),
    ],
)
def test_a_value_is_shown_on_one_line(value: Any, words: str) -> None:
    assert shown(value) == words
