"""What need not be read again: it is there in order and without a gap, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from sendoff.store.promise import Appended
from sendoff.store.sqlite.fresh import Fresh

NOW = datetime(2026, 1, 2, tzinfo=UTC)
MEGABYTE = bytes(1 << 20)


def messages(*numbers: int, body: bytes = b"{}") -> list[Appended]:
    return [Appended(number, body, NOW) for number in numbers]


def numbers_after(fresh: Fresh, number: int, limit: int = 100) -> list[int]:
    return [each.number for each in fresh.messages_after(number, limit)]


def test_messages_come_in_order_from_where_they_are_asked_for() -> None:
    fresh = Fresh()
    fresh.appended(messages(1, 2, 3))
    fresh.appended(messages(4))
    assert numbers_after(fresh, 0, 2) == [1, 2]
    assert numbers_after(fresh, 0) == [1, 2, 3, 4]
    assert numbers_after(fresh, 2) == [3, 4]
    assert numbers_after(fresh, 4) == []


def test_nothing_comes_before_what_is_not_here() -> None:
    fresh = Fresh()
    fresh.appended(messages(5, 6))
    assert numbers_after(fresh, 3) == []
    assert numbers_after(fresh, 4) == [5, 6]


def test_many_bytes_are_left_in_the_file() -> None:
    fresh = Fresh()
    for number in range(1, 20):
        fresh.appended(messages(number, body=MEGABYTE))
    there = numbers_after(fresh, 0)
    assert there == list(range(1, len(there) + 1))
    assert len(there) < 19
    assert numbers_after(fresh, there[-1]) == []
    fresh.appended(messages(20, body=MEGABYTE))
    assert numbers_after(fresh, there[-1]) == [], "19 is not here"
    assert numbers_after(fresh, 19) == [20]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=30),
    st.lists(st.tuples(st.integers(0, 100), st.integers(1, 9)), max_size=20),
)
def test_what_comes_is_what_follows(
    batches: list[tuple[int, bool]], asked: list[tuple[int, int]]
) -> None:
    fresh, last = Fresh(), 0
    for size, is_here in batches:
        some = messages(*range(last + 1, last + size + 1))
        last += size
        if is_here:
            fresh.appended(some)
    for number, limit in sorted(asked):
        found = numbers_after(fresh, number, limit)
        assert found == list(range(number + 1, number + 1 + len(found)))
        assert len(found) <= limit


def test_facts_are_forgotten_before_there_are_too_many() -> None:
    fresh = Fresh()
    for number in range(25_000):
        fresh.know("consent", [(str(number), {})])
    assert fresh.facts["consent", "24999"] == {}
    assert len(fresh.facts) <= 10_000
