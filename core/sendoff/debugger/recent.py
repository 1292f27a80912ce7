"""The newest events of a store, as far as they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sendoff import records

if TYPE_CHECKING:
    from sendoff.store.promise import Appended, Store

_MISSES: Final = 1_000
"""Numbers in a row without an event after which there are taken to be no older ones."""


async def recent(store: Store, most: int) -> list[Appended]:
    """At most so many events, the newest first."""
    found: list[Appended] = []
    number, misses = await records.newest_event(store), 0
    while number > 0 and len(found) < most and misses < _MISSES:
        appended = await store.event(number)
        if appended is None:
            misses += 1
        else:
            found.append(appended)
            misses = 0
        number -= 1
    return found
