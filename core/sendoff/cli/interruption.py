"""SIGINT and SIGTERM end what is under way in good order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from sendoff.cli.exits import Interrupted
from sendoff.serving import until_stopped

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

T = TypeVar("T")


async def interruptible(work: Coroutine[Any, Any, T]) -> T:
    """What the work gives. When a signal comes first, it is cancelled and `Interrupted` raised.

    The work has the time it takes to clean up; a second signal then has its usual effect.
    """
    stopped = asyncio.ensure_future(until_stopped())  # listens before the work has begun
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait([working, stopped], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise Interrupted(stopped.result())
    finally:
        for task in (working, stopped):
            task.cancel()
        await asyncio.gather(working, stopped, return_exceptions=True)
