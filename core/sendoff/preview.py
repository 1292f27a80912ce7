"""What a run would decide about lines, and why, without keeping or sending anything."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from sendoff.decider import decide_read, read_event
from sendoff.errors import InvalidEvent
from sendoff.event import bears_message_id
from sendoff.event_keys import identify
from sendoff.router import Router
from sendoff.store.promise import Earlier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sendoff.blueprint.trace import Trace
    from sendoff.decision import Decision
    from sendoff.event import Event
    from sendoff.sources import Line

KEYS_KEPT = 1_000_000
"""Events that a repeated one is compared with: as many as the store in memory remembers."""


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """A line and the decisions about it: one per route, or one for the whole line."""

    number: int
    event: Event | InvalidEvent
    decisions: Sequence[Decision]

    @property
    def message_id(self) -> str | None:
        """The event's message id, None where it has none or the line is no event."""
        return None if isinstance(self.event, InvalidEvent) else self.event.message_id

    def records(self) -> Iterator[dict[str, Any]]:
        """Each decision as `sendoff preview --json` prints it."""
        return (self._record(decision) for decision in self.decisions)

    def _record(self, decision: Decision) -> dict[str, Any]:
        record: dict[str, Any] = {"line": self.number}
        if not isinstance(self.event, InvalidEvent):
            record["message_id"] = self.message_id
        record |= {"route": decision.route, "decision": decision.verdict}
        match decision.verdict:
            case "send":
                record |= {
                    "rule": decision.rule, "action": decision.action,
                    "payload": msgspec.Raw(decision.body), "delivery_id": decision.delivery_id,
                }  # fmt: skip
            case "duplicate":
                return record | {"detail": decision.detail}
            case _:
                record |= {"reason": decision.reason, "detail": decision.detail}
        return record | {"warnings": list(decision.warnings)}


class Preview:
    """Decides line after line. `now` gives the time at which an event arrives."""

    def __init__(
        self,
        router: Router,
        consent_map: Mapping[str, str],
        now: Callable[[], datetime],
        *,
        keys_kept: int = KEYS_KEPT,
    ) -> None:
        self._router = router
        self._consent_map = consent_map
        self._now = now
        self._earlier: OrderedDict[str, Earlier] = OrderedDict()
        self._keys_kept = keys_kept

    def decide(self, line: Line) -> DecidedLine:
        """The decisions about a line, given the lines before it."""
        return self._decide(line, self._router)

    def explain(self, line: Line, trace: Trace) -> DecidedLine:
        """The same decisions, with every step recorded in the trace."""
        return self._decide(line, self._router, trace)

    def pass_by(self, line: Line) -> None:
        """Take a line for decided, to know its repetitions by."""
        self._decide(line, _NOWHERE)

    def _decide(self, line: Line, router: Router, trace: Trace | None = None) -> DecidedLine:
        now = self._now()
        read = read_event(line.number, line.body, line.fallback_key, now, self._consent_map)
        digest = read.digest
        identity = identify(read.key, digest, self._earlier)
        decisions = decide_read(read, identity, router, now, trace)
        if identity.duplicate_of is not None:
            same = f"same as line {identity.duplicate_of}"
            decisions = [msgspec.structs.replace(each, detail=same) for each in decisions]
        elif _bears_id(read.event, line.body):
            # What is told apart by its occurrence cannot come again.
            self._remember(identity.key, Earlier(read.number, digest))
        return DecidedLine(line.number, read.event, decisions)

    def _remember(self, key: str, earlier: Earlier) -> None:
        self._earlier[key] = earlier
        if len(self._earlier) > self._keys_kept:
            self._earlier.popitem(last=False)


def _bears_id(event: Event | InvalidEvent, body: bytes) -> bool:
    if isinstance(event, InvalidEvent):
        return bears_message_id(body)
    return event.message_id is not None


_NOWHERE = Router(())
