"""What fills a route's window from its log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sendoff.store.sqlite import deliveries
from sendoff.store.sqlite.line import Item

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sendoff.delivery import Delivery
    from sendoff.store.sqlite.deliveries import Stretch
    from sendoff.store.sqlite.route_state import RouteState
    from sendoff.store.sqlite.shelf import Shelf

ENOUGH: Final = 1024
ENOUGH_BYTES: Final = 8_000_000
"""Where less than both may be lent, more is read, so much at a time."""
MOST: Final = 8 * ENOUGH
MOST_BYTES: Final = 4 * ENOUGH_BYTES
"""Where memory holds more than one of these, the ends of long lines leave it."""


class Supply:
    """The log of one route: `unread` deliveries come after those that were read."""

    def __init__(self, state: RouteState, shelf: Shelf) -> None:
        self.unread = 0
        self.busy = False
        self._state = state
        self._shelf = shelf
        self._read_to = 0
        self._most = MOST
        self._most_bytes = MOST_BYTES

    def found(self, floor: int, unread: int) -> None:
        """What the file has in the log as it is opened."""
        self._read_to, self.unread = floor, unread

    def look(self, limit: int) -> None:
        """Have more read where there is little left for a lease of so many."""
        state, ready = self._state, self._state.window.ready
        enough = max(ENOUGH, limit)
        if not self.unread or self.busy or ready.count >= enough or ready.size >= ENOUGH_BYTES:
            return
        self._make_room()
        self.busy = True
        after = self._read_to
        state.writer.begin(
            lambda tables: deliveries.read_on(tables, state.name, after, enough, ENOUGH_BYTES),
            self._read, self._not_read, reads=True,
        )  # fmt: skip

    def queued(self, numbers: Sequence[int], added: Sequence[tuple[Delivery, int]]) -> None:
        """Deliveries were put at the end of the log, each of an event."""
        if self._read_to != numbers[0] - 1 or not self._is_spacious:
            self.unread += len(numbers)
            return
        self._read_to = numbers[-1]
        now = self._state.times.monotonic()
        self._take(
            [
                Item(number, event, delivery, now, len(delivery.body) + 1)
                for number, (delivery, event) in zip(numbers, added, strict=True)
            ],
            now,
        )

    @property
    def _is_spacious(self) -> bool:
        """Whether memory is as good a place for what comes new as the file."""
        window = self._state.window
        return window.held < MOST // 2 and window.held_bytes < MOST_BYTES // 2

    def _make_room(self) -> None:
        window = self._state.window
        if window.held > self._most or window.held_bytes > self._most_bytes:
            self._shelf.park_ends()
            # Where that was not much, there is no use in trying again soon.
            self._most = max(MOST, 2 * window.held)
            self._most_bytes = max(MOST_BYTES, 2 * window.held_bytes)

    def _read(self, stretch: Stretch) -> None:
        self.busy = False
        self._read_to = stretch.to
        # Should any have got lost, nobody waits for them.
        self.unread = 0 if stretch.at_end else self.unread - len(stretch.rows)
        now = self._state.times.monotonic()
        self._take(self._state.items(stretch.rows, now, listed=False), now)
        self._state.changes.tell()

    def _not_read(self, failure: BaseException) -> None:
        self.busy = False
        self._state.failed(failure)

    def _take(self, items: Iterable[Item], now: float) -> None:
        shelf, window = self._shelf, self._state.window
        for item in items:
            if not (shelf.listed and shelf.takes(item)):
                window.add(item, now)
        shelf.list_now()
