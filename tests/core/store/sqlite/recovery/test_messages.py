"""What is known of messages that are lost, when their store is recovered."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from sendoff.decision import Decision
from sendoff.delivery import Delivery
from sendoff.store.promise import Decided, Incoming
from sendoff.store.sqlite.recovery.recovery import recover
from sendoff.store.sqlite.store import SqliteStore
from sendoff.testing.clock import VirtualClock


async def sent(store: SqliteStore, *keys: str) -> list[int]:
    numbers = list(await store.append([Incoming(f'"{key}"'.encode()) for key in keys]))
    await store.decide([
        Decided(
            number, key, [Decision(route="support", verdict="send", delivery_id=key)],
            [Delivery(key, "support", "upsert", b"{}", "", key)],
        )
        for number, key in zip(numbers, keys, strict=True)
    ])  # fmt: skip
    return numbers


@pytest.mark.parametrize("lost", ["b", "c"])
async def test_who_sends_a_lost_message_again_is_no_duplicate_of_it(
    tmp_path: Path, lost: str
) -> None:
    """The number of the newest is given again: by that it would be a duplicate of itself."""
    path, clock = tmp_path / "s.db", VirtualClock()
    store = SqliteStore(path, clock)
    numbers = await sent(store, *"abc")
    await store.close()
    db = apsw.Connection(str(path))
    db.execute("DELETE FROM events WHERE number = ?", (numbers["abc".index(lost)],))
    db.close()
    assert recover(path).lost["events"] == 1
    store = SqliteStore(path, clock)
    await store.append([Incoming(f'"{lost}"'.encode())])
    known = await store.earlier([*"abc"])
    assert [key for key, each in known.items() if not each.digest] == [lost]
    assert {each.delivery.id for each in await store.lease("support", 9)} == set("abc")
    await store.close()
