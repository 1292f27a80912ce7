"""Room kept beside the store, so that on a full disk what is under way can still be written."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sendoff.store.failures import StoreFull

if TYPE_CHECKING:
    from pathlib import Path

SIZE: Final = 4 * 1024 * 1024
"""Enough for the settlements of some ten thousand deliveries."""


class Ballast:
    """A file that takes room until the room is needed.

    When a write finds the disk full, `drop` frees it: settlements fit again, so that nothing that
    was delivered is delivered twice, while new events are refused with `refusal`. `load` puts it
    back once there is room for it twice over, and new events are taken again: `in_place`.
    """

    def __init__(self, store: Path, size: int = SIZE) -> None:
        self._store = store
        self._path = store.with_name(store.name + ".ballast")
        self._size = size
        self.in_place = False

    def load(self) -> bool:
        """Put it there, or leave it there; whether it is there now. Costs a sync the first time."""
        if not self.in_place:
            self.in_place = self._is_whole() or (self._has_room() and self._write())
        return self.in_place

    def drop(self) -> bool:
        """Free its room; whether there was any to free."""
        self.in_place = False
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def refusal(self) -> StoreFull:
        """Why no new event is taken, for people."""
        return StoreFull(
            f"{self._store}: the disk is full ({_kilobytes(self._free())} free): no new event is "
            f"taken, what waits is still delivered (free at least {_kilobytes(2 * self._size)} "
            f"there)"
        )

    def _is_whole(self) -> bool:
        with suppress(OSError):
            return self._path.stat().st_size == self._size
        return False

    def _has_room(self) -> bool:
        return self._free() >= 2 * self._size

    def _free(self) -> int:
        try:
            return shutil.disk_usage(self._store.parent).free
        except OSError:
            return 0

    def _write(self) -> bool:
        try:
            file = os.open(self._path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            try:
                # Random: of zeros, a file system that compresses would keep nothing.
                written = os.write(file, os.urandom(self._size))
                os.fsync(file)  # some give the room only now, and find only now that there is none
            finally:
                os.close(file)
        except OSError:
            written = 0
        if written < self._size:
            with suppress(OSError):
                self._path.unlink()
        return written == self._size


def _kilobytes(size: int) -> str:
    return f"{size // 1000:,} KB"
