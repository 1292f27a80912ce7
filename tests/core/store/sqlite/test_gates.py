"""Holds of accounts outlive the process."""

from __future__ import annotations

from pathlib import Path

from sendoff.store.sqlite.store import SqliteStore
from sendoff.testing.clock import VirtualClock


async def test_a_hold_goes_on_after_a_restart_for_as_long_as_it_would_have(tmp_path: Path) -> None:
    clock = VirtualClock()
    store = SqliteStore(tmp_path / "s.db", clock)
    await store.hold("acme", 100.0)
    await store.hold("acme", 10.0)
    await store.close()
    await clock.advance(30)
    store = SqliteStore(tmp_path / "s.db", clock)
    grant = await store.take("acme", 1, None)
    assert (grant.granted, round(grant.wait, 3)) == (0, 70.0)
    assert (await store.take("other", 1, None)).granted == 1
    await clock.advance(70.001)
    assert (await store.take("acme", 1, None)).granted == 1
    await store.close()
