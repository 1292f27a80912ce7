"""A local stand-in of the Freshdesk REST API v2 (contacts), as a plain ASGI application.

It answers as the vendor's documentation, recorded answers and published clients say the real one
does: statuses, bodies, headers, the order of checks, uniqueness across contacts, agents and
trash, paging, search with its lag, and the rate limit. Where nobody has published what happens,
it does the stricter thing. `/_sandbox` shows what it holds and why a request was refused.

Not imitated: avatars (multipart/form-data is refused with 415), imports and exports, tickets,
activation mails, CORS, and everything an administrator may do.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from sendoff_freshdesk.sandbox.app import FreshdeskSandbox
from sendoff_freshdesk.sandbox.switches import SWITCHES, settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["SWITCHES", "FreshdeskSandbox", "create_sandbox"]


def create_sandbox(
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    **switches: object,
) -> FreshdeskSandbox:
    """An empty account with these switches (see `SWITCHES`), to be served by any ASGI server.

    `clock` gives seconds since the epoch, `sleep` waits for slow answers: tests pass their own.
    Raises `UsageError` for an unknown switch or a value that does not fit.
    """
    return FreshdeskSandbox(settle(switches), clock, sleep)
