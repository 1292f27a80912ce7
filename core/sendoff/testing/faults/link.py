"""One connection through the proxy, from the client to the server and back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sendoff.testing.faults.catalogue import SlowClose
from sendoff.testing.faults.exchange import Exchange
from sendoff.testing.faults.toxic import ExchangeToxic, Hangup, Passage, Sleep, Turns

if TYPE_CHECKING:
    from sendoff.testing.faults.side import Side
    from sendoff.testing.faults.toxic import Pieces, Stream


@dataclass(slots=True)
class Dose:
    """A toxic in force, how many exchanges it touched, and whether it was taken away."""

    toxic: ExchangeToxic
    touched: int = 0
    removed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a link is under.

    `choose` gives the toxics for an exchange; it is asked once for each, with the head of the
    request, None where it is not HTTP.
    """

    choose: Callable[[str | None], Sequence[Dose]]
    sleep: Sleep
    rng: random.Random


class Link:
    """Carries a connection, exchange by exchange, each through the toxics chosen for it."""

    def __init__(self, client: Side, server: Side, conditions: Conditions) -> None:
        self._client = client
        self._server = server
        self._conditions = conditions
        self._turns = Turns()
        self._exchange = Exchange()
        self._doses: Sequence[Dose] = ()
        self._told_end: set[Stream] = set()

    async def run(self) -> None:
        """Carry the connection to its end."""
        try:
            while not (self._client.ended and self._server.ended):
                await self._meet()
                await self._carry()
            await self._client.close()
        except* Hangup as orders:
            if any(order.reset for order in orders.exceptions if isinstance(order, Hangup)):
                self._client.drop(reset=True)
            await self._client.close()
        except* OSError:
            # One side was reset or vanished: the other learns of it in the same way.
            self._client.drop(reset=True)
            self._server.drop(reset=True)
        finally:
            # Both before the first wait: a proxy that ends may cancel it.
            self._client.drop()
            self._server.drop()
            await self._client.close()
            await self._server.close()

    async def _meet(self) -> None:
        """Wait for the next exchange, until it is known what it is."""
        self._exchange = Exchange()
        while not self._exchange.recognised:
            await self._either_side()
            if self._client.ended or self._server.ended or self._server.kept:
                # The end of the connection, or a server that speaks unasked.
                self._exchange.become_opaque()
            else:
                self._client.kept = self._exchange.begin(await self._client.read())
        if self._exchange.begun or self._server.kept:
            self._doses = self._conditions.choose(self._exchange.head)

    async def _either_side(self) -> None:
        """Wait until one of the sides has sent something or ended."""
        waits = [asyncio.create_task(side.fill()) for side in (self._client, self._server)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            ends = await asyncio.gather(*waits, return_exceptions=True)
        for end in ends:
            if isinstance(end, OSError):
                raise end

    async def _carry(self) -> None:
        """Carry one exchange; both directions at once, since an answer may come early."""
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(self._pass("upstream"))
            watching = tasks.create_task(self._watch(asking))
            await self._pass("downstream")
            if self._exchange.answer.ended:
                watching.cancel()

    async def _watch(self, asking: asyncio.Task[None]) -> None:
        """Watch, after the request, for a client that leaves before it has its answer."""
        await asyncio.wait([asking])
        await self._client.fill()
        if self._exchange.answer.opaque:
            # The answer was the start of another protocol, such as 101 to an upgrade.
            self._exchange.request.become_opaque()
            await self._pass("upstream")
        elif self._client.ended:
            await self._pass_end("upstream")

    async def _pass(self, stream: Stream) -> None:
        """Pass a message through its toxics, and the end of the stream where it comes."""
        source, sink = self._sides(stream)
        async with AsyncExitStack() as stack:
            pieces = await stack.enter_async_context(aclosing(self._message(stream)))
            for dose in self._doses:
                if dose.toxic.direction == stream:
                    out = dose.toxic.through(pieces, self._passage(dose))
                    pieces = await stack.enter_async_context(aclosing(out))
            async for piece in pieces:
                await sink.write(piece)
        if source.ended:
            await self._pass_end(stream)

    async def _message(self, stream: Stream) -> Pieces:
        """Read the bytes of this exchange in one direction, as they come."""
        source, _ = self._sides(stream)
        message = self._exchange.request if stream == "upstream" else self._exchange.answer
        if stream == "upstream" and self._exchange.begun:
            begun, self._exchange.begun = self._exchange.begun, b""
            self._turns.note(stream)
            yield begun
        while not message.ended and (data := await source.read()):
            piece, source.kept = message.take(data)
            self._turns.note(stream)
            yield piece

    async def _pass_end(self, stream: Stream) -> None:
        if stream not in self._told_end:
            for toxic in (dose.toxic for dose in self._doses):
                if isinstance(toxic, SlowClose) and toxic.direction == stream:
                    await self._conditions.sleep(toxic.delay)
            self._told_end.add(stream)
            self._sides(stream)[1].finish()

    def _sides(self, stream: Stream) -> tuple[Side, Side]:
        """Where the bytes of a stream come from and where they go."""
        sides = self._client, self._server
        return sides if stream == "upstream" else (sides[1], sides[0])

    def _passage(self, dose: Dose) -> Passage:
        return Passage(self._conditions.sleep, self._conditions.rng, self._turns, dose.removed)
