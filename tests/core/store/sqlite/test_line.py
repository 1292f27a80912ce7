"""The queue of lines that a window lends from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sendoff.delivery import Delivery
from sendoff.store.sqlite.line import Item, Line, ReadyLines


def line(number: int, due: float = 0.0, size: int = 3) -> Line:
    """A line of one delivery."""
    made = Line(str(number), size=size)
    delivery = Delivery(str(number), "support", "upsert", b"{}", str(number), str(number))
    made.items.append(Item(number, number, delivery, due, size))
    return made


def test_the_first_in_the_log_comes_first_of_those_due_together() -> None:
    ready = ReadyLines()
    for number in (2, 3, 1):
        ready.push(line(number))
    assert [each.key for each in ready] == ["1", "2", "3"]


def test_what_became_due_later_comes_later_however_old_it_is() -> None:
    ready = ReadyLines()
    ready.push(line(7, due=5.0))
    ready.push(line(1, due=9.0))
    ready.push(line(8, due=6.0))
    assert [ready.pop().key for _ in range(3)] == ["7", "8", "1"]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), unique_by=lambda each: each[1]))
def test_lines_are_in_order_and_add_up(dues: list[tuple[int, int]]) -> None:
    ready = ReadyLines()
    for due, number in dues:
        ready.push(line(number, due))
    assert (ready.count, ready.size) == (len(dues), 3 * len(dues))
    popped = []
    while ready.head:
        when = ready.head.due
        popped.append((when, int(ready.pop().key)))
    assert popped == sorted(dues)
    assert (ready.count, ready.size) == (0, 0)
