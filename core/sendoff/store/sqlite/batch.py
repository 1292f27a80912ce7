"""Which deliveries are lent together: of the lines that are ready, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sendoff.store.sqlite.line import Item, Line


class Batch:
    """Up to `limit` deliveries that are due, within `room` bytes together but at least one.

    `lines` are those they are taken from, each from its front: what is in one line goes together,
    so that it need not be waited for. A suspect is alone: should the process die again, it is known
    of which.
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
        for line in lines:
            head = line.items[0]
            if len(items) >= limit or (items and (head.size > room or head.suspect)):
                break
            self.lines.append(line)
            for item in line.items:
                if items and (len(items) >= limit or item.size > room or item.suspect):
                    break
                # The first was due when the line became ready, whatever the clock says now.
                if item is not head and item.due > self._now:
                    break
                room -= item.size
                items.append(item)
                if item.suspect:
                    return
