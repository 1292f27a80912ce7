"""The owner's side: lets other processes of this user use the store that is open here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from sendoff.store.remote.session import Session

if TYPE_CHECKING:
    import socket

    from sendoff.store.promise import Store

_SECONDS_WITHOUT_FILES: Final = 1.0


class StoreServer:
    """Serves a store to whoever connects to a listening socket, from its making until `close`."""

    def __init__(self, store: Store, door: socket.socket) -> None:
        self._store = store
        self._sessions: dict[asyncio.Task[None], Session] = {}
        door.setblocking(False)
        # Not asyncio's own server: that may still let somebody in after it was closed.
        self._at_the_door = asyncio.ensure_future(self._let_in(door))

    async def close(self) -> None:
        """Send everybody away, and take back what they have on loan."""
        self._at_the_door.cancel()
        await asyncio.wait([self._at_the_door])
        sessions = dict(self._sessions)
        for session in sessions.values():
            session.end()
        await asyncio.gather(*sessions)

    async def _let_in(self, door: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with door:
            while True:
                try:
                    line, _ = await loop.sock_accept(door)
                    await self._welcome(line)
                except OSError:  # such as too many open files: who comes waits at the door
                    await asyncio.sleep(_SECONDS_WITHOUT_FILES)

    async def _welcome(self, line: socket.socket) -> None:
        try:
            reader, writer = await asyncio.open_unix_connection(sock=line)
        except BaseException:
            line.close()
            raise
        session = Session(self._store, reader, writer)
        task = asyncio.ensure_future(session.run())
        self._sessions[task] = session
        task.add_done_callback(self._sessions.pop)
