"""Counts for Prometheus: of requests, decisions and attempts, by route, outcome and reason.

Nothing in a label comes from a client or an event, so nobody's data gets there, and their number
is bounded.
"""

from __future__ import annotations

import re
from collections import Counter as Counts
from itertools import chain
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.journal import Attempted, DecidedEvent

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ALL: Final = ("route", "outcome", "reason")


class Metrics:
    """The counts of one server, which is also a watcher of its pipeline."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "sendoff_requests", "Requests, by what was asked for.",
            ("endpoint", "outcome", "reason"), registry=self._registry,
        )  # fmt: skip
        self._accepted = Counter(
            "sendoff_events_accepted", "Events kept for good.", registry=self._registry
        )
        self._decisions = Counter(
            "sendoff_decisions", "Decisions, one for each route.", _ALL, registry=self._registry
        )
        self._attempts = Counter(
            "sendoff_attempts", "Attempts to deliver.", _ALL, registry=self._registry
        )
        self._held = Gauge(
            "sendoff_route_held", "Whether a route is held.", ("route",), registry=self._registry
        )
        self._waiting = Gauge(
            "sendoff_deliveries_waiting", "Deliveries that are not settled.", ("route",),
            registry=self._registry,
        )  # fmt: skip

    def answered(self, endpoint: str, reason: str = "", *, events: int = 0) -> None:
        """A request was answered: refused for a reason, or not, with so many events in it."""
        outcome = "refused" if reason else "ok"
        self._requests.labels(endpoint, outcome, reason).inc()
        if events:
            self._accepted.inc(events)

    def decided(self, events: Sequence[DecidedEvent]) -> None:
        """Count the decisions about events."""
        counts = Counts(
            (each.route or "", each.verdict, each.reason)
            for each in chain.from_iterable(event.decisions for event in events)
        )
        # To find a label takes longer than to count.
        for (route, verdict, reason), count in counts.items():
            self._decisions.labels(route, verdict, _code(reason)).inc(count)

    def attempted(self, attempts: Sequence[Attempted]) -> None:
        """Count attempts."""
        counts = Counts(
            (each.delivery.route, type(each.outcome).__name__, getattr(each.outcome, "reason", ""))
            for each in attempts
        )
        for (route, outcome, reason), count in counts.items():
            self._attempts.labels(route, outcome.lower(), _code(reason)).inc(count)

    def held(self, route: str, reason: str | None, detail: str) -> None:
        """Note that a route is held, or goes on."""
        self._held.labels(route).set(reason is not None)

    def page(self, waiting: Mapping[str, int]) -> Response:
        """Everything as Prometheus reads it; `waiting` is what is not settled, by route."""
        for route, deliveries in waiting.items():
            self._waiting.labels(route).set(deliveries)
        headers = {"Content-Type": CONTENT_TYPE_LATEST}
        return Response(generate_latest(self._registry), headers=headers)


def _code(reason: str | None) -> str:
    """The reason if it is a code: a plugin may give anything."""
    if not reason:
        return ""
    return reason if _CODE.fullmatch(reason) else "other"
