"""What is lent together."""

from __future__ import annotations

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from sendoff.delivery import Delivery
from sendoff.store.sqlite.batch import Batch
from sendoff.store.sqlite.line import Item, Line

NOW = 100.0


def line(key: str, *numbers: int, size: int = 3, suspect: bool = False, due: float = 0.0) -> Line:
    """A line of deliveries that came under these numbers."""
    made = Line(key)
    for number in numbers:
        delivery = Delivery(str(number), "support", "upsert", b"{}", key, str(number))
        made.items.append(Item(number, number, delivery, due, size, suspect=suspect))
    return made


def numbers(lines: list[Line], limit: int, room: float = 1_000) -> list[int]:
    batch = Batch(NOW, limit, room)
    batch.fill(lines)
    return [item.number for item in batch.items]


def test_what_is_in_one_line_goes_together() -> None:
    assert numbers([line("a", 1, 3, 90), line("b", 2, 91), line("c", 4)], 4) == [1, 3, 90, 2]


def test_nothing_is_taken_where_nothing_may_be() -> None:
    assert numbers([line("a", 1)], 0) == []
    assert numbers([], 5) == []


def test_one_always_comes_however_large() -> None:
    assert numbers([line("a", 1, size=50), line("b", 2)], 5, room=10) == [1]


def test_what_does_not_fit_keeps_back_those_behind_it() -> None:
    assert numbers([line("a", 1), line("b", 2, size=50), line("c", 3)], 5, room=10) == [1]


def test_a_suspect_comes_alone() -> None:
    suspects = line("b", 2, 3, suspect=True)
    assert numbers([line("a", 1), suspects, line("c", 4)], 5) == [1]
    assert numbers([suspects, line("c", 4)], 5) == [2]


def test_what_waits_behind_the_first_of_its_line_stays() -> None:
    waiting = line("a", 1, 2, due=NOW + 1)
    assert numbers([waiting], 5) == [1], "it was due when its line became ready"


@st.composite
def _lines(draw: st.DrawFn) -> list[Line]:
    """Lines as a window has them: by the first of each, and all numbers different."""
    keys = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=30))
    made: dict[str, Line] = {}
    for number, key in enumerate(keys, 1):
        size = draw(st.integers(1, 9))
        more = line(key, number, size=size, suspect=draw(st.integers(0, 9)) == 0)
        made.setdefault(key, Line(key)).items.extend(more.items)
    return sorted(made.values(), key=lambda each: each.items[0].number)


@given(_lines(), st.integers(1, 12), st.integers(1, 60))
def test_a_batch_takes_fronts_of_the_first_lines_within_its_bounds(
    lines: list[Line], limit: int, room: int
) -> None:
    batch = Batch(NOW, limit, room)
    batch.fill(lines)
    items = batch.items
    assert 1 <= len(items) <= limit
    assert len(items) == 1 or sum(item.size for item in items) <= room
    assert len(items) == 1 or not any(item.suspect for item in items)
    assert batch.lines == lines[: len(batch.lines)]
    by_key = groupby(sorted(items, key=_key), key=_key)
    fronts = {key: list(group) for key, group in by_key}
    assert fronts == {each.key: each.items[: len(fronts[each.key])] for each in batch.lines}


@given(_lines())
def test_what_is_left_out_has_a_reason(lines: list[Line]) -> None:
    batch = Batch(NOW, 100, 1_000)
    batch.fill(lines)
    left = {item.number for each in lines for item in each.items}
    left -= {item.number for item in batch.items}
    first_suspect = min(
        (each.items[0].number for each in lines if each.items[0].suspect), default=1_000
    )
    for each in lines:
        suspect = min((item.number for item in each.items if item.suspect), default=1_000)
        for item in each.items:
            excused = item.number >= suspect or each.items[0].number >= first_suspect
            assert item.number not in left or excused or batch.items[0].suspect


def _key(item: Item) -> str:
    return item.delivery.order_key
