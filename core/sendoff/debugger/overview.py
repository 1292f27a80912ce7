"""The overview: how much came, and what became of it on each route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.routing import Route

from sendoff.debugger.lookback import backwards, newest_number
from sendoff.debugger.marks import shown_mark
from sendoff.debugger.pages import JSON
from sendoff.report.overview import overview
from sendoff.report.remedies import remedy

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from sendoff.debugger.context import Debugger
    from sendoff.pipeline_file import RouteConfig
    from sendoff.report.display import Display
    from sendoff.report.overview import RouteOverview
    from sendoff.store.promise import Store

    Record = Mapping[str, Any]

_QUOTA: Final = ("x-ratelimit-", "retry-after")
"""How headers begin that tell of a quota."""


def routes(debugger: Debugger) -> list[Route]:
    """The page, and its JSON."""
    page = _Overview(debugger).page
    return [Route("/overview", page), Route(f"/overview{JSON}", page)]


class _Overview:
    def __init__(self, debugger: Debugger) -> None:
        self._debugger = debugger

    async def page(self, request: Request) -> Response:
        """What the store holds, route by route."""
        sendoff, display = self._debugger.sendoff, self._debugger.pages.display(request)
        configured = {route.name: route.enabled for route in sendoff.pipeline.routes}
        seen = await overview(sendoff.store, configured)
        answers = await _newest_answers(sendoff.store, configured)
        by_name = {route.name: route for route in sendoff.pipeline.routes}
        told = [
            {
                "route": name, "mark": shown_mark(by_name, name), **_route(each, display),
                "pace": _pace(by_name.get(name), answers.get(name, {}), display),
            }
            for name, each in seen.routes.items()
        ]  # fmt: skip
        counts = {key: value for key, value in seen.as_json().items() if key != "routes"}
        return await self._debugger.pages.respond(
            request, "overview.html", {**counts, "routes": told}
        )


def _route(seen: RouteOverview, display: Display) -> dict[str, Any]:
    dropped, skipped = seen.by_reason("dropped"), seen.by_reason("skipped")
    delivered = seen.totals.get("delivered", 0)
    ends = {
        "dropped": sum(dropped.values()), "waiting": seen.depth.waiting, "delivered": delivered,
        "skipped": sum(skipped.values()), "dead": sum(seen.dead.values()),
    }  # fmt: skip
    received = sum(ends.values())
    held = [str(seen.hold.get("reason"))] if seen.hold else []
    reasons = dict.fromkeys([*held, *seen.dead])
    return {
        **seen.as_json(), "received": received, "ends": ends,
        "held": display.covered(seen.hold),
        "remedies": {reason: todo for reason in reasons if (todo := remedy(reason))},
        "hint": _hint(seen, received, ends),
    }  # fmt: skip


def _hint(seen: RouteOverview, received: int, ends: Mapping[str, int]) -> str:
    """What is worth a look where nothing is delivered; empty where all is as it should be."""
    if seen.configured == "off":
        return "The route is switched off (`enabled: false`)."
    if seen.configured == "gone":
        return "The route is no longer in the pipeline file: nobody delivers what waits here."
    if not received:
        return "No event has come to this route yet."
    if ends["dropped"] == received:
        reasons = seen.by_reason("dropped")
        most = max(reasons, key=lambda each: reasons[each])
        return f"Nothing of it is sent: most is dropped as {most}; {remedy(most)}."
    return ""


async def _newest_answers(store: Store, routes: Collection[str]) -> Mapping[str, Record]:
    """The newest request of each route that was answered, as far back as one looks."""
    found: dict[str, Record] = {}
    async for page in backwards(store, await newest_number(store)):
        for record in reversed(page):
            if record.get("kind") == "exchange" and record.get("status"):
                found.setdefault(str(record.get("route")), record)
        if found.keys() >= set(routes):
            break
    return found


def _pace(route: RouteConfig | None, answer: Record, display: Display) -> dict[str, Any] | None:
    """How fast a route may go, and what the newest answer said of its quota."""
    if route is None:
        return None
    limits = route.limits
    headers = answer.get("answer_headers") or {}
    quota = {
        name: display.text(str(value))
        for name, value in headers.items() if name.lower().startswith(_QUOTA)
    }  # fmt: skip
    return {
        "rate": limits.rate, "concurrency": limits.concurrency, "reserve": limits.reserve,
        "quota": quota, "quota_at": answer.get("at") if quota else None,
    }  # fmt: skip
