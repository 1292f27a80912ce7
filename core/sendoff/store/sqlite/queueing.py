"""Deliveries on their way into the logs of their routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.delivery import Delivery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.store.sqlite.tables import Tables

Queued = dict[str, tuple[list[int], list[tuple[Delivery, int]]]]
"""By route: the numbers of deliveries that were added, and each with its event's number."""


def queue(tables: Tables, added: Sequence[tuple[Delivery, int]], *, again: bool = False) -> Queued:
    """Put deliveries, each with its event's number, at the end of their logs.

    Of those that come `again` the event may be old: it is kept until they have ended.
    """
    by_route: dict[str, list[tuple[Delivery, int]]] = {}
    for delivery, event in added:
        by_route.setdefault(delivery.route, []).append((delivery, event))
    queued = {
        name: (tables.route(name).add(tables.db, of_route), of_route)
        for name, of_route in by_route.items()
    }
    if again:
        for numbers, of_route in queued.values():
            rows = [(number, event) for number, (_, event) in zip(numbers, of_route, strict=True)]
            tables.db.executemany("INSERT INTO resent VALUES(?, ?)", rows)
    return queued
