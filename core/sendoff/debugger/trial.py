"""One message tried on every route: decided and traced as it would be, kept and sent nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.blueprint.trace import Trace
from sendoff.debugger.explanation import Explanation
from sendoff.debugger.history import history
from sendoff.debugger.routed import on_route
from sendoff.debugger.unsent import first_request
from sendoff.decider import read_event
from sendoff.report.past import PastEvent, decided_now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.debugger.aside import Aside
    from sendoff.decider import ReadEvent
    from sendoff.pipeline import Sendoff
    from sendoff.report.display import Display
    from sendoff.store.promise import Appended


async def tried(
    sendoff: Sendoff, message: Appended, display: Display, aside: Aside
) -> dict[str, Any]:
    """What every route that is on would do with a message, as it may be shown.

    As the page of an event has it, with the first `requests` of what would be sent.
    """
    trace = Trace()
    router, pipeline = sendoff.router, sendoff.pipeline
    decided = await aside.done(lambda: decided_now(message, router, pipeline.consent_map, trace))
    explained = Explanation(
        past=PastEvent(message, None, (), ()), event=decided.event, recorded={},
        now={each.route: each for each in decided.decisions},
        steps={each["name"]: each["steps"] for each in trace.entries}, holds={}, sent={},
        pipeline=pipeline,
    )  # fmt: skip
    read = await aside.done(
        lambda: read_event(
            message.number, message.body, message.fallback_key, message.received_at,
            pipeline.consent_map,
        )
    )  # fmt: skip
    requests = {name: await _request(sendoff, read, explained, name) for name in explained.routes}
    return await aside.done(lambda: _facts(explained, requests, display))


def _facts(
    explained: Explanation, requests: Mapping[str, Any | None], display: Display
) -> dict[str, Any]:
    routes = [
        on_route(explained, name, display)
        | {"requests": history([request], display) if request else []}
        for name, request in requests.items()
    ]
    return {**explained.facts(display), "routes": routes}


async def _request(
    sendoff: Sendoff, read: ReadEvent, explained: Explanation, name: str
) -> Any | None:
    decision = explained.now[name]
    if decision.verdict != "send":
        return None
    route = next(each for each in sendoff.pipeline.routes if each.name == name)
    return await first_request(sendoff, route, decision, read)
