"""What the first hundred bytes of a file tell, read before SQLite touches it.

A look at every page would take minutes for a large store. What is damaged further in is found when
it is read: the store stops there, and says so.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sendoff.store.failures import StoreDamaged, StoreError
from sendoff.store.sqlite.schema import APPLICATION, VERSION

if TYPE_CHECKING:
    from pathlib import Path

# The places are those of SQLite's file format, chapter 1.3.
_HEAD: Final = 100
_MAGIC: Final = b"SQLite format 3\0"
_PAGE_SIZE: Final = 16
_CHANGES: Final = 24
_PAGES: Final = 28
_FORMAT: Final = 60
_APPLICATION: Final = 68
_PAGES_AS_OF: Final = 92
# Those of the log, in chapter 4.1.
_LOG_BLOCK: Final = 4096
_WORD: Final = 0xFFFFFFFF
# The schema is written first, so that it stands in one of the first pages.
_BEGINNING: Final = 1 << 17
_OUR_TABLE: Final = b"CREATE TABLE deliveries("


def inspect(path: Path) -> None:
    """Raise StoreDamaged or StoreError for a file that is there and is no whole store of ours.

    Nothing is changed. An empty file is a store that nobody has written to yet.
    """
    head, size = _head(path)
    if not size:
        return
    ours = _number(head, _APPLICATION) == APPLICATION
    if not head.startswith(_MAGIC):
        lost = ours or not head.strip(b"\0") or _was_ours(path)
        raise _damaged(path, "its head was overwritten") if lost else _foreign(path)
    if _has_log(path):
        _make_sure_the_log_is_read(path)
        return  # the head that counts may be in there
    if not ours:
        # One page without anything: a store that was about to be made.
        if _number(head, _APPLICATION) or _number(head, _FORMAT) or _number(head, _PAGES) > 1:
            raise _foreign(path)
        return
    if _number(head, _FORMAT) != VERSION:
        raise StoreError(
            f"{path}: was written by another version of sendoff (its format is "
            f"{_number(head, _FORMAT)}, ours is {VERSION}); nothing was changed (use the version "
            f"that wrote it, or name another file as `store:`)"
        )
    if _number(head, _CHANGES) == _number(head, _PAGES_AS_OF) and size < _bytes(head):
        raise _damaged(path, f"{_bytes(head) - size} bytes are missing at its end")


def _head(path: Path) -> tuple[bytes, int]:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD).ljust(_HEAD, b"\0"), path.stat().st_size
    except FileNotFoundError:
        return b"", 0
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be read: {error.strerror} (see to it that this user may read and "
            f"write it)"
        ) from None


def _was_ours(path: Path) -> bool:
    """Whether what follows the head, or stands in the log, tells of our tables."""
    for part in ("", "-wal"):
        with suppress(OSError), path.with_name(path.name + part).open("rb") as file:
            if _OUR_TABLE in file.read(_BEGINNING):
                return True
    return False


def _has_log(path: Path) -> bool:
    try:
        return path.with_name(path.name + "-wal").stat().st_size > 0
    except OSError:
        return False


def _make_sure_the_log_is_read(path: Path) -> None:
    """Raise StoreDamaged for a log that SQLite does not know: it would begin a new one instead.

    The head is on the disk before anything else is; where all is zero, nothing came there.
    """
    with path.with_name(path.name + "-wal").open("rb") as file:
        beginning = file.read(_LOG_BLOCK)
    if not beginning.strip(b"\0"):
        return
    order = ">" if beginning[3:4] == b"\x83" else "<"
    words = struct.unpack(f"{order}6I", beginning[:24].ljust(24, b"\0"))
    first = second = 0
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & _WORD
        second = (second + odd + first) & _WORD
    if (first, second) != (_number(beginning, 24), _number(beginning, 28)):
        raise _damaged(path, f"the head of its log, {path.name}-wal, was overwritten")


def _number(head: bytes, place: int) -> int:
    return int.from_bytes(head[place : place + 4], "big")


def _bytes(head: bytes) -> int:
    return _number(head, _PAGES) * int.from_bytes(head[_PAGE_SIZE : _PAGE_SIZE + 2], "big")


def _damaged(path: Path, what: str) -> StoreDamaged:
    return StoreDamaged(
        f"{path}: the file is damaged: {what}; nothing was changed (`sendoff store recover {path}` "
        f"saves what can be read)"
    )


def _foreign(path: Path) -> StoreError:
    return StoreError(
        f"{path}: is no store, but something else; nothing was changed (name another file as "
        f"`store:`, or move this one away)"
    )
