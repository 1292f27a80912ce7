"""A store that another process holds open, as if it was open here."""

from __future__ import annotations

from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import msgspec

from sendoff.store.failures import StoreInUse
from sendoff.store.promise import Done, Later, Lease, Store
from sendoff.store.remote import wire
from sendoff.store.remote.link import Link
from sendoff.store.remote.loans import NOT_TAKEN
from sendoff.store.remote.methods import METHODS, Settled, Ticket
from sendoff.store.remote.sockets import reach

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path

    from sendoff.store.promise import Settlement

P = ParamSpec("P")
T = TypeVar("T")


def _crossing(
    promised: Callable[Concatenate[Store, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[RemoteStore, P], Coroutine[Any, Any, T]]:
    """A method of the promise, done by the owner."""
    name = promised.__name__
    method = METHODS[name]

    async def cross(self: RemoteStore, /, *given: P.args, **named: P.kwargs) -> T:
        answer: T = await self._call(name, method.listed(given, named))
        return answer

    update_wrapper(cross, promised)
    return cross


class RemoteStore:
    """The whole promise of a store, kept by the process that holds it open.

    What is on loan here goes back at once when this process ends, however it ends. When the owner
    ends, every call raises OwnerGone, and CutOff what is under way, also what waits; what it
    confirmed is kept. One call carries at most 64 MiB, in either direction: StoreError says so. It
    belongs to the event loop that it is first used in.
    """

    def __init__(self, line: socket.socket, name: str) -> None:
        """Over a connected socket; `name` is the store's, for messages."""
        self._link = Link(line, name)

    @classmethod
    async def connect(cls, path: Path, name: str = "") -> RemoteStore:
        """The store served at a path.

        Raises StoreInUse where nobody answers there, or one of another version.
        """
        name = name or str(path)
        try:
            store = cls(reach(path), name)
        except OSError as error:
            raise StoreInUse(
                f"{name}: nobody answers at its socket: {error.strerror or error} "
                f"(is the process that holds the store still there?)"
            ) from None
        try:
            await store._link.ready()
        except BaseException:
            await store.close()
            raise
        return store

    @property
    def is_over(self) -> bool:
        """Whether this leads nowhere any more: the owner has ended, or hung up."""
        return self._link.is_over

    append = _crossing(Store.append)
    undecided = _crossing(Store.undecided)
    earlier = _crossing(Store.earlier)
    dead = _crossing(Store.dead)
    count_dead = _crossing(Store.count_dead)
    replay = _crossing(Store.replay)
    discard = _crossing(Store.discard)
    sent = _crossing(Store.sent)
    event = _crossing(Store.event)
    decisions = _crossing(Store.decisions)
    numbers_of = _crossing(Store.numbers_of)
    totals = _crossing(Store.totals)
    depth = _crossing(Store.depth)
    take = _crossing(Store.take)
    hold = _crossing(Store.hold)
    observe = _crossing(Store.observe)
    gates = _crossing(Store.gates)
    facts = _crossing(Store.facts)
    remember = _crossing(Store.remember)
    forget = _crossing(Store.forget)
    note = _crossing(Store.note)
    notes = _crossing(Store.notes)
    lease = _crossing(Store.lease)
    decide = _crossing(Store.decide)
    redecide = _crossing(Store.redecide)
    resend = _crossing(Store.resend)

    async def extend(self, leases: Sequence[Lease], lease_for: float) -> Sequence[Lease]:
        """Lend on; those that were lost meanwhile."""
        lost = await self._call("extend", ([_ticket(lease) for lease in leases], lease_for))
        return [leases[place] for place in lost]

    async def settle(self, settled: Sequence[tuple[Lease, Settlement]]) -> Sequence[Lease]:
        """Say how deliveries ended; those whose lease was lost."""
        lost = await self._call("settle", ([_settled(*each) for each in settled],))
        return [settled[place][0] for place in lost]

    async def close(self) -> None:
        """Hang up: the owner takes back what is on loan."""
        await self._link.close()

    async def _call(self, name: str, arguments: tuple[object, ...]) -> Any:
        late = self._give_back if name == "lease" else _ignore
        return METHODS[name].answer.decode(await self._link.call(name, wire.raw(arguments), late))

    def _give_back(self, answer: msgspec.Raw) -> None:
        """Nobody waits for these leases any more."""
        leases = METHODS["lease"].answer.decode(answer)
        if leases:
            settled = [_settled(lease, NOT_TAKEN) for lease in leases]
            self._link.tell("settle", wire.raw((settled,)))


def _ignore(_answer: msgspec.Raw) -> None:
    pass


def _ticket(lease: Lease) -> Ticket:
    return Ticket(lease.delivery.route, lease.token)


def _settled(lease: Lease, settlement: Settlement) -> Settled:
    ticket = _ticket(lease)
    if isinstance(settlement, Done):
        return Settled(ticket, done=settlement)
    if isinstance(settlement, Later):
        return Settled(ticket, later=settlement)
    return Settled(ticket, dead=settlement)
