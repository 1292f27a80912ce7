"""Dead letters in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from sendoff.store.deaths import DeadCount, DeadLetter
from sendoff.store.sqlite.records import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sendoff.store.deaths import DeadQuery
    from sendoff.store.sqlite.tables import Tables

_INSERT: Final = (
    "INSERT OR REPLACE INTO dead(id, route, reason, detail, event, rule, message_id, died, record,"
    " crc) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SELECT: Final = (
    "SELECT id, route, reason, detail, event, rule, message_id, died, CAST(record AS BLOB), crc"
    " FROM dead WHERE "
)
_COUNT: Final = "SELECT route, reason, rule, count(*) FROM dead WHERE "


def bury(tables: Tables, letters: Iterable[DeadLetter], now: float) -> None:
    """Keep letters of what died now; an older one of the same id gives way."""
    rows = []
    for letter in letters:
        record, crc = pack(letter.delivery) if letter.delivery else (None, None)
        rows.append((
            letter.id, letter.route, letter.reason, _written(letter.detail), letter.event_number,
            letter.rule,
            letter.message_id, now, record, crc,
        ))  # fmt: skip
    if rows:
        tables.db.executemany(_INSERT, rows)


def change(tables: Tables, letter: DeadLetter) -> None:
    """Put another reason on a letter that stays."""
    tables.db.execute(
        "UPDATE dead SET reason = ?, detail = ?, rule = ? WHERE id = ?",
        (letter.reason, _written(letter.detail), letter.rule, letter.id),
    )


def get(tables: Tables, name: str, now: float) -> DeadLetter | None:
    """A letter, None when it is not there."""
    row = tables.db.execute(f"{_SELECT} id = ?", (name,)).fetchone()
    return _letter(row, now) if row else None


def take(tables: Tables, name: str) -> bool:
    """Take a letter away; False when it was not there."""
    tables.db.execute("DELETE FROM dead WHERE id = ?", (name,))
    return bool(tables.db.changes())


def find(tables: Tables, query: DeadQuery, now: float) -> list[DeadLetter]:
    """What fits a query, oldest first, with their ages."""
    where, values = _where(query, now)
    rows = tables.db.execute(f"{_SELECT} {where} ORDER BY place LIMIT ?", (*values, query.limit))
    return [_letter(row, now) for row in rows]


def count(tables: Tables, query: DeadQuery, now: float) -> list[DeadCount]:
    """How many fit, by route, reason and rule."""
    where, values = _where(query, now)
    rows: Any = tables.db.execute(
        f"{_COUNT} {where} GROUP BY route, reason, rule ORDER BY min(place)", values
    )
    return [DeadCount(*row) for row in rows]


def _written(text: str) -> str:
    """A text that SQLite can hold: half a surrogate pair, which others may say, it cannot."""
    return text.encode(errors="replace").decode()


def _where(query: DeadQuery, now: float) -> tuple[str, list[Any]]:
    conditions: list[tuple[str, Any]] = [
        ("route = ?", query.route),
        ("reason = ?", query.reason),
        ("rule = ?", query.rule),
        ("died >= ?", None if query.newer is None else now - query.newer),
        ("died <= ?", None if query.older is None else now - query.older),
        ("place > coalesce((SELECT place FROM dead WHERE id = ?), 1 << 62)", query.after),
    ]
    given = [(condition, value) for condition, value in conditions if value is not None]
    if query.ids is not None:
        ids = msgspec.json.encode(list(query.ids)).decode()
        given.append(("id IN (SELECT value FROM json_each(?))", ids))
    where = " AND ".join(condition for condition, _ in given) or "TRUE"
    return where, [value for _, value in given]


def _letter(row: Any, now: float) -> DeadLetter:
    name, route, reason, detail, event, rule, message_id, died, record, crc = row
    delivery = unpack(record, crc, route) if record is not None else None
    age = max(0.0, now - died) if isinstance(died, float) else 0.0
    return DeadLetter(name, route, reason, detail, event, delivery, rule, message_id, age)
