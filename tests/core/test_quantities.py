from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.quantities import parse_duration, parse_rate, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10s", 10), ("500ms", 0.5), ("2 m", 120), ("2min", 120), ("1.5h", 5400), ("7d", 604800),
     ("0s", 0)],
)  # fmt: skip
def test_a_duration_has_a_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "count"),
    [("500KB", 500_000), ("1 MB", 1_000_000), ("1.5GB", 1_500_000_000), ("9B", 9)],
)
def test_a_size_counts_in_thousands(text: str, count: int) -> None:
    assert parse_size(text) == count


@pytest.mark.parametrize(
    ("text", "a_second"), [("50/min", 50 / 60), ("5/s", 5), ("3600 / hour", 1), ("0.5/sec", 0.5)]
)
def test_a_rate_is_per_time(text: str, a_second: float) -> None:
    assert parse_rate(text) == a_second


@pytest.mark.parametrize("text", ["", "10", "s", "-1s", "1e3s", "10 parsecs", "10S", "٣s", "1s\n"])
def test_what_is_no_duration_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration: write a number and ms, s, m, h or d"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["500", "500kb", "500KiB", "-1KB"])
def test_what_is_no_size_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="is no size: write a number and B, KB, MB or GB"):
        parse_size(text)


@pytest.mark.parametrize("text", ["50", "50/", "/min", "0/s", "0.000/s", "50/day", "50 per min"])
def test_what_is_no_rate_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="is no rate: write requests per time"):
        parse_rate(text)


@given(st.text(max_size=20))
def test_any_text_is_a_quantity_or_a_value_error(text: str) -> None:
    for parse in (parse_duration, parse_size, parse_rate):
        try:
            assert parse(text) >= 0
        except ValueError:
            continue
