"""A local receiver of webhooks, as a plain ASGI application.

It takes what a careful receiver takes: a JSON object or lines of them, plain or gzip, from who can
prove to be the sender. Its page `/_sandbox` shows the events it got, those it got again under an
`Idempotency-Key` it had seen, and why it refused a request.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from sendoff_webhook.sandbox.app import WebhookSandbox
from sendoff_webhook.sandbox.switches import SWITCHES, settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["SWITCHES", "WebhookSandbox", "create_sandbox"]


def create_sandbox(
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    **switches: object,
) -> WebhookSandbox:
    """A receiver without events, with these switches (see `SWITCHES`), for any ASGI server.

    `clock` gives seconds since the epoch, `sleep` waits for slow answers: tests pass their own.
    Raises `UsageError` for an unknown switch or a value that does not fit.
    """
    return WebhookSandbox(settle(switches), clock, sleep)
