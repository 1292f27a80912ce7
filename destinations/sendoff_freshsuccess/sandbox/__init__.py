"""A local stand-in of the Freshsuccess Event REST API, as a plain ASGI application.

It answers as the vendor's page says: 200 without a word for a known pair of keys, whatever becomes
of the events, and 400 for a wrong method or path. What the vendor drops silently, this shows: its
page `/_sandbox` has each event kept, each line dropped with the rule it broke, and the sums that
the vendor's hourly run would make. The vendor publishes no list of rules; where nobody knows, it
does the stricter thing.

Not imitated: the Account API, the delay until events are counted, and what becomes of events of
accounts that do not exist.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from sendoff_freshsuccess.sandbox.app import FreshsuccessSandbox
from sendoff_freshsuccess.sandbox.switches import SWITCHES, settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["SWITCHES", "FreshsuccessSandbox", "create_sandbox"]


def create_sandbox(
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    **switches: object,
) -> FreshsuccessSandbox:
    """A collector without events, with these switches (see `SWITCHES`), for any ASGI server.

    `clock` gives seconds since the epoch, `sleep` waits for slow answers: tests pass their own.
    Raises `UsageError` for an unknown switch or a value that does not fit.
    """
    return FreshsuccessSandbox(settle(switches), clock, sleep)
