"""What stands in the write-ahead log behind the place up to which it can be read in order.

The places are those of SQLite's file format, chapter 4.1.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import apsw

from sendoff.store.sqlite.recovery.pages import PAGE
from sendoff.store.sqlite.recovery.rows import UNREADABLE

if TYPE_CHECKING:
    from pathlib import Path

_HEAD: Final = 32
_FRAME_HEAD: Final = 24
_FRAME: Final = _FRAME_HEAD + PAGE
_PAGE_NUMBER: Final = slice(0, 4)
_COMMITTED: Final = slice(4, 8)
_SALT: Final = slice(8, 16)
_HEAD_SALT: Final = slice(16, 24)


def unread(copy: Path) -> dict[int, bytes]:
    """The pages, by number, that SQLite does not see, since a frame of the log before is broken.

    To be asked before anything else opens the copy, which empties its log.
    """
    log = copy.with_name(copy.name + "-wal")
    try:
        content = log.read_bytes()
    except FileNotFoundError:
        return {}
    first = _HEAD + _frames_read(copy) * _FRAME
    salts = {content[_HEAD_SALT], content[_HEAD + 8 : _HEAD + 16]}
    pages: dict[int, bytes] = {}
    committed = False
    for start in range(first, len(content) - _FRAME + 1, _FRAME):
        head = content[start : start + _FRAME_HEAD]
        if head[_SALT] in salts:
            committed = committed or any(head[_COMMITTED])
            number = int.from_bytes(head[_PAGE_NUMBER], "big")
            pages[number] = content[start + _FRAME_HEAD : start + _FRAME]
    # Where no commit follows, somebody was killed before the end of one, and promised nothing.
    return pages if committed else {}


def _frames_read(copy: Path) -> int:
    with suppress(*UNREADABLE):
        db = apsw.Connection(str(copy), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            found: Any = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            return max(0, int(found[1]))
        finally:
            db.close(force=True)
    return 0
