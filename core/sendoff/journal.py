"""What happened, as it happens: decisions, attempts and exchanges, for whoever watches.

The journal keeps the newest records, redacted; watchers such as a tally or a progress line see
everything as it is. What one of them raises harms nobody else.
"""

from __future__ import annotations

import logging
import traceback
from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sendoff.decision import Decision
    from sendoff.delivery import Delivery, Outcome
    from sendoff.http import Exchange
    from sendoff.redact import Redactor
    from sendoff.store.promise import Settlement

RECORDS_KEPT = 2_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DecidedEvent:
    """An event and its decisions, one per route; `number` is the store's."""

    number: int
    key: str
    message_id: str | None
    decisions: tuple[Decision, ...]


class Watcher(Protocol):
    """Sees what happens, as it happens. It must be quick; what it raises is logged, once."""

    def decided(self, event: DecidedEvent) -> None:
        """An event was decided, and that is kept."""

    def attempted(self, delivery: Delivery, outcome: Outcome, settlement: Settlement) -> None:
        """An attempt ended, and what follows from it is kept."""

    def held(self, route: str, reason: str | None, detail: str) -> None:
        """A route is held for a reason, or (None) goes on."""


class Journal:
    """The newest records of what happened, as JSON-able mappings without secrets."""

    def __init__(self, redactor: Redactor, *, kept: int = RECORDS_KEPT) -> None:
        self._redactor = redactor
        self._telling = _Telling(redactor)
        self.records: deque[dict[str, Any]] = deque(maxlen=kept)
        self._sinks: list[Callable[[dict[str, Any]], None]] = []

    def subscribe(self, sink: Callable[[dict[str, Any]], None]) -> None:
        """Hand every record to a function as well, from now on."""
        self._sinks.append(sink)

    def decided(self, event: DecidedEvent) -> None:
        """Record the decisions about an event."""
        for decision in event.decisions:
            self._record(
                "decision", number=event.number, message_id=event.message_id,
                route=decision.route, decision=decision.verdict, reason=decision.reason,
                detail=decision.detail, rule=decision.rule, action=decision.action,
                delivery_id=decision.delivery_id, warnings=list(decision.warnings),
            )  # fmt: skip

    def attempted(self, delivery: Delivery, outcome: Outcome, settlement: Settlement) -> None:
        """Record an attempt: what it came to, and what follows."""
        self._record(
            "attempt", delivery_id=delivery.id, route=delivery.route, attempt=delivery.attempt,
            message_id=delivery.message_id, outcome=type(outcome).__name__, **_facts(outcome),
            then=type(settlement).__name__,
        )  # fmt: skip

    def held(self, route: str, reason: str | None, detail: str) -> None:
        """Record that a route is held, or goes on."""
        self._record("hold", route=route, reason=reason, detail=detail)

    def exchanged(self, exchange: Exchange) -> None:
        """Record a request and its answer."""
        self._record("exchange", **asdict(exchange))

    def _record(self, kind: str, **facts: Any) -> None:
        record = {"kind": kind, **self._redactor.value(facts)}
        self.records.append(record)
        for sink in self._sinks:
            self._telling.tell(sink, record)


class Watchers:
    """Several watchers as one that never raises."""

    def __init__(self, watchers: Iterable[Watcher], redactor: Redactor) -> None:
        self._all = list(watchers)
        self._telling = _Telling(redactor)

    def add(self, watcher: Watcher) -> None:
        """Let one more watch, from now on."""
        self._all.append(watcher)

    def decided(self, event: DecidedEvent) -> None:
        """An event was decided."""
        for watcher in self._all:
            self._telling.tell(watcher.decided, event)

    def attempted(self, delivery: Delivery, outcome: Outcome, settlement: Settlement) -> None:
        """An attempt ended."""
        for watcher in self._all:
            self._telling.tell(watcher.attempted, delivery, outcome, settlement)

    def held(self, route: str, reason: str | None, detail: str) -> None:
        """A route is held, or goes on."""
        for watcher in self._all:
            self._telling.tell(watcher.held, route, reason, detail)


def failure(error: BaseException, redactor: Redactor) -> str:
    """An exception with its traceback, to be logged: without secrets."""
    return redactor.text("".join(traceback.format_exception(error)))


class _Telling:
    """Calls that may fail. The first failure of each listener is logged, without secrets."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._failed: set[str] = set()

    def tell(self, listener: Callable[..., None], *facts: Any) -> None:
        """Call a listener with these facts."""
        try:
            listener(*facts)
        except Exception as error:  # noqa: BLE001 - whatever it is, deliveries go on
            name = getattr(listener, "__qualname__", type(listener).__name__)
            if name not in self._failed:
                self._failed.add(name)
                said = failure(error, self._redactor)
                _log.error("%s failed, and may have missed something:\n%s", name, said)


def _facts(outcome: Outcome) -> dict[str, Any]:
    return {name: value for name, value in asdict(outcome).items() if value not in (None, "")}
