"""Saves what can be read of a damaged store into a new one, and keeps the damaged one."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import apsw

from sendoff.clock import SystemClock
from sendoff.store.failures import StoreError, StoreFull
from sendoff.store.sqlite.ownership import Ownership
from sendoff.store.sqlite.recovery.carving import carve_file, carve_log
from sendoff.store.sqlite.recovery.log import unread
from sendoff.store.sqlite.recovery.messages import mend_messages
from sendoff.store.sqlite.recovery.pages import cut_bytes, cut_page, is_sound, put_right
from sendoff.store.sqlite.recovery.routes import mend_routes
from sendoff.store.sqlite.recovery.whole import copy_whole
from sendoff.store.sqlite.schema import connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sendoff.clock import Clock
    from sendoff.store.sqlite.recovery.rows import Table

_PARTS: Final = ("-wal", "-shm", "")

_KINDS: Final = MappingProxyType({
    "events": "SELECT count(*) FROM events",
    "deliveries": (
        "SELECT count(*) FROM deliveries JOIN routes ON routes.id = seq >> 40"
        " WHERE (seq > floor AND seq NOT IN (SELECT seq FROM ended))"
        " OR seq IN (SELECT seq FROM behind)"
    ),
    "dead letters": "SELECT count(*) FROM dead",
    "facts": "SELECT count(*) FROM facts",
})  # fmt: skip

_WORDS: Final = MappingProxyType({
    "events": "messages",
    "decided": "which messages were decided: some are decided again, and may be sent again",
    "keys": "which events came before: one that comes again may be sent again",
    "deliveries": "deliveries",
    "dead": "dead letters",
    "facts": "what was known of people, such as their consent",
    "routes": "how far the deliveries of a route had come",
    "ended": "which deliveries had ended",
    "behind": "which deliveries waited for another attempt",
    "totals": "the totals",
    "notes": "the journal",
})  # fmt: skip
"""What it means for a user that a table could not be read whole; of others it means nothing."""

_LOG: Final = (
    "the last changes before the damage: what was decided and delivered in them is done again"
)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of a damaged store, which lies at `moved_to` now, as it was.

    `counts` tells how many are in the new one, by kind: `events`, `deliveries` that wait, `dead
    letters`, `facts`. `lost` tells how many were lost for certain; there may be more where one of
    `unsure`, in words for people, could not be read whole.
    """

    moved_to: Path
    counts: Mapping[str, int]
    lost: Mapping[str, int]
    unsure: Sequence[str]


def recover(path: Path, clock: Clock | None = None) -> Recovered:
    """Put a new store with all that can be read in the place of a damaged one.

    The damaged one is moved to `PATH.damaged-1` (or -2 and so on, nothing is overwritten) with what
    belongs to it, when the new one is whole. Deliveries of which it cannot be told whether they
    were made wait marked as perhaps delivered, or are dead letters with the reason `recovered`.

    Takes room for two more stores of the size. Raises StoreInUse while a process has the store
    open, StoreFull where there is no room, StoreError where there is no file or nothing in it.
    """
    clock = clock or SystemClock()
    if not path.is_file():
        raise StoreError(f"{path}: there is no such file (name the file of the store)")
    ownership = Ownership.take_or_refuse(path, clock.now())
    try:
        with _workshop(path) as folder:
            return _recover(path, folder, clock.now().timestamp())
    finally:
        ownership.release()


def _recover(path: Path, folder: Path, now: float) -> Recovered:
    copy, fresh = folder / "damaged", folder / "fresh"
    for part in ("", "-wal"):
        with suppress(FileNotFoundError):
            shutil.copyfile(f"{path}{part}", f"{copy}{part}")
    connect(fresh).close()
    # Of a page that was cut, SQLite would take the rest for zeros.
    rest = cut_page(copy)
    log, missing = unread(copy), cut_bytes(path)
    if not put_right(copy, fresh, to_be_filled=bool(log)):
        raise StoreError(
            f"{path}: is no store, or one of another version of sendoff; nothing was changed "
            f"(use the version that wrote it)"
        )
    counts, lost, saved = _saved(copy, fresh, log, rest, now)
    if not any(counts.values()):
        raise StoreError(
            f"{path}: nothing in it can be read as a store's; nothing was changed (if it is of no "
            f"use, move it away: a new store is made then)"
        )
    moved_to = _moved_aside(path, fresh)
    unsure = [_WORDS[name] for name, table in saved.items() if table.broken and name in _WORDS]
    if log:
        unsure.append(_LOG)
    if missing:
        unsure.append(f"the end of the file, of which {missing:,} bytes are missing")
    return Recovered(moved_to, counts, lost, unsure)


def _saved(
    copy: Path, fresh: Path, log: Mapping[int, bytes], rest: bytes, now: float
) -> tuple[Mapping[str, int], Mapping[str, int], Mapping[str, Table]]:
    old = apsw.Connection(str(copy), flags=apsw.SQLITE_OPEN_READWRITE)
    new = connect(fresh)
    try:
        with new:
            saved = copy_whole(old, new)
            if log or rest or not is_sound(old):
                carve_file(copy, rest, new, saved)
            if log:
                carve_log(copy, log, new, saved)
            lost = {
                "events": mend_messages(new, saved["decided"]),
                "deliveries": mend_routes(new, old, saved, now),
            }
        counts = {kind: int(new.execute(count).get) for kind, count in _KINDS.items()}
    finally:
        old.close(force=True)
        new.close()  # which writes the log back into the file, and syncs it
    return counts, lost, saved


def _moved_aside(path: Path, fresh: Path) -> Path:
    """Put the new file in the place of the damaged one, with what belongs to it; where that is."""
    number = 1
    while any(os.path.lexists(f"{path}.damaged-{number}{part}") for part in _PARTS):
        number += 1
    aside = Path(f"{path}.damaged-{number}")
    # All of it has its new name before anything loses the old one, and the file itself never does:
    # a store that was not there for a moment would be made anew, empty.
    for part in _PARTS:
        with suppress(FileNotFoundError):
            _linked(Path(f"{path}{part}"), Path(f"{aside}{part}"))
    for part in ("-wal", "-shm"):
        Path(f"{path}{part}").unlink(missing_ok=True)
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return aside


def _linked(path: Path, also: Path) -> None:
    try:
        also.hardlink_to(path)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without links
        path.rename(also)


@contextmanager
def _workshop(path: Path) -> Iterator[Path]:
    """A private folder beside the store; what goes wrong in it, in words for people."""
    try:
        with TemporaryDirectory(prefix=f"{path.name}.recover-", dir=path.parent) as folder:
            yield Path(folder)
    except (apsw.Error, OSError) as error:
        if isinstance(error, apsw.FullError) or getattr(error, "errno", None) == errno.ENOSPC:
            raise StoreFull(
                f"{path}: there is no room to recover it; nothing was changed (it takes room for "
                f"two more of its size beside it)"
            ) from None
        said = getattr(error, "strerror", None) or str(error)
        raise StoreError(
            f"{path}: cannot be recovered here: {said}; nothing was changed (see to it that its "
            f"folder may be written by this user)"
        ) from None
