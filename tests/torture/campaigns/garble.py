"""Forty ways in which the file of a store is found damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

PAGE = 4096
_HEADER = 100


Harm = Callable[[Path, Random], object]


@dataclass(frozen=True, slots=True)
class Damage:
    """`do` harms a file. Where it does so `lightly`, all that is still there can be found.

    Many bits flipped may leave the body of a message whole, and harm what stands around it.
    """

    name: str
    do: Harm
    lightly: bool = True


def damages() -> Iterator[Damage]:
    """All forty."""
    yield Damage("empty", lambda file, _: file.write_bytes(b""))
    yield Damage("text", lambda file, _: file.write_bytes(b"this is no store\n" * 1000))
    yield Damage("zeros", lambda file, _: file.write_bytes(bytes(file.stat().st_size)))
    yield Damage("another database", _another)
    yield Damage("no header", _noise(0, _HEADER))
    yield Damage("header of zeros", lambda file, _: _overwrite(file, 0, bytes(_HEADER)))
    yield Damage("no schema", _noise(_HEADER, PAGE - _HEADER))
    yield Damage("torn page size", lambda file, _: _overwrite(file, 16, b"\x00\x03"))
    for percent in (1, 10, 25, 50, 75, 90, 99):
        yield Damage(f"cut at {percent} %", _cut(percent))
    for share in (1, 5, 20, 60):
        yield Damage(f"{share} % of pages random", _pages(share, random=True))
        yield Damage(f"{share} % of pages zero", _pages(share, random=False))
    for bits in (1, 10, 100, 1000, 10_000):
        yield Damage(f"{bits} bits flipped", _bits(bits), lightly=bits <= 10)
    for n in range(12):
        yield Damage(f"a page in another's place, {n}", _misplaced)


def _overwrite(file: Path, offset: int, content: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(offset)
        opened.write(content)


def _noise(offset: int, size: int) -> Harm:
    return lambda file, chance: _overwrite(file, offset, chance.randbytes(size))


def _another(file: Path, _chance: Random) -> None:
    file.unlink()
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE people (name)")
    other.execute("INSERT INTO people VALUES ('John Doe')")
    other.commit()
    other.close()


def _cut(percent: int) -> Harm:
    def damage(file: Path, _chance: Random) -> None:
        with file.open("r+b") as opened:
            opened.truncate(file.stat().st_size * percent // 100)

    return damage


def _pages(share: int, *, random: bool) -> Harm:
    def damage(file: Path, chance: Random) -> None:
        pages = file.stat().st_size // PAGE
        for page in chance.sample(range(1, pages), max(1, pages * share // 100)):
            _overwrite(file, page * PAGE, chance.randbytes(PAGE) if random else bytes(PAGE))

    return damage


def _bits(count: int) -> Harm:
    def damage(file: Path, chance: Random) -> None:
        content = bytearray(file.read_bytes())
        for _ in range(count):
            content[chance.randrange(_HEADER, len(content))] ^= 1 << chance.randrange(8)
        file.write_bytes(content)

    return damage


def _misplaced(file: Path, chance: Random) -> None:
    content = file.read_bytes()
    source, target = chance.sample(range(1, len(content) // PAGE), 2)
    _overwrite(file, target * PAGE, content[source * PAGE : (source + 1) * PAGE])
