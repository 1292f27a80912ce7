"""A process that fills a store.

`python -m campaigns.fill STORE SETTLED WAITING UNDECIDED PADDING`: how many of each.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from campaigns.opening import open_store
from campaigns.workload import ROUTE, decided, message
from sendoff.store.promise import Done

if TYPE_CHECKING:
    from sendoff.store.promise import Store

_TOGETHER = 1000


async def main(store: str, settled: int, waiting: int, undecided: int, padding: int) -> None:
    """Fill it and close it."""
    opened = open_store(Path(store))
    await _append(opened, range(settled), padding)
    await _decide(opened)
    await _settle(opened)
    await _append(opened, range(settled, settled + waiting), padding)
    await _decide(opened)
    await _append(opened, range(settled + waiting, settled + waiting + undecided), padding)
    await opened.close()


async def _append(store: Store, numbers: range, padding: int) -> None:
    for first in numbers[::_TOGETHER]:
        some = range(first, min(first + _TOGETHER, numbers.stop))
        await store.append([message(number, padding) for number in some])


async def _decide(store: Store) -> None:
    while some := await store.undecided(_TOGETHER):
        await store.decide([decided(each) for each in some])


async def _settle(store: Store) -> None:
    while leases := await store.lease(ROUTE, _TOGETHER):
        await store.settle([(lease, Done("delivered")) for lease in leases])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:])))
