"""How far a route has come, beside a model that is plainly right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sendoff.delivery import Delivery
from sendoff.store.sqlite.route_log import read_route
from sendoff.store.sqlite.schema import connect


@pytest.fixture
def db(tmp_path: Path) -> Iterator[apsw.Connection]:
    db = connect(tmp_path / "s.db")
    db.pragma("synchronous", "off")
    yield db
    db.close()


def _delivery(name: str) -> tuple[Delivery, int]:
    return Delivery(name, "support", "upsert", b"{}", "", name), 1


def test_routes_number_their_deliveries_each_by_itself(db: apsw.Connection) -> None:
    one, two = read_route(db, "one"), read_route(db, "two")
    first = one.add(db, [_delivery("a"), _delivery("b")])
    second = two.add(db, [_delivery("c")])
    assert first == [one.first + 1, one.first + 2]
    assert second == [two.first + 1]
    assert one.add(db, [_delivery("d")]) == [one.first + 3]


def test_numbers_are_never_given_twice_though_all_rows_are_gone(db: apsw.Connection) -> None:
    log = read_route(db, "one")
    numbers = log.add(db, [_delivery("a"), _delivery("b")])
    log.end(db, numbers, ())
    db.execute("DELETE FROM deliveries")
    assert read_route(db, "one").add(db, [_delivery("c")]) == [numbers[-1] + 1]


def test_what_is_left_of_a_route_that_is_forgotten_is_no_new_routes(db: apsw.Connection) -> None:
    log = read_route(db, "one")
    log.end(db, log.add(db, [_delivery("a"), _delivery("b")])[1:], ())
    db.execute("DELETE FROM routes")
    assert read_route(db, "two").id == log.id + 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    count=st.integers(1, 40),
    steps=st.lists(st.tuples(st.booleans(), st.lists(st.integers(1, 40), max_size=6)), max_size=12),
)
def test_a_delivery_waits_until_it_has_ended_in_whatever_order(
    db: apsw.Connection, count: int, steps: list[tuple[bool, list[int]]]
) -> None:
    db.execute("DELETE FROM routes; DELETE FROM deliveries; DELETE FROM ended")
    log = read_route(db, "one")
    waiting = set(log.add(db, [_delivery(str(n)) for n in range(count)]))
    for listed, places in steps:
        numbers = {log.first + place for place in places if place <= count}
        log.end(db, () if listed else numbers, numbers if listed else ())
        if listed:
            for number in numbers:
                db.execute(
                    "INSERT OR IGNORE INTO behind VALUES(?, ?, 1, 1, 0.0, 1, 0, NULL, 0)",
                    (number, log.id),
                )
        waiting -= numbers
        for seen in (log, read_route(db, "one")):
            assert waiting == {
                number for number in range(log.floor + 1, log.top + 1) if number not in seen.above
            }
            assert seen.floor == log.floor
    db.execute("DELETE FROM behind")
