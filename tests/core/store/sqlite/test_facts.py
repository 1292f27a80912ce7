"""Facts in the file: many at once are as one after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from sendoff.clock import SystemClock
from sendoff.store.promise import Fact
from sendoff.store.sqlite import facts
from sendoff.store.sqlite.opened import open_tables
from sendoff.store.sqlite.room import Room
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


async def test_what_is_said_again_is_written_once_and_in_order(store: SqliteStore) -> None:
    yes, no = Fact("consent", "a", {"x": True}), Fact("consent", "a", {"x": False})
    await store.remember([yes])
    changes: Any = await store._writer.read(lambda tables: tables.db.total_changes())
    await store.remember([yes, yes])
    assert await store._writer.read(lambda tables: tables.db.total_changes()) == changes
    await store.remember([yes, no, yes])
    assert await store.facts("consent", ["a"]) == {"a": {"x": True}}
    await store.remember([yes, no])
    assert await store.facts("consent", ["a"]) == {"a": {"x": False}}
    await store.forget("consent", "a")
    await store.remember([no])
    assert await store.facts("consent", ["a"]) == {"a": {"x": False}}


async def test_keys_differ_by_every_character(store: SqliteStore) -> None:
    keys = ["a", "a\0", "a\0b", "", "\0", "é"]
    await store.remember([Fact("kind", key, n) for n, key in enumerate(keys)])
    assert await store.facts("kind", keys) == {key: n for n, key in enumerate(keys)}
    assert await store.facts("kind", ["a\0"]) == {"a\0": 1}
    assert await store.facts("kind", []) == {}


def test_whoever_is_asked_after_is_looked_up_and_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    tables = open_tables(path, 0.0, Room(path, None, None)).tables
    steps: list[str] = []

    def seen(_cursor: object, sql: str, _bindings: object) -> bool:
        steps.append(sql)
        return True

    tables.db.set_exec_trace(seen)
    facts.known(tables, "consent", ["a"])
    tables.db.set_exec_trace(None)
    [asked] = steps
    keys = apsw.carray((b"a",))
    rows: Any = tables.db.execute(f"EXPLAIN QUERY PLAN {asked}", (keys, "consent"))
    plan = [row[3] for row in rows]
    tables.db.close()
    assert plan[0].startswith("SCAN wanted")
    assert plan[1] == "SEARCH facts USING PRIMARY KEY (kind=? AND key=?)"
