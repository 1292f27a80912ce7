"""The socket beside a store's file: made by who owns the store, found by everybody else."""

from __future__ import annotations

import os
import socket
import stat
import struct
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from sendoff.store.failures import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The path of a Unix socket has 108 bytes on Linux and 104 on macOS, with the zero at its end.
LONGEST: Final = 103
_PATIENCE: Final = 1.0
_WAITING_AT_THE_DOOR: Final = 128


def listen(path: Path) -> socket.socket:
    """A socket that others of this user can connect to from now on.

    What an owner that was killed left there is removed: call it only as the owner of the store.
    Raises StoreError for what is no socket there, OSError where none can be made.
    """
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        with _short(path) as name:
            door.bind(name)
        # Before anybody can connect, which is from `listen` on.
        path.chmod(0o600)
        door.listen(_WAITING_AT_THE_DOOR)
    except BaseException:
        door.close()
        raise
    return door


def reach(path: Path) -> socket.socket:
    """A socket that is connected with the owner's. Raises OSError where nobody listens."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.settimeout(_PATIENCE)  # it connects at once, unless 128 wait at the door already
        with _short(path) as name:
            line.connect(name)
        line.setblocking(False)
    except BaseException:
        line.close()
        raise
    return line


def process_behind(line: socket.socket) -> int | None:
    """The process that listens at the other end, where the system tells."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    credentials = struct.Struct("3i")  # process, user, group
    told = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, credentials.size)
    process: int = credentials.unpack(told)[0]
    return process or None  # 0: one that cannot be seen from this container


def remove(path: Path) -> None:
    """Take the socket away, at the end."""
    path.unlink(missing_ok=True)


def _remove_stale(path: Path) -> None:
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise StoreError(
            f"{path}: the store needs this name for its socket, and something else stands there "
            f"(move it away)"
        )
    path.unlink()


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """The path, by way of a link in a private folder where it is too long for a socket."""
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    with TemporaryDirectory(prefix="sendoff-") as folder:
        link = Path(folder, "s")
        link.symlink_to(path.parent.absolute(), target_is_directory=True)
        short = link / path.name
        if len(os.fsencode(short)) > LONGEST:
            raise StoreError(f"{path}: the name is too long for a socket (shorten the file's name)")
        yield str(short)
