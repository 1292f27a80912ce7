"""What every engine promises of the journal's records: numbered, in order, the newest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest

from sendoff.store.promise import Store
from sendoff.testing.clock import VirtualClock

Wait = Callable[..., Awaitable[Any]]


def records(*names: int) -> list[Mapping[str, Any]]:
    return [{"kind": "attempt", "n": name, "more": {"a": [None, "é"]}} for name in names]


def said(notes: Sequence[tuple[int, Mapping[str, Any]]]) -> list[int]:
    return [record["n"] for _number, record in notes]


async def test_notes_come_in_order_with_numbers_that_count_up(store: Store) -> None:
    await store.note(records(1, 2))
    await store.note(records(3))
    notes = await store.notes()
    assert [dict(record) for _number, record in notes] == records(1, 2, 3)
    numbers = [number for number, _record in notes]
    assert numbers == sorted(set(numbers))
    assert min(numbers) > 0


@pytest.mark.parametrize(
    ("after", "limit", "found"),
    [(0, 3, [0, 1, 2]), (-3, 9, [7, 8, 9]), (-3, 2, [7, 8]), (-99, 2, [0, 1]), (0, 0, [])],
)
async def test_notes_are_read_from_the_front_or_from_the_end(
    store: Store, after: int, limit: int, found: list[int]
) -> None:
    await store.note(records(*range(10)))
    assert said(await store.notes(after, limit)) == found


async def test_notes_are_read_on_from_the_last_one_seen(store: Store) -> None:
    await store.note(records(*range(10)))
    seen = list(await store.notes(limit=4))
    seen += await store.notes(seen[-1][0], 4)
    seen += await store.notes(seen[-1][0], 4)
    assert said(seen) == list(range(10))
    assert not await store.notes(seen[-1][0])
    assert not await store.notes(seen[-1][0] + 1000)


async def test_who_waits_for_a_note_gets_it_when_it_is_there(
    store: Store, other: Store, soon: Wait, clock: VirtualClock
) -> None:
    await store.note(records(1))
    [(number, _record)] = await store.notes()
    waiting = asyncio.create_task(store.notes(number, wait=60))
    await clock.advance(5)
    assert not waiting.done()
    await other.note(records(2))
    assert said(await soon(waiting)) == [2]


async def test_who_waits_for_a_note_in_vain_gets_none_in_time(
    store: Store, elapse: Wait, clock: VirtualClock
) -> None:
    assert not await elapse(store.notes(wait=7))
    assert 7 <= clock.monotonic() < 20
    assert not await elapse(store.notes(-5))


async def test_the_newest_notes_are_kept(store: Store) -> None:
    for start in range(0, 30_000, 5_000):
        await store.note([{"n": n} for n in range(start, start + 5_000)])
    notes = await store.notes(limit=100_000)
    first = said(notes)[0]
    assert 0 < first <= 29_000
    assert said(notes) == list(range(first, 30_000))
    assert said(await store.notes(1, 2)) == [first, first + 1]
