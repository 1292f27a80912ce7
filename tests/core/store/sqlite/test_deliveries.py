"""Deliveries in the file: damaged ones are dead, and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest

from sendoff.decision import Decision
from sendoff.delivery import Delivery
from sendoff.store.deaths import DeadQuery
from sendoff.store.failures import StoreDamaged
from sendoff.store.promise import Decided, Done, Fact, Incoming, Later
from sendoff.store.sqlite.store import SqliteStore
from sendoff.testing.clock import VirtualClock

Make = Callable[..., Delivery]
Keep = Callable[..., Coroutine[Any, Any, Sequence[int]]]

HARMS = [
    "UPDATE deliveries SET record = substr(record, 1, length(record) - 1) || x'ff' WHERE seq = {}",
    "UPDATE deliveries SET record = x'' WHERE seq = {}",
    "UPDATE deliveries SET crc = 'no number' WHERE seq = {}",
    "UPDATE deliveries SET record = 'a text' WHERE seq = {}",
    "UPDATE deliveries SET record = CAST(x'ff' AS TEXT) WHERE seq = {}",
]


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("tried", [False, True])
async def test_a_damaged_delivery_is_dead_and_its_line_goes_on(
    tmp_path: Path, delivery: Make, keep: Keep, harm: str, tried: bool
) -> None:
    path, clock = tmp_path / "s.db", VirtualClock()
    store = SqliteStore(path, clock)
    numbers = await keep(store, [delivery(f"a{n}", person="a") for n in range(3)])
    if tried:
        leases = await store.lease("support", 2)
        await store.settle([(lease, Later(0.0)) for lease in leases])
    await store.close()
    db = apsw.Connection(str(path))
    db.execute(harm.format(db.execute("SELECT min(seq) + 1 FROM deliveries").get))
    db.close()
    store = SqliteStore(path, clock)
    leases = await store.lease("support", 9)
    assert [lease.delivery.id for lease in leases] == ["a0", "a2"]
    [letter] = await store.dead(DeadQuery())
    assert (letter.route, letter.reason, letter.event_number) == ("support", "damaged", numbers[1])
    assert letter.delivery is None
    assert await store.totals() == {"": {"events": 3}, "support": {"dead damaged": 1}}
    assert not await store.settle([(lease, Done("delivered")) for lease in leases])
    assert (await store.depth("support")).waiting == 0
    await store.close()


@pytest.fixture
def sent() -> Keep:
    """Like `keep`, with the decisions to send them, and an event between them that is not sent."""

    async def kept(store: SqliteStore, deliveries: Sequence[Delivery]) -> Sequence[int]:
        numbers = []
        for each in deliveries:
            number, other = await store.append([Incoming(b"{}"), Incoming(b"{}")])
            send = Decision(route="support", verdict="send", delivery_id=each.id)
            drop = Decision(route="support", verdict="drop", reason="no_rule")
            await store.decide([Decided(number, each.event_key, [send], [each]),
                                Decided(other, f"not {each.id}", [drop])])  # fmt: skip
            numbers.append(number)
        return numbers

    return kept


async def reopened_without(path: Path, store: SqliteStore, which: str) -> SqliteStore:
    """The store without deliveries of which this holds, by their place in their log (`n`)."""
    await store.close()
    db = apsw.Connection(str(path))
    db.execute(f"DELETE FROM deliveries WHERE (seq & ((1 << 40) - 1)) {which}")  # noqa: S608
    db.close()
    return SqliteStore(path, VirtualClock())


async def test_those_that_are_missing_are_dead_by_name_and_the_others_go_on(
    tmp_path: Path, delivery: Make, sent: Keep
) -> None:
    path = tmp_path / "s.db"
    store = SqliteStore(path, VirtualClock())
    numbers = await sent(store, [delivery(str(n)) for n in range(8)])
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, Later(0.0))])
    store = await reopened_without(path, store, "IN (1, 3, 5, 6)")
    leases = await store.lease("support", 9)
    assert [lease.delivery.id for lease in leases] == ["1", "3", "6", "7"]
    letters = await store.dead(DeadQuery())
    assert {each.reason for each in letters} == {"damaged"}
    assert {each.event_number for each in letters} == {numbers[n] for n in (0, 2, 4, 5)}
    assert (await store.totals())["support"]["dead damaged"] == 4
    await store.settle([(lease, Done("delivered")) for lease in leases])
    assert (await store.depth("support")).waiting == 0
    # And it is told once.
    store = await reopened_without(path, store, "= 0")
    assert await store.lease("support", 9) == []
    assert len(await store.dead(DeadQuery())) == 4
    await store.close()


async def test_what_had_ended_and_is_missing_is_no_loss(
    tmp_path: Path, delivery: Make, sent: Keep
) -> None:
    path = tmp_path / "s.db"
    store = SqliteStore(path, VirtualClock())
    numbers = await sent(store, [delivery(str(n)) for n in range(6)])
    leases = await store.lease("support", 4)
    await store.settle([(lease, Done("delivered")) for lease in leases[1:3]])
    store = await reopened_without(path, store, "IN (2, 3, 5)")
    assert {each.delivery.id for each in await store.lease("support", 9)} == {"0", "3", "5"}
    [letter] = await store.dead(DeadQuery())
    assert letter.event_number == numbers[4]
    await store.close()


async def test_of_what_is_missing_where_nothing_follows_nobody_knows_the_event(
    tmp_path: Path, delivery: Make, keep: Keep
) -> None:
    path = tmp_path / "s.db"
    store = SqliteStore(path, VirtualClock())
    await keep(store, [delivery(str(n)) for n in range(3)])  # without a decision to send it
    store = await reopened_without(path, store, "= 2")
    assert [each.delivery.id for each in await store.lease("support", 9)] == ["0", "2"]
    [letter] = await store.dead(DeadQuery())
    assert (letter.id.partition(" ")[0], letter.event_number) == ("delivery", 0)
    await store.close()


@pytest.mark.parametrize("garbled", ["x'c1'", "x''", "x'9201'", "'a text'", "7"])
async def test_of_what_is_missing_by_what_cannot_be_read_nobody_knows_the_event(
    tmp_path: Path, delivery: Make, sent: Keep, garbled: str
) -> None:
    path = tmp_path / "s.db"
    store = SqliteStore(path, VirtualClock())
    numbers = await sent(store, [delivery(str(n)) for n in range(4)])
    await store.close()
    harm(path, f"UPDATE decided SET verdicts = {garbled} WHERE number = {numbers[1]}")  # noqa: S608
    store = await reopened_without(path, SqliteStore(path, VirtualClock()), "IN (2, 3)")
    assert [each.delivery.id for each in await store.lease("support", 9)] == ["0", "3"]
    letters = await store.dead(DeadQuery())
    assert [(each.reason, each.event_number) for each in letters] == [("damaged", 0)] * 2
    await store.close()


async def test_a_number_that_cannot_be_is_the_trouble_of_the_file(
    tmp_path: Path, delivery: Make, keep: Keep
) -> None:
    path = tmp_path / "s.db"
    store = SqliteStore(path, VirtualClock())
    await keep(store, [delivery(str(n)) for n in range(3)])
    await store.close()
    db = apsw.Connection(str(path))
    db.execute("UPDATE deliveries SET seq = seq + (1 << 30) WHERE seq = (SELECT max(seq) FROM"
               " deliveries)")  # fmt: skip
    db.close()
    store = SqliteStore(path, VirtualClock())
    with pytest.raises(StoreDamaged, match=r"a number that cannot be.*sendoff store recover"):
        await store.lease("support", 9)
    with pytest.raises(StoreDamaged):
        await store.close()


async def test_what_waits_since_no_time_of_day_is_dead(
    tmp_path: Path, delivery: Make, keep: Keep
) -> None:
    path, clock = tmp_path / "s.db", VirtualClock()
    store = SqliteStore(path, clock)
    await keep(store, [delivery(str(n), person="a") for n in range(2)])
    leases = await store.lease("support", 2)
    await store.settle([(lease, Later(0.0)) for lease in leases])
    await store.close()
    harm(path, "UPDATE behind SET began = 'long ago' WHERE seq IN (SELECT min(seq) FROM behind)")
    store = SqliteStore(path, clock)
    assert [lease.delivery.id for lease in await store.lease("support", 9)] == ["1"]
    [letter] = await store.dead(DeadQuery())
    assert letter.reason == "damaged"
    await store.close()


@pytest.mark.parametrize("harm_", [
    "UPDATE behind SET wake = 'some time'",
    "UPDATE routes SET version = 'none'",
    "UPDATE totals SET count = 'many'",
    "UPDATE facts SET value = x'c1'",
])  # fmt: skip
async def test_what_is_neither_a_message_nor_a_delivery_is_the_trouble_of_the_file(
    tmp_path: Path, delivery: Make, keep: Keep, harm_: str
) -> None:
    path, clock = tmp_path / "s.db", VirtualClock()
    store = SqliteStore(path, clock)
    await keep(store, [delivery("a"), delivery("b")])
    await store.remember([Fact("consent", "a", {"marketing": False})])
    leases = await store.lease("support", 1)
    await store.settle([(lease, Later(60.0)) for lease in leases])
    await store.close()
    harm(path, harm_)
    store = SqliteStore(path, clock)
    with pytest.raises(StoreDamaged, match=r"s\.db: .* \(`sendoff store recover"):
        await _read_all(store)
    await _closed(store)


async def _read_all(store: SqliteStore) -> None:
    await store.facts("consent", ["a"])
    await store.totals()
    await store.lease("support", 9)
    await store.depth("support")


async def test_rows_in_another_order_than_theirs_are_never_read_again_and_again(
    tmp_path: Path, delivery: Make, keep: Keep
) -> None:
    path, clock = tmp_path / "s.db", VirtualClock()
    store = SqliteStore(path, clock)
    await keep(store, [delivery(str(n), body=b"x" * 3000) for n in range(8)])
    await store.close()
    misplace_a_page(path)
    store = SqliteStore(path, clock)
    with pytest.raises(StoreDamaged, match="out of order"):
        await store.lease("support", 9)
    await _closed(store)


async def _closed(store: SqliteStore) -> None:
    with pytest.raises(StoreDamaged):  # of which nothing can be given back
        await store.close()


def misplace_a_page(path: Path) -> None:
    """Put the page of the log's second row, one row a page, in the place of the fifth's."""
    db = apsw.Connection(str(path))
    pages = [page for (page,) in db.execute(
        "SELECT pageno FROM dbstat WHERE name = 'deliveries' AND pagetype = 'leaf' ORDER BY path"
    )]  # fmt: skip
    db.close()
    content = bytearray(path.read_bytes())
    second, fifth = ((pages[place] - 1) * 4096 for place in (1, 4))
    content[fifth : fifth + 4096] = content[second : second + 4096]
    path.write_bytes(content)


def harm(path: Path, statement: str) -> None:
    db = apsw.Connection(str(path))
    db.execute(statement)
    db.close()
