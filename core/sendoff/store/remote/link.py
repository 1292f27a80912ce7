"""The client's end of the socket: many calls at once, each with an answer of its own."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from sendoff.errors import SendoffError
from sendoff.store.failures import StoreError, StoreInUse
from sendoff.store.remote import wire
from sendoff.store.remote.errors import error_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

PATIENCE: Final = 10.0
"""Real seconds in which the owner has to greet: its event loop may be busy without being stuck."""


_NO_GREETING: Final = (
    "the process that holds it does not answer (wait until it is less busy, or stop it)"
)
_GONE: Final = (
    "the process that held it has ended; what it confirmed is kept (open the store again)"
)
_CUT_OFF: Final = (
    "process {}, which held it, has ended while this was under way: it may have been done (look "
    "before you ask again; an event with a message id may be sent again, it is kept as one)"
)
_NO_ANSWER: Final = "the process that holds it gave an answer that cannot be read (stop it)"


class OwnerGone(StoreInUse):
    """The process that held the store has ended before it was asked; nothing was done."""


class CutOff(OwnerGone):
    """The process that held the store has ended while it was asked; it may have been done."""


class Waiting(NamedTuple):
    """Somebody waits for this answer; once that is cancelled, `late` gets it."""

    answer: asyncio.Future[msgspec.Raw]
    late: Callable[[msgspec.Raw], None]


class Link:
    """One connection, from its greeting until it is closed or lost; it is not made again.

    `name` is the store's, for messages.
    """

    def __init__(self, line: socket.socket, name: str, patience: float = PATIENCE) -> None:
        self._line = line
        self._name = name
        self._patience = patience
        self._greeting: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, Waiting] = {}
        self._number = 0
        self._over: SendoffError | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing can be asked here any more."""
        return self._over is not None

    async def ready(self) -> None:
        """Return when the owner has greeted.

        Raises OwnerGone where it has ended, StoreInUse where it does not answer.
        """
        if self._over:
            raise self._over
        if self._listening is None:
            if self._greeting is None:
                self._greeting = asyncio.ensure_future(self._greet())
            await asyncio.shield(self._greeting)

    async def call(
        self, method: str, arguments: msgspec.Raw, late: Callable[[msgspec.Raw], None]
    ) -> msgspec.Raw:
        """What a call gives. Raises what it raised there, and OwnerGone where the owner has ended.

        When this is cancelled, the call is taken back; `late` gets what it gave nonetheless.
        """
        await self.ready()
        self._number += 1
        number = self._number
        answer: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()
        self._write(wire.Call(number, method, arguments))
        self._waiting[number] = Waiting(answer, late)
        try:
            await self._drained()
            return await answer
        except asyncio.CancelledError:
            if number in self._waiting:
                answer.cancel()
                self._write(wire.TakeBack(number))
            elif not answer.cancelled() and answer.exception() is None:
                late(answer.result())
            raise

    def tell(self, method: str, arguments: msgspec.Raw) -> None:
        """Call, and leave it at that."""
        self._number += 1
        self._write(wire.Call(self._number, method, arguments))

    async def close(self) -> None:
        """Hang up. Whoever still waits gets a StoreError."""
        closed = StoreError(f"{self._name}: the store was closed here meanwhile (open it again)")
        self._end(closed, closed)
        tasks = [each for each in (self._greeting, self._listening) if each]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._writer is None:
            self._line.close()
        else:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    async def _greet(self) -> None:
        reader, self._writer = await asyncio.open_unix_connection(sock=self._line)
        self._write(wire.own_greeting())
        try:
            async with asyncio.timeout(self._patience):
                frame = await wire.read(reader)
        except (TimeoutError, wire.Garbled):
            self._over = StoreInUse(f"{self._name}: {_NO_GREETING}")
            raise self._over from None
        if isinstance(frame, wire.Greeting):
            self._listening = asyncio.ensure_future(self._listen(reader, frame.pid))
            return
        if frame is None:
            self._over = OwnerGone(f"{self._name}: {_GONE}")
        else:
            why = frame.text if isinstance(frame, wire.Failure) else _NO_GREETING
            self._over = StoreInUse(f"{self._name}: {why}")
        raise self._over

    async def _listen(self, reader: asyncio.StreamReader, owner: int) -> None:
        over = ""
        try:
            while (frame := await wire.read(reader)) is not None:
                if isinstance(frame, wire.Answer):
                    self._answered(frame)
                elif isinstance(frame, wire.Failure) and frame.number:
                    self._failed(frame)
                else:
                    over = frame.text if isinstance(frame, wire.Failure) else _NO_ANSWER
                    break
        except wire.Garbled as error:
            over = f"{_NO_ANSWER}: {error}"
        if over:
            broken = StoreError(f"{self._name}: {over}; what was asked may have been done")
            self._end(broken, broken)
        else:
            under_way = CutOff(f"{self._name}: {_CUT_OFF.format(owner)}")
            self._end(under_way, OwnerGone(f"{self._name}: {_GONE}"))

    def _answered(self, frame: wire.Answer) -> None:
        if waiting := self._waiting.pop(frame.number, None):
            if waiting.answer.done():  # cancelled: it was taken back
                waiting.late(frame.value)
            else:
                waiting.answer.set_result(frame.value)

    def _failed(self, frame: wire.Failure) -> None:
        if (waiting := self._waiting.pop(frame.number, None)) and not waiting.answer.done():
            waiting.answer.set_exception(error_of(frame.kind, frame.text))

    def _end(self, why: SendoffError, from_now_on: SendoffError) -> None:
        """Tell those who wait why, and those who ask from now on."""
        self._over = self._over or from_now_on
        while self._waiting:
            _number, waiting = self._waiting.popitem()
            if not waiting.answer.done():
                waiting.answer.set_exception(why)

    def _write(self, frame: wire.Frame) -> None:
        """Write, unless nobody is there any more: who waits for an answer is told of that."""
        data = wire.packed(frame)
        if self._writer and not self._writer.is_closing():
            self._writer.write(data)

    async def _drained(self) -> None:
        with suppress(OSError):  # the connection is lost, which `_listen` sees as well
            if self._writer:
                await self._writer.drain()
