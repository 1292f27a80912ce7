"""One line of deliveries, and the queue of lines that may be lent from."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sendoff.delivery import Delivery


@dataclass(slots=True, eq=False)
class Item:
    """One delivery in its line; `due` is since when or from when, `began` its first lending."""

    delivery: Delivery
    event_number: int
    due: float
    began: float | None = None

    @property
    def size(self) -> int:
        """Its bytes in a request, with the line break or comma that stands beside it."""
        return len(self.delivery.body) + 1


@dataclass(slots=True, eq=False)
class Line:
    """The deliveries of one order key, and those of them that are lent out."""

    key: str
    items: deque[Item] = field(default_factory=deque)
    size: int = 0
    lent: dict[int, Item] = field(default_factory=dict)
    lent_until: float = 0.0
    ready: bool = False


class ReadyLines:
    """The lines that may be lent from, in the order in which they came, and what they come to.

    It adds up as it goes: who waits for a batch to fill asks after every delivery that is added.
    """

    def __init__(self) -> None:
        self._lines: deque[Line] = deque()
        self.count = 0
        self.size = 0

    @property
    def head(self) -> Item | None:
        """What is lent next."""
        return self._lines[0].items[0] if self._lines else None

    def push(self, line: Line) -> None:
        """Put a line that has something due at the end."""
        line.ready = True
        self._lines.append(line)
        self.joined(len(line.items), line.size)

    def pop(self) -> Line:
        """Take the first line away."""
        line = self._lines.popleft()
        line.ready = False
        self.joined(-len(line.items), -line.size)
        return line

    def joined(self, count: int, size: int) -> None:
        """Count what came to a line that is here."""
        self.count += count
        self.size += size
