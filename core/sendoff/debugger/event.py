"""The page of one event: what became of it on each route, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from starlette.routing import Route

from sendoff.debugger.explanation import explain, moment
from sendoff.debugger.pages import JSON
from sendoff.debugger.routed import on_route

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from sendoff.debugger.context import Debugger
    from sendoff.debugger.explanation import Explanation
    from sendoff.report.display import Display
    from sendoff.store.promise import Appended

_LONGEST: Final = 18
"""Digits of a number that every store can look for."""
_NUMBER: Final = re.compile(rf"[0-9]{{1,{_LONGEST}}}")


def routes(debugger: Debugger) -> list[Route]:
    """An event by its number, or the events that came with one message id."""
    events = _Events(debugger)
    return [
        # `.json` first: a number is read later, since those of Starlette may have any length.
        Route(f"/events/{{number}}{JSON}", events.by_number),
        Route("/events/{number}", events.by_number),
        Route("/events", events.by_id),
        Route(f"/events{JSON}", events.by_id),
    ]


class _Events:
    def __init__(self, debugger: Debugger) -> None:
        self._debugger = debugger

    async def by_number(self, request: Request) -> Response:
        """One event, explained."""
        given = request.path_params["number"]
        number = int(given) if _NUMBER.fullmatch(given) else 0
        appended = await self._debugger.sendoff.store.event(number) if number else None
        if appended is None:
            return await self._missing(request, f"event {given[:_LONGEST]}")
        return await self._found(request, appended)

    async def by_id(self, request: Request) -> Response:
        """The event of a message id; where several came with it, a list."""
        message_id = request.query_params.get("id", "")
        store = self._debugger.sendoff.store
        numbers = await store.numbers_of(message_id) if message_id else ()
        found = [each for number in numbers if (each := await store.event(number)) is not None]
        display = self._debugger.pages.display(request)
        if not found:
            named = f"event with the message id {message_id or '(none given)'}"
            return await self._missing(request, display.text(named))
        if len(found) == 1:
            return await self._found(request, found[0])
        listed = [{"number": each.number, "received_at": moment(each)} for each in found]
        facts = {"message_id": display.text(message_id), "events": listed}
        return await self._debugger.pages.respond(request, "events.html", facts)

    async def _found(self, request: Request, appended: Appended) -> Response:
        pages = self._debugger.pages
        explained = await explain(self._debugger.sendoff, appended, pages.aside)
        display = pages.display(request)
        facts = await pages.aside.done(lambda: _facts(explained, display))
        return await pages.respond(request, "event.html", facts)

    async def _missing(self, request: Request, what: str) -> Response:
        detail = f"The store has no {what}: it never came, or is no longer kept (`events.keep`)."
        return await self._debugger.pages.missing(request, detail)


def _facts(explained: Explanation, display: Display) -> dict[str, Any]:
    routes = [on_route(explained, name, display) for name in explained.routes]
    return {**explained.facts(display), "routes": routes}
