"""The rows on one page of a file, read from its bytes, whatever leads there.

The places are those of SQLite's file format, chapters 1.6 (pages of b-trees), 2.1 (records) and 1.7
(overflow).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sendoff.store.sqlite.recovery.pages import PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = int | float | str | bytes | None
Reader = Callable[[int], bytes]
"""Gives the page of a number; fewer bytes than a page where there is none."""

NOT_A_CELL: Final = (IndexError, ValueError, struct.error, OverflowError)
"""What reading raises where something else stands."""

_LARGEST: Final = 1 << 28
_MOST_IN_INDEX: Final = (PAGE - 12) * 64 // 255 - 23
_LEAST: Final = (PAGE - 12) * 32 // 255 - 23
_MOST_IN_TABLE: Final = PAGE - 35
_ON_OVERFLOW: Final = PAGE - 4
_INTEGERS: Final = (0, 1, 2, 3, 4, 6, 8)
_FLOAT, _ZERO, _ONE, _BYTES = 7, 8, 9, 12


@dataclass(frozen=True, slots=True)
class Cell:
    """One row as it stands there; in a table with numbers, `number` is its own."""

    number: int | None
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the cells of a kind of page stand: `cells_at` begins the list of their places."""

    cells_at: int
    numbered: bool
    child: int = 0


# The inner pages of a table with numbers hold no rows; those of one without do.
_KINDS: Final = {13: _Kind(8, numbered=True), 10: _Kind(8, numbered=False),
                 2: _Kind(12, numbered=False, child=4)}  # fmt: skip


def cells_of(page: bytes, read: Reader) -> Iterator[Cell]:
    """The rows on a page that is not the first, but those that cannot be read or were cut off."""
    kind = _KINDS.get(page[0]) if page else None
    if kind is None:
        return
    count = int.from_bytes(page[3:5], "big")
    places = page[kind.cells_at : kind.cells_at + 2 * count]
    for (place,) in struct.iter_unpack(">H", places[: len(places) // 2 * 2]):
        try:
            yield _cell(page, place + kind.child, kind, read)
        except NOT_A_CELL:
            continue


def _cell(page: bytes, at: int, kind: _Kind, read: Reader) -> Cell:
    size, at = _varint(page, at)
    number = None
    if kind.numbered:
        number, at = _varint(page, at)
    most = _MOST_IN_TABLE if kind.numbered else _MOST_IN_INDEX
    return Cell(number, _values(_payload(page, at, size, most, read)))


def _payload(page: bytes, at: int, size: int, most: int, read: Reader) -> bytes:
    if not 0 < size <= _LARGEST:
        raise ValueError(size)
    here = size if size <= most else _LEAST + (size - _LEAST) % _ON_OVERFLOW
    here = here if here <= most else _LEAST
    parts = [page[at : at + here]]
    following = int.from_bytes(page[at + here : at + here + 4], "big")
    for _ in range(-(-(size - here) // _ON_OVERFLOW)):
        more = read(following)
        if not more:
            break
        following = int.from_bytes(more[:4], "big")
        parts.append(more[4:])
    payload = b"".join(parts)[:size]
    if len(payload) < size:
        raise ValueError(size)
    return payload


def _values(record: bytes) -> tuple[Value, ...]:
    end, at = _varint(record, 0)
    kinds: list[int] = []
    while at < end:
        kind, at = _varint(record, at)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        size = _size(kind)
        if at + size > len(record):
            raise ValueError(size)
        values.append(_value(kind, record[at : at + size]))
        at += size
    return tuple(values)


def _size(kind: int) -> int:
    if kind < len(_INTEGERS):
        return _INTEGERS[kind]
    if kind == _FLOAT:
        return 8
    return max(0, (kind - _BYTES) // 2)


def _value(kind: int, content: bytes) -> Value:
    if kind == 0:
        return None
    if kind < len(_INTEGERS):
        return int.from_bytes(content, "big", signed=True)
    if kind == _FLOAT:
        number: float = struct.unpack(">d", content)[0]
        return number
    if kind in {_ZERO, _ONE}:
        return kind - _ZERO
    if kind < _BYTES:
        raise ValueError(kind)
    return content.decode() if kind % 2 else content


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends."""
    number = 0
    for place in range(at, at + 8):
        byte = content[place]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the bit that tells of more
            return number, place + 1
    number = number << 8 | content[at + 8]
    return number - (1 << 64) if number >> 63 else number, at + 9
