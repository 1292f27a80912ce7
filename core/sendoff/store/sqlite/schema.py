"""The tables, and the one connection to them.

`events` and `deliveries` are logs: rows are added at the end and deleted in bulk. What a delivery
has come to is not written into its row: per route everything up to `floor` has ended, but what
`behind` lists; above it what has ended is in `ended`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import apsw

from sendoff.store.failures import StoreError

if TYPE_CHECKING:
    from pathlib import Path

VERSION: Final = 1
APPLICATION: Final = 0x73656E64  # "send", for file(1) and for us
ROUTE_BITS: Final = 40
"""A delivery's number is its route's, shifted by so much, plus its place: each route is a log of
its own in one table, without an index.
"""

_TABLES: Final = """
CREATE TABLE events(
    number INTEGER PRIMARY KEY, received REAL NOT NULL, fallback_key TEXT NOT NULL,
    body BLOB NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE decided(number INTEGER PRIMARY KEY, key BLOB NOT NULL, message TEXT, verdicts BLOB);
CREATE INDEX decided_by_message ON decided(message) WHERE message IS NOT NULL;
CREATE TABLE decided_ahead(number INTEGER PRIMARY KEY);
CREATE TABLE keys(key BLOB PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE cursors(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE routes(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, floor INTEGER NOT NULL,
    lending BLOB NOT NULL, version INTEGER NOT NULL);
CREATE TABLE deliveries(
    seq INTEGER PRIMARY KEY, event INTEGER NOT NULL, record BLOB NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE ended(seq INTEGER PRIMARY KEY);
CREATE TABLE behind(
    seq INTEGER PRIMARY KEY, route INTEGER NOT NULL, line INTEGER NOT NULL, event INTEGER NOT NULL,
    wake REAL NOT NULL, attempt INTEGER NOT NULL, maybe INTEGER NOT NULL, began REAL,
    version INTEGER NOT NULL);
CREATE INDEX behind_by_wake ON behind(route, wake);
CREATE INDEX behind_by_line ON behind(route, line);
CREATE INDEX behind_by_event ON behind(event);
CREATE TABLE resent(seq INTEGER PRIMARY KEY, event INTEGER NOT NULL);
CREATE INDEX resent_by_event ON resent(event);
CREATE TABLE suspects(seq INTEGER PRIMARY KEY, out INTEGER NOT NULL, deaths INTEGER NOT NULL);
CREATE TABLE dead(
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, route TEXT,
    reason TEXT NOT NULL, detail TEXT NOT NULL, rule TEXT NOT NULL, message_id TEXT,
    event INTEGER NOT NULL, died REAL NOT NULL, record BLOB, crc INTEGER);
CREATE INDEX dead_by_event ON dead(event);
CREATE TABLE totals(
    route TEXT NOT NULL, what TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(route, what))
    WITHOUT ROWID;
CREATE TABLE facts(
    kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY(kind, key))
    WITHOUT ROWID;
CREATE TABLE notes(number INTEGER PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE holds(account TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
"""
"""Should a page be all that is left of a table, the types of its rows tell whose they are: so what
`decided_by_message` holds is text, and what `keys` holds is not.
"""


def connect(path: Path) -> apsw.Connection:
    """The connection to a store's file, which is made, readable by its owner alone, if need be."""
    _create(path)
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        # Exclusive: whoever else opened the file, with any other SQLite, could only harm it.
        db.pragma("locking_mode", "exclusive")
        is_new = _is_new(db, path)
        _configure(db)
        if is_new:
            _make(db)
    except BaseException:
        db.close(force=True)
        raise
    return db


def _create(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    # Else a power cut might leave what was written and take away the name it was written under.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _is_new(db: apsw.Connection, path: Path) -> bool:
    """Whether nothing is in the file yet.

    Raises StoreError for what is not ours, or of another version; nothing is changed then.
    """
    version = db.pragma("user_version")
    if version == VERSION and db.pragma("application_id") == APPLICATION:
        return False
    if version or db.execute("SELECT count(*) FROM sqlite_schema").get:
        raise StoreError(
            f"{path}: was not written by this version of sendoff (its format is {version}, ours"
            f" is {VERSION}); name another file as `store:`, or use the version that wrote it"
        )
    return True


def _configure(db: apsw.Connection) -> None:
    for name, value in (
        ("auto_vacuum", "incremental"), ("journal_mode", "wal"), ("synchronous", "full"),
        ("cache_size", -8000), ("journal_size_limit", 1 << 26), ("temp_store", "memory"),
        ("wal_autocheckpoint", 0),
        ("fullfsync", True), ("checkpoint_fullfsync", True),  # macOS: else a sync is a hint
    ):  # fmt: skip
        db.pragma(name, value)


def _make(db: apsw.Connection) -> None:
    with db:
        db.execute(_TABLES)
        db.pragma("application_id", APPLICATION)
        db.pragma("user_version", VERSION)
