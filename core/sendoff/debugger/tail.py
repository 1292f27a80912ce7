"""The live tail: what happens, as it happens, newest first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from sendoff.debugger.asked import number_named
from sendoff.debugger.filters import OUTCOMES, Filters
from sendoff.debugger.lookback import newest_number
from sendoff.debugger.rows import NEWEST, Rows
from sendoff.decision import DEAD_REASONS, DROP_REASONS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.requests import Request

    from sendoff.debugger.context import Debugger

_WAIT: Final = 15.0
"""Seconds after which a silent stream says that it is alive."""
_PAUSE: Final = 0.1
"""Seconds between two messages: what comes meanwhile comes together."""

MOST_STREAMS: Final = 100
"""Streams that are open at once: each reads the journal for itself."""


def routes(debugger: Debugger) -> list[Route]:
    """The page, at `/` and `/tail`, its JSON and its stream."""
    tail = _Tail(debugger)
    return [
        Route("/", tail.page),
        Route("/tail", tail.page),
        Route("/tail.json", tail.page),
        Route("/tail.events", tail.stream),
    ]


class _Tail:
    def __init__(self, debugger: Debugger) -> None:
        self._debugger = debugger
        self._rows = Rows(debugger.sendoff)
        self._streams = 0

    async def page(self, request: Request) -> Response:
        """The newest rows, and a form for what is wanted of them."""
        pages, wrong = self._debugger.pages, ""
        try:
            filters = Filters.of(request.query_params)
        except ValueError as error:
            filters, wrong = Filters(), str(error)
        last, rows = await self._rows.newest(filters, pages.display(request))
        facts: dict[str, Any] = {
            "filters": filters.texts, "given": filters.given, "wrong": wrong, "last": last,
            "rows": rows, "older": rows[-1]["at"] if len(rows) == NEWEST else None,
            "stream": f"/tail.events?{request.url.query}",
            "routes": [each.name for each in self._debugger.sendoff.pipeline.routes],
            "outcomes": OUTCOMES, "reasons": [*DROP_REASONS, *DEAD_REASONS],
        }  # fmt: skip
        return await pages.respond(request, "tail.html", facts, status=400 if wrong else 200)

    async def stream(self, request: Request) -> Response:
        """Server-sent events: lists of rows, oldest first; their ids number the journal.

        It begins behind `Last-Event-ID`, which a browser sends when it comes again, or behind
        `after`, or now.
        """
        try:
            filters = Filters.of(request.query_params)
            begun = request.headers.get("last-event-id") or request.query_params.get("after", "")
            number = number_named(begun, "after")
        except ValueError as error:
            return PlainTextResponse(f"{error}\n", 400)
        if request.method == "HEAD":  # nothing would tell its end
            return Response(media_type="text/event-stream")
        if self._streams >= MOST_STREAMS:
            return PlainTextResponse(f"{MOST_STREAMS} tails are open: close some\n", 503)
        return StreamingResponse(
            self._events(request, filters, number), media_type="text/event-stream"
        )

    async def _events(
        self, request: Request, filters: Filters, number: int | None
    ) -> AsyncIterator[bytes]:
        self._streams += 1
        try:
            display = self._debugger.pages.display(request)
            last = await self._begun(number)
            yield b"retry: 1000\n\n"
            while True:
                before = last
                last, rows = await self._rows.after(last, filters, display, wait=_WAIT)
                yield b": nothing new\n\n" if last == before else self._message(last, rows)
                await asyncio.sleep(_PAUSE)
        finally:
            self._streams -= 1

    async def _begun(self, number: int | None) -> int:
        """The number to go on from: a store that was made anew counts from the start again."""
        newest = await newest_number(self._debugger.sendoff.store)
        if number is None:
            return newest
        return number if number <= newest else 0

    def _message(self, number: int, rows: Sequence[dict[str, Any]]) -> bytes:
        if not rows:  # the number alone: a reconnect need not look at these again
            return f"id: {number}\n\n".encode()
        data = msgspec.json.encode(self._debugger.sendoff.redactor.value(list(rows)))
        return b"id: %d\ndata: %s\n\n" % (number, data)
