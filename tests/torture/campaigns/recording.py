"""Everything that SQLite does to its files, in order, with what the run was told meanwhile.

`recording` makes itself the VFS that every connection of this process uses, so the store needs no
switch for it. A fault is one operation that fails as a disk fails it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw
import msgspec

from campaigns.witness import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from typing_extensions import Buffer

    from campaigns.faults import Fault
    from campaigns.witness import Step


class Write(msgspec.Struct, frozen=True, tag=True):
    """Bytes at an offset of a file; durable when that file was synced afterwards."""

    file: str
    offset: int
    data: bytes


class Truncate(msgspec.Struct, frozen=True, tag=True):
    """A new size of a file; durable as a write is."""

    file: str
    size: int


class Sync(msgspec.Struct, frozen=True, tag=True):
    """All that was done to a file before is durable, or (`failed`) perhaps never will be."""

    file: str
    failed: bool = False


class Delete(msgspec.Struct, frozen=True, tag=True):
    """A file is gone."""

    file: str


class Told(msgspec.Struct, frozen=True, tag=True):
    """What the run noted at this point."""

    mark: Mark


Operation = Write | Truncate | Sync | Delete | Told


class Recording:
    """The operations so far; a `Witness` of the run as well."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def note(self, step: Step, names: Sequence[str], *, done: bool) -> None:
        """Keep a mark among the operations."""
        self.operations.append(Told(Mark(step, done, list(names))))

    def save(self, path: Path) -> None:
        """Write it down, to be read by `read_recording`."""
        path.write_bytes(msgspec.msgpack.encode(self.operations))


def read_recording(path: Path) -> list[Operation]:
    """What was saved."""
    return msgspec.msgpack.decode(path.read_bytes(), type=list[Operation])


class RecordingVFS(apsw.VFS):
    """The system's own VFS, with everything that changes a file kept in a recording."""

    def __init__(self, recording: Recording, fault: Fault) -> None:
        self._system = apsw.vfs_names()[0]
        super().__init__("recording", self._system, makedefault=True)
        self._recording = recording
        self._fault = fault

    def xOpen(  # noqa: N802 - SQLite's names, here and below
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        return RecordedFile(self._system, name, flags, self._recording, self._fault)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(filename, syncdir)
        self._recording.operations.append(Delete(_base(filename)))


class RecordedFile(apsw.VFSFile):
    """One open file."""

    def __init__(
        self, system: str, name: str | apsw.URIFilename | None, flags: list[int],
        recording: Recording, fault: Fault,
    ) -> None:  # fmt: skip
        super().__init__(system, name, flags)
        self._name = _base(name.filename() if isinstance(name, apsw.URIFilename) else name or "")
        self._kept = recording.operations
        self._fault = fault

    def xWrite(self, data: Buffer, offset: int) -> None:  # noqa: N802
        self._fault.writing()
        super().xWrite(data, offset)
        self._kept.append(Write(self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._kept.append(Truncate(self._name, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        try:
            self._fault.syncing()
        except apsw.IOError:
            self._kept.append(Sync(self._name, failed=True))
            raise
        super().xSync(flags)
        self._kept.append(Sync(self._name))


def _base(path: str) -> str:
    return path.rpartition("/")[2]
