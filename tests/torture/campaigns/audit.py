"""What a store still knows of what it had acknowledged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from campaigns.opening import open_store
from campaigns.workload import AT_ONCE, ROUTE, message, message_id
from sendoff.store.deaths import DeadQuery
from sendoff.store.failures import StoreError
from sendoff.store.promise import Done

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from campaigns.witness import Testimony
    from sendoff.store.promise import Store

_ALL = 10_000


@dataclass(slots=True)
class Loss:
    """Names of messages. `again`: settled and acknowledged, and to be delivered all the same."""

    messages: set[str] = field(default_factory=set)
    deliveries: set[str] = field(default_factory=set)
    letters: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)
    miscounted: str = ""
    unreadable: str = ""

    def __bool__(self) -> bool:
        """Whether anything is lost."""
        sets = (self.messages, self.deliveries, self.letters, self.again)
        return any(sets) or bool(self.miscounted or self.unreadable)


async def audit(path: Path, told: Testimony, padding: int) -> Loss:
    """Open a store and compare it with what a run was told. Settles whatever waits in it."""
    loss = Loss()
    try:
        store = open_store(path)
        try:
            await _compare(store, told, padding, loss)
        finally:
            await store.close()
    except StoreError as error:
        loss.unreadable = str(error)
    return loss


async def _compare(store: Store, told: Testimony, padding: int, loss: Loss) -> None:
    undecided = {message_id(each): each.body for each in await store.undecided(_ALL)}
    dead = {letter.message_id for letter in await store.dead(DeadQuery(limit=_ALL))}
    delivered = (await store.totals()).get(ROUTE, {}).get("delivered", 0)
    waiting = await _drained(store)
    kept = {name: body async for name, body in _decided(store, told)} | undecided
    wanted = {name: message(int(name[1:]), padding).body for name in told.done["append"]}
    loss.messages = {name for name, body in wanted.items() if kept.get(name) != body}
    ended = told.begun["settle"] | told.begun["dead"]
    loss.deliveries = told.done["decide"] - ended - waiting.keys()
    loss.deliveries |= {name for name, body in waiting.items() if body != wanted.get(name, body)}
    loss.letters = told.done["dead"] - dead
    loss.again = waiting.keys() & (told.done["settle"] | told.done["dead"])
    if not len(told.done["settle"]) <= delivered <= len(told.begun["settle"]):
        loss.miscounted = f"{delivered} delivered, acknowledged {len(told.done['settle'])}"


async def _decided(store: Store, told: Testimony) -> AsyncIterator[tuple[str, bytes]]:
    for name in told.begun["decide"]:
        for number in await store.numbers_of(name):
            kept = await store.event(number)
            if kept is not None:
                yield name, kept.body


async def _drained(store: Store) -> dict[str, bytes]:
    waiting: dict[str, bytes] = {}
    while (await store.depth(ROUTE)).waiting:
        leases = await store.lease(ROUTE, AT_ONCE, wait=1.0)
        waiting |= {lease.delivery.event_key: lease.delivery.body for lease in leases}
        await store.settle([(lease, Done("delivered")) for lease in leases])
    return waiting
