"""The newest entries of the journal, numbered."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Notebook:
    """Entries with numbers that count up from 1; the oldest give way to the newest.

    At most so many are kept, and so many bytes of them, but the newest always.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._entries: deque[bytes] = deque()
        self._bytes = 0
        self._last = 0

    def add(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Keep entries."""
        for entry in entries:
            packed = msgspec.msgpack.encode(entry)
            self._entries.append(packed)
            self._bytes += len(packed)
            self._last += 1
            while self._is_too_much():
                self._bytes -= len(self._entries.popleft())

    def read(self, after: int, limit: int) -> list[tuple[int, Mapping[str, Any]]]:
        """At most so many from the one after a number on; a negative one counts from the end."""
        first = self._last - len(self._entries)
        skipped = max(0, after - first if after >= 0 else len(self._entries) + after)
        found = islice(self._entries, skipped, skipped + limit)
        return [
            (number, msgspec.msgpack.decode(packed))
            for number, packed in enumerate(found, first + skipped + 1)
        ]

    def _is_too_much(self) -> bool:
        many = len(self._entries)
        return many > self._most or (self._bytes > self._most_bytes and many > 1)
