"""Which deliveries are lent together: of the lines that are ready, the earliest in the log."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sendoff.store.sqlite.line import Item, Line


class Batch:
    """Up to `limit` deliveries that are due, within `room` bytes together but at least one.

    `lines` are those they are taken from, each from its front. One that is near in the log goes
    before one that is far, so a line with many has the rest of the batch when all others had their
    turn. A suspect is alone: should the process die again, it is known of which.
    """

    def __init__(self, now: float, limit: int, room: float) -> None:
        self.items: list[Item] = []
        self.lines: list[Line] = []
        self._now = now
        self._limit = limit
        self._room = room

    def fill(self, lines: Iterable[Line]) -> None:
        """Take from lines, in their order."""
        items, limit, room = self.items, self._limit, self._room
        rest: list[tuple[Line, int]] = []
        end = 0
        # All that is delivered comes through here, most of it as the first of its line.
        for line in lines:
            head = line.items[0]
            if len(items) >= limit or (items and (head.size > room or head.suspect)):
                break
            # It was due when the line became ready, whatever the clock says now.
            items.append(head)
            self.lines.append(line)
            room -= head.size
            if head.suspect:
                return
            if len(line.items) > 1:
                end = end or head.number + limit
                taken = 1
                if line.items[1].number < end:
                    taken, room = self._go_on(line, taken, room, end)
                rest.append((line, taken))
        for line, taken in rest:
            if len(items) >= limit:
                break
            _, room = self._go_on(line, taken, room)

    def _go_on(
        self, line: Line, taken: int, room: float, end: float = float("inf")
    ) -> tuple[int, float]:
        """Take what follows in a line, up to some place in the log.

        Gives how many the line gave then, and the room that is left.
        """
        items = self.items
        for item in islice(line.items, taken, None):
            if len(items) >= self._limit or item.size > room or item.suspect:
                break
            if item.number >= end or item.due > self._now:
                break
            items.append(item)
            room -= item.size
            taken += 1
        return taken, room
