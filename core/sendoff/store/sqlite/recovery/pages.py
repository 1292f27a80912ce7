"""Puts right what SQLite needs before it reads anything: the head of a file, and its schema.

Both are the same in every store of one version, but for numbers that can be counted, so that they
can be taken from a new one. The rest of a file says by itself what it is.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import apsw

from sendoff.store.sqlite.schema import APPLICATION, VERSION

if TYPE_CHECKING:
    from pathlib import Path

PAGE: Final = 4096
# The places are those of SQLite's file format, chapter 1.3.
_HEAD: Final = 100
_MAGIC: Final = b"SQLite format 3\0"
_CHANGES_AT: Final = slice(24, 28)
_PAGES_AT: Final = slice(28, 32)
_FREE_PAGES_AT: Final = slice(32, 40)
_PAGES_AS_OF: Final = slice(92, 96)


def cut_bytes(damaged: Path) -> int:
    """How many bytes of a file its head says there were, and there are no more."""
    with damaged.open("rb") as file:
        head = file.read(_HEAD)
        size = os.fstat(file.fileno()).st_size
    if not head.startswith(_MAGIC) or head[_CHANGES_AT] != head[_PAGES_AS_OF]:
        return 0
    return max(0, int.from_bytes(head[_PAGES_AT], "big") * PAGE - size)


def cut_page(copy: Path) -> bytes:
    """Take what there is of a page that was cut off the end of a copy."""
    with copy.open("r+b") as file:
        whole = os.fstat(file.fileno()).st_size // PAGE * PAGE
        file.seek(whole)
        rest = file.read()
        file.truncate(whole)
    return rest


def is_sound(db: apsw.Connection) -> bool:
    """Whether every page is where it belongs."""
    try:
        return bool(db.execute("PRAGMA integrity_check(1)").get == "ok")
    except (apsw.Error, UnicodeDecodeError):
        return False


def put_right(copy: Path, fresh: Path, *, to_be_filled: bool) -> bool:
    """Give a copy of a damaged store the head and, where it needs one, the schema of a fresh one.

    False where it is whole and says that it is no store of this version; one with nothing in it is
    `to_be_filled`, where all that was written is in a log that cannot be read. Must not be done to
    the damaged file itself.
    """
    found = _schema(copy)
    if found == _schema(fresh):
        return True
    is_empty = found == [(0, 0)]
    if found and found[0] != (APPLICATION, VERSION) and not (is_empty and to_be_filled):
        return False
    _replace(copy, fresh)
    return True


def _schema(path: Path) -> list[tuple[object, ...]]:
    """Of what kind a file is, and where its tables are; empty where that cannot be read."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        kind = (db.pragma("application_id"), db.pragma("user_version"))
        tables = db.execute("SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema")
        return [kind, *tables]
    except (apsw.Error, UnicodeDecodeError):
        return []
    finally:
        db.close(force=True)


def _replace(copy: Path, fresh: Path) -> None:
    db = apsw.Connection(str(fresh), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        found: Any = db.execute("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema'")
        numbers: list[int] = [number for (number,) in found]
    finally:
        db.close()
    with fresh.open("rb") as source, copy.open("r+b") as target:
        pages = -(-os.fstat(target.fileno()).st_size // PAGE)
        for number in numbers:
            source.seek((number - 1) * PAGE)
            page = bytearray(source.read(PAGE))
            if number == 1:
                page[_PAGES_AT] = pages.to_bytes(4, "big")
                page[_FREE_PAGES_AT] = bytes(8)
            target.seek((number - 1) * PAGE)
            target.write(page)
