"""What was delivered, sent again on purpose: that of one event, or all that the tail shows.

The same work as `sendoff resend`. What a form would send is looked at first and shown; it is done
only while that still holds, so a form that is sent twice sends once.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.routing import Route

from sendoff.debugger.asked import number_named
from sendoff.debugger.filters import Filters
from sendoff.debugger.lookback import newest_number
from sendoff.debugger.pages import JSON
from sendoff.debugger.rows import Rows
from sendoff.replay import Outlook, Redecider, outlook, send_again
from sendoff.report.resends import WHY_NOT
from sendoff.store.resends import Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from sendoff.debugger.context import Debugger

WAYS: Final[Mapping[str, str]] = {
    "recorded": "Resend as recorded", "remap": "Resend, decided anew",
}  # fmt: skip
"""How something can be sent again, as the button says it."""

_PATHS: Final = ("/resend", f"/resend{JSON}")


def routes(debugger: Debugger) -> list[Route]:
    """The form that asks, and what it does."""
    resending = _Resending(debugger)
    return [
        *(Route(path, resending.asked, methods=["GET"]) for path in _PATHS),
        *(Route(path, resending.done, methods=["POST"]) for path in _PATHS),
    ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be sent again: an event by its `number`, or what the tail shows `upto` an entry.

    `given` asks for the same once more.
    """

    given: Mapping[str, str]
    filters: Filters
    number: int | None
    upto: int | None

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> _Asked:
        """That of a query string or a form. Raises ValueError, in words."""
        filters = Filters.of(asked)
        event, upto = (number_named(str(asked.get(name, "")), name) for name in ("number", "upto"))
        more = {"number": event, "upto": upto}
        numbers = {name: str(each) for name, each in more.items() if each is not None}
        return cls(filters.given | numbers, filters, event, upto)

    @property
    def back(self) -> str:
        """The page it was asked on."""
        if self.number is not None:
            return f"/events/{self.number}"
        return f"/?{urlencode(self.filters.given)}"


class _Resending:
    def __init__(self, debugger: Debugger) -> None:
        self._debugger = debugger
        self._rows = Rows(debugger.sendoff)

    async def asked(self, request: Request) -> Response:
        """What would be sent, and a button that does it."""
        return await self._ask(request, request.query_params)

    async def done(self, request: Request) -> Response:
        """Do it, if the form is ours and what it showed still holds."""
        form = await request.form()
        if not self._debugger.guard.accepts(form):
            return await self._debugger.pages.refused(request)
        way = str(form.get("way"))
        try:
            asked = _Asked.of(form)
        except ValueError:
            return await self._ask(request, form)
        seen = await self._seen(request, asked, way)
        if way not in WAYS or form.get("seen") != _digest(seen):
            changed = "Meanwhile something has changed: look again."
            return await self._ask(request, form, wrong=changed, status=409)
        sendoff = self._debugger.sendoff
        now = sendoff.setting.clock.now
        redecider = Redecider(sendoff.router, sendoff.pipeline.consent_map, now)
        done = await send_again(sendoff.store, seen.ready, redecider if way == "remap" else None)
        facts = {
            "way": way, "done": done.as_json(), "back": asked.back,
            "left": {WHY_NOT[why]: count for why, count in done.left.items()},
            "delivering": sendoff.worker is not None,
        }  # fmt: skip
        return await self._debugger.pages.respond(request, "resend_done.html", facts)

    async def _ask(
        self, request: Request, given: Mapping[str, Any], *, wrong: str = "", status: int = 200
    ) -> Response:
        way = str(given.get("way", "recorded"))
        if way not in WAYS:
            wrong, status, way = "there is no such way to go on", 400, "recorded"
        try:
            asked = await self._until_now(_Asked.of(given))
            seen = await self._seen(request, asked, way)
        except ValueError as error:
            wrong, status, asked = str(error), 400, _Asked({}, Filters(), None, None)
            seen = await outlook(self._debugger.sendoff.store, (), (), remap=False)
        facts = {
            "way": way, "title": WAYS[way], "wrong": wrong, "given": asked.given,
            "other": next(each for each in WAYS if each != way), "ways": WAYS,
            "single": asked.number is not None, "back": asked.back, "seen": _digest(seen),
            "total": len(seen.ready), **_counted(seen),
        }  # fmt: skip
        return await self._debugger.pages.respond(request, "resend_ask.html", facts, status=status)

    async def _until_now(self, asked: _Asked) -> _Asked:
        """The same, but what comes from now on: else it would change all the time."""
        if asked.number is not None or asked.upto is not None:
            return asked
        upto = await newest_number(self._debugger.sendoff.store)
        return _Asked({**asked.given, "upto": str(upto)}, asked.filters, None, upto)

    async def _seen(self, request: Request, asked: _Asked, way: str) -> Outlook:
        sendoff = self._debugger.sendoff
        targets = await self._targets(request, asked)
        enabled = {route.name for route in sendoff.pipeline.enabled}
        return await outlook(sendoff.store, targets, enabled, remap=way == "remap")

    async def _targets(self, request: Request, asked: _Asked) -> Sequence[Target]:
        if asked.number is None:
            display = self._debugger.pages.display(request)
            return await self._rows.sent(asked.filters, display, asked.upto or 0)
        known = await self._debugger.sendoff.store.decisions([asked.number])
        routes = [each.route for one in known for each in one.decisions if each.route is not None]
        wanted = asked.filters.route
        return [Target(asked.number, each) for each in routes if wanted in ("", each)]


def _counted(seen: Outlook) -> dict[str, Any]:
    return {
        "routes": [
            {"route": route, "count": count} for route, count in sorted(seen.by_route.items())
        ],
        "left": [
            {"route": route, "why": WHY_NOT[why], "count": count}
            for (route, why), count in sorted(seen.left.items())
        ],
    }


def _digest(seen: Outlook) -> str:
    """What stands for all that would be sent, and for the numbers it would be sent under."""
    told = "\n".join(f"{each.number} {each.route} {each.resend}" for each in seen.ready)
    return blake2b(told.encode(), digest_size=16).hexdigest()
