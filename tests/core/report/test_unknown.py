"""Message ids of no event, and what is said of them."""

from __future__ import annotations

from sendoff.clock import SystemClock
from sendoff.report.unknown import told_unknown, unknown_ids
from sendoff.store.memory import MemoryStore


async def test_every_id_of_no_event_is_named_once_and_spelled_out() -> None:
    store = MemoryStore(SystemClock())
    unknown = await unknown_ids(store, ["m1", "m2\x1b", "m1"])
    assert unknown == ["m1", "m2\x1b"]
    assert await told_unknown(store, unknown) == (
        "the store has no event m1, m2\\x1b: they never came, or are no longer kept (`events.keep`)"
    )
