"""Reading in a thread of its own, so that deliveries go on while a stream has nothing to say."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

T = TypeVar("T")


async def taken(items: Iterator[T]) -> AsyncIterator[T]:
    """The items of an iterator that may block, one when one is asked for.

    A thread that is still reading at the end of the program does not hold it up.
    """
    end = object()
    while (item := await _in_thread(lambda: next(items, end))) is not end:
        yield item  # type: ignore[misc]  # it is not the end


async def _in_thread(call: Callable[[], object]) -> object:
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[object] = loop.create_future()

    def settle(result: object, error: BaseException | None) -> None:
        if outcome.done():
            return  # nobody waits for it any more
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)

    def work() -> None:
        result: object = None
        failure: BaseException | None = None
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            failure = error
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=work, daemon=True, name="reader").start()
    return await outcome
