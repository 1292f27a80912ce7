"""Counts what became of events, route by route: what `run` ends with and `drain` returns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sendoff.store.promise import Dead, Later

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sendoff.decision import Decision
    from sendoff.journal import Attempted, DecidedEvent


@dataclass(slots=True)
class RouteTally:
    """One route's counts; `waiting` is what is neither delivered, skipped nor dead.

    Dropped events and deliveries, but for `resumed` ones, add up to the events that were decided; a
    dead decision counts among the deliveries and the dead. Resumed are deliveries that were decided
    elsewhere: by an earlier process, by another one, or by a replay.
    """

    dropped: Counter[str] = field(default_factory=Counter)
    deliveries: int = 0
    resumed: int = 0
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
        """The counts by name; `resumed` where there are any."""
        resumed = {"resumed": self.resumed} if self.resumed else {}
        return {
            "dropped": dict(self.dropped), "deliveries": self.deliveries, **resumed,
            "delivered": self.delivered, "skipped": self.skipped.total(),
            "dead": self.dead.total(), "waiting": self.waiting, "held": self.held,
        }  # fmt: skip

    def resume(self, deliveries: int) -> None:
        """Count deliveries that were decided elsewhere."""
        self.deliveries += deliveries
        self.resumed += deliveries


class Tally:
    """Counts since it began to watch."""

    def __init__(self, routes: Iterable[str]) -> None:
        self.events = 0
        self.invalid = 0
        self.duplicates = 0
        self.routes = {name: RouteTally() for name in routes}

    def decided(self, events: Iterable[DecidedEvent]) -> None:
        """Count events and their decisions."""
        for event in events:
            self._count(event.decisions)

    def attempted(self, attempts: Sequence[Attempted]) -> None:
        """Count deliveries of one route that are settled."""
        ended = [each.settlement for each in attempts if not isinstance(each.settlement, Later)]
        if not ended:
            return
        route = self._route(attempts[0].delivery.route)
        route.resume(max(0, len(ended) - route.waiting))
        for settlement in ended:
            if isinstance(settlement, Dead):
                route.dead[settlement.reason] += 1
            elif settlement.kind == "skipped":
                route.skipped[settlement.reason] += 1
            else:
                route.delivered += 1

    def _count(self, decisions: Iterable[Decision]) -> None:
        self.events += 1
        for decision in decisions:
            if decision.verdict == "duplicate":
                self.duplicates += 1
            elif decision.route is None:
                self.invalid += 1
            else:
                route = self._route(decision.route)
                if decision.verdict == "drop":
                    route.dropped[decision.reason] += 1
                    continue
                route.deliveries += 1
                if decision.verdict == "dead":
                    route.dead[decision.reason] += 1

    def held(self, route: str, reason: str | None, detail: str) -> None:
        """Note why a route is held, or that it goes on."""
        self._route(route).held = reason
        self._route(route).held_detail = detail

    def resumed(self, route: str, waiting: int) -> None:
        """Count what waited already, but for what is counted as waiting."""
        counted = self._route(route)
        counted.resume(max(0, waiting - counted.waiting))

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

    def _route(self, name: str) -> RouteTally:
        # A route may be added while it counts, and one that was removed may still settle.
        found = self.routes.get(name)
        if found is None:
            found = self.routes[name] = RouteTally()
        return found
