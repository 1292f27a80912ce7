"""The journal's newest entries in the file."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.store.sqlite.tables import Tables

KEPT: Final = 10_000
KEPT_BYTES: Final = 32 << 20
_STEP: Final = 256

_decode: Final = msgspec.msgpack.Decoder(dict[str, Any]).decode

# The newest stays, however long it is: the next number is counted from it.
_OLD: Final = """
DELETE FROM notes WHERE number < :last AND number <= max(:last - :kept, coalesce((
    SELECT max(number) FROM (
        SELECT number, sum(length(record)) OVER (ORDER BY number DESC) AS bytes FROM notes)
    WHERE bytes > :bytes), 0))"""


def add(tables: Tables, entries: Sequence[Mapping[str, Any]]) -> None:
    """Keep entries; the oldest give way, a few hundred at a time."""
    if not entries:
        return
    tables.db.executemany(
        "INSERT INTO notes(record) VALUES(?)", [(msgspec.msgpack.encode(each),) for each in entries]
    )
    last = tables.db.last_insert_rowid()
    if last // _STEP != (last - len(entries)) // _STEP:
        tables.db.execute(_OLD, {"last": last, "kept": KEPT, "bytes": KEPT_BYTES})


def read(tables: Tables, after: int, limit: int) -> list[tuple[int, Mapping[str, Any]]]:
    """Entries with their numbers, in order, from the one after a number on, or the newest few."""
    if after < 0:
        after += int(tables.db.execute("SELECT coalesce(max(number), 0) FROM notes").get)
    rows: Any = tables.db.execute(
        "SELECT number, CAST(record AS BLOB) FROM notes WHERE number > ? ORDER BY number", (after,)
    )
    entries = ((number, _entry(record)) for number, record in rows)
    return [*islice(((number, entry) for number, entry in entries if entry is not None), limit)]


def _entry(record: Any) -> Mapping[str, Any] | None:
    """An entry; None for one that is damaged, which nothing depends on."""
    try:
        return _decode(record)
    except (TypeError, msgspec.DecodeError):
        return None
