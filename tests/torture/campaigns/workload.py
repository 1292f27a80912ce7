"""One run of a store: append, decide, deliver and settle, round after round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sendoff.decision import Decision, DeliveryIds
from sendoff.delivery import Delivery
from sendoff.store.failures import StoreError
from sendoff.store.promise import Dead, Decided, Done, Incoming, Later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from campaigns.witness import Step, Witness
    from sendoff.store.promise import Appended, Lease, Settlement, Store

ROUTE = "sink"
AT_ONCE = 4
_PEOPLE = 5
_RETRY_AFTER = 0.02
_IDS = DeliveryIds(ROUTE)


class Sender(Protocol):
    """Sends a delivery; the status that was answered."""

    def send(self, delivery: Delivery) -> int:
        """200: it has it. 500: not now. 422: never."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much there is to do: `padding` bytes in every message, by `batch` messages a round."""

    events: int
    batch: int = AT_ONCE
    padding: int = 100
    first: int = 0


def message(number: int, padding: int = 0) -> Incoming:
    """The message `m<number>`."""
    body = (
        f'{{"messageId":"m{number}","type":"track","event":"E","userId":"u{number % _PEOPLE}"'
        f',"properties":{{"padding":"{"." * padding}"}}}}'
    )
    return Incoming(body.encode(), f"m{number}")


def message_id(appended: Appended) -> str:
    """Of a message made here."""
    return appended.fallback_key


def decided(appended: Appended) -> Decided:
    """Every message is sent, in the order of its person."""
    key = message_id(appended)
    person = f"u{int(key[1:]) % _PEOPLE}"
    delivery = Delivery(
        _IDS.of(key), ROUTE, "post", appended.body, person, key, message_id=key, rule="all",
        person=person,
    )  # fmt: skip
    decision = Decision(
        route=ROUTE, verdict="send", rule="all", action="post", body=appended.body,
        delivery_id=delivery.id, order_key=person,
    )  # fmt: skip
    return Decided(appended.number, key, [decision], [delivery], key)


class Run:
    """Asks the store, and tells the witness before and after.

    A refusal is noted with what a user would be told, and the run goes on.
    """

    def __init__(self, store: Store, sender: Sender, witness: Witness) -> None:
        self._store = store
        self._sender = sender
        self._witness = witness
        self._owed: list[tuple[Lease, Settlement]] = []

    async def work(self, load: Load) -> None:
        """Do all of it, a round at a time, then finish."""
        for first in range(load.first, load.first + load.events, load.batch):
            numbers = range(first, min(first + load.batch, load.first + load.events))
            await self.append([message(number, load.padding) for number in numbers])
            await self.decide()
            await self.deliver(load.batch)
        await self.finish()

    async def finish(self) -> None:
        """Decide and deliver until nothing is left to do."""
        while await self.decide():
            pass
        while await self._is_left() and await self.deliver(AT_ONCE):
            pass

    async def _is_left(self) -> bool:
        try:
            return (await self._store.depth(ROUTE)).waiting > 0
        except StoreError as error:
            return self._refused(error)

    async def append(self, messages: Sequence[Incoming]) -> bool:
        """Whether the store took them."""
        names = [each.fallback_key for each in messages]
        self._witness.note("append", names, done=False)
        try:
            await self._store.append(messages)
        except StoreError as error:
            return self._refused(error)
        self._witness.note("append", names, done=True)
        return True

    async def decide(self) -> bool:
        """Decide what is undecided; whether there was any and the store took it."""
        try:
            waiting = await self._store.undecided(100)
            names = [message_id(each) for each in waiting]
            if names:
                self._witness.note("decide", names, done=False)
                await self._store.decide([decided(each) for each in waiting])
                self._witness.note("decide", names, done=True)
        except StoreError as error:
            return self._refused(error)
        return bool(names)

    async def deliver(self, limit: int) -> bool:
        """Lease, send and settle once; whether the store took it.

        What it did not take is told again first, the next time.
        """
        try:
            if not self._owed:
                leases = await self._store.lease(ROUTE, limit, wait=2 * _RETRY_AFTER)
                self._owed = [(lease, self._send(lease)) for lease in leases]
                self._note(done=False)
            await self._store.settle(self._owed)
        except StoreError as error:
            return self._refused(error)
        self._note(done=True)
        self._owed = []
        return True

    def _send(self, lease: Lease) -> Settlement:
        status = self._sender.send(lease.delivery)
        if status == 200:
            return Done("delivered")
        return Later(_RETRY_AFTER, "busy") if status == 500 else Dead("rejected", "not this one")

    def _note(self, *, done: bool) -> None:
        steps: dict[Step, type[Settlement]] = {"settle": Done, "dead": Dead}
        for step, kind in steps.items():
            names = [lease.delivery.event_key for lease, how in self._owed if type(how) is kind]
            if names:
                self._witness.note(step, names, done=done)

    def _refused(self, error: StoreError) -> bool:
        self._witness.note("refused", [type(error).__name__, str(error)], done=True)
        return False
