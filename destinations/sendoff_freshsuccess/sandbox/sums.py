"""What the vendor's hourly run would add up, within bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff_freshsuccess.sandbox.rules import Event

Key = tuple[str | None, ...]
Number = int | float

_MOST: Final = 10_000
_LONGEST: Final = 2_000
_SHOWN: Final = 1_000
_EXACT: Final = 2**53  # beyond, whole numbers are told apart by no double


@dataclass(slots=True)
class Sum:
    """Several numbers, under each way to read them as one."""

    sum: Number
    max: Number
    last: Number


class Sums:
    """One number of each event, added up by some of its properties; None where one has no value.

    At most 10,000 keys are kept, none of over 2,000 characters: the rest is added up in `beyond`.
    """

    def __init__(self, number: str, *columns: str) -> None:
        self.by_key: dict[Key, Sum] = {}
        self.beyond: Number = 0
        self._number = number
        self._columns = columns

    def add(self, event: Event, default: Number = 0) -> None:
        """Add this event's number, or `default` where it has none."""
        number = event.get(self._number, default)
        if abs(number) > _EXACT:
            number = float(number)  # as most readers of JSON have it, and never too large to add
        key = tuple(event.get(column) for column in self._columns)
        found = self.by_key.get(key)
        if found is not None:
            found.sum += number
            found.max = max(found.max, number)
            found.last = number
        elif len(self.by_key) < _MOST and sum(len(each or "") for each in key) <= _LONGEST:
            self.by_key[key] = Sum(number, number, number)
        else:
            self.beyond += number

    def totals(self) -> list[Mapping[str, object]]:
        """A row for each of the first 1,000 keys, with the sum under the number's own name."""
        return [{**self._named(key), self._number: each.sum} for key, each in self._first()]

    def readings(self) -> list[Mapping[str, object]]:
        """A row for each of the first 1,000 keys, with sum, maximum and last number."""
        return [
            {**self._named(key), "sum": each.sum, "max": each.max, "last": each.last}
            for key, each in self._first()
        ]

    def _first(self) -> list[tuple[Key, Sum]]:
        return list(self.by_key.items())[:_SHOWN]

    def _named(self, key: Key) -> dict[str, object]:
        return dict(zip(self._columns, key, strict=True))
