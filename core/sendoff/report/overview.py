"""What a store holds, route by route: counted now, with what it remembers of holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from sendoff.report import allowance
from sendoff.store.deaths import DeadQuery
from sendoff.store.promise import Depth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sendoff.destination import Limits
    from sendoff.store.deaths import DeadCount
    from sendoff.store.promise import Appended, GateState, Store

MOST_UNDECIDED: Final = 1_000
"""Undecided messages are counted up to here."""

Configured = Literal["on", "off", "gone"]
"""Whether a route is in the pipeline file, in it but switched off, or known to the store alone."""


@dataclass(frozen=True, slots=True)
class RouteOverview:
    """What became of one route's events, and what waits; `hold` is why it waits, if it does.

    `limits` are those of the pipeline file, None for a route that it does not have.
    """

    configured: Configured
    depth: Depth
    totals: Mapping[str, int]
    dead: Mapping[str, int]
    hold: Mapping[str, Any] | None = None
    limits: Limits | None = None

    @property
    def is_held(self) -> bool:
        """Whether what waits here waits for an operator or a host."""
        return self.hold is not None and self.depth.waiting > 0

    def by_reason(self, outcome: str) -> dict[str, int]:
        """Of the deliveries with an outcome (`skipped`, `dropped`), how many for which reason."""
        start = f"{outcome} "
        return {
            what.removeprefix(start): count
            for what, count in self.totals.items()
            if what.startswith(start)
        }

    def as_json(self) -> dict[str, Any]:
        """The counts by name."""
        depth = self.depth
        return {
            "configured": self.configured,
            "waiting": {"due": depth.due, "delayed": depth.delayed, "out": depth.leased},
            "delivered": self.totals.get("delivered", 0), "skipped": self.by_reason("skipped"),
            "dropped": self.by_reason("dropped"), "dead": dict(self.dead), "held": self.hold,
            "limits": allowance.as_json(self.limits) if self.limits else None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole store; `dead` counts messages that are no event, which came to no route."""

    routes: Mapping[str, RouteOverview]
    events: Mapping[str, int] = field(default_factory=dict)
    dead: Mapping[str, int] = field(default_factory=dict)
    undecided: Sequence[Appended] = ()
    gates: Mapping[str, GateState] = field(default_factory=dict)

    @property
    def is_held(self) -> bool:
        """Whether a route that is in use is held, and something waits for it."""
        return any(each.is_held and each.configured == "on" for each in self.routes.values())

    @property
    def waits(self) -> bool:
        """Whether a worker would find something to do: to decide, or on a route that is in use."""
        routes = self.routes.values()
        waiting = any(each.depth.waiting and each.configured == "on" for each in routes)
        return waiting or bool(self.undecided)

    @property
    def has_dead(self) -> bool:
        """Whether anything is dead."""
        return any(self.dead.values()) or any(any(r.dead.values()) for r in self.routes.values())

    def as_json(self) -> dict[str, Any]:
        """What `sendoff status --json` prints, but for the store's own."""
        return {
            "events": self.events.get("events", 0), "invalid": self.events.get("invalid", 0),
            "duplicates": self.events.get("duplicates", 0), "undecided": len(self.undecided),
            "dead": dict(self.dead),
            "routes": {name: route.as_json() for name, route in self.routes.items()},
            "accounts": {name: asdict(gate) for name, gate in self.gates.items()},
        }  # fmt: skip


async def overview(
    store: Store, configured: Mapping[str, bool], limits: Mapping[str, Limits] | None = None
) -> Overview:
    """What a store holds of the routes of a pipeline (by name: whether it is on) and of others."""
    totals = await store.totals()
    dead = _by_route(await store.count_dead(DeadQuery()))
    others = sorted({*totals, *(route for route in dead if route)} - {*configured, ""})
    names = [*configured, *others]
    holds = await store.facts("hold", names)
    routes = {}
    for name in names:
        on = configured.get(name)
        state: Configured = "gone" if on is None else "on" if on else "off"
        routes[name] = RouteOverview(
            state, await store.depth(name), totals.get(name, {}), dead.get(name, {}),
            holds.get(name), (limits or {}).get(name),
        )  # fmt: skip
    return Overview(
        routes, totals.get("", {}), dead.get(None, {}), await store.undecided(MOST_UNDECIDED),
        await store.gates(),
    )  # fmt: skip


def _by_route(counts: Iterable[DeadCount]) -> dict[str | None, Counter[str]]:
    dead: dict[str | None, Counter[str]] = {}
    for each in counts:
        dead.setdefault(each.route, Counter())[each.reason] += each.count
    return dead
