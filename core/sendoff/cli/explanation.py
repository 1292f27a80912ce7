"""Decisions about one event explained: in sentences, and step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.blueprint.values import has_value
from sendoff.errors import InvalidEvent
from sendoff.report import sentences
from sendoff.report.steps import told_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff.blueprint.trace import Trace
    from sendoff.pipeline_file import RouteConfig
    from sendoff.preview import DecidedLine
    from sendoff.report.display import Display


def as_json(decided: DecidedLine, trace: Trace) -> dict[str, Any]:
    """The event, its decisions and their steps."""
    event = None if isinstance(decided.event, InvalidEvent) else decided.event.describe()
    return {
        "message_id": decided.message_id, "event": event,
        "decisions": list(decided.records()), "trace": trace.entries,
    }  # fmt: skip


def told(
    decided: DecidedLine, what: str, routes: list[RouteConfig], trace: Trace, display: Display
) -> Iterator[str]:
    """The decisions in sentences, the event as it was read, and every step; `what` names it."""
    by_name = {route.name: route for route in routes}
    steps = {entry["name"]: entry["steps"] for entry in trace.entries}
    for decision in decided.decisions:
        route = by_name.get(decision.route or "")
        yield from sentences.told(decision, route, steps.get(decision.route, ()), display)
        yield ""
    if not isinstance(decided.event, InvalidEvent):
        yield f"{what}, as it was read:"
        event = decided.event.describe()
        for name, shown in display.members(event).items():
            if has_value(event[name]):
                yield f"  {name}: {shown}"
    for name, entries in steps.items():
        yield ""
        yield f"{name}, step by step:"
        yield from told_steps(entries, display)
