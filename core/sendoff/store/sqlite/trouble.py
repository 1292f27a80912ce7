"""What SQLite says went wrong, in words for the person who runs the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw

from sendoff.store.failures import StoreDamaged, StoreError, StoreFull, StoreInUse

if TYPE_CHECKING:
    from pathlib import Path


def damaged(path: Path, error: Exception) -> StoreDamaged:
    """Says that the file holds what no store wrote, and what to do."""
    # What Python says of a value may quote it.
    what = str(error) if isinstance(error, apsw.Error) else type(error).__name__
    return StoreDamaged(
        f"{path}: the file is damaged ({what}); nothing was changed"
        f" (`sendoff store recover {path}` saves what can be read)"
    )


def trouble_of(error: Exception, path: Path) -> StoreError | None:
    """What an error says of the file or its disk; None where it says nothing but that we err."""
    match error:
        case apsw.FullError():
            return StoreFull(
                f"{path}: the disk is full; nothing more is taken until there is room"
                " (free some, and it goes on by itself)"
            )
        case apsw.CorruptError() | apsw.NotADBError() | UnicodeDecodeError():
            return damaged(path, error)
        case apsw.BusyError() | apsw.LockedError():
            return StoreInUse(f"{path}: another program has the file open (end that one first)")
        case apsw.CantOpenError() | apsw.ReadOnlyError() | apsw.PermissionsError():
            return StoreError(
                f"{path}: cannot be opened for writing ({error}); see to it that the file and its"
                " folder may be written by this user"
            )
        case apsw.IOError() | apsw.NoMemError() | apsw.ProtocolError():
            return StoreError(
                f"{path}: the disk failed ({error}); the store has stopped, and acknowledged"
                " nothing that it may not hold (see to the disk, then start again)"
            )
    return None
