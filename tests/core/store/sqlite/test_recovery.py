"""Stores that were harmed in many ways, opened, and recovered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import apsw
import pytest

from sendoff.decision import Decision, DeliveryIds
from sendoff.delivery import Delivery
from sendoff.errors import SendoffError
from sendoff.store.deaths import DeadQuery
from sendoff.store.engine import StoreOptions
from sendoff.store.failures import StoreDamaged, StoreError, StoreInUse
from sendoff.store.promise import Dead, Decided, Done, Fact, Incoming, Later, Lease, Store
from sendoff.store.sqlite import open_sqlite
from sendoff.store.sqlite.ownership import Ownership
from sendoff.store.sqlite.recovery import Recovered, recover
from sendoff.testing.clock import START, VirtualClock

PAGE = 4096
EVENTS = 240
IDS = DeliveryIds("support")

Harm = Callable[[bytearray, Random], bytes | bytearray]


@dataclass(frozen=True)
class Original:
    """A store before it was harmed, closed or as a crash left it; and what was in it."""

    closed: bytes
    crashed: dict[str, bytes]
    waiting: frozenset[str]
    delivered: frozenset[str]
    dead: frozenset[str]


def body(number: int) -> bytes:
    return b'{"n":%d,"x":"%s"}' % (number, b"y" * 400)


def clock() -> VirtualClock:
    """An hour after the store was made: all that waits is due."""
    return VirtualClock(START + timedelta(hours=1))


def opened(folder: Path) -> Store:
    return open_sqlite("s.db", clock(), StoreOptions(folder=folder))


async def fill(folder: Path) -> Original:
    store = open_sqlite("s.db", VirtualClock(), StoreOptions(folder=folder))
    numbers = await store.append([Incoming(body(number)) for number in range(1, EVENTS + 1)])
    undecided = 20
    await store.decide([_decided(number) for number in numbers[:-undecided]])
    leases = await store.lease("support", 90)
    delayed, rejected, done = leases[:10], leases[10:20], leases[20:]
    await store.settle([(lease, Later(60.0)) for lease in delayed])
    await store.settle([(lease, Dead("rejected", "no")) for lease in rejected])
    await store.settle([(lease, Done("delivered")) for lease in done])
    crashed = {name: (folder / name).read_bytes() for name in ("s.db", "s.db-wal")}
    await store.close()
    gone = ids(rejected) | ids(done)
    everything = {IDS.of(f"k{number}") for number in numbers[:-undecided]}
    return Original(
        (folder / "s.db").read_bytes(), crashed, frozenset(everything - gone),
        frozenset(ids(done)), frozenset(ids(rejected)),
    )  # fmt: skip


def ids(leases: Sequence[Lease]) -> set[str]:
    return {lease.delivery.id for lease in leases}


def _decided(number: int) -> Decided:
    key = f"k{number}"
    delivery = Delivery(IDS.of(key), "support", "upsert", body(number), f"p{number % 30}", key)
    decision = Decision(route="support", verdict="send")
    fact = Fact("consent", f"p{number % 30}", {"marketing": True})
    return Decided(number, key, [decision], [delivery], key, [fact])


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    return asyncio.run(fill(tmp_path_factory.mktemp("original")))


def flipped(data: bytearray, random: Random) -> bytearray:
    for _ in range(random.randint(1, 40)):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return data


def zeroed(data: bytearray, random: Random) -> bytearray:
    return _pages(data, random, lambda: bytes(PAGE))


def noise(data: bytearray, random: Random) -> bytearray:
    return _pages(data, random, lambda: random.randbytes(PAGE))


def _pages(data: bytearray, random: Random, put: Callable[[], bytes]) -> bytearray:
    for _ in range(random.randint(1, 6)):
        start = random.randrange(len(data) // PAGE) * PAGE
        data[start : start + PAGE] = put()
    return data


def truncated(data: bytearray, random: Random) -> bytearray:
    return data[: random.randrange(len(data) // 4, len(data))]


def beheaded(data: bytearray, random: Random) -> bytearray:
    size = random.choice([16, 100, PAGE])
    data[:size] = random.randbytes(size)
    return data


HARMS: list[tuple[Harm, int]] = [
    *((flipped, seed) for seed in range(14)),
    *((zeroed, seed) for seed in range(9)),
    *((noise, seed) for seed in range(8)),
    *((truncated, seed) for seed in range(6)),
    *((beheaded, seed) for seed in range(4)),
]


def harmed(harm: Harm, seed: int, original: Original) -> bytes:
    return bytes(harm(bytearray(original.closed), Random(seed)))  # noqa: S311 - the same each time


async def used(folder: Path) -> None:
    """It opens and works as far as it can, or says what to do."""
    with suppress(SendoffError):
        store = opened(folder)
        try:
            async with asyncio.timeout(5):
                await store.lease("support", 500)
                await store.dead(DeadQuery())
                await store.undecided(500)
        finally:
            with suppress(SendoffError):
                await store.close()


async def found_in(folder: Path) -> tuple[dict[str, bool], set[str]]:
    """What waits, and whether it may have been delivered; and what is dead."""
    store = opened(folder)
    waiting: dict[str, bool] = {}
    while leases := await store.lease("support", 500):
        waiting.update({each.delivery.id: each.delivery.maybe_delivered for each in leases})
        for lease in leases:
            assert lease.delivery.body == body(int(lease.delivery.event_key[1:]))
        await store.settle([(lease, Done("delivered")) for lease in leases])
    for message in await store.undecided(500):
        assert message.body == body(message.number)
    dead = {letter.id for letter in await store.dead(DeadQuery())}
    await works_on(store)
    await store.close()
    return waiting, dead


async def works_on(store: Store) -> None:
    """A message that is appended is given out, and can be decided with all that came before."""
    [number] = await store.append([Incoming(b"new")])
    undecided = await store.undecided(500)
    assert undecided[-1].number == number
    await store.decide([Decided(each.number, f"new {each.number}", []) for each in undecided])
    assert not await store.undecided(1)


@pytest.mark.parametrize(("harm", "seed"), HARMS)
async def test_what_can_be_read_is_saved_and_nothing_is_taken_for_done(
    tmp_path: Path, original: Original, harm: Harm, seed: int
) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(harmed(harm, seed, original))
    await used(tmp_path)
    damaged = path.read_bytes()
    recovered = recover(path)
    assert recovered.moved_to.read_bytes() == damaged
    waiting, dead = await found_in(tmp_path)
    assert not [each for each, maybe in waiting.items() if each in original.delivered and not maybe]
    told = recovered.unsure or any(recovered.lost.values())
    assert told or original.waiting <= set(waiting) | dead
    assert told or original.dead <= dead


async def test_a_whole_store_is_recovered_whole(tmp_path: Path, original: Original) -> None:
    (tmp_path / "s.db").write_bytes(original.closed)
    recovered = recover(tmp_path / "s.db")
    assert recovered == Recovered(
        tmp_path / "s.db.damaged-1",
        {"events": EVENTS, "deliveries": len(original.waiting), "dead letters": 10, "facts": 30},
        {"events": 0, "deliveries": 0},
        [],
    )
    waiting, dead = await found_in(tmp_path)
    assert waiting == dict.fromkeys(original.waiting, False)
    assert dead == original.dead


async def test_what_a_crash_left_in_the_log_is_saved_with_the_rest(
    tmp_path: Path, original: Original
) -> None:
    for name, data in original.crashed.items():
        (tmp_path / name).write_bytes(data)
    recovered = recover(tmp_path / "s.db")
    assert recovered.counts["events"] == EVENTS
    assert (tmp_path / "s.db.damaged-1-wal").read_bytes() == original.crashed["s.db-wal"]
    waiting, _ = await found_in(tmp_path)
    assert waiting.keys() == original.waiting


def without_table(original: Original, path: Path, name: str) -> bytes:
    """The closed store, with a table of one page gone."""
    path.write_bytes(original.closed)
    db = apsw.Connection(str(path))
    page = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).get
    db.close()
    path.unlink()
    start = (page - 1) * PAGE
    return original.closed[:start] + bytes(PAGE) + original.closed[start + PAGE :]


async def test_what_waited_for_another_attempt_is_found_by_the_indexes(
    tmp_path: Path, original: Original
) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(without_table(original, path, "behind"))
    recovered = recover(path)
    assert recovered.unsure == ["which deliveries waited for another attempt"]
    waiting, _ = await found_in(tmp_path)
    assert waiting == dict.fromkeys(original.waiting, True)


async def test_without_knowing_how_far_a_route_had_come_all_of_it_is_for_somebody_to_look_at(
    tmp_path: Path, original: Original
) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(without_table(original, path, "routes"))
    recovered = recover(path)
    waiting, dead = await found_in(tmp_path)
    assert not waiting
    assert dead == original.waiting | original.delivered | original.dead
    assert "how far the deliveries of a route had come" in recovered.unsure


def test_nothing_is_overwritten(tmp_path: Path, original: Original) -> None:
    path = tmp_path / "s.db"
    for number in (1, 2):
        path.write_bytes(original.closed)
        assert recover(path).moved_to == tmp_path / f"s.db.damaged-{number}"
    (tmp_path / "s.db.damaged-3-wal").touch()
    path.write_bytes(original.closed)
    assert recover(path).moved_to == tmp_path / "s.db.damaged-4"
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "s.db", "s.db.damaged-1", "s.db.damaged-2", "s.db.damaged-3-wal", "s.db.damaged-4",
        "s.db.lock",
    ]  # fmt: skip


def other_application(path: Path) -> None:
    db = apsw.Connection(str(path))
    db.execute("CREATE TABLE events(id INTEGER PRIMARY KEY, what TEXT)")
    db.execute("INSERT INTO events(what) VALUES('theirs')")
    db.close()


def newer_version(path: Path) -> None:
    db = apsw.Connection(str(path))
    db.pragma("user_version", 99)
    db.close()


def text(path: Path) -> None:
    path.write_text("store: sqlite:./sendoff.db\n" * 1000)


@pytest.mark.parametrize("make", [other_application, newer_version, text])
def test_what_is_no_store_of_this_version_is_neither_opened_nor_touched(
    tmp_path: Path, original: Original, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "s.db"
    if make is newer_version:
        path.write_bytes(original.closed)
    make(path)
    before = path.read_bytes()

    async def open_it() -> None:
        await opened(tmp_path).close()

    for attempt in (lambda: asyncio.run(open_it()), lambda: recover(path)):
        with pytest.raises(StoreError, match=r"s\.db: .*\(.*\)$"):
            attempt()
        assert path.read_bytes() == before


async def test_an_empty_file_is_a_fresh_store(tmp_path: Path) -> None:
    (tmp_path / "s.db").touch()
    store = opened(tmp_path)
    await works_on(store)
    await store.close()


def test_a_file_that_is_not_there_is_not_recovered(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such file"):
        recover(tmp_path / "s.db")
    assert not list(tmp_path.iterdir())


def test_a_store_that_is_open_is_not_recovered(tmp_path: Path, original: Original) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(original.closed)
    ownership = Ownership.take(path, START)
    assert ownership
    with pytest.raises(StoreInUse, match=r"held open by process \d+ .*stop it"):
        recover(path)
    ownership.release()
    assert path.read_bytes() == original.closed


def test_a_page_of_noise_in_the_middle_is_told_at_the_latest_when_it_is_read(
    tmp_path: Path, original: Original
) -> None:
    path = tmp_path / "s.db"
    harm = bytearray(original.closed)
    for start in range(8 * PAGE, len(harm), PAGE):
        harm[start : start + PAGE] = b"\xa5" * PAGE
    path.write_bytes(harm)

    async def use() -> None:
        store = opened(tmp_path)
        try:
            await store.undecided(500)
            await store.lease("support", 500)
            await store.dead(DeadQuery())
        finally:
            await store.close()

    with pytest.raises(StoreDamaged, match="sendoff store recover"):
        asyncio.run(use())
