from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.clock import Clock
from sendoff.testing.clock import START, VirtualClock


async def test_an_hour_passes_in_a_moment() -> None:
    clock: Clock = VirtualClock()
    virtual = VirtualClock()
    await virtual.run(virtual.sleep(3600))
    assert virtual.now() == START + timedelta(hours=1)
    assert virtual.monotonic() == 3600.0
    assert clock.now() == START


async def test_work_has_its_result_and_time_stops_with_it() -> None:
    clock = VirtualClock()
    forever = asyncio.create_task(clock.sleep(1e9))

    async def work() -> str:
        await clock.sleep(5)
        return "done"

    assert await clock.run(work()) == "done"
    assert clock.monotonic() == 5.0
    forever.cancel()


async def test_an_error_of_the_work_comes_out() -> None:
    clock = VirtualClock()

    async def work() -> None:
        await clock.sleep(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await clock.run(work())


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
async def test_sleepers_wake_in_the_order_of_their_time(waits: list[int]) -> None:
    clock = VirtualClock()
    woken: list[tuple[float, int]] = []

    async def sleeper(number: int, seconds: int) -> None:
        await clock.sleep(seconds)
        woken.append((clock.monotonic(), number))

    async def work() -> None:
        await asyncio.gather(*(sleeper(n, seconds) for n, seconds in enumerate(waits)))

    await clock.run(work())
    assert woken == sorted((float(seconds), n) for n, seconds in enumerate(waits))


async def test_everybody_runs_before_time_moves_on() -> None:
    clock = VirtualClock()
    seen: list[float] = []

    async def busy() -> None:
        await clock.sleep(1)
        for _ in range(50):
            await asyncio.sleep(0)
        seen.append(clock.monotonic())

    async def later() -> None:
        await clock.sleep(2)
        seen.append(clock.monotonic())

    async def work() -> None:
        await asyncio.gather(busy(), later())

    await clock.run(work())
    assert seen == [1.0, 2.0]


async def test_time_can_be_moved_by_hand() -> None:
    clock = VirtualClock()
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            await clock.sleep(60)
            ticks.append(clock.monotonic())

    task = asyncio.create_task(tick())
    await clock.advance(150)
    assert ticks == [60.0, 120.0]
    assert clock.monotonic() == 150.0
    await clock.advance(30)
    assert ticks == [60.0, 120.0, 180.0]
    task.cancel()


async def test_who_is_cancelled_in_sleep_wakes_nobody() -> None:
    clock = VirtualClock()
    task = asyncio.create_task(clock.sleep(10))
    await clock.advance(1)
    task.cancel()
    await clock.run(clock.sleep(20))
    assert clock.monotonic() == 21.0
    assert task.cancelled()


async def test_a_wait_for_something_else_is_told_and_ended() -> None:
    clock = VirtualClock()
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()

    with pytest.raises(RuntimeError, match="nobody sleeps"):
        await clock.run(work())
    assert ended.is_set()


async def test_a_sleep_of_nothing_lets_others_run() -> None:
    clock = VirtualClock()
    order: list[str] = []

    async def other() -> None:
        order.append("other")

    task = asyncio.create_task(other())
    await clock.sleep(0)
    order.append("first")
    await task
    assert order == ["other", "first"]


async def test_threads_are_given_their_grace() -> None:
    clock = VirtualClock(grace=0.05)

    async def work() -> float:
        watch = asyncio.create_task(clock.sleep(100))
        await asyncio.to_thread(time.sleep, 0.02)
        ended = clock.monotonic()
        watch.cancel()
        return ended

    assert await clock.run(work()) == 0.0
