"""Signals as they come, for who has more to do about them than to end."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sendoff.serving import STOP_SIGNALS

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEARD = (*STOP_SIGNALS, signal.SIGHUP)


@contextmanager
def heard() -> Iterator[asyncio.Queue[signal.Signals]]:
    """SIGINT, SIGTERM and SIGHUP, in the order in which they come, for the length of a block."""
    came: asyncio.Queue[signal.Signals] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for number in _HEARD:
        loop.add_signal_handler(number, came.put_nowait, number)
    try:
        yield came
    finally:
        for number in _HEARD:
            loop.remove_signal_handler(number)
