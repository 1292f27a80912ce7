"""An ASGI application on a loopback port: how sandboxes are reached."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import signal
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sendoff.errors import SendoffError, UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import uvicorn

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]
"""An ASGI 3 application: scope, receive, send."""

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LAST_PORT = 65_535
_GRACE = 0.25  # seconds that requests in progress get when the server stops
_KEEP_ALIVE = 75  # seconds; a client's idle connection should go stale at the client first


@dataclass(frozen=True, slots=True)
class Server:
    """Where an application is reached."""

    host: str
    port: int

    @property
    def address(self) -> tuple[str, int]:
        """The host and port, as sockets take them."""
        return self.host, self.port

    @property
    def url(self) -> str:
        """The base address, without a slash at its end: `http://127.0.0.1:8090`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


@asynccontextmanager
async def serve(
    app: Application, *, host: str = "127.0.0.1", port: int = 0, allow_remote: bool = False
) -> AsyncIterator[Server]:
    """Serve `app` in this event loop for as long as the block lasts.

    Requests are answered from the first line of the block. Port 0 takes a free one. Installs no
    signal handler and writes no access log; a request still in progress at the end of the block
    gets a quarter of a second. UsageError: the port cannot be had, or `host` is not of this machine
    and `allow_remote` was not given.
    """
    with listen(host, port, allow_remote=allow_remote) as listener:
        address = Server(*listener.getsockname()[:2])
        server = await _started(app, listener)
        ticking = asyncio.create_task(server.main_loop())  # keeps the Date header right
        try:
            yield address
        finally:
            ticking.cancel()
            await _stop(server)


async def until_stopped() -> signal.Signals:
    """Wait for SIGINT or SIGTERM and tell which came, for an exit code of 128 + its number.

    A second signal, while what was served is being closed, has its usual effect again.
    """
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[signal.Signals] = loop.create_future()

    def stop(number: signal.Signals) -> None:
        if not stopped.done():
            stopped.set_result(number)

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        return await stopped
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)


def listen(host: str, port: int, *, allow_remote: bool = False) -> socket.socket:
    """Open a socket that listens on `host`; UsageError, saying what to do, where that fails."""
    require_loopback(host, "listen on", allow_remote=allow_remote)
    if not 0 <= port <= _LAST_PORT:
        message = f"{port} is no port: take one from 1 to {_LAST_PORT}, or 0 for any that is free"
        raise UsageError(message)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only where the protocol is given, as create_server does not.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise UsageError(_cannot_listen(host, port, error)) from None
    listener.setblocking(False)
    return listener


def require_loopback(host: str, purpose: str, *, allow_remote: bool = False) -> None:
    """Refuse, with a UsageError, to `purpose` a host that is not this machine's loopback."""
    if allow_remote or host == "localhost":
        return
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    message = (
        f"refused to {purpose} {host or 'every address'}: only this machine's loopback is allowed"
        " (use 127.0.0.1, ::1 or localhost; from Python, allow_remote=True lifts this)"
    )
    raise UsageError(message)


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} of {host} is in use: stop the program that has it,"
            " choose another port, or 0 for any that is free"
        )
    if error.errno == errno.EACCES:
        return f"port {port} of {host} is not allowed to you: choose one from 1024 on"
    return f"cannot listen on {host}, port {port}: {error.strerror or error} (check the address)"


def _server(app: Application) -> uvicorn.Server:
    # Imported when needed: most that listens for the signals above serves nothing.
    import uvicorn  # noqa: PLC0415

    async def outlived(scope: Message, receive: Any, send: Any) -> None:
        # Cancelled only by _stop, when nobody waits for the answer: not worth uvicorn's traceback.
        with suppress(asyncio.CancelledError):
            await app(scope, receive, send)

    config = uvicorn.Config(
        outlived,
        interface="asgi3",
        http="h11",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
    )
    return uvicorn.Server(config)


async def _started(app: Application, listener: socket.socket) -> uvicorn.Server:
    server = _server(app)
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    try:
        await server.startup(sockets=[listener])
    except SystemExit:  # uvicorn's answer to an application that reports a failed start
        raise SendoffError("the application reported that it could not start") from None
    await server.on_tick(0)
    return server


async def _stop(server: uvicorn.Server) -> None:
    """Close everything: uvicorn's own shutdown takes a tenth of a second at the least."""
    for listening in server.servers:
        listening.close()
    state = server.server_state
    for connection in list(state.connections):
        connection.shutdown()
    with suppress(TimeoutError):
        async with asyncio.timeout(_GRACE):
            # uvicorn tells of their ends by these sets alone.
            while state.connections or state.tasks:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
    for connection in list(state.connections):
        connection.transport.abort()
    await asyncio.sleep(0)  # applications learn that their client is gone before they are cancelled
    unfinished = list(state.tasks)
    for task in unfinished:
        task.cancel()
    await asyncio.gather(*unfinished, return_exceptions=True)
    await server.lifespan.shutdown()
    for listening in server.servers:
        await listening.wait_closed()
