from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint.transforms import TransformError
from sendoff.blueprint.transforms.lists import FIRST, JOIN, LAST, SLICE, SPLIT

first, last = FIRST.build(None), LAST.build(None)

WORDS = st.text("abc", min_size=1)


@given(st.lists(WORDS, min_size=1), st.sampled_from([",", "; ", "||"]))
def test_split_undoes_join(words: list[str], separator: str) -> None:
    assert SPLIT.build(separator)(JOIN.build(separator)(words)) == words


def test_parts_are_trimmed_and_blank_ones_left_out() -> None:
    assert SPLIT.build(",")(" a , ,b,,\n") == ["a", "b"]
    assert SPLIT.build("a")("xay") == ["x", "y"]
    assert SPLIT.build(",")("") is None


def test_join_writes_scalars_and_skips_what_has_no_value() -> None:
    items: list[Any] = ["a b", " ", "", None, [], {}, 1, 1.0, 0.5, False]
    assert JOIN.build("|")(items) == "a b|1|1|0.5|false"
    assert JOIN.build("|")([None, ""]) is None


@pytest.mark.parametrize(("item", "named"), [(["x"], "a list"), ({"x": 1}, "an object")])
def test_join_refuses_an_item_without_text(item: Any, named: str) -> None:
    with pytest.raises(TransformError, match=f"holds {named}"):
        JOIN.build(",")(["a", item])


def test_first_and_last_are_those_with_a_value() -> None:
    items: list[Any] = [None, " ", 0, "x", False, {}, ""]
    assert first(items) == 0
    assert last(items) is False
    assert first([None]) is last([]) is None


@given(st.text() | st.lists(st.integers()), st.integers(-9, 9), st.integers(-9, 9))
def test_a_slice_counts_like_python(value: Any, start: int, end: int) -> None:
    assert SLICE.build({"start": start, "end": end})(value) == value[start:end]
    assert SLICE.build({"start": start})(value) == value[start:]
    assert SLICE.build({"end": end})(value) == value[:end]


@pytest.mark.parametrize(
    ("run", "value", "message"),
    [
        (SPLIT.build(","), ["a"], "takes text, not a list"),
        (JOIN.build(","), "a", "takes a list, not text"),
        (first, "abc", "takes a list, not text"),
        (last, {"a": 1}, "takes a list, not an object"),
        (SLICE.build({"end": 1}), 12, "takes text or a list, not a whole number"),
    ],
)
def test_another_type_is_refused(run: Any, value: Any, message: str) -> None:
    with pytest.raises(TransformError, match=message):
        run(value)
