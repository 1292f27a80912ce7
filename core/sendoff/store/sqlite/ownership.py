"""Whose store it is: one process at a time holds a lock on the file beside it."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from sendoff.store.failures import StoreError, StoreInUse

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


class Owner(msgspec.Struct, frozen=True):
    """Who holds a store, for messages only: the lock itself is the system's."""

    process: int
    since: str

    def __str__(self) -> str:
        return f"process {self.process} (since {self.since})"


class Ownership:
    """The lock on one store. The system lets go of it when the process ends, however it ends.

    The lock file stays: if it was deleted, two might each hold one of the same name.
    """

    def __init__(self, file: int) -> None:
        self._file = file

    @classmethod
    def take(cls, store: Path, now: datetime) -> Ownership | None:
        """The lock; None while another holds it, be it in this process. Raises StoreError."""
        path = _lock_path(store)
        try:
            file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StoreError(
                f"{path}: cannot be opened: {error.strerror} (the store needs this file beside it: "
                f"make it and its folder writable)"
            ) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        except OSError as error:
            os.close(file)
            raise StoreError(
                f"{path}: cannot be locked: {error.strerror} (put the store on a local disk)"
            ) from None
        _write(file, msgspec.json.encode(Owner(os.getpid(), f"{now:%Y-%m-%d %H:%M:%S} UTC")))
        return cls(file)

    @classmethod
    def take_or_refuse(cls, store: Path, now: datetime) -> Ownership:
        """The lock. Raises StoreInUse, which names who holds it."""
        ownership = cls.take(store, now)
        if ownership is None:
            raise in_use(store, "stop it first")
        return ownership

    def release(self) -> None:
        """Let go; once."""
        _write(self._file, b"")
        # A process that was forked from this one would hold on to it otherwise.
        with suppress(OSError):
            fcntl.flock(self._file, fcntl.LOCK_UN)
        os.close(self._file)


def in_use(store: Path, advice: str) -> StoreInUse:
    """Says who holds the store, and what to do."""
    owner = _owner(store)
    if owner is not None and _has_ended(owner.process):
        return StoreInUse(
            f"{store}: {owner} has ended, but a process that it started, or one in another "
            f"container, holds {_lock_path(store).name} open (end that one; "
            f"`fuser {_lock_path(store)}` names it)"
        )
    return StoreInUse(f"{store}: is held open by {owner or 'another process'} ({advice})")


def _has_ended(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # it is there, and another user's; or no number of one
        return False
    return False


def _owner(store: Path) -> Owner | None:
    """Who wrote last that the store is theirs; None where that cannot be read."""
    try:
        return msgspec.json.decode(_lock_path(store).read_bytes(), type=Owner)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _lock_path(store: Path) -> Path:
    return store.with_name(store.name + ".lock")


def _write(file: int, text: bytes) -> None:
    # A full disk must not keep anybody from delivering: messages do without the name then.
    with suppress(OSError):
        os.ftruncate(file, 0)
        os.pwrite(file, text, 0)
