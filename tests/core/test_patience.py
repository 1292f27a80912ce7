"""What a store refuses is asked again, unless the store has stopped."""

from __future__ import annotations

import asyncio
import logging

import pytest

from sendoff.patience import Patience
from sendoff.store.failures import StoreDamaged, StoreError, StoreFull, StoreInUse
from sendoff.testing.clock import VirtualClock

BUSY = StoreInUse("acme.db is in use by process 7, which does not answer")
FULL = StoreFull("the disk of acme.db is full (make room)")


class Bench:
    """A store that raises what it is told to, then gives 7."""

    def __init__(self, *errors: Exception) -> None:
        self.clock = VirtualClock()
        self.patience = Patience(self.clock)
        self.asked: list[float] = []
        self._errors = list(errors)

    async def ask(self) -> int:
        self.asked.append(self.clock.monotonic())
        if self._errors:
            raise self._errors.pop(0)
        return 7

    async def until_done(self) -> int:
        return await self.clock.run(self.patience.until_done(self.ask))


async def test_a_store_that_works_is_asked_once() -> None:
    bench = Bench()
    assert await bench.until_done() == 7
    assert bench.asked == [0.0]


async def test_a_store_that_recovers_is_asked_ever_less_often() -> None:
    bench = Bench(*[BUSY, FULL] * 4)
    assert await bench.until_done() == 7
    waits = [after - before for before, after in zip(bench.asked, bench.asked[1:], strict=False)]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


async def test_a_trouble_is_told_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    bench = Bench(BUSY, BUSY, BUSY)
    await bench.until_done()
    assert [record.message for record in caplog.records] == [
        f"deliveries wait for the store: {BUSY}", "the store works again",
    ]  # fmt: skip
    assert bench.patience.trouble is None


async def test_while_it_waits_it_says_what_for() -> None:
    bench = Bench(BUSY, BUSY)
    waiting = asyncio.create_task(bench.patience.until_done(bench.ask))
    await bench.clock.advance(0.5)
    assert bench.patience.trouble == str(BUSY)
    await bench.clock.advance(10)
    assert await waiting == 7


@pytest.mark.parametrize("error", [StoreError("stopped"), StoreDamaged("torn"), OSError("a bug")])
async def test_what_cannot_recover_is_not_waited_for(error: Exception) -> None:
    bench = Bench(error)
    with pytest.raises(type(error)):
        await bench.until_done()
    assert len(bench.asked) == 1


async def test_when_patience_ends_who_waits_asks_once_more_and_gives_up() -> None:
    bench = Bench(*[BUSY] * 100)
    waiting = asyncio.create_task(bench.patience.until_done(bench.ask))
    await bench.clock.advance(0.5)
    bench.patience.end()
    with pytest.raises(StoreInUse):
        await waiting
    assert bench.asked == [0.0, 0.5]
