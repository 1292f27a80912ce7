"""Records of the journal on their way into the store, and never in the way of anything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from sendoff.chronicle import LONGEST_BODY, Chronicle
from sendoff.store.failures import StoreFull
from sendoff.store.memory import MemoryStore
from sendoff.testing.clock import VirtualClock


class Slow(MemoryStore):
    """A store that takes no records until it is let."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.open = asyncio.Event()

    async def note(self, records: Sequence[Mapping[str, Any]]) -> None:
        await self.open.wait()
        await super().note(records)


class Refusing(MemoryStore):
    """A store that refuses the first records."""

    refusals = 1

    async def note(self, records: Sequence[Mapping[str, Any]]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreFull("no room")
        await super().note(records)


class Bench:
    def __init__(self, store: type[MemoryStore] = MemoryStore, most: int = 100) -> None:
        self.clock = VirtualClock()
        self.store = store(self.clock)
        self.chronicle = Chronicle(self.store, self.clock, most=most)
        self.chronicle.start()

    def take(self, *reasons: str) -> None:
        for reason in reasons:
            self.chronicle.take({"kind": "hold", "reason": reason})

    async def kept(self) -> list[Any]:
        records = [record for _number, record in await self.store.notes()]
        return [record.get("reason", record.get("count")) for record in records]


async def test_records_are_kept_in_order_with_the_time_they_came() -> None:
    bench = Bench()
    bench.take("a", "b")
    await bench.clock.advance(10)
    bench.take("c")
    await bench.chronicle.close()
    assert [dict(record) for _number, record in await bench.store.notes()] == [
        {"at": "2026-01-02T14:00:00.000Z", "kind": "hold", "reason": "a"},
        {"at": "2026-01-02T14:00:00.000Z", "kind": "hold", "reason": "b"},
        {"at": "2026-01-02T14:00:10.000Z", "kind": "hold", "reason": "c"},
    ]


async def test_a_record_that_bears_its_time_keeps_it() -> None:
    bench = Bench()
    bench.chronicle.take({"kind": "exchange", "at": "2026-01-02T13:59:59.000Z"})
    await bench.chronicle.close()
    [(_number, record)] = await bench.store.notes()
    assert record["at"] == "2026-01-02T13:59:59.000Z"


async def test_while_the_store_is_slow_taking_a_record_takes_no_time_and_the_rest_is_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    bench = Bench(Slow, most=3)
    assert isinstance(bench.store, Slow)
    bench.take("a")
    await bench.clock.advance(0)  # that one is with the store
    bench.take("b", "c", "d", "lost", "lost too")
    assert bench.chronicle.dropped == 2
    bench.store.open.set()
    await bench.clock.advance(0)
    bench.take("e")
    await bench.chronicle.close()
    assert await bench.kept() == ["a", 2, "b", "c", "d", "e"]
    assert "2 entries" in caplog.text


async def test_what_the_store_refuses_is_counted_and_the_next_is_kept() -> None:
    bench = Bench(Refusing)
    bench.take("lost", "lost too")
    await bench.clock.advance(0)
    bench.take("kept")
    await bench.chronicle.close()
    assert await bench.kept() == [2, "kept"]


async def test_long_bodies_are_kept_by_their_start() -> None:
    bench = Bench()
    bench.chronicle.take({"kind": "exchange", "answer_body": "x" * 10_000, "request_body": "y"})
    await bench.chronicle.close()
    [(_number, record)] = await bench.store.notes()
    assert record["answer_body"] == "x" * LONGEST_BODY + "…"
    assert record["request_body"] == "y"


async def test_nothing_is_left_running() -> None:
    bench = Bench()
    bench.take("a")
    await bench.chronicle.close()
    assert len(asyncio.all_tasks()) == 1
