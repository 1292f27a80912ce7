"""The lanes of a pipeline: made of its routes, and changed with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.connecting import lane_settings, same_connection
from sendoff.lane import Lane
from sendoff.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sendoff.clock import Clock
    from sendoff.connecting import Connector
    from sendoff.journal import Watcher
    from sendoff.patience import Patience
    from sendoff.pipeline_file import Pipeline, RouteConfig
    from sendoff.redact import Redactor
    from sendoff.store.promise import Store
    from sendoff.terms import Connected


class Crew:
    """Makes a lane for each route that is switched on."""

    def __init__(  # noqa: PLR0913 - one name for each part a lane is made of
        self,
        connector: Connector,
        store: Store,
        *,
        watcher: Watcher,
        redactor: Redactor,
        clock: Clock,
        random: Callable[[], float],
        patience: Patience,
    ) -> None:
        self._connector = connector
        self._store = store
        self._watcher = watcher
        self._redactor = redactor
        self._clock = clock
        self._random = random
        self._patience = patience

    def worker(self, pipeline: Pipeline) -> Worker:
        """A worker for all routes, not started. Raises SendoffError for a broken plugin."""
        connected = self._connector.connect_all(pipeline.enabled, self._store)
        lanes = [self._lane(route, connected[route.name]) for route in pipeline.enabled]
        return Worker(lanes, self._clock)

    def connected(self, old: Pipeline, new: Pipeline) -> dict[str, Connected]:
        """What a changed pipeline needs new connections for, connected; raises like `worker`."""
        known = {route.name: route for route in old.enabled}
        changed = [
            route
            for route in new.enabled
            if route.name not in known or not same_connection(known[route.name], route)
        ]
        return self._connector.connect_all(changed, self._store)

    def change(
        self, worker: Worker, old: Pipeline, new: Pipeline, connected: Mapping[str, Connected]
    ) -> None:
        """Let the worker deliver as the new pipeline says; never waits, never fails."""
        for name in {route.name for route in old.enabled} - {route.name for route in new.enabled}:
            worker.remove(name)
        for route in new.enabled:
            lane = worker.lane(route.name)
            if lane is None:
                worker.add(self._lane(route, connected[route.name]))
            else:
                lane.adopt(lane_settings(route), connected.get(route.name))

    def _lane(self, route: RouteConfig, connected: Connected) -> Lane:
        return Lane(
            lane_settings(route), store=self._store, connected=connected, watcher=self._watcher,
            redactor=self._redactor, clock=self._clock, random=self._random,
            patience=self._patience,
        )  # fmt: skip
