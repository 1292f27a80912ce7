"""A store with something in each of its tables."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sendoff.decision import Decision, DeliveryIds
from sendoff.delivery import Delivery
from sendoff.store.promise import Dead, Decided, Done, Fact, Incoming, Later
from sendoff.store.sqlite import SqliteStore
from sendoff.testing.clock import VirtualClock

ROUTES = ("support", "usage")


@dataclass(frozen=True)
class Filled:
    """A closed store, and one as a crash left it: its file and its log."""

    closed: bytes
    crashed: bytes
    log: bytes


def body(number: int) -> bytes:
    return b'{"n":%d,"x":"%s"}' % (number, b"y" * 400)


def _decided(number: int) -> Decided:
    key, person = f"k{number}", f"p{number % 40}"
    deliveries = [
        Delivery(DeliveryIds(route).of(key), route, "upsert", body(number), person, key)
        for route in ROUTES[: 1 + number % 2]
    ]
    decisions = [
        Decision(route=each.route, verdict="send", delivery_id=each.id) for each in deliveries
    ]
    fact = Fact("consent", person, {"marketing": True})
    return Decided(number, key, decisions, deliveries, key, [fact])


async def _fill(folder: Path, events: int) -> Filled:
    store = SqliteStore(folder / "s.db", VirtualClock())
    numbers = await store.append([Incoming(body(number)) for number in range(1, events + 1)])
    await store.decide([_decided(number) for number in numbers[: -events // 10]])
    leases = await store.lease("support", events // 2)
    half = len(leases) // 2
    await store.settle([(each, Done("delivered")) for each in leases[:half]])
    await store.settle([(each, Later(60.0)) for each in leases[half + 20 :]])
    await store.settle([(each, Dead("rejected")) for each in leases[half : half + 20]])
    ahead = await store.lease("usage", 60)
    await store.settle([(each, Done("delivered")) for each in ahead[1:]])
    letters = [DeliveryIds("support").of(leases[half].delivery.event_key)]
    await store.replay(letters)
    await store.note([{"kind": "x", "n": number} for number in range(300)])
    await store.hold("acme", 60.0)
    crashed = [(folder / name).read_bytes() for name in ("s.db", "s.db-wal")]
    await store.close()
    return Filled((folder / "s.db").read_bytes(), *crashed)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    return asyncio.run(_fill(tmp_path_factory.mktemp("filled"), 400))


@pytest.fixture(scope="session")
def message() -> Callable[[int], bytes]:
    """The body of the message of a number."""
    return body
