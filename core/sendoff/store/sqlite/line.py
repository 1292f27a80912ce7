"""One line of deliveries, and the queue of lines that may be lent from."""

from __future__ import annotations

from bisect import insort
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff.delivery import Delivery


@dataclass(slots=True, eq=False)
class Line:
    """The deliveries of one order key in memory, of which the first may be lent.

    So many more are `parked`: only the file has them, and they come after `last`, the number of the
    last that was here. `fetching` tells that some of those are on their way.
    """

    key: str
    items: list[Item] = field(default_factory=list)
    size: int = 0
    lent: int = 0
    lent_until: float = 0.0
    settling: int = 0
    ready: bool = False
    delayed: bool = False
    parked: int = 0
    last: int = 0
    fetching: bool = False


@dataclass(slots=True, eq=False)
class Item:
    """One delivery in its line; `due` is since when or from when, `began` its first lending.

    `size` are its bytes in a request, with the line break or comma that stands beside it. `listed`
    tells that the file lists it behind its log's floor; a `suspect` was out when the process died.
    While it is `out`, it is lent, or what it came to is on its way into the file.
    """

    number: int
    event: int
    delivery: Delivery
    due: float
    size: int
    began: float | None = None
    listed: bool = False
    suspect: bool = False
    out: bool = False
    token: int = 0
    line: Line = field(init=False)

    def age(self, now: float) -> float:
        """Seconds since it was lent for the first time."""
        return 0.0 if self.began is None else now - self.began


class ReadyLines:
    """The lines that may be lent from, by when their first became due, and what they come to.

    Of those that became due together the first in the log comes first. It adds up as it goes: who
    waits for a batch to fill asks after every delivery that is added.
    """

    def __init__(self) -> None:
        self._lines: deque[tuple[float, int, Line]] = deque()
        self.count = 0
        self.size = 0

    def __iter__(self) -> Iterator[Line]:
        return (line for _due, _number, line in self._lines)

    @property
    def head(self) -> Item | None:
        """What is lent next."""
        return self._lines[0][2].items[0] if self._lines else None

    def push(self, line: Line) -> None:
        """Put a line that has something due in its place."""
        line.ready = True
        first = line.items[0]
        place = (first.due, first.number, line)
        if self._lines and place < self._lines[-1]:
            insort(self._lines, place)
        else:
            self._lines.append(place)
        self.count += len(line.items)
        self.size += line.size

    def pop(self) -> Line:
        """Take the first line away."""
        line = self._lines.popleft()[2]
        line.ready = False
        self.count -= len(line.items)
        self.size -= line.size
        return line

    def joined(self, count: int, size: int) -> None:
        """Count what came to a line that is here, or left it."""
        self.count += count
        self.size += size
