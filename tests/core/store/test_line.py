"""One line, and the queue of lines that may be lent from."""

from __future__ import annotations

from sendoff.delivery import Delivery
from sendoff.store.line import Item, Line, ReadyLines


def line(key: str, *sizes: int) -> Line:
    """A line with a delivery of each size."""
    items = [
        Item(Delivery(f"{key}{n}", "support", "upsert", b"x" * size, key, f"{key}{n}"), n, 0.0)
        for n, size in enumerate(sizes)
    ]
    made = Line(key)
    made.items.extend(items)
    made.size = sum(item.size for item in items)
    return made


def test_an_item_counts_the_line_break_beside_it() -> None:
    assert line("a", 10).items[0].size == 11


def test_lines_come_in_the_order_in_which_they_were_ready() -> None:
    ready = ReadyLines()
    first, second = line("a", 1), line("b", 1)
    assert ready.head is None
    ready.push(first)
    ready.push(second)
    assert ready.head is first.items[0]
    assert [ready.pop(), ready.pop()] == [first, second]
    assert ready.head is None


def test_what_is_ready_adds_up() -> None:
    ready = ReadyLines()
    ready.push(line("a", 1, 2))
    ready.push(line("b", 3))
    assert (ready.count, ready.size) == (3, 9)
    ready.joined(1, 5)
    assert (ready.count, ready.size) == (4, 14)
    ready.pop()
    assert (ready.count, ready.size) == (2, 9)


def test_a_line_knows_whether_it_may_be_lent_from() -> None:
    ready, only = ReadyLines(), line("a", 1)
    ready.push(only)
    assert only.ready
    ready.pop()
    assert not only.ready
