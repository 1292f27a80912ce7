"""What is counted of everything that happens to events: the same names in every engine."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sendoff.store.promise import Dead, Done

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sendoff.decision import Decision
    from sendoff.store.promise import Decided, Settlement

Count = tuple[str, str]
"""A route and what became of something there; of events as a whole the route is empty."""


def counts_of(decided: Sequence[Decided]) -> Counter[Count]:
    """What to count of messages that were decided; a *send* counts when it is settled."""
    counts = Counter({("", "events"): len(decided)})
    for one in decided:
        for decision in one.decisions:
            if decision.verdict != "send":
                counts[_count_of_decision(decision)] += 1
    return counts


def _count_of_decision(decision: Decision) -> Count:
    if decision.verdict == "duplicate":
        return "", "duplicates"
    if decision.route is None:
        return "", "invalid"
    if decision.verdict == "drop":
        return count_of_drop(decision)
    return decision.route, f"dead {decision.reason}"


def count_of_drop(decision: Decision) -> Count:
    """What to count of a route's decision to drop, be it the first or one of a letter."""
    return decision.route or "", f"dropped {decision.reason}"


def count_of(route: str, settlement: Settlement) -> Count | None:
    """What to count of a delivery that was settled; None where it waits on."""
    if isinstance(settlement, Dead):
        return route, f"dead {settlement.reason}"
    if isinstance(settlement, Done):
        return route, "delivered" if settlement.kind == "delivered" else (
            f"skipped {settlement.reason}"
        )
    return None


def counts_of_ends(route: str, settlements: Iterable[Settlement]) -> Counter[Count]:
    """What to count of deliveries of a route that were settled."""
    counts: Counter[Count] = Counter()
    delivered = 0
    for settlement in settlements:
        if type(settlement) is Done and settlement.kind == "delivered":
            delivered += 1
        elif count := count_of(route, settlement):
            counts[count] += 1
    if delivered:
        counts[route, "delivered"] = delivered
    return counts


class Totals:
    """Counts since the store was made."""

    def __init__(self) -> None:
        self._routes: dict[str, Counter[str]] = {}

    def add(self, count: Count) -> None:
        """Count one."""
        route, what = count
        self._routes.setdefault(route, Counter())[what] += 1

    def by_route(self) -> Mapping[str, Mapping[str, int]]:
        """The counts by route and then by what; a copy."""
        return {route: dict(counts) for route, counts in self._routes.items()}
