"""What the writer's thread works on: the connection, and what it remembers of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.store.sqlite import damage
from sendoff.store.sqlite.fresh import Fresh
from sendoff.store.sqlite.route_log import RouteLog, read_route

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import apsw

    from sendoff.store.sqlite.room import Room
    from sendoff.store.totals import Count


class Tables:
    """The file as one thread sees it.

    What is remembered here of routes repeats what the file says; `forget` it when a transaction was
    undone.
    """

    def __init__(self, path: Path, db: apsw.Connection, room: Room) -> None:
        self.path = path
        self.db = db
        self.room = room
        self.fresh = Fresh()
        self._routes: dict[str, RouteLog] = {}

    def route(self, name: str) -> RouteLog:
        """The log of a route, made if need be: so in a transaction only."""
        found = self._routes.get(name)
        if found is None:
            with damage.reading("routes"):
                found = self._routes[name] = read_route(self.db, name)
        return found

    def make_sure_of_room(self) -> None:
        """Raise StoreFull where no new event may be taken."""
        self.room.make_sure(self.db)

    def forget(self) -> None:
        """Read anew what is needed."""
        self.fresh = Fresh()
        self._routes.clear()

    def count(self, counts: Mapping[Count, int]) -> None:
        """Add to the totals."""
        self.db.executemany(
            "INSERT INTO totals VALUES(?, ?, ?)"
            " ON CONFLICT DO UPDATE SET count = count + excluded.count",
            [(route, what, count) for (route, what), count in counts.items()],
        )


def totals(tables: Tables) -> dict[str, dict[str, int]]:
    """The totals by route and then by what."""
    by_route: dict[str, dict[str, int]] = {}
    rows: Iterable[tuple[str, str, int]] = tables.db.execute("SELECT * FROM totals")
    with damage.reading("totals"):
        for route, what, count in rows:
            by_route.setdefault(route, {})[what] = int(count)
    return by_route
