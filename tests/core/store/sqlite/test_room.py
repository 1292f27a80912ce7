"""Whether there is room for new events."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from sendoff.clock import SystemClock
from sendoff.delivery import Delivery
from sendoff.store.failures import StoreFull
from sendoff.store.promise import Done, Incoming
from sendoff.store.sqlite.ballast import Ballast
from sendoff.store.sqlite.store import SqliteStore

Make = Callable[..., Delivery]
Keep = Callable[..., Coroutine[Any, Any, Sequence[int]]]


async def test_a_store_of_the_size_it_may_have_takes_nothing_new_and_delivers_what_it_has(
    tmp_path: Path, delivery: Make, keep: Keep
) -> None:
    store = SqliteStore(tmp_path / "s.db", SystemClock(), most_bytes=1_000_000)
    await keep(store, [delivery("a")])
    for _ in range(10):
        try:
            await store.append([Incoming(b"x" * 200_000)])
        except StoreFull as full:
            said = str(full)
            break
    assert "s.db: has the size it may have, 1 MB" in said
    with pytest.raises(StoreFull):
        await store.append([Incoming(b"{}")])
    [lease] = await store.lease("support", 1)
    assert not await store.settle([(lease, Done("delivered"))])
    waiting = await store.undecided(100)
    assert 4 <= len(waiting) <= 5
    await store.close()


async def test_without_its_ballast_in_place_it_takes_nothing_new(
    tmp_path: Path, delivery: Make, keep: Keep
) -> None:
    path = tmp_path / "s.db"
    store = SqliteStore(path, SystemClock(), ballast=_Lightened(path))
    for incoming in ([Incoming(b"{}")], []):
        with pytest.raises(StoreFull, match="no new event is taken"):
            await store.append(incoming)
    await store.remember([])
    await store.close()


async def test_with_its_ballast_in_place_it_does(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    store = SqliteStore(path, SystemClock(), ballast=Ballast(path, 4096))
    assert await store.append([Incoming(b"{}")]) == [1]
    assert path.with_name("s.db.ballast").stat().st_size == 4096
    await store.close()


class _Lightened(Ballast):
    """On a disk that is full."""

    def load(self) -> bool:
        return False
