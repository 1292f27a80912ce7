"""One event explained: as it came, as it was read, and what was decided about it, and would be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from sendoff.blueprint.trace import Trace
from sendoff.blueprint.values import has_value
from sendoff.errors import InvalidEvent
from sendoff.report.past import decided_now, past_event
from sendoff.report.remedies import remedy
from sendoff.report.sentences import sentence
from sendoff.store.resends import Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.debugger.aside import Aside
    from sendoff.decision import Decision
    from sendoff.event import Event
    from sendoff.pipeline import Sendoff
    from sendoff.pipeline_file import Pipeline
    from sendoff.report.display import Display
    from sendoff.report.past import PastEvent
    from sendoff.store.promise import Appended
    from sendoff.store.resends import Sent

    Steps = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of an event: the decisions that were recorded, and those of the run of now.

    By route, `steps` are those of that run, `holds` why routes wait, and `sent` tells how what was
    sent stands.
    """

    past: PastEvent
    event: Event | InvalidEvent
    recorded: Mapping[str | None, Decision]
    now: Mapping[str | None, Decision]
    steps: Mapping[str, Steps]
    holds: Mapping[str, Any]
    sent: Mapping[str, Sent]
    pipeline: Pipeline

    @property
    def routes(self) -> list[str]:
        """The routes that have something to tell; none where the event is a repetition."""
        if self.past.duplicate_of is not None:
            return []
        return [each for each in dict.fromkeys((*self.recorded, *self.now)) if each is not None]

    def facts(self, display: Display) -> dict[str, Any]:
        """All of it that is not one route's own."""
        appended = self.past.appended
        read = None if isinstance(self.event, InvalidEvent) else self.event
        whole = self.recorded.get(None) or self.now.get(None)
        return {
            "number": appended.number, "received_at": moment(appended),
            "message_id": display.text(read.message_id) if read and read.message_id else None,
            "title": display.text(read.event or read.name or read.type) if read else "No event",
            "type": read.type if read else None,
            "decided": bool(self.recorded), "duplicate_of": self.past.duplicate_of,
            "whole": whole and {
                "sentence": sentence(whole, None, (), display), "reason": whole.reason,
                "remedy": remedy(whole.reason),
            },
            "odd": [display.text(each) for each in read.warnings] if read else [],
            "received": _received(appended.body, display),
            "event": _described(read, display) if read else None,
        }  # fmt: skip


async def explain(sendoff: Sendoff, appended: Appended, aside: Aside) -> Explanation:
    """Everything about an event of the store; what would become of it now is decided anew."""
    trace = Trace()
    router, pipeline = sendoff.router, sendoff.pipeline
    now = await aside.done(lambda: decided_now(appended, router, pipeline.consent_map, trace))
    verdicts = await sendoff.store.decisions([appended.number])
    recorded = {each.route: each for one in verdicts for each in one.decisions}
    names = [route.name for route in pipeline.routes]
    targets = [Target(appended.number, route) for route in recorded if route is not None]
    sent = await sendoff.store.sent(targets)
    return Explanation(
        past=await past_event(sendoff, appended), event=now.event, recorded=recorded,
        now={each.route: each for each in now.decisions},
        steps={each["name"]: each["steps"] for each in trace.entries},
        holds=await sendoff.store.facts("hold", names), pipeline=pipeline,
        sent={each.route: one for each, one in zip(targets, sent, strict=True)},
    )  # fmt: skip


def moment(appended: Appended) -> str:
    """When a message came, as ISO text in UTC."""
    return appended.received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _received(body: bytes, display: Display) -> Any:
    """The message as it came: its JSON, or what text it is."""
    try:
        return display.covered(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return display.text(body.decode("utf-8", "replace"))


def _described(event: Event, display: Display) -> dict[str, Any]:
    described = display.covered(event.describe())
    return {name: each for name, each in described.items() if has_value(each)}
