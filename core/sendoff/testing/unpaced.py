"""An `Http` for a connection alone, over a transport of a test: no account, no pace, no store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sendoff.clock import SystemClock
from sendoff.http import Http
from sendoff.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from sendoff.http import Exchange

_SECONDS: Final = 5.0
"""Within which a request has its answer."""


def unpaced_http(
    transport: httpx.AsyncBaseTransport,
    *,
    redactor: Redactor | None = None,
    record: Callable[[Exchange], None] | None = None,
) -> Http:
    """What `Destination.connect` is given, but that every request leaves at once.

    `transport` answers: `httpx.ASGITransport(app=sandbox)`, or `httpx.MockTransport(function)`.
    `record` gets each exchange, with the secrets covered that the `redactor` knows.
    """
    return Http(
        gate=_OpenGate(), redactor=redactor or Redactor(()), record=record or _forgotten,
        timeout=_SECONDS, clock=SystemClock(), transport=transport,
    )  # fmt: skip


class _OpenGate:
    async def permit(self) -> None:
        """Let it leave."""

    async def observe(self, total: float | None, remaining: float | None) -> None:
        """Nothing follows of what the destination says of its quota."""


def _forgotten(_exchange: Exchange) -> None:
    pass
