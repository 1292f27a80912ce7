"""The newest records of the journal outlive the process."""

from __future__ import annotations

from pathlib import Path

import apsw

from sendoff.clock import SystemClock
from sendoff.store.sqlite.notebook import KEPT, KEPT_BYTES
from sendoff.store.sqlite.store import SqliteStore


async def test_the_newest_are_kept_and_numbers_go_on(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db", SystemClock())
    for start in range(0, KEPT + 1000, 500):
        await store.note([{"n": n} for n in range(start + 1, start + 501)])
    await store.close()
    store = SqliteStore(tmp_path / "s.db", SystemClock())
    [(last, record)] = await store.notes(-1)
    assert (last, record) == (KEPT + 1000, {"n": KEPT + 1000})
    found = await store.notes(0, 2 * KEPT)
    assert KEPT <= len(found) < KEPT + 500
    assert found[-1] == (last, record)
    await store.note([{"n": "next"}])
    assert await store.notes(last) == [(last + 1, {"n": "next"})]
    await store.close()


async def test_of_long_ones_fewer_are_kept_and_the_newest_always(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db", SystemClock())
    long = {"n": "x" * (KEPT_BYTES // 100)}
    await store.note([long] * 256)
    assert [number for number, _note in await store.notes()] == list(range(158, 257))
    await store.note([{"n": 1}] * 255)
    await store.note([{"n": "x" * KEPT_BYTES}])
    assert [number for number, _note in await store.notes()] == [512]
    await store.close()


async def test_how_many_bytes_there_are_is_not_asked_at_each(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db", SystemClock())
    long = {"n": "x" * (KEPT_BYTES // 10)}
    for _ in range(20):
        await store.note([long])
    assert len(await store.notes()) == 20
    await store.close()


async def test_a_damaged_one_is_passed_over(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db", SystemClock())
    await store.note([{"n": n} for n in range(5)])
    await store.close()
    db = apsw.Connection(str(tmp_path / "s.db"))
    for number, value in ((2, "x'c1'"), (3, "CAST(x'ff' AS TEXT)"), (4, "x'01'")):
        db.execute(f"UPDATE notes SET record = {value} WHERE number = {number}")  # noqa: S608
    db.close()
    store = SqliteStore(tmp_path / "s.db", SystemClock())
    assert await store.notes(0, 2) == [(1, {"n": 0}), (5, {"n": 4})]
    await store.close()
