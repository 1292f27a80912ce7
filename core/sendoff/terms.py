"""The terms under which a route delivers: how, over what, and how the route is doing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sendoff.destination import Limits
from sendoff.holds import RouteHealth
from sendoff.withdrawal import Demands

if TYPE_CHECKING:
    from sendoff.destination import Batching, Connection
    from sendoff.pace import StoreGate
    from sendoff.retry import RetryPolicy

    Connected = tuple[Connection, StoreGate]
    """A connection, and the gate of its account."""


@dataclass(frozen=True, slots=True)
class LaneSettings:
    """How a route delivers: how many attempts at once, how much in one, and how often again.

    `demands` are the purposes that must not have been refused when something is sent; `deadline`
    is the seconds an attempt may take.
    """

    route: str
    concurrency: int
    batching: Batching
    policy: RetryPolicy
    demands: Demands = field(default_factory=Demands)
    deadline: float = Limits().deadline


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What an attempt is made under, from its beginning to its end."""

    settings: LaneSettings
    connection: Connection
    gate: StoreGate
    health: RouteHealth

    @classmethod
    def of(cls, settings: LaneSettings, connected: Connected) -> Terms:
        """Terms of a route of which nothing is known yet."""
        return cls(settings, *connected, RouteHealth(settings.concurrency))

    def changed(self, settings: LaneSettings, connected: Connected | None) -> Terms:
        """The terms for what is begun from now on; a connection that stays keeps what it learnt."""
        if connected is not None:
            return Terms.of(settings, connected)
        self.health.concurrency = settings.concurrency
        return replace(self, settings=settings)
