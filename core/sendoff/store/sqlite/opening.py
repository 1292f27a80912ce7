"""One process owns the file of a store; every other reaches it through that one."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sendoff.store.remote.client import RemoteStore
from sendoff.store.remote.server import StoreServer
from sendoff.store.remote.sockets import listen, process_behind, reach, remove
from sendoff.store.sqlite.ballast import Ballast
from sendoff.store.sqlite.guest import GuestStore
from sendoff.store.sqlite.inspection import inspect
from sendoff.store.sqlite.ownership import Ownership, in_use
from sendoff.store.sqlite.place import place_of
from sendoff.store.sqlite.store import SqliteStore

if TYPE_CHECKING:
    import socket

    from sendoff.clock import Clock
    from sendoff.store.engine import StoreOptions
    from sendoff.store.failures import StoreInUse
    from sendoff.store.promise import Store

# An owner that starts has the lock a moment before its socket; one that ends, a moment longer.
_TRIES: Final = 20
_BETWEEN_TRIES: Final = 0.025
# Who waits in the background may wait until a long log was written back.
_MANY_TRIES: Final = 400


class OwnedStore(SqliteStore):
    """The store of the process that owns the file: others may use it until it is closed."""

    def __init__(self, path: Path, clock: Clock, *, keep: float, ownership: Ownership) -> None:
        """Raises StoreError where the file cannot be opened; the ownership is then let go."""
        with ExitStack() as taken:
            taken.callback(ownership.release)
            # Before the file, which may take a while: who comes meanwhile waits at the door.
            door = _door(socket_path(path))
            if door is not None:
                taken.callback(remove, socket_path(path))
                taken.callback(door.close)
            inspect(path)
            super().__init__(path, clock, keep=keep, ballast=Ballast(path))
            self._server = StoreServer(self, door) if door is not None else None
            self._taken = taken.pop_all()

    async def close(self) -> None:
        """Send others away, give back what is lent, and let go of the file."""
        with self._taken.pop_all():
            if self._server is not None:
                await self._server.close()
            await super().close()


def open_store(address: str, clock: Clock, options: StoreOptions) -> Store:
    """The store in a file; inside the event loop that uses it.

    The first process to open it owns the file until it closes the store, and answers others at
    `FILE.sock`, which they use without knowing. When it ends, one of those takes its place. A
    relative address is meant as seen from `options.folder`.

    Raises UsageError for an address that names no file. Raises StoreError where the folder is
    missing, or the file is no store, or of another version; StoreDamaged where it is broken;
    StoreInUse where its owner is this process, or does not answer within half a second.
    """
    path = place_of(address, options.folder)
    for _ in range(_TRIES):
        store = _opened(path, clock, options.keep)
        if isinstance(store, RemoteStore):
            return GuestStore(store, path, clock, partial(_renewed, path, clock, options.keep))
        if store is not None:
            return store
        time.sleep(_BETWEEN_TRIES)
    raise _silent(path)


async def _renewed(path: Path, clock: Clock, keep: float) -> OwnedStore | RemoteStore:
    """The store for who used it through an owner that has ended. Raises like `open_store`."""
    for _ in range(_MANY_TRIES):
        store = _opened(path, clock, keep, even_here=True)
        if store is not None:
            return store
        await asyncio.sleep(_BETWEEN_TRIES)
    raise _silent(path)


def socket_path(store: Path) -> Path:
    """Where the owner of a store answers."""
    return store.with_name(store.name + ".sock")


def _door(path: Path) -> socket.socket | None:
    """A listening socket; none on a file system without sockets, which then serves one process."""
    try:
        return listen(path)
    except OSError:
        return None


def _opened(
    path: Path, clock: Clock, keep: float, *, even_here: bool = False
) -> OwnedStore | RemoteStore | None:
    """The file, or the way to who owns it, `even_here`; None while nobody answers for it."""
    ownership = Ownership.take(path, clock.now())
    if ownership is not None:
        return OwnedStore(path, clock, keep=keep, ownership=ownership)
    try:
        line = reach(socket_path(path))
    except OSError:
        return None
    if not even_here and process_behind(line) == os.getpid():
        line.close()
        raise in_use(path, "which is this one: use the store that is open here")
    return RemoteStore(line, str(path))


def _silent(path: Path) -> StoreInUse:
    return in_use(path, "it does not answer: wait until it has ended, or stop it")
