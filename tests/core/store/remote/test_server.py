"""A store that is used through its socket. That it keeps the promise, the contract's tests tell."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sendoff.delivery import Delivery
from sendoff.errors import UsageError
from sendoff.store.deaths import DeadQuery
from sendoff.store.failures import StoreError, StoreFull, StoreInUse
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Dead, Decided, Depth, Done, Incoming, Later, Lease, Store
from sendoff.store.remote import wire
from sendoff.store.remote.client import RemoteStore
from sendoff.store.remote.link import CutOff, OwnerGone
from sendoff.store.remote.server import StoreServer
from sendoff.store.remote.session import Session
from sendoff.store.remote.sockets import listen
from sendoff.testing.clock import VirtualClock

MEGABYTE = bytes(1_000_000)


class Troubled(MemoryStore):
    """Raises what a test wants, and tells when a call that waits was cancelled."""

    trouble: Exception | None = None

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.taken_back = asyncio.Event()

    async def notes(
        self, after: int = 0, limit: int = 1000, *, wait: float = 0.0
    ) -> Sequence[tuple[int, Mapping[str, Any]]]:
        try:
            return await super().notes(after, limit, wait=wait)
        except asyncio.CancelledError:
            self.taken_back.set()
            raise

    async def depth(self, route: str) -> Depth:
        if self.trouble:
            raise self.trouble
        return await super().depth(route)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.sock"


@pytest.fixture
def time() -> VirtualClock:
    return VirtualClock(grace=0.01)


@pytest.fixture
async def behind(path: Path, time: VirtualClock) -> AsyncIterator[Troubled]:
    """The store of the owner."""
    store = Troubled(time)
    async with served(store, path):
        yield store


@asynccontextmanager
async def served(store: Store, path: Path) -> AsyncIterator[None]:
    """Lets others use a store by a socket, for the length of a block."""
    server = StoreServer(store, listen(path))
    try:
        yield
    finally:
        await server.close()


@asynccontextmanager
async def connected(path: Path) -> AsyncIterator[RemoteStore]:
    store = await RemoteStore.connect(path)
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
async def remote(behind: Troubled, path: Path) -> AsyncIterator[RemoteStore]:
    del behind  # it has to be there, and no more
    async with connected(path) as store:
        yield store


async def keep(store: MemoryStore, names: Iterable[str], body: bytes = b"{}") -> None:
    for name in names:
        [number] = await store.append([Incoming(b"{}")])
        delivery = Delivery(name, "support", "upsert", body, "", name)
        await store.decide([Decided(number, name, [], [delivery])])


def names(leases: Sequence[Lease]) -> list[str]:
    return [lease.delivery.id for lease in leases]


async def until_leased(store: MemoryStore, count: int) -> None:
    async with asyncio.timeout(5):
        while (await store.depth("support")).leased != count:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)


async def test_a_call_that_waits_holds_up_no_other(
    behind: Troubled, remote: RemoteStore, time: VirtualClock
) -> None:
    waiting = asyncio.create_task(remote.lease("support", 1, wait=30))
    assert (await remote.depth("support")).waiting == 0
    assert not waiting.done()
    await keep(behind, ["a"])
    assert names(await waiting) == ["a"]
    assert time.monotonic() == 0


async def test_a_call_that_is_cancelled_is_cancelled_there(
    behind: Troubled, remote: RemoteStore
) -> None:
    waiting = asyncio.create_task(remote.notes(wait=30))
    await remote.depth("support")
    waiting.cancel()
    await asyncio.wait([waiting])
    async with asyncio.timeout(5):
        await behind.taken_back.wait()


async def test_what_was_granted_to_a_cancelled_call_is_given_back_untried(
    behind: Troubled, remote: RemoteStore
) -> None:
    waiting = asyncio.create_task(remote.lease("support", 1, wait=30))
    await remote.depth("support")
    # Both sides see it in one turn of the loop: the answer is on its way when it is taken back.
    await keep(behind, ["a"])
    await until_leased(behind, 1)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    await until_leased(behind, 0)
    [lease] = await behind.lease("support", 1)
    assert (lease.delivery.attempt, lease.delivery.maybe_delivered) == (1, False)


async def test_a_client_that_is_gone_gives_back_what_it_had_as_perhaps_delivered(
    behind: Troubled, path: Path
) -> None:
    await keep(behind, ["a", "b"])
    async with connected(path) as client:
        await client.settle([((await client.lease("support", 1))[0], Done("delivered"))])
        await client.lease("support", 1)
    await until_leased(behind, 0)
    [lease] = await behind.lease("support", 5)
    assert (lease.delivery.id, lease.delivery.maybe_delivered) == ("b", True)
    assert lease.delivery.attempt == 1


async def test_each_client_settles_its_own(behind: Troubled, path: Path) -> None:
    await keep(behind, ["a", "b"])
    async with connected(path) as one, connected(path) as other:
        [first] = await one.lease("support", 1)
        [second] = await other.lease("support", 1)
        assert await other.settle([(first, Done("delivered")), (second, Dead("no"))]) == [first]
        assert await other.extend([first, second], 60) == [first, second]
        assert await one.extend([first], 60) == []
        assert await one.settle([(first, Later(0.0))]) == []
    assert [letter.id for letter in await behind.dead(DeadQuery())] == ["b"]


async def test_a_lease_that_was_lost_is_lost_for_the_client(
    behind: Troubled, remote: RemoteStore, time: VirtualClock
) -> None:
    await keep(behind, ["a"])
    leases = await remote.lease("support", 1, lease_for=30)
    await time.advance(31)
    assert await remote.extend(leases, 30) == leases
    assert await remote.settle([(leases[0], Done("delivered"))]) == leases


@pytest.mark.parametrize("error", [StoreFull("no room (make some)"), UsageError("not so")])
async def test_errors_cross_with_their_kind_and_text(
    behind: Troubled, remote: RemoteStore, error: Exception
) -> None:
    behind.trouble = error
    with pytest.raises(type(error)) as raised:
        await remote.depth("support")
    assert str(raised.value) == str(error)
    behind.trouble = None
    assert not (await remote.depth("support")).waiting


async def test_a_bug_of_the_owner_is_reported_there_and_told_without_its_text(
    behind: Troubled, remote: RemoteStore
) -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, report: reported.append(report))
    behind.trouble = KeyError("jane@example.com")
    with pytest.raises(StoreError, match="KeyError in `depth`") as raised:
        await remote.depth("support")
    assert "jane" not in str(raised.value)
    assert reported[0]["exception"] is behind.trouble


async def test_when_the_owner_closes_every_waiting_call_is_told_what_to_do(
    path: Path, time: VirtualClock
) -> None:
    async with served(MemoryStore(time), path):
        client = await RemoteStore.connect(path, "sendoff.db")
        waiting = [
            asyncio.create_task(client.lease("support", 1, wait=30)),
            asyncio.create_task(client.notes(wait=30)),
        ]
        await client.depth("support")
    for call in waiting:
        with pytest.raises(CutOff, match=r"^sendoff.db: process \d+, .* may have been done .*\)$"):
            await call
    with pytest.raises(OwnerGone, match=r"^sendoff.db: .* has ended; .* \(open the store again\)$"):
        await client.depth("support")
    assert client.is_over
    await client.close()
    with pytest.raises(StoreInUse):
        await RemoteStore.connect(path)


async def test_a_closed_client_says_so(remote: RemoteStore) -> None:
    waiting = asyncio.create_task(remote.lease("support", 1, wait=30))
    await remote.depth("support")
    await remote.close()
    for call in (waiting, remote.depth("support")):
        with pytest.raises(StoreError, match="was closed here"):
            await call
    await remote.close()


async def test_more_than_a_frame_holds_comes_in_parts(
    behind: Troubled, remote: RemoteStore
) -> None:
    numbers = await behind.append([Incoming(MEGABYTE) for _ in range(70)])
    first = await remote.undecided(70)
    assert [each.number for each in first] == list(numbers[:35])


async def test_more_leases_than_a_frame_holds_are_not_lent(
    behind: Troubled, remote: RemoteStore
) -> None:
    await keep(behind, map(str, range(70)), MEGABYTE)
    leases = await remote.lease("support", 70)
    assert len(leases) == (await behind.depth("support")).leased == 35
    rest = await behind.lease("support", 70)
    assert all(not lease.delivery.maybe_delivered for lease in rest)
    assert len(rest) == 35


async def test_more_than_crosses_at_once_is_refused_in_words(remote: RemoteStore) -> None:
    with pytest.raises(StoreError, match=r"64 MiB .* fewer"):
        await remote.append([Incoming(MEGABYTE) for _ in range(70)])
    assert await remote.append([Incoming(b"{}")])


@pytest.mark.usefixtures("behind")
async def test_another_version_is_refused_with_both_named(path: Path) -> None:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(wire.packed(wire.Greeting(wire.PROTOCOL + 1, "99.0", 1)))
    answer = await wire.read(reader)
    assert isinstance(answer, wire.Failure)
    assert "99.0" in answer.text
    assert wire.own_greeting().version in answer.text
    assert await wire.read(reader) is None
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        wire.packed(wire.TakeBack(1)),
        wire.packed(wire.own_greeting()) + wire.packed(wire.own_greeting()),
    ],
    ids=["http", "no greeting", "greeted twice"],
)
async def test_who_speaks_another_language_is_sent_away_and_nobody_else(
    remote: RemoteStore, path: Path, sent: bytes
) -> None:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(sent)
    async with asyncio.timeout(5):
        await reader.read()
    writer.close()
    await writer.wait_closed()
    assert not (await remote.depth("support")).waiting


@pytest.mark.parametrize("call", [wire.Call(7, "drop", wire.raw(())),
                                  wire.Call(7, "depth", wire.raw((1, 2)))])  # fmt: skip
@pytest.mark.usefixtures("behind")
async def test_a_call_that_is_not_understood_is_answered(path: Path, call: wire.Call) -> None:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(wire.packed(wire.own_greeting()) + wire.packed(call))
    assert isinstance(await wire.read(reader), wire.Greeting)
    answer = await wire.read(reader)
    assert isinstance(answer, wire.Failure)
    assert answer.number == 7
    assert "does not understand" in answer.text
    writer.close()
    await writer.wait_closed()


async def test_a_client_that_is_gone_before_its_last_call_began_is_left_in_good_order() -> None:
    near, far = socket.socketpair()
    with far:
        _, writer = await asyncio.open_unix_connection(sock=near)
        reader = asyncio.StreamReader()
        call = wire.Call(1, "depth", wire.raw(("support",)))
        reader.feed_data(wire.packed(wire.own_greeting()) + wire.packed(call))
        reader.feed_eof()
        await Session(MemoryStore(VirtualClock()), reader, writer).run()
        assert writer.is_closing()
        await writer.wait_closed()


async def test_nobody_there_is_told_at_once(path: Path) -> None:
    with pytest.raises(StoreInUse, match="nobody answers"):
        await RemoteStore.connect(path)
