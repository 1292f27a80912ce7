"""Deliveries that were decided and are nowhere any more: each becomes a dead letter of its event.

What was decided about a message tells which deliveries there were; their order, which of those that
are missing had ended.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sendoff.store.sqlite.schema import ROUTE_BITS
from sendoff.store.verdicts import unpack

if TYPE_CHECKING:
    import apsw

    from sendoff.decision import Decision

_DETAIL: Final = (
    "the store was damaged and this delivery lost; it is not known whether it was made"
    " (`sendoff dead replay --remap` decides it anew from its event)"
)


@dataclass(frozen=True, slots=True)
class Sent:
    """That a message was to be sent on a route."""

    event: int
    message_id: str | None
    decision: Decision


@dataclass(frozen=True, slots=True)
class _Log:
    """What is there of the log of one route: the numbers and events, in order, of what is there.

    `listed` are events of which a delivery waited for another attempt.
    """

    floor: int
    rows: Sequence[tuple[int, int]]
    ended: frozenset[int]
    listed: frozenset[int]


def bury_vanished(db: apsw.Connection, reason: str, now: float) -> Mapping[str, int]:
    """Make letters of what vanished and is not known to have ended; how many, by route."""
    buried: dict[str, int] = {}
    floors = {name: (number, floor) for number, name, floor in _all(db, _ROUTES)}
    for route, sent in _sent(db).items():
        number, floor = floors.get(route, (-1, 0))
        log = _log(db, number, floor)
        missing = _missing(db, route, sent, log)
        lost = [each for each, place in _placed(missing, log) if _is_open(each, place, log)]
        db.executemany(_INSERT, [
            (each.decision.delivery_id, route, reason, _DETAIL, each.decision.rule,
             each.message_id, each.event, now) for each in lost
        ])  # fmt: skip
        buried[route] = len(lost)
    db.execute(_INSERT_RESENT, (reason, _DETAIL, now, ROUTE_BITS))
    return buried


_ROUTES: Final = "SELECT id, name, floor FROM routes"
_INSERT: Final = (
    "INSERT OR IGNORE INTO dead(id, route, reason, detail, rule, message_id, event, died)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
)

# Of what was sent again on purpose, nothing tells but that it was.
_INSERT_RESENT: Final = (
    "INSERT OR IGNORE INTO dead(id, route, reason, detail, rule, event, died)"
    " SELECT 'delivery ' || seq, name, ?, ?, '', event, ? FROM resent JOIN routes ON id = seq >> ?"
    " WHERE seq NOT IN (SELECT seq FROM deliveries) AND (seq IN (SELECT seq FROM behind)"
    " OR seq > floor AND seq NOT IN (SELECT seq FROM ended))"
)


def _all(db: apsw.Connection, query: str, values: Sequence[Any] = ()) -> list[Any]:
    return db.execute(query, values).fetchall()


def _sent(db: apsw.Connection) -> Mapping[str, Sequence[Sent]]:
    """By route what was to be sent of the messages that are there, in their order."""
    sent: dict[str, list[Sent]] = defaultdict(list)
    rows: Any = db.execute(
        "SELECT number, verdicts FROM decided JOIN events USING(number)"
        " WHERE verdicts IS NOT NULL ORDER BY number"
    )
    for number, record in rows:
        try:
            verdicts = unpack(number, record)
        except (msgspec.MsgspecError, ValueError):
            continue
        for decision in verdicts.decisions:
            if decision.verdict == "send" and decision.route is not None:
                sent[decision.route].append(Sent(number, verdicts.message_id, decision))
    return sent


def _log(db: apsw.Connection, route: int, floor: int) -> _Log:
    values = (route << ROUTE_BITS, ((route + 1) << ROUTE_BITS) - 1)
    rows = _all(
        db, "SELECT seq, event FROM deliveries WHERE seq > ? AND seq <= ?"
        " AND seq NOT IN (SELECT seq FROM resent) ORDER BY seq", values,
    )  # fmt: skip
    ended = _all(db, "SELECT seq FROM ended WHERE seq > ? AND seq <= ?", values)
    listed = _all(db, "SELECT event FROM behind WHERE seq > ? AND seq <= ?", values)
    return _Log(
        floor, rows, frozenset(seq for (seq,) in ended), frozenset(event for (event,) in listed)
    )


def _missing(db: apsw.Connection, route: str, sent: Sequence[Sent], log: _Log) -> list[Sent]:
    there = {event for _, event in log.rows}
    # A letter of a message stands for whatever was sent of it, were it under another number.
    there.update(event for (event,) in _all(db, "SELECT event FROM dead WHERE route = ?", (route,)))
    there.update(event for (event,) in _all(
        db, "SELECT deliveries.event FROM resent JOIN deliveries USING(seq) JOIN routes"
        " ON routes.id = seq >> ? WHERE name = ?", (ROUTE_BITS, route),
    ))  # fmt: skip
    return [each for each in sent if each.event not in there]


def _placed(missing: Sequence[Sent], log: _Log) -> list[tuple[Sent, int | None]]:
    """What is missing with its place in the log; None where that cannot be told."""
    events = [event for _, event in log.rows]
    stretches: dict[int, list[Sent]] = defaultdict(list)
    if events == sorted(events):
        for each in missing:
            stretches[bisect_left(events, each.event)].append(each)
    else:  # the order of the messages says nothing of theirs
        return [(each, None) for each in missing]
    placed: list[tuple[Sent, int | None]] = []
    for at, stretch in stretches.items():
        before = log.rows[at - 1][0] if at else None
        after = log.rows[at][0] if at < len(events) else None
        placed += zip(stretch, _places(before, after, len(stretch)), strict=True)
    return placed


def _places(before: int | None, after: int | None, count: int) -> Sequence[int | None]:
    """The places of so many between two that are known."""
    if before is not None and (after is None or after - before - 1 == count):
        return range(before + 1, before + 1 + count)
    if before is None and after is not None:
        return range(after - count, after)
    return [None] * count


def _is_open(sent: Sent, place: int | None, log: _Log) -> bool:
    if sent.event in log.listed or place is None:
        return True
    return place > log.floor and place not in log.ended
