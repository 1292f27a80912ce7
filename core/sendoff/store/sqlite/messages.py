"""Messages in the file, as they came."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from isal.isal_zlib import crc32

from sendoff.store.messages import size_of, within
from sendoff.store.promise import Appended
from sendoff.store.sqlite.decisions import decided_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sendoff.store.promise import Incoming
    from sendoff.store.sqlite.tables import Tables

_SELECT: Final = (
    "SELECT number, CAST(body AS BLOB), received, CAST(fallback_key AS BLOB), crc FROM events WHERE"
)
_EVENT: Final = f"{_SELECT} number = ?"
_UNDECIDED: Final = (
    f"{_SELECT} number > ? AND number NOT IN (SELECT number FROM decided_ahead)"  # noqa: S608 - ours
    " ORDER BY number LIMIT ?"
)


def append(tables: Tables, incoming: Sequence[Incoming], now: float) -> list[int]:
    """Keep messages as they came; their numbers, in order."""
    tables.make_sure_of_room()
    if not incoming:
        return []
    tables.db.executemany(
        "INSERT INTO events(received, fallback_key, body, crc) VALUES(?, ?, ?, ?)",
        [(now, each.fallback_key, each.body, crc32(each.body)) for each in incoming],
    )
    last = tables.db.last_insert_rowid()
    numbers = range(last - len(incoming) + 1, last + 1)
    received = datetime.fromtimestamp(now, UTC)
    tables.fresh.appended(
        [
            Appended(number, each.body, received, each.fallback_key)
            for number, each in zip(numbers, incoming, strict=True)
        ]
    )
    return list(numbers)


def undecided(
    tables: Tables, limit: int, max_bytes: int | None = None
) -> tuple[list[Appended], list[int]]:
    """The oldest messages that no decision was made about, and the numbers of damaged ones."""
    cursor = decided_to(tables)
    # What is in memory may be a beginning of them: who asks for all that fit has to have all.
    fresh = tables.fresh.messages_after(cursor, limit) if max_bytes is not None else ()
    if fresh:
        ahead = {number for (number,) in tables.db.execute("SELECT number FROM decided_ahead")}
        waiting = [message for message in fresh if message.number not in ahead]
        if waiting:
            return within(waiting, size_of, max_bytes), []
    found: Iterable[Any] = tables.db.execute(_UNDECIDED, (cursor, limit))
    rows = within(found, lambda row: len(row[1] or b""), max_bytes)
    times = _Times()
    read = [_appended(row, times) for row in rows]
    return (
        [message for message in read if message is not None],
        [row[0] for row, message in zip(rows, read, strict=True) if message is None],
    )


def event(tables: Tables, number: int) -> Appended | None:
    """A message as it came, None where it is no longer kept, or damaged."""
    row: Any = tables.db.execute(_EVENT, (number,)).fetchone()
    return _appended(row, _Times()) if row else None


class _Times(dict[float, datetime]):
    """Times of day by seconds since 1970: messages that came together share one."""

    def __missing__(self, seconds: float) -> datetime:
        time = self[seconds] = datetime.fromtimestamp(seconds, UTC)
        return time


def _appended(row: Any, times: _Times) -> Appended | None:
    """A message as the file has it; None where that is not what was written there."""
    number, body, received, fallback_key, crc = row
    try:
        if crc32(body) == crc:
            return Appended(number, body, times[received], str(fallback_key, "utf-8"))
    except (TypeError, ValueError, OverflowError, OSError):
        return None  # no bytes, no text, or no time of day
    return None
