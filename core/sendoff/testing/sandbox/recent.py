"""The last of something, within bounds."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class Recent(Generic[T]):
    """The last things added, oldest first: at most `most` of them, and `size` bytes together.

    `added` is how many there ever were. The last one is kept whatever its size.
    """

    def __init__(self, most: int = 1000, size: int = 16_000_000) -> None:
        self.added = 0
        self._most = most
        self._room = size
        self._kept: deque[tuple[T, int]] = deque()

    def __iter__(self) -> Iterator[T]:
        return (item for item, _size in self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, item: T, size: int) -> None:
        """Keep this, which takes about `size` bytes, and let the oldest go to make room."""
        self.added += 1
        self._kept.append((item, size))
        self._room -= size
        while len(self._kept) > self._most or (self._room < 0 and len(self._kept) > 1):
            self._room += self._kept.popleft()[1]

    def last(self, count: int) -> list[T]:
        """The newest `count`, oldest first."""
        return [item for item, _size in list(self._kept)[-count:]]
