"""The file, opened in the thread that works on it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import apsw
import msgspec

from sendoff.store.failures import StoreError
from sendoff.store.sqlite import gates
from sendoff.store.sqlite.schema import connect
from sendoff.store.sqlite.suspects import after_crash
from sendoff.store.sqlite.tables import Tables
from sendoff.store.sqlite.trouble import damaged, trouble_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sendoff.store.sqlite.room import Room

_NOT_OURS: Final = (
    TypeError, ValueError, LookupError, ArithmeticError, struct.error, msgspec.MsgspecError,
    MemoryError,
)  # fmt: skip
"""What reading raises for values that no store wrote: of another kind, or out of all bounds."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The tables, and what was found in them.

    `opening` counts how often they were opened, `holds` says which accounts are held, for how many
    seconds more.
    """

    tables: Tables
    opening: int
    holds: Mapping[str, float]


def open_tables(path: Path, now: float, room: Room) -> Opened:
    """The tables of a store, made if need be; `now` is the time of day.

    Raises StoreDamaged for what no store wrote, StoreError for what else is in the way; nothing is
    held open then.
    """
    try:
        db = connect(path)
        try:
            return _opened(Tables(path, db, room), now)
        except BaseException:
            db.close(force=True)
            raise
    except apsw.Error as error:
        # Our statements are right for the tables of a store: others are there.
        raise trouble_of(error, path) or damaged(path, error) from None
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be made: {error.strerror} (see to it that its folder may be written)"
        ) from None
    except _NOT_OURS as error:
        raise damaged(path, error) from None


def _opened(tables: Tables, now: float) -> Opened:
    with tables.db:
        after_crash(tables, now)
        opening, holds = _opening(tables), gates.holds(tables, now)
    return Opened(tables, opening, holds)


def _opening(tables: Tables) -> int:
    opening: Any = tables.db.execute(
        "INSERT INTO cursors VALUES('opening', 1)"
        " ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value"
    ).get
    return int(opening)
