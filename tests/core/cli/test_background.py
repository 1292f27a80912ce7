"""Reading in a thread: in order, one at a time, and never in the way of the end."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from sendoff.cli.background import taken

if TYPE_CHECKING:
    from collections.abc import Iterator


async def test_items_come_in_order() -> None:
    assert [item async for item in taken(iter(range(100)))] == list(range(100))


async def test_nothing_comes_of_nothing() -> None:
    nothing: list[int] = []
    assert [item async for item in taken(iter(nothing))] == []


async def test_an_item_that_is_none_is_an_item() -> None:
    assert [item async for item in taken(iter([None, 1]))] == [None, 1]


async def test_no_item_is_taken_before_it_is_asked_for() -> None:
    made = []

    def make() -> Iterator[int]:
        for number in range(3):
            made.append(number)
            yield number

    items = taken(make())
    assert await anext(items) == 0
    assert made == [0]


async def test_what_reading_raises_is_raised_where_it_is_awaited() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("no disk")

    items = taken(broken())
    assert await anext(items) == 1
    with pytest.raises(OSError, match="no disk"):
        await anext(items)


def test_a_read_that_does_not_return_does_not_hold_up_the_loop() -> None:
    reading, let_go = threading.Event(), threading.Event()

    def stuck() -> Iterator[int]:
        reading.set()
        let_go.wait()
        yield 1

    async def main() -> None:
        waiting = asyncio.ensure_future(anext(taken(stuck())))
        await asyncio.to_thread(reading.wait)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(main())
    let_go.set()  # its item comes when the loop is closed, and nobody minds
    for thread in threading.enumerate():
        if thread.name == "reader":
            thread.join()


async def test_an_item_that_nobody_waits_for_any_more_is_let_go() -> None:
    complaints: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: complaints.append(context))
    let_go = threading.Event()

    def slow() -> Iterator[int]:
        let_go.wait()
        yield 1

    waiting = asyncio.ensure_future(anext(taken(slow())))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    let_go.set()
    for thread in threading.enumerate():
        if thread.name == "reader":
            await asyncio.to_thread(thread.join)
    await asyncio.sleep(0)
    assert complaints == []


async def test_other_tasks_go_on_meanwhile() -> None:
    let_go = threading.Event()

    def slow() -> Iterator[int]:
        let_go.wait()
        yield 1

    async def free() -> None:
        let_go.set()

    first, _ = await asyncio.gather(anext(taken(slow())), free())
    assert first == 1
