"""Counts what became of events, route by route: what `run` ends with and `drain` returns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sendoff.store.promise import Dead, Done

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sendoff.delivery import Delivery, Outcome
    from sendoff.journal import DecidedEvent
    from sendoff.store.promise import Settlement


@dataclass(slots=True)
class RouteTally:
    """One route's counts; `waiting` is what is neither delivered, skipped nor dead.

    Dropped events and deliveries add up to the events that were decided; a dead decision counts
    among the deliveries and the dead.
    """

    dropped: Counter[str] = field(default_factory=Counter)
    deliveries: int = 0
    delivered: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    held: str | None = None
    held_detail: str = ""

    @property
    def waiting(self) -> int:
        """Deliveries that are not settled."""
        return self.deliveries - self.delivered - self.skipped.total() - self.dead.total()

    def as_json(self) -> dict[str, Any]:
        """The counts by name."""
        return {
            "dropped": dict(self.dropped), "deliveries": self.deliveries,
            "delivered": self.delivered, "skipped": self.skipped.total(),
            "dead": self.dead.total(), "waiting": self.waiting, "held": self.held,
        }  # fmt: skip


class Tally:
    """Counts since it began to watch."""

    def __init__(self, routes: Iterable[str]) -> None:
        self.events = 0
        self.invalid = 0
        self.duplicates = 0
        self.routes = {name: RouteTally() for name in routes}

    def decided(self, event: DecidedEvent) -> None:
        """Count an event and its decisions."""
        self.events += 1
        for decision in event.decisions:
            if decision.verdict == "duplicate":
                self.duplicates += 1
            elif decision.route is None:
                self.invalid += 1
            else:
                route = self.routes[decision.route]
                if decision.verdict == "drop":
                    route.dropped[decision.reason] += 1
                    continue
                route.deliveries += 1
                if decision.verdict == "dead":
                    route.dead[decision.reason] += 1

    def attempted(self, delivery: Delivery, outcome: Outcome, settlement: Settlement) -> None:
        """Count a delivery that is settled."""
        del outcome
        route = self.routes[delivery.route]
        if isinstance(settlement, Dead):
            route.dead[settlement.reason] += 1
        elif isinstance(settlement, Done) and settlement.kind == "skipped":
            route.skipped[settlement.reason] += 1
        elif isinstance(settlement, Done):
            route.delivered += 1

    def held(self, route: str, reason: str | None, detail: str) -> None:
        """Note why a route is held, or that it goes on."""
        self.routes[route].held = reason
        self.routes[route].held_detail = detail

    @property
    def waiting(self) -> int:
        """Deliveries of all routes that are not settled."""
        return sum(route.waiting for route in self.routes.values())

    def as_json(self) -> dict[str, Any]:
        """The counts as `sendoff run --json` gives them."""
        return {
            "events": self.events, "invalid": self.invalid, "duplicates": self.duplicates,
            "routes": {name: route.as_json() for name, route in self.routes.items()},
        }  # fmt: skip
