"""The fault proxy: where it listens, which toxics are in force, and whom they touch."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Self

from sendoff.errors import UsageError
from sendoff.serving import Server, listen, require_loopback
from sendoff.suggestions import did_you_mean
from sendoff.testing.faults.link import Conditions, Dose, Link
from sendoff.testing.faults.side import Side
from sendoff.testing.faults.toxic import ExchangeToxic

if TYPE_CHECKING:
    from collections.abc import Sequence
    from socket import socket

    from sendoff.testing.faults.toxic import Sleep, Toxic


class FaultProxy:
    """A TCP proxy that harms what passes as its toxics say; without any it changes nothing.

    `async with FaultProxy(upstream=("127.0.0.1", 8090)) as proxy:`, then send clients to
    `proxy.url`. Toxics come and go at any time; an exchange under way keeps those it began with.
    Chance comes from `rng`, which runs alike each time unless another is given; waiting is `sleep`.
    UsageError: an address that is not this machine's loopback (unless `allow_remote`), or a port
    that cannot be had. An upstream that refuses a connection is seen by the client as a reset.
    """

    def __init__(  # noqa: PLR0913 - where, whereto, and what a test may want in its hand
        self,
        *,
        upstream: tuple[str, int],
        host: str = "127.0.0.1",
        port: int = 0,
        rng: random.Random | None = None,
        sleep: Sleep = asyncio.sleep,
        allow_remote: bool = False,
    ) -> None:
        require_loopback(upstream[0], "connect to", allow_remote=allow_remote)
        self.hits: Counter[str] = Counter()
        """How many exchanges each toxic has touched, by name; kept when it is removed."""
        self._upstream = upstream
        self._at = Server(host, port)
        self._allow_remote = allow_remote
        chance = rng or random.Random(0)  # noqa: S311 - for faults, not for secrets
        self._conditions = Conditions(self._choose, sleep, chance)
        self._doses: dict[str, Dose] = {}
        self._downs: dict[str, Toxic] = {}
        self._open = False
        self._listener: socket | None = None
        self._server: asyncio.Server | None = None
        self._starting: tuple[socket, asyncio.Task[None]] | None = None
        self._links: dict[asyncio.Task[None], Side] = {}

    @property
    def url(self) -> str:
        """The base address for HTTP clients, without a slash at its end."""
        return self._at.url

    @property
    def address(self) -> tuple[str, int]:
        """The host and port where it listens."""
        return self._at.address

    @property
    def toxics(self) -> dict[str, Toxic]:
        """The toxics in force by name, in the order they were added."""
        return {name: dose.toxic for name, dose in self._doses.items()} | self._downs

    def add(self, toxic: Toxic) -> str:
        """Put a toxic in force, from the next exchange on. Gives the name to remove it by.

        UsageError: there is one of that name.
        """
        name = toxic.label
        if name in self.toxics:
            message = f"a toxic `{name}` is in force: remove it first, or give this one a name"
            raise UsageError(message)
        if isinstance(toxic, ExchangeToxic):
            self._doses[name] = Dose(toxic)
        else:
            self._downs[name] = toxic
            self._go_down()
        return name

    def remove(self, name: str) -> None:
        """Take a toxic out of force. UsageError: there is none of that name."""
        if name not in self.toxics:
            raise UsageError(f"no toxic `{name}` is in force: {did_you_mean(name, self.toxics)}")
        if dose := self._doses.pop(name, None):
            dose.removed.set()
            return
        del self._downs[name]
        if self._open and not self._downs:
            self._come_up()

    def reset(self) -> None:
        """Take every toxic out of force."""
        for name in self.toxics:
            self.remove(name)

    async def __aenter__(self) -> Self:
        listener = listen(*self._at.address, allow_remote=self._allow_remote)
        self._at = Server(*listener.getsockname()[:2])
        self._listener = listener
        await self._start(listener)
        self._open = True
        if self._downs:
            self._go_down()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = False
        if self._starting is not None:
            await self._starting[1]
        server = self._server
        links = list(self._links)
        self._go_down(reset=False)
        await asyncio.gather(*links, return_exceptions=True)
        if server is not None:
            await server.wait_closed()

    async def _start(self, listener: socket) -> None:
        server = await asyncio.start_server(self._connected, sock=listener)
        self._starting = None
        if self._listener is listener:
            self._server = server
        else:
            server.close()  # it went down again meanwhile

    def _go_down(self, *, reset: bool = True) -> None:
        self._listener = None
        if self._server is not None:
            self._server.close()
            self._server = None
        for task, client in self._links.items():
            client.drop(reset=reset)
            task.cancel()

    def _come_up(self) -> None:
        if self._starting is not None:
            self._listener = self._starting[0]
            return
        # At once, on the port its clients know: they queue until the task has its turn.
        listener = listen(*self._at.address, allow_remote=self._allow_remote)
        starting = asyncio.get_running_loop().create_task(self._start(listener))
        self._starting = listener, starting
        self._listener = listener

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Side(reader, writer)
        if self._listener is None:
            client.drop(reset=True)
            return
        task = asyncio.get_running_loop().create_task(self._carry(client))
        self._links[task] = client
        task.add_done_callback(self._links.pop)

    async def _carry(self, client: Side) -> None:
        try:
            server = Side(*await asyncio.open_connection(*self._upstream))
        except OSError:
            client.drop(reset=True)
            await client.close()
        else:
            await Link(client, server, self._conditions).run()

    def _choose(self, head: str | None) -> Sequence[Dose]:
        return [dose for name, dose in self._doses.items() if self._touches(name, dose, head)]

    def _touches(self, name: str, dose: Dose, head: str | None) -> bool:
        toxic = dose.toxic
        if toxic.times is not None and dose.touched >= toxic.times:
            return False
        if not toxic.fits(head):
            return False
        if toxic.toxicity < 1 and self._conditions.rng.random() >= toxic.toxicity:
            return False
        dose.touched += 1
        self.hits[name] += 1
        return True
