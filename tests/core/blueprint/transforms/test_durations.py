from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint.transforms import TransformError
from sendoff.blueprint.transforms.durations import MILLISECONDS

bare = MILLISECONDS.build(None)

COUNTS = st.integers(min_value=0, max_value=10**6)


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_units_add_up(d: int, h: int, m: int, s: int, ms: int) -> None:
    whole = timedelta(days=d, hours=h, minutes=m, seconds=s)
    expected = whole // timedelta(milliseconds=1)
    assert bare(f"{d}d {h}h {m}m {s}s {ms}ms") == expected + ms
    assert bare(f"P{d}DT{h}H{m}M{s}S") == expected


@given(COUNTS, st.sampled_from(["d", "h", "m", "s", "ms"]))
def test_a_plain_number_counts_the_unit(count: int, unit: str) -> None:
    run = MILLISECONDS.build({"unit": unit})
    assert run(count) == run(float(count)) == run(str(count)) == bare(f"{count}{unit}")


@pytest.mark.parametrize(
    ("value", "unit", "milliseconds"),
    [
        (1.005, "s", 1005),
        ("0.1", "m", 6000),
        (0.4, "ms", 0),
        ("1.5H", None, 5_400_000),
        (" 2 m ", None, 120_000),
        ("pt0.25s", None, 250),
        ("90s", "m", 90_000),
    ],
)
def test_fractions_are_exact_and_rounded_once(value: Any, unit: str, milliseconds: int) -> None:
    assert MILLISECONDS.build({"unit": unit} if unit else {})(value) == milliseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s",
        "P",
        "PT",
        "soon",
        "1:30",
        "1s 1m",
        "-5s",
        "1,500ms",
        "P1Y",
        "P1M",
        "P1W",
        "1.s",
        "1" * 16 + "s",
        "1s" * 60,
        "\u0661s",
    ],
)
def test_other_text_is_no_length_of_time(text: str) -> None:
    with pytest.raises(TransformError, match="is no length of time"):
        bare(text)


@pytest.mark.parametrize("value", [90, 1.5, "90"])
def test_a_number_without_a_unit_is_not_guessed_at(value: Any) -> None:
    with pytest.raises(TransformError, match="without a unit"):
        bare(value)


@pytest.mark.parametrize("value", [-1, -0.5, 10**15, 10**1000, float("inf"), float("nan")])
def test_a_number_that_is_no_length_of_time_is_refused(value: Any) -> None:
    with pytest.raises(TransformError, match="too large or below zero"):
        MILLISECONDS.build({"unit": "ms"})(value)


@pytest.mark.parametrize("value", [None, True, [], {}])
def test_only_text_and_numbers_are_taken(value: Any) -> None:
    with pytest.raises(TransformError, match="takes text or a number, not "):
        bare(value)
