from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sendoff.testing.sandbox import Recent


@given(st.lists(st.integers(0, 50)), st.integers(1, 5), st.integers(0, 100))
def test_it_keeps_the_longest_end_that_has_room(sizes: list[int], most: int, room: int) -> None:
    recent: Recent[int] = Recent(most, room)
    for place, size in enumerate(sizes):
        recent.add(place, size)
    kept = list(recent)
    assert kept == list(range(len(sizes)))[len(sizes) - len(kept) :]
    assert recent.added == len(sizes)
    fits = [n for n in range(len(sizes) + 1) if n <= most and sum(sizes[len(sizes) - n :]) <= room]
    assert len(recent) == len(kept) == max([*fits, min(1, len(sizes))])


def test_the_last_few_are_the_newest_oldest_first() -> None:
    recent: Recent[str] = Recent()
    for each in "abc":
        recent.add(each, 1)
    assert recent.last(2) == ["b", "c"]
    assert recent.last(9) == ["a", "b", "c"]
