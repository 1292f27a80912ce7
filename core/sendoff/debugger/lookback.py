"""The journal read backwards, a little at a time: a page seldom needs all of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from sendoff import records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from sendoff.store.promise import Store

    Record = Mapping[str, Any]

_AT_ONCE: Final = 20
"""Entries that are read at a time; each may stand for hundreds of records."""
_MOST: Final = 10_000
"""Records after which no more are looked through."""


async def newest_number(store: Store) -> int:
    """The number of the last entry of the journal, 0 where it is empty."""
    found = await store.notes(-1, 1)
    return found[-1][0] if found else 0


async def backwards(store: Store, number: int) -> AsyncIterator[Sequence[Record]]:
    """The records up to an entry, page by page from the newest; in each page oldest first."""
    seen = 0
    while number > 0 and seen < _MOST:
        number, found = await records.before(store, number, _AT_ONCE)
        seen += len(found)
        yield found
        await asyncio.sleep(0)  # a store in memory would keep all others waiting
