"""What happened, as it happens: decisions, attempts and exchanges, for whoever watches.

Watchers such as a tally or a progress line see everything as it is. The journal makes entries of
it, without secrets: one for what happened together, so that a store keeps them at little cost.
`sendoff.records` makes of an entry the records that people and programs read.
"""

from __future__ import annotations

import logging
import traceback
from dataclasses import asdict, fields
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import msgspec

from sendoff import records
from sendoff.http import Exchange
from sendoff.store.promise import Verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sendoff.decision import Decision
    from sendoff.delivery import Delivery, Outcome
    from sendoff.records import Record
    from sendoff.redact import Redactor
    from sendoff.store.promise import Settlement

_OF_AN_EXCHANGE = tuple(each.name for each in fields(Exchange) if each.name != "deliveries")

_log = logging.getLogger(__name__)


class DecidedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event and its decisions, one per route; `number` is the store's."""

    number: int
    key: str
    message_id: str | None
    decisions: Sequence[Decision]


class Attempted(NamedTuple):
    """An attempt at one delivery: what it came to, and how the store was told to settle it."""

    delivery: Delivery
    outcome: Outcome
    settlement: Settlement


class Watcher(Protocol):
    """Sees what happens, as it happens. It must be quick; what it raises is logged, once."""

    def decided(self, events: Sequence[DecidedEvent]) -> None:
        """Events were decided, and that is kept."""

    def attempted(self, attempts: Sequence[Attempted]) -> None:
        """Attempts at deliveries of one route ended, and what follows from them is kept."""

    def held(self, route: str, reason: str | None, detail: str) -> None:
        """A route is held for a reason, or (None) goes on."""


@runtime_checkable
class ResumptionWatcher(Protocol):
    """Sees as well what was there before: a watcher may, and need not, have this method."""

    def resumed(self, route: str, waiting: int) -> None:
        """So many deliveries of a route waited already when the pipeline began to deliver."""


class Journal:
    """Makes entries of what happened: JSON-able mappings without secrets."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._telling = _Telling(redactor)
        self._keepers: list[Callable[[Record], None]] = []
        self._sinks: list[Callable[[Record], None]] = []

    def subscribe(self, sink: Callable[[Record], None]) -> None:
        """Hand every record to a function, from now on: see `sendoff.records`."""
        self._sinks.append(sink)

    def keep(self, keeper: Callable[[Record], None]) -> None:
        """Hand every entry to a function, from now on."""
        self._keepers.append(keeper)

    def decided(self, events: Sequence[DecidedEvent]) -> None:
        """Note which events were decided: what was, the store has."""
        if not events:
            return
        entry = {"kind": "decided", "numbers": [each.number for each in events]}
        verdicts = {
            each.number: Verdicts(each.number, each.message_id, each.decisions) for each in events
        } if self._sinks else {}  # fmt: skip
        self._enter(entry, verdicts)

    def attempted(self, attempts: Sequence[Attempted]) -> None:
        """Note attempts: what they came to, and what follows."""
        if not attempts:
            return
        message_ids = self._redactor.texts([each.delivery.message_id or "" for each in attempts])
        named = zip(attempts, message_ids, strict=True)
        came = [
            {
                **self._redactor.value(_facts(outcome)),
                "outcome": type(outcome).__name__, "then": then.__name__,
                "deliveries": [
                    (each.delivery.id, message_id or None, each.delivery.attempt)
                    for each, message_id in alike
                ],
            }
            for (outcome, then), alike in groupby(
                named, lambda each: (each[0].outcome, type(each[0].settlement))
            )
        ]  # fmt: skip
        self._enter({"kind": "attempts", "route": attempts[0].delivery.route, "came": came})

    def held(self, route: str, reason: str | None, detail: str) -> None:
        """Note that a route is held, or goes on."""
        text = self._redactor.text
        self._enter(
            {"kind": "hold", "route": route, "reason": reason and text(reason),
             "detail": text(detail)}
        )  # fmt: skip

    def exchanged(self, exchange: Exchange, route: str = "") -> None:
        """Note a request and its answer."""
        said = {name: getattr(exchange, name) for name in _OF_AN_EXCHANGE}
        deliveries = self._redactor.texts(exchange.deliveries)
        entry = {"kind": "exchange", "route": route, **self._redactor.value(said)}
        self._enter({**entry, "deliveries": deliveries})

    def _enter(self, entry: Record, verdicts: Mapping[int, Verdicts] | None = None) -> None:
        for keeper in self._keepers:
            self._telling.tell(keeper, entry)
        if not self._sinks:
            return
        for record in records.of(entry, verdicts or {}):
            covered = self._redactor.value(record)
            for sink in self._sinks:
                self._telling.tell(sink, covered)


class Watchers:
    """Several watchers as one that never raises."""

    def __init__(self, watchers: Iterable[Watcher], redactor: Redactor) -> None:
        self._all = list(watchers)
        self._telling = _Telling(redactor)

    def add(self, watcher: Watcher) -> None:
        """Let one more watch, from now on."""
        self._all.append(watcher)

    def decided(self, events: Sequence[DecidedEvent]) -> None:
        """Events were decided."""
        for watcher in self._all:
            self._telling.tell(watcher.decided, events)

    def attempted(self, attempts: Sequence[Attempted]) -> None:
        """Attempts ended."""
        for watcher in self._all:
            self._telling.tell(watcher.attempted, attempts)

    def resumed(self, route: str, waiting: int) -> None:
        """So many deliveries of a route waited already."""
        for watcher in self._all:
            if isinstance(watcher, ResumptionWatcher):
                self._telling.tell(watcher.resumed, route, waiting)

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
