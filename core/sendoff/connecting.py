"""From a route of the pipeline file to what its lane delivers with: a connection, and a gate."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

from sendoff.errors import SendoffError
from sendoff.pace import Closing, StoreGate
from sendoff.terms import LaneSettings
from sendoff.withdrawal import Demands

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

    from sendoff.clock import Clock
    from sendoff.journal import Journal
    from sendoff.patience import Patience
    from sendoff.pipeline_file import RouteConfig
    from sendoff.redact import Redactor
    from sendoff.store.promise import Store
    from sendoff.terms import Connected


def lane_settings(route: RouteConfig) -> LaneSettings:
    """How a lane delivers for a route."""
    demands = Demands(route.route.demands, route.silence_allows)
    return LaneSettings(
        route.name, route.limits.concurrency, route.batching, route.policy, demands,
        route.limits.deadline,
    )  # fmt: skip


def same_connection(old: RouteConfig, new: RouteConfig) -> bool:
    """Whether the connection of a route serves as well after its file has changed."""
    return (old.destination, old.settings, old.limits) == (
        new.destination, new.settings, new.limits,
    )  # fmt: skip


class Connector:
    """Opens connections, each over an HTTP client of its own, and closes them all at its end."""

    def __init__(
        self,
        transports: Callable[[str], httpx.AsyncBaseTransport | None],
        journal: Journal,
        redactor: Redactor,
        clock: Clock,
        patience: Patience,
    ) -> None:
        self._transports = transports
        self._journal = journal
        self._redactor = redactor
        self._clock = clock
        self._patience = patience
        self._closings: dict[str, Closing] = {}
        self._known: list[httpx.AsyncBaseTransport] = []
        self._closing = AsyncExitStack()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._closing.aclose()

    def connect_all(self, routes: Sequence[RouteConfig], store: Store) -> dict[str, Connected]:
        """A connection for each route, by its name. Raises SendoffError for a broken plugin."""
        return {route.name: self.connect(route, store) for route in routes}

    def connect(self, route: RouteConfig, store: Store) -> Connected:
        """A connection for a route, and the gate of its account.

        Raises SendoffError when the destination's plugin cannot make one.
        """
        try:
            return self._connected(route, store)
        except SendoffError:
            raise
        except Exception as error:
            plugin = route.destination.name
            raise SendoffError(
                f"route `{route.name}`: the plugin of `{plugin}` raised {type(error).__name__}: "
                f"{self._redactor.text(str(error))} (report it to the author of the plugin)"
            ) from error

    def _connected(self, route: RouteConfig, store: Store) -> Connected:
        from sendoff.http import Http  # noqa: PLC0415 - brings httpx, which few commands need

        # Destinations name their accounts without a thought for each other.
        account = f"{route.destination.name} {route.destination.account(route.settings)}"
        gate = StoreGate(
            store, account, rate=route.limits.rate, reserve=route.limits.reserve,
            clock=self._clock, patience=self._patience,
            closing=self._closings.setdefault(account, Closing()),
        )  # fmt: skip
        transport = self._transports(route.name)
        http = Http(
            gate=gate, redactor=self._redactor,
            record=partial(self._journal.exchanged, route=route.name),
            timeout=route.limits.timeout, clock=self._clock, transport=transport,
            max_connections=route.limits.concurrency,
        )  # fmt: skip
        if all(transport is not known for known in self._known):
            self._closing.push_async_callback(http.aclose)
            self._known += [transport] if transport else []
        return route.destination.connect(route.settings, http), gate
