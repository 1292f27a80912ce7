"""The first request a destination would make for a delivery, caught before it leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import httpx

from sendoff.decider import delivery_of
from sendoff.examination import apart
from sendoff.pipeline import Sendoff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.decider import ReadEvent
    from sendoff.decision import Decision
    from sendoff.pipeline_file import RouteConfig

_NOWHERE: Final = "nothing is sent"


class _Nowhere(httpx.AsyncBaseTransport):
    """Where every request ends before it has begun."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        raise httpx.ConnectError(_NOWHERE, request=request)


async def first_request(
    sendoff: Sendoff, route: RouteConfig, decision: Decision, read: ReadEvent
) -> Mapping[str, Any] | None:
    """The redacted record of the request that the delivery of a *send* begins with.

    None where the destination makes none. Nothing leaves, and what the pipeline keeps or paces is
    not touched: it is made by a pipeline of its own, whose network leads nowhere.
    """
    caught: list[Mapping[str, Any]] = []
    setting = replace(sendoff.setting, transports=lambda _route: _Nowhere())
    alone = replace(apart(sendoff.pipeline), routes=(route,))
    async with Sendoff.open(alone, around=sendoff.around, setting=setting) as nowhere:
        nowhere.journal.subscribe(
            lambda record: caught.append(record) if record["kind"] == "exchange" else None
        )
        delivery = delivery_of(decision, read, read.key)
        try:
            await nowhere.connect(route).deliver([delivery])
        except Exception:  # noqa: BLE001 - a plugin may raise anything, and there is no delivery
            return caught[0] if caught else None
    return caught[0] if caught else None
