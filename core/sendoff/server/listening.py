"""A socket on which an application is served, with limits, until it is told to finish."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import uvicorn

from sendoff import serving
from sendoff.server.peers import Peers
from sendoff.server.wire import BoundedProtocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from sendoff.server.limits import Limits

_LAST_GRACE: Final = 0.25


class Listener:
    """An application that is served; `address` is where."""

    def __init__(self, server: uvicorn.Server, address: serving.Server) -> None:
        self.address = address
        self._server = server

    async def finish(self, grace: float) -> None:
        """Take nothing new, and let what is under way end within `grace` seconds."""
        for listening in self._server.servers:
            listening.close()
        state = self._server.server_state
        for connection in list(state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                # uvicorn tells of their ends by this set alone.
                while state.tasks:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        for connection in list(state.connections):
            connection.transport.abort()
        unfinished = list(state.tasks)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)


@asynccontextmanager
async def listening(
    app: ASGIApp, host: str, port: int, limits: Limits, *, allow_remote: bool = False
) -> AsyncIterator[Listener]:
    """Serve `app` in this event loop for the length of a block; UsageError as from `listen`."""
    with serving.listen(host, port, allow_remote=allow_remote) as opened:
        address = serving.Server(*opened.getsockname()[:2])
        server = uvicorn.Server(_config(app, limits))
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup(sockets=[opened])
        await server.on_tick(0)
        ticking = asyncio.create_task(server.main_loop())  # keeps the Date header right
        listener = Listener(server, address)
        try:
            yield listener
        finally:
            ticking.cancel()
            await listener.finish(_LAST_GRACE)


def _config(app: ASGIApp, limits: Limits) -> uvicorn.Config:
    # uvicorn only ever calls it.
    bounded = partial(BoundedProtocol, limits=limits, peers=Peers(limits.connections_per_address))
    protocol = cast("type[asyncio.Protocol]", bounded)
    return uvicorn.Config(
        app, interface="asgi3", http=protocol, ws="none", lifespan="off", log_config=None,
        access_log=False, proxy_headers=False, server_header=False,
        timeout_keep_alive=limits.idle_seconds,
    )  # fmt: skip
