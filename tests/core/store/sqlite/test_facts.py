"""Facts in the file: many at once are as one after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sendoff.clock import SystemClock
from sendoff.store.promise import Fact
from sendoff.store.sqlite.store import SqliteStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "s.db", SystemClock())
    yield store
    await store.close()


async def test_what_comes_twice_at_once_is_merged_in_order(store: SqliteStore) -> None:
    await store.remember([Fact("consent", "a", {"x": 1})])
    await store.remember(
        [Fact("consent", "a", {"y": 1}), Fact("other", "a", 1), Fact("consent", "a", {"y": 2})]
    )
    assert await store.facts("consent", ["a", "b"]) == {"a": {"x": 1, "y": 2}}
    assert await store.facts("other", ["a"]) == {"a": 1}


async def test_keys_differ_by_every_character(store: SqliteStore) -> None:
    keys = ["a", "a\0", "a\0b", "", "\0", "é"]
    await store.remember([Fact("kind", key, n) for n, key in enumerate(keys)])
    assert await store.facts("kind", keys) == {key: n for n, key in enumerate(keys)}
    assert await store.facts("kind", ["a\0"]) == {"a\0": 1}
    assert await store.facts("kind", []) == {}
