"""The place of a delivery in its log is found by halving, whatever came again in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.decision import Decision, DeliveryIds
from sendoff.delivery import Delivery
from sendoff.store.promise import Decided, Done, Incoming
from sendoff.store.resends import Resend, Sent, Target
from sendoff.store.sqlite.pruning import EVERY
from sendoff.store.sqlite.schema import ROUTE_BITS
from sendoff.store.sqlite.sendings import _Places
from sendoff.store.sqlite.store import SqliteStore
from sendoff.testing.clock import VirtualClock

KEEP = 600.0
IDS = DeliveryIds("support")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
async def store(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "s.db", clock, keep=KEEP)
    yield store
    await store.close()


async def delivered(store: SqliteStore, key: str, *, ends: bool = True) -> int:
    [number] = await store.append([Incoming(b"{}")])
    delivery = Delivery(IDS.of(key), "support", "upsert", b"{}", key, key)
    decision = Decision(route="support", verdict="send", delivery_id=delivery.id)
    await store.decide([Decided(number, key, [decision], [delivery])])
    if ends:
        await end(store)
    return number


async def end(store: SqliteStore) -> list[str]:
    leases = await store.lease("support", 100)
    await store.settle([(lease, Done("delivered")) for lease in leases])
    return [lease.delivery.id for lease in leases]


async def later(store: SqliteStore, clock: VirtualClock) -> None:
    """Time passes, and with what is written next the thread tidies up."""
    await clock.advance(KEEP + EVERY)
    for _ in range(12):  # a step comes after each
        await store.remember([])


async def write(store: SqliteStore, query: str) -> None:
    await store._writer.write(lambda tables: tables.db.execute(query).fetchall())


@pytest.fixture(scope="module")
def tables() -> Iterator[Any]:
    """The two tables of a log, in memory; route 1."""
    db = apsw.Connection(":memory:")
    db.execute("CREATE TABLE deliveries(seq INTEGER PRIMARY KEY, event INTEGER)")
    db.execute("CREATE TABLE resent(seq INTEGER PRIMARY KEY, event INTEGER)")
    log = SimpleNamespace(first=1 << ROUTE_BITS, top=0)
    yield SimpleNamespace(db=db, route=lambda _name: log)
    db.close()


@given(
    log=st.lists(st.tuples(st.sampled_from(["first", "again", "again"]), st.integers(1, 40))),
    forgotten=st.integers(0, 10),
)
def test_it_is_the_last_of_its_event(
    tables: Any, log: list[tuple[str, int]], forgotten: int
) -> None:
    """First deliveries in the order of their events; any of those that were may come again."""
    first, rows, event = 1 << ROUTE_BITS, [], 0
    for place, (kind, number) in enumerate(log, start=first + 1):
        if kind == "first" or not event:
            event += number
            rows.append((place, event, False))
        else:
            known = [each for _, each, again in rows if not again]
            rows.append((place, known[number % len(known)], True))
    rows = rows[forgotten:]
    tables.db.execute("DELETE FROM deliveries; DELETE FROM resent")
    tables.db.executemany("INSERT INTO deliveries VALUES(?, ?)", [row[:2] for row in rows])
    again = [row[:2] for row in rows if row[2]]
    tables.db.executemany("INSERT INTO resent VALUES(?, ?)", again)
    tables.route("support").top = first + len(log)
    places = _Places(tables, "support")
    last = {number: place for place, number, _again in rows}
    assert {number: places.of(number) for number in range(event + 2)} == {
        number: last.get(number) for number in range(event + 2)
    }


async def test_what_is_kept_for_another_reason_alone_is_not_sent_again(
    store: SqliteStore, clock: VirtualClock
) -> None:
    number = await delivered(store, "a")
    await store.append([Incoming(b"{}")])
    letter = "INSERT INTO dead(id, route, reason, detail, rule, event, died) VALUES('x', 'other',"
    await write(store, f"{letter} '', '', '', {number}, 0.0)")
    await later(store, clock)
    assert await store.event(number) is not None
    assert list(await store.sent([Target(number, "support")])) == [Sent("gone")]


async def test_an_old_event_that_is_sent_again_is_kept_until_that_is_forgotten(
    store: SqliteStore, clock: VirtualClock
) -> None:
    number = await delivered(store, "a")
    await clock.advance(KEEP - 1)
    assert list(await store.resend([Resend(number, "support", 1)])) == ["queued"]
    newer = await delivered(store, "b", ends=False)
    await clock.advance(KEEP - EVERY)  # the newer one is young yet
    await later_is_not_yet(store)
    assert list(await store.sent([Target(number, "support")])) == [Sent("waiting", 1)]
    assert await end(store) == [IDS.of("a", 1), IDS.of("b")]
    await later(store, clock)
    await store.append([Incoming(b"{}")])
    await later(store, clock)
    assert [await store.event(each) for each in (number, newer)] == [None, None]

    def count(tables: Any) -> int:
        return int(tables.db.execute("SELECT count(*) FROM resent").get)

    assert await store._writer.read(count) == 0


async def later_is_not_yet(store: SqliteStore) -> None:
    for _ in range(12):
        await store.remember([])


async def test_a_damaged_record_is_not_sent_again_as_it_was(store: SqliteStore) -> None:
    number = await delivered(store, "a")
    await write(store, "UPDATE deliveries SET record = x'00'")
    assert list(await store.sent([Target(number, "support")])) == [Sent("ended")]
    assert list(await store.resend([Resend(number, "support", 1)])) == ["not_recorded"]


async def test_two_who_ask_at_once_send_once(store: SqliteStore) -> None:
    number = await delivered(store, "a")
    asked = [Resend(number, "support", 1)]
    said = await asyncio.gather(*(store.resend(asked) for _ in range(5)))
    assert sorted(reply for [reply] in said) == ["queued", *["waiting"] * 4]
    assert await end(store) == [IDS.of("a", 1)]
