"""The HTTP client of one route."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from sendoff.http.coding import compress
from sendoff.http.errand import current
from sendoff.http.failure import FOREIGN, translate
from sendoff.http.flight import Flight
from sendoff.http.message import address, complete, host_name
from sendoff.quota import parse_quota
from sendoff.responses import retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from sendoff.answer import Answer
    from sendoff.clock import Clock
    from sendoff.gate import Gate
    from sendoff.http.coding import Coding
    from sendoff.http.exchange import Exchange
    from sendoff.redact import Redactor

CONNECTIONS: Final = 10


class Http:
    """Sends single requests, at most `max_connections` of them at once.

    Follows no redirect, keeps no cookie, and takes neither proxy nor credentials from the
    environment: it speaks to a transport directly, below the part of a client that does. `timeout`
    is the seconds one exchange may take in all, without the wait for its permit. `transport`
    replaces the one of `sendoff.http.transport`, and is closed with this.
    """

    def __init__(  # noqa: PLR0913 - one name for each part it is made of
        self,
        *,
        gate: Gate,
        redactor: Redactor,
        record: Callable[[Exchange], None],
        timeout: float,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        max_connections: int = CONNECTIONS,
    ) -> None:
        self._gate = gate
        self._redactor = redactor
        self._record = record
        self._timeout = timeout
        self._clock = clock
        self._transport = transport or _transport(max_connections)
        self._slots = asyncio.Semaphore(max_connections)

    async def request(  # noqa: PLR0913 - one name for each part of a request
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        basic: tuple[str, str] | None = None,
        coding: Coding | None = None,
    ) -> Answer:
        """The server's answer, whatever its status; HttpError when there is none.

        Waits for the account's permit first. `basic` is user and password of Basic
        authentication. `content` is sent compressed if a `coding` is named. The exchange is
        recorded, with the content as it was given, in every case but a `forbidden` one, which
        never leaves.
        """
        target = address(url)
        body = compress(content, coding) if content is not None and coding else content
        errand = current()
        flight = Flight(
            method, target, complete(target, headers, body, coding, basic), body,
            plain=content, errand=errand,
        )  # fmt: skip
        await errand.ask()
        async with AsyncExitStack() as slot:
            with errand.waiting():
                await slot.enter_async_context(self._slots)
                await self._gate.permit()
            errand.set_out()
            answer = await self._fly(flight)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            # Said before anything else runs: others of the account are about to leave.
            after = retry_after(answer.headers, self._clock.now())
            if after is not None:
                errand.asked_to_wait(after)
        quota = parse_quota(answer.headers)
        if quota is not None:
            await self._gate.observe(quota.total, quota.remaining)
        return answer

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._transport.aclose()

    async def _fly(self, flight: Flight) -> Answer:
        at = self._clock.now()
        started = self._clock.monotonic()
        error: str | None = "stopped before the answer came"
        try:
            async with asyncio.timeout(self._timeout):
                answer = await flight.answer(self._transport)
            error = None
        except FOREIGN as foreign:
            ours = translate(foreign, host_name(flight.url), self._timeout, sent=flight.sent)
            error = ours.message
            # The foreign error may repeat the address, and with it a secret.
            raise ours from None
        finally:
            seconds = self._clock.monotonic() - started
            self._record(flight.exchange(at, seconds, error, self._redactor))
        return answer


def _transport(connections: int) -> httpx.AsyncBaseTransport:
    # Imported when needed: what opens no connection need not wait for it.
    from sendoff.http.transport import Transport  # noqa: PLC0415

    return Transport(connections)
