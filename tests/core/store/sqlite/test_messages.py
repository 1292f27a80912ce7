"""Messages: decided in whatever order, and damaged ones that stop nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sendoff.clock import SystemClock
from sendoff.decision import Decision
from sendoff.store.deaths import DeadQuery, Redecided
from sendoff.store.promise import Decided, Incoming
from sendoff.store.sqlite import decisions, messages
from sendoff.store.sqlite.opened import open_tables
from sendoff.store.sqlite.room import Room
from sendoff.store.sqlite.store import SqliteStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "s.db", SystemClock())
    yield store
    await store.close()


async def decide(store: SqliteStore, numbers: Sequence[int]) -> Sequence[int]:
    return await store.decide([Decided(number, f"k{number}", []) for number in numbers])


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30
)
@given(st.permutations(range(8)), st.integers(1, 8))
async def test_each_is_decided_once_in_whatever_order(
    store: SqliteStore, order: list[int], together: int
) -> None:
    numbers = await store.append([Incoming(b"{}")] * 8)
    waiting = list(numbers)
    for start in range(0, 8, together):
        some = [numbers[place] for place in order[start : start + together]]
        assert await decide(store, [*some, some[0], numbers[-1] + 1]) == some
        waiting = [number for number in waiting if number not in some]
        assert [each.number for each in await store.undecided(100)] == waiting
        assert await decide(store, some) == []


async def test_who_asks_for_all_messages_gets_more_than_memory_holds(store: SqliteStore) -> None:
    large = b"x" * (1 << 20)
    for _ in range(4):
        await store.append([Incoming(large)] * 6)
    assert len(await store.undecided(100)) == 24


async def test_a_message_is_found_by_its_id_whatever_key_it_goes_by(store: SqliteStore) -> None:
    numbers = await store.append([Incoming(b"{}")] * 4)
    keys = ["m", "m", "reused:m", "other"]
    await store.decide([
        Decided(number, key, [], message_id="other" if key == "other" else "m")
        for number, key in zip(numbers, keys, strict=True)
    ])  # fmt: skip
    assert await store.numbers_of("m") == numbers[:3]
    assert await store.numbers_of("other") == numbers[3:]
    assert await store.numbers_of("nobody's") == []


async def test_a_damaged_message_is_dead_and_stops_none_after_it(tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    store = SqliteStore(path, SystemClock())
    numbers = await store.append([Incoming(str(n).encode()) for n in range(7)])
    await store.close()
    harm(path, "UPDATE events SET body = x'00' WHERE number = 2")
    harm(path, "UPDATE events SET received = 1e300 WHERE number = 4")
    harm(path, "UPDATE events SET received = 'noon' WHERE number = 6")
    harm(path, "UPDATE events SET fallback_key = CAST(x'ff' AS TEXT) WHERE number = 7")
    store = SqliteStore(path, SystemClock())
    assert [each.body for each in await store.undecided(100)] == [b"0", b"2", b"4"]
    letters = await store.dead(DeadQuery())
    assert [(each.id, each.route, each.reason) for each in letters] == [
        (f"event {number}", None, "damaged") for number in (2, 4, 6, 7)
    ]
    assert (await store.totals())[""] == {"events": 4, "invalid": 4}
    assert await store.event(numbers[1]) is None
    assert await decide(store, numbers) == [numbers[0], numbers[2], numbers[4]]
    await store.close()


async def test_a_damaged_message_where_none_can_be_is_not_looked_for_for_ever(
    tmp_path: Path,
) -> None:
    path = tmp_path / "out of order.db"
    tables = open_tables(path, 0.0, Room(path, None, None)).tables
    with tables.db:
        messages.append(tables, [Incoming(b"{}")], 0.0)
    with pytest.raises(apsw.CorruptError, match="rows out of order"), tables.db:
        decisions.bury_damaged(tables, [2**40], 0.0)
    with tables.db:
        decisions.bury_damaged(tables, [1], 0.0)
        decisions.bury_damaged(tables, [1], 0.0)  # as another has just done
    tables.db.close()


@pytest.mark.parametrize("damaged", ["NULL", "x''", "x'00'", "'text'", "17"])
async def test_a_decision_that_is_damaged_is_unknown_and_the_others_are_not(
    tmp_path: Path, damaged: str
) -> None:
    path = tmp_path / "damaged.db"
    store = SqliteStore(path, SystemClock())
    numbers = await store.append([Incoming(b"{}")] * 3)
    dead = Decision(route="support", verdict="dead", reason="missing_field")
    await store.decide([Decided(number, f"k{number}", [dead]) for number in numbers])
    await store.close()
    harm(path, f"UPDATE decided SET verdicts = {damaged} WHERE number = 2")  # noqa: S608 - ours
    store = SqliteStore(path, SystemClock())
    assert [each.number for each in await store.decisions(numbers)] == [1, 3]
    dropped = Decision(route="support", verdict="drop", reason="no_rule")
    letters = await store.dead(DeadQuery())
    await store.redecide([Redecided(letter.id, dropped) for letter in letters])
    found = await store.decisions(numbers)
    assert [list(each.decisions) for each in found] == [[dropped], [dropped]]
    assert not await store.dead(DeadQuery())
    await store.close()


def harm(path: Path, statement: str) -> None:
    db = apsw.Connection(str(path))
    db.execute(statement)
    db.close()
