"""Whether there is room for new events: in the store's own size, and on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.store.failures import StoreFull

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

    from sendoff.store.sqlite.ballast import Ballast


class Room:
    """How large the file may get, and the ballast beside it, if there is any."""

    def __init__(self, path: Path, most_bytes: int | None, ballast: Ballast | None) -> None:
        self._path = path
        self._most_bytes = most_bytes
        self._ballast = ballast

    def make_sure(self, db: apsw.Connection) -> None:
        """Raise StoreFull where no new event may be taken."""
        if self._ballast is not None and not self._ballast.load():
            raise self._ballast.refusal()
        if self._most_bytes is not None and _used(db) >= self._most_bytes:
            raise StoreFull(
                f"{self._path}: has the size it may have, {self._most_bytes // 1_000_000:,} MB: no"
                " new event is taken, what waits is still delivered (let it, or settle what is"
                " dead, or allow it more)"
            )

    def free(self) -> bool:
        """Make room on a full disk for what is under way; whether there was any to be made."""
        return self._ballast is not None and self._ballast.drop()


def _used(db: apsw.Connection) -> int:
    pages: Any = db.pragma("page_count")
    free: Any = db.pragma("freelist_count")
    size: Any = db.pragma("page_size")
    return int((pages - free) * size)
