"""`make bench`: what the store costs, beside bare sqlite3 with the same promises."""

from __future__ import annotations

import asyncio
import gc
import json
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from apsw import SQLITE_CHECKPOINT_RESTART

import usage
from measure import Pass, compare
from report import Target, arguments, document, print_table
from sendoff.clock import SystemClock
from sendoff.decision import Decision, DeliveryIds
from sendoff.delivery import Delivery
from sendoff.store.promise import Decided, Done, Incoming
from sendoff.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from measure import Candidate

    Batches = Sequence[Sequence[bytes]]

COUNT = 5_000
BATCH = 100
WARM_UPS = 1
ROUTE = "success"
LINES = 1_000

BARE_APPEND = "sqlite3 append"
APPEND = "sendoff append"
BARE_LEASE = "UPDATE RETURNING, DELETE"
LEASE = "sendoff lease, settle"
LEASE_FRESH = "the same, just decided"
# The store has to make at least 60 % of the events a second.
APPEND_TARGETS = (Target(BARE_APPEND, APPEND, 0.6, at_most=False),)
LEASE_TARGETS = (
    Target(LEASE, BARE_LEASE, 0.4, at_most=True),
    Target(LEASE_FRESH, BARE_LEASE, 0.4, at_most=True),
)


CLAIM = f"""
    UPDATE deliveries SET due = ? WHERE id IN (
        SELECT id FROM deliveries WHERE route = ? AND due <= ? ORDER BY due LIMIT {BATCH})
    RETURNING id, line, attempt, body"""  # noqa: S608 - nothing of it comes from outside


def bare(folder: Path, table: str) -> sqlite3.Connection:
    """A database as durable as the store's, with one table."""
    database = sqlite3.connect(folder / "bare.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute(table)
    return database


def bare_append(batches: Batches, folder: Path) -> float:
    """Seconds of the clock; one transaction a batch."""
    table = "CREATE TABLE events(number INTEGER PRIMARY KEY, received REAL, body BLOB)"
    with closing(bare(folder, table)) as database:
        before = time.perf_counter()
        for batch in batches:
            now = time.time()
            database.execute("BEGIN IMMEDIATE")
            database.executemany(
                "INSERT INTO events(received, body) VALUES(?, ?)", [(now, body) for body in batch]
            )
            database.execute("COMMIT")
        return time.perf_counter() - before


async def append(batches: Batches, folder: Path) -> float:
    """Seconds of the clock; each batch is durable before the next is given."""
    store = SqliteStore(folder / "store.db", SystemClock())
    try:
        before = time.perf_counter()
        for batch in batches:
            await store.append([Incoming(body) for body in batch])
        return time.perf_counter() - before
    finally:
        await store.close()


def bare_lease(batches: Batches, folder: Path) -> float:
    """CPU seconds: a batch is claimed in one transaction, and deleted in another.

    The row is what a delivery needs, with the index that finds what is due on a route; order
    within a line, checksums and totals are left out.
    """
    table = (
        "CREATE TABLE deliveries(id TEXT PRIMARY KEY, route TEXT, line TEXT, due REAL,"
        " attempt INTEGER, body BLOB)"
    )
    ids = DeliveryIds(ROUTE)
    with closing(bare(folder, table)) as database:
        database.execute("CREATE INDEX by_due ON deliveries(route, due)")
        rows = (
            (ids.of(f"message {n}"), ROUTE, f"person {n % LINES}", n, 1, body)
            for n, body in enumerate(chain.from_iterable(batches))
        )
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO deliveries VALUES(?, ?, ?, ?, ?, ?)", rows)
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(RESTART)")
        gc.collect()
        before = time.process_time()
        while claimed := database.execute(CLAIM, (time.time() + 60, ROUTE, time.time())).fetchall():
            database.execute("BEGIN IMMEDIATE")
            database.executemany(
                "DELETE FROM deliveries WHERE id = ?", [(row[0],) for row in claimed]
            )
            database.execute("COMMIT")
        return time.process_time() - before


async def lease(batches: Batches, folder: Path, *, fresh: bool = False) -> float:
    """CPU seconds of all threads: batches are leased, and settled as delivered.

    They come from the file, as after a start. Those that are `fresh` were decided while somebody
    was leasing, which is the rule: as many as memory takes are there already.
    """
    store = SqliteStore(folder / "store.db", SystemClock())
    try:
        if fresh:
            await store.lease(ROUTE, BATCH)
        await _fill(store, batches)
        await _write_back(store)
        gc.collect()
        before = time.process_time()
        while leases := await store.lease(ROUTE, BATCH):
            await store.settle([(each, Done("delivered")) for each in leases])
        return time.process_time() - before
    finally:
        await store.close()


async def _fill(store: SqliteStore, batches: Batches) -> None:
    ids = DeliveryIds(ROUTE)
    for batch in batches:
        numbers = await store.append([Incoming(b"{}") for _ in batch])
        await store.decide(
            [_decided(number, body, ids) for number, body in zip(numbers, batch, strict=True)]
        )


async def _write_back(store: SqliteStore) -> None:
    """Have the log written back into the file, which is a cost of filling it, not of leasing."""
    await store._writer.read(
        lambda tables: tables.db.wal_checkpoint(mode=SQLITE_CHECKPOINT_RESTART)
    )


def _decided(number: int, body: bytes, ids: DeliveryIds) -> Decided:
    key = f"message {number}"
    delivery = Delivery(
        id=ids.of(key), route=ROUTE, action="feature", body=body,
        order_key=f"person {number % LINES}", event_key=key, message_id=key, rule="feature",
    )  # fmt: skip
    decision = Decision(
        route=ROUTE, verdict="send", rule="feature", action="feature", body=body,
        delivery_id=delivery.id, order_key=delivery.order_key,
    )  # fmt: skip
    return Decided(number, key, [decision], [delivery], key)


def candidate(work: Callable[[Path], float | Awaitable[float]], count: int) -> Candidate:
    """Works in a folder of its own, all on one disk."""

    async def waited(folder: Path) -> float:
        spent = work(folder)
        return await spent if isinstance(spent, Awaitable) else spent

    def run() -> Pass:
        with TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
            return Pass(asyncio.run(waited(Path(folder))) / count * 1e6, count)

    return run


def main() -> int:
    """0 whether the targets are met or not."""
    options = arguments(__doc__, COUNT, 9).parse_args()
    lines = usage.generate(options.events)
    batches = [lines[start : start + BATCH] for start in range(0, len(lines), BATCH)]
    works: dict[str, Callable[[Path], float | Awaitable[float]]] = {
        BARE_APPEND: lambda folder: bare_append(batches, folder),
        APPEND: lambda folder: append(batches, folder),
        BARE_LEASE: lambda folder: bare_lease(batches, folder),
        LEASE: lambda folder: lease(batches, folder),
        LEASE_FRESH: lambda folder: lease(batches, folder, fresh=True),
    }
    candidates = {name: candidate(work, len(lines)) for name, work in works.items()}
    passes = compare(candidates, warm_ups=WARM_UPS, rounds=options.rounds)
    if options.json:
        targets = (*APPEND_TARGETS, *LEASE_TARGETS)
        print(json.dumps({"events": len(lines)} | document(passes, {}, targets)))
        return 0
    print(f"\n{len(lines):,} rows of 1 KB, {BATCH} at a time, each batch synced to this disk")
    appends = (BARE_APPEND, APPEND)
    print_table(appends, passes, {}, APPEND_TARGETS, "time by the clock an event")
    print_table((BARE_LEASE, LEASE, LEASE_FRESH), passes, {}, LEASE_TARGETS, "CPU time a delivery")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
