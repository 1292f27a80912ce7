"""What is on a disk after its power was cut: all that was synced, and any of what was not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from campaigns.recording import Delete, Sync, Told, Truncate, Write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from random import Random

    from campaigns.recording import Operation

SECTOR = 512


class Disk:
    """What is done to it, in order; and the images that a cut would leave, any number of them."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}

    def do(self, operation: Operation, chance: Random) -> None:
        """One more. Chance says what is left of what a failed sync was for."""
        match operation:
            case Write() | Truncate():
                self._files.setdefault(operation.file, _File()).pending.append(operation)
            case Sync(file=name, failed=failed):
                file = self._files.setdefault(name, _File())
                if failed:
                    file.content = file.survivor(chance)
                    file.pending.clear()
                else:
                    file.sync()
            case Delete():
                self._files.pop(operation.file, None)
            case Told():
                pass

    def cut(self, chance: Random, folder: Path) -> None:
        """Make the files that are left in a folder, which is made as well."""
        folder.mkdir(parents=True)
        for name, file in self._files.items():
            if file.synced or chance.random() < 0.5:
                (folder / name).write_bytes(file.survivor(chance))


@dataclass(slots=True)
class _File:
    """`content` is on the disk; of `pending` any part may be. Its name lasts once it is synced."""

    content: bytearray = field(default_factory=bytearray)
    pending: list[Write | Truncate] = field(default_factory=list)
    synced: bool = False

    def sync(self) -> None:
        for each in self.pending:
            _put(each, self.content)
        self.pending.clear()
        self.synced = True

    def survivor(self, chance: Random) -> bytearray:
        """The content after a cut, by one of four manners of failing.

        All that is pending is dropped, or what comes after some point, with a torn write there; or
        single sectors are, or whole writes. Where an earlier one is missing and a later one there,
        they were reordered.
        """
        content = bytearray(self.content)
        manner = chance.choice(("all", "rest", "sectors", "writes"))
        reached = chance.randrange(len(self.pending) + 1)
        for n, each in enumerate(self.pending):
            for part in _left(each, manner, n - reached, chance):
                _put(part, content)
        return content


def _left(
    done: Write | Truncate, manner: str, beyond: int, chance: Random
) -> Sequence[Write | Truncate]:
    if manner == "all" or (manner == "rest" and beyond > 0):
        return ()
    if manner == "rest":
        return [done] if beyond < 0 else _torn(done, chance)
    if manner == "sectors" and isinstance(done, Write):
        return [sector for sector in _sectors(done) if chance.random() < 0.5]
    return [done] if chance.random() < 0.5 else ()


def _put(done: Write | Truncate, content: bytearray) -> None:
    if isinstance(done, Truncate):
        del content[done.size :]
        content.extend(bytes(done.size - len(content)))
        return
    content.extend(bytes(max(0, done.offset - len(content))))
    content[done.offset : done.offset + len(done.data)] = done.data


def _torn(done: Write | Truncate, chance: Random) -> list[Write]:
    sectors = list(_sectors(done)) if isinstance(done, Write) else []
    return sectors[: chance.randrange(len(sectors) + 1)]


def _sectors(write: Write) -> Iterator[Write]:
    """The write in pieces that end where a sector of the disk ends."""
    start = 0
    while start < len(write.data):
        end = start + SECTOR - (write.offset + start) % SECTOR
        yield Write(write.file, write.offset + start, write.data[start:end])
        start = end
