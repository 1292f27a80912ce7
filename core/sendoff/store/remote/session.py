"""One client of a store, as its owner sees it."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from sendoff.errors import SendoffError
from sendoff.store.failures import StoreError
from sendoff.store.remote import wire
from sendoff.store.remote.errors import kind_of
from sendoff.store.remote.loans import NOT_TAKEN, Loans
from sendoff.store.remote.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.store.promise import Store
    from sendoff.store.remote.methods import Method


class Session:
    """Answers one client, each call in a task of its own, until it is gone."""

    def __init__(
        self, store: Store, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._store = store
        self._reader = reader
        self._writer = writer
        self._loans = Loans(store)
        self._calls: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until the client has gone, or spoke what nobody understands."""
        try:
            if await self._greeted():
                await self._listen()
        except wire.Garbled as error:
            self._send(wire.Failure(0, "StoreError", f"the owner of the store says: {error}"))
        finally:
            await self._leave()

    def end(self) -> None:
        """Send the client away, even one that does not read what it is answered."""
        self._writer.transport.abort()

    async def _greeted(self) -> bool:
        greeting = await wire.read(self._reader)
        if greeting is None:
            return False
        if not isinstance(greeting, wire.Greeting):
            raise wire.Garbled("a greeting was expected")
        ours = wire.own_greeting()
        if greeting.protocol != ours.protocol:
            self._send(wire.Failure(0, "StoreError", _other_version(ours, greeting)))
            return False
        self._send(ours)
        return True

    async def _listen(self) -> None:
        while (frame := await wire.read(self._reader)) is not None:
            if isinstance(frame, wire.Call):
                task = asyncio.ensure_future(self._perform(frame))
                self._calls[frame.number] = task
                task.add_done_callback(partial(self._ended, frame.number))
            elif isinstance(frame, wire.TakeBack):
                if (taken_back := self._calls.get(frame.number)) is not None:
                    taken_back.cancel()
            else:
                raise wire.Garbled("a call was expected")
            # Who does not read its answers is not listened to either, so that they cannot pile up.
            await self._drained()

    def _ended(self, number: int, _task: asyncio.Task[None]) -> None:
        del self._calls[number]

    async def _drained(self) -> None:
        try:
            await self._writer.drain()
        except OSError:
            return  # the next read ends

    async def _perform(self, call: wire.Call) -> None:
        try:
            data = await self._answer(call)
        except asyncio.CancelledError:
            data = wire.packed(wire.Failure(call.number, "StoreError", "taken back"))
        except SendoffError as error:
            data = wire.packed(wire.Failure(call.number, kind_of(error), str(error)))
        except Exception as error:  # noqa: BLE001 - a bug here must not leave the client waiting
            report = {"message": f"store: `{call.method}` failed for a client", "exception": error}
            asyncio.get_running_loop().call_exception_handler(report)
            text = (
                f"the process that holds the store ({os.getpid()}) failed: {type(error).__name__} "
                f"in `{call.method}` (see what that process reports)"
            )
            data = wire.packed(wire.Failure(call.number, "StoreError", text))
        if not self._writer.is_closing():
            self._writer.write(data)

    async def _answer(self, call: wire.Call) -> bytes:
        """What the call gives, as a frame. Asks for half as much where it does not fit into one."""
        method, values = _understood(call)
        while True:
            result = await self._called(call.method, method, values)
            try:
                data = wire.packed(wire.Answer(call.number, wire.raw(result)))
            except wire.TooLong:
                if call.method == "lease":
                    await self._store.settle([(lease, NOT_TAKEN) for lease in result])
                fewer = _halved(method, values)
                if fewer is None:
                    raise
                values = fewer
                continue
            # No await from here until the frame is written: what is lent is told.
            if call.method == "lease":
                self._loans.lend(result)
            return data

    async def _called(self, name: str, method: Method, values: Sequence[object]) -> Any:
        target = self._loans if name in {"extend", "settle"} else self._store
        given, named = method.named(values)
        return await getattr(target, name)(*given, **named)

    def _send(self, frame: wire.Frame) -> None:
        if not self._writer.is_closing():
            self._writer.write(wire.packed(frame))

    async def _leave(self) -> None:
        calls = list(self._calls.values())
        for task in calls:
            task.cancel()
        # One that had not begun ends as cancelled, which is no reason to leave the rest undone.
        await asyncio.gather(*calls, return_exceptions=True)
        self._writer.close()
        await self._loans.give_back()


def _other_version(ours: wire.Greeting, theirs: wire.Greeting) -> str:
    return (
        f"the store is held open by sendoff {ours.version} (process {ours.pid}), and this is "
        f"sendoff {theirs.version}, which speaks to a store in another way "
        f"(use the same version, or stop that process)"
    )


def _understood(call: wire.Call) -> tuple[Method, Sequence[object]]:
    method = METHODS.get(call.method)
    try:
        if method is not None:
            return method, method.arguments.decode(call.arguments)
    except wire.UNREADABLE:
        pass
    raise StoreError(
        f"the process that holds the store ({os.getpid()}) does not understand `{call.method}` "
        f"as it was asked (use the same version of sendoff, or stop that process)"
    )


def _halved(method: Method, values: Sequence[object]) -> Sequence[object] | None:
    """The same arguments with half the limit; None where there is none to be halved.

    A page of dead letters is not made shorter: who reads on until a page is short would stop there.
    """
    halved = list(values)
    place = method.place_of_limit
    limit = values[place] if place is not None else 1
    if place is None or not isinstance(limit, int) or limit <= 1:
        return None
    halved[place] = limit // 2
    return halved
