"""The newest events of a store, as far as they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sendoff import records

if TYPE_CHECKING:
    from sendoff.store.promise import Appended, Store

_LOOKED_THROUGH: Final = 200
"""Records of the journal in which the number of the newest event is looked for."""
_MISSES: Final = 1_000
"""Numbers in a row without an event after which there are taken to be no older ones."""


async def recent(store: Store, most: int) -> list[Appended]:
    """At most so many events, the newest first."""
    found: list[Appended] = []
    number, misses = await _newest(store), 0
    while number > 0 and len(found) < most and misses < _MISSES:
        appended = await store.event(number)
        if appended is None:
            misses += 1
        else:
            found.append(appended)
            misses = 0
        number -= 1
    return found


async def _newest(store: Store) -> int:
    """The highest number that is known: every event is counted, and its decision noted."""
    _last, newest = await records.newest(store, _LOOKED_THROUGH)
    decided = [int(each["number"]) for each in newest if each.get("kind") == "decision"]
    undecided = [each.number for each in await store.undecided(_LOOKED_THROUGH)]
    counted = (await store.totals()).get("", {}).get("events", 0)
    return max([counted, *decided, *undecided])
