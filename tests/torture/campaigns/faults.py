"""How a disk fails: at the nth write or sync."""

from __future__ import annotations

from typing import Protocol

import apsw


class Fault(Protocol):
    """Asked before every write and sync; raises what the disk would say."""

    def writing(self) -> None:
        """Bytes are to be written to a file."""

    def syncing(self) -> None:
        """A file is to be synced."""


class Healthy:
    """Nothing fails."""

    def writing(self) -> None:
        """Goes well."""

    def syncing(self) -> None:
        """Goes well."""


class FailingSync(Healthy):
    """The nth sync fails, and none after it: a kernel forgets what it could not write."""

    def __init__(self, nth: int) -> None:
        self._left = nth

    def syncing(self) -> None:
        """EIO once."""
        self._left -= 1
        if self._left == 0:
            raise _said(apsw.SQLITE_IOERR_FSYNC, "disk I/O error")


class FailingWrite(Healthy):
    """The nth write fails, and none after it."""

    def __init__(self, nth: int) -> None:
        self._left = nth

    def writing(self) -> None:
        """EIO once."""
        self._left -= 1
        if self._left == 0:
            raise _said(apsw.SQLITE_IOERR_WRITE, "disk I/O error")


class FullAt(Healthy):
    """The nth write finds no room, and so do the `times` after it; then somebody makes room."""

    def __init__(self, nth: int, times: int = 3) -> None:
        self._left = nth
        self._times = times

    def writing(self) -> None:
        """SQLITE_FULL."""
        self._left -= 1
        if -self._times < self._left <= 0:
            raise _said(apsw.SQLITE_FULL, "database or disk is full")


_FAULTS = {"sync": FailingSync, "write": FailingWrite, "full": FullAt}


def read_fault(text: str) -> Fault:
    """`sync:N`, `write:N`, `full:N`, or nothing."""
    if not text:
        return Healthy()
    kind, _, number = text.partition(":")
    return _FAULTS[kind](int(number))


def _said(code: int, words: str) -> Exception:
    error = apsw.exception_for(code)
    error.args = (words,)
    return error
