"""Processes that use a store which another owns, and go on when that one ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from inspect import getmembers, iscoroutinefunction, signature
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sendoff.clock import SystemClock
from sendoff.delivery import Delivery
from sendoff.store.engine import StoreOptions
from sendoff.store.failures import StoreDamaged, StoreError, StoreInUse
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Decided, Done, Incoming, Lease, Store
from sendoff.store.remote.client import RemoteStore
from sendoff.store.remote.link import CutOff
from sendoff.store.remote.sockets import reach
from sendoff.store.sqlite import open_sqlite
from sendoff.store.sqlite.guest import GuestStore
from sendoff.store.sqlite.ownership import Ownership
from sendoff.testing.clock import VirtualClock

PATIENCE = 30.0

# A process that opens a store and does as it is told, line by line, saying how each went.
PROCESS = """
import asyncio, sys
from pathlib import Path
from sendoff.clock import SystemClock
from sendoff.store.engine import StoreOptions
from sendoff.store.failures import StoreError
from sendoff.store.promise import Incoming
from sendoff.store.sqlite import open_sqlite

async def main():
    store = open_sqlite("s.db", SystemClock(), StoreOptions(folder=Path(sys.argv[1])))
    await store.depth("support")
    print("open", flush=True)
    loop = asyncio.get_running_loop()
    while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        try:
            print(*await store.append([Incoming(line.encode())]), flush=True)
        except StoreError as error:
            print(type(error).__name__, flush=True)
    await store.close()
    print("closed", flush=True)

asyncio.run(main())
"""


def opened(folder: Path) -> Store:
    return open_sqlite("s.db", SystemClock(), StoreOptions(folder=folder))


@asynccontextmanager
async def process_in(folder: Path) -> AsyncIterator[Process]:
    """A process that has the store open."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROCESS, str(folder), stdin=PIPE, stdout=PIPE
    )
    try:
        assert await said(process) == "open"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def said(process: Process) -> str:
    assert process.stdout
    async with asyncio.timeout(PATIENCE):
        return (await process.stdout.readline()).decode().strip()


async def asked(process: Process, line: str) -> str:
    """What it says to a text to append, or to a blank line, which ends it."""
    assert process.stdin
    process.stdin.write(f"{line}\n".encode())
    return await said(process)


@asynccontextmanager
async def guest_of(folder: Path) -> AsyncIterator[tuple[Store, Process]]:
    """A store that another process owns, and that process."""
    async with process_in(folder) as owner:
        store = opened(folder)
        try:
            assert isinstance(store, GuestStore)
            await store.depth("support")
            yield store, owner
        finally:
            await store.close()


async def killed(process: Process) -> None:
    process.kill()
    await process.wait()


async def bodies(store: Store) -> list[bytes]:
    return [each.body for each in await store.undecided(1000)]


async def queue(store: Store, name: str) -> None:
    [number] = await store.append([Incoming(name.encode())])
    delivery = Delivery(name, "support", "upsert", b"{}", name, name)
    await store.decide([Decided(number, name, [], [delivery])])


async def leased(store: Store, wait: float = 0.0) -> Lease:
    async with asyncio.timeout(PATIENCE):
        [lease] = await store.lease("support", 1, wait=wait)
    return lease


def owner_by_lock(folder: Path) -> int:
    found: int = msgspec.json.decode((folder / "s.db.lock").read_bytes())["process"]
    return found


def test_it_has_every_method_of_the_promise_with_its_parameters() -> None:
    for name, method in getmembers(Store, iscoroutinefunction):
        assert signature(getattr(GuestStore, name)) == signature(method), name


async def test_when_the_owner_is_killed_it_takes_its_place_with_all_that_was_confirmed(
    tmp_path: Path,
) -> None:
    async with guest_of(tmp_path) as (store, owner):
        assert await asked(owner, "theirs") == "1"
        await killed(owner)
        assert await store.append([Incoming(b"ours")]) == [2]
        assert await bodies(store) == [b"theirs", b"ours"]
        assert owner_by_lock(tmp_path) == os.getpid()
        async with process_in(tmp_path) as other:
            assert await asked(other, "third") == "3"


async def test_when_the_owner_closes_it_takes_its_place(tmp_path: Path) -> None:
    async with guest_of(tmp_path) as (store, owner):
        assert await asked(owner, "theirs") == "1"
        assert await asked(owner, "") == "closed"
        assert await bodies(store) == [b"theirs"]
        assert owner_by_lock(tmp_path) == os.getpid()


async def test_a_call_under_way_says_that_it_may_have_been_done(tmp_path: Path) -> None:
    async with guest_of(tmp_path) as (store, owner):
        owner.send_signal(signal.SIGSTOP)
        calls = [
            asyncio.ensure_future(call)
            for call in (store.append([Incoming(b"x")]), store.discard(["a"]), store.replay(["a"]))
        ]
        await asyncio.wait(calls, timeout=0)
        await killed(owner)
        for call in calls:
            with pytest.raises(CutOff, match=f"process {owner.pid}, .* may have been done"):
                await call
        assert await bodies(store) in ([], [b"x"])
        assert await store.append([Incoming(b"later")])


async def test_what_only_looks_is_asked_again(tmp_path: Path) -> None:
    async with guest_of(tmp_path) as (store, owner):
        await asked(owner, "theirs")
        owner.send_signal(signal.SIGSTOP)
        looks = [asyncio.ensure_future(bodies(store)) for _ in range(20)]
        await asyncio.wait(looks, timeout=0)
        await killed(owner)
        assert await asyncio.gather(*looks) == [[b"theirs"]] * 20


async def test_waits_go_on_over_a_change_of_owners(tmp_path: Path) -> None:
    async with guest_of(tmp_path) as (store, owner):
        lease = asyncio.create_task(leased(store, wait=PATIENCE))
        notes = asyncio.create_task(store.notes(wait=PATIENCE))
        await store.depth("support")
        await killed(owner)
        await queue(store, "a")
        await store.note([{"kind": "x"}])
        assert (await lease).delivery.id == "a"
        assert [record for _, record in await notes] == [{"kind": "x"}]


class Ending(MemoryStore):
    """Ends twenty seconds into the first lease, and notes how long each was to wait."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.time = clock
        self.waits: list[float] = []

    async def lease(self, route: str, limit: int, **how: Any) -> Sequence[Lease]:
        self.waits.append(how["wait"])
        if len(self.waits) == 1:
            await self.time.advance(20)
            raise CutOff("it has ended")
        return await super().lease(route, limit)


async def test_a_wait_that_nothing_ends_is_as_long_as_it_was_asked_to_be(tmp_path: Path) -> None:
    async def never() -> Store:
        raise AssertionError

    clock = VirtualClock()
    store = Ending(clock)
    guest = GuestStore(store, tmp_path / "s.db", clock, never)
    assert not await guest.lease("support", 1, wait=30.0)
    assert store.waits == [30.0, 10.0]


async def test_what_was_on_loan_is_lost_and_comes_again_as_perhaps_delivered(
    tmp_path: Path,
) -> None:
    async with guest_of(tmp_path) as (store, owner):
        await queue(store, "a")
        lease = await leased(store)
        await killed(owner)
        assert await store.extend([lease], 60) == [lease]
        assert await store.settle([(lease, Done("delivered"))]) == [lease]
        again = await leased(store)
        assert (again.delivery.id, again.delivery.maybe_delivered) == ("a", True)
        assert await store.settle([(again, Done("delivered"))]) == []
        assert not (await store.depth("support")).waiting


async def test_several_in_one_process_share_the_one_that_takes_over(tmp_path: Path) -> None:
    async with guest_of(tmp_path) as (first, owner):
        second = opened(tmp_path)
        await killed(owner)
        numbers = await asyncio.gather(*(
            store.append([Incoming(b"x")]) for store in (first, second, first, second)
        ))  # fmt: skip
        assert sorted(number for [number] in numbers) == [1, 2, 3, 4]
        await second.close()


async def test_of_many_that_race_exactly_one_becomes_the_owner_each_time(tmp_path: Path) -> None:
    kept: dict[str, int] = {}
    doubtful: set[str] = set()
    async with AsyncExitStack() as all_of_them:
        processes = [await all_of_them.enter_async_context(process_in(tmp_path)) for _ in range(3)]
        while len(processes) > 1:
            [owner] = [each for each in processes if each.pid == owner_by_lock(tmp_path)]
            await killed(owner)
            processes.remove(owner)
            # All may be cut off by the end of the old one: then nobody has taken its place yet.
            answers = ["CutOff"]
            while set(answers) == {"CutOff"}:
                texts = [f"{len(kept)}-{len(doubtful)}-{index}" for index in range(len(processes))]
                answers = await asyncio.gather(*map(asked, processes, texts))
                for text, answer in zip(texts, answers, strict=True):
                    if answer == "CutOff":
                        doubtful.add(text)
                    else:
                        kept[text] = int(answer)
        assert await asked(processes[0], "") == "closed"
    store = opened(tmp_path)
    there = {each.body.decode(): each.number for each in await store.undecided(1000)}
    await store.close()
    assert there | kept == there
    assert there.keys() - kept.keys() <= doubtful


async def test_who_gives_up_asking_takes_it_from_nobody_else(tmp_path: Path) -> None:
    async with guest_of(tmp_path) as (store, owner):
        await killed(owner)
        ownership = Ownership.take(tmp_path / "s.db", SystemClock().now())
        assert ownership
        calls = [asyncio.ensure_future(store.depth("support")) for _ in range(3)]
        await asyncio.wait(calls, timeout=0.1)
        calls[0].cancel()
        await asyncio.wait(calls[:1])
        ownership.release()
        assert [each.waiting for each in await asyncio.gather(*calls[1:])] == [0, 0]


async def test_what_is_wrong_with_the_file_is_told_and_looked_at_again(tmp_path: Path) -> None:
    async with guest_of(tmp_path) as (store, owner):
        await asked(owner, "theirs")
        await killed(owner)
        file = tmp_path / "s.db"
        whole = file.read_bytes()
        file.write_bytes(bytes(16) + whole[16:])
        with pytest.raises(StoreDamaged, match="sendoff store recover"):
            await store.depth("support")
        file.write_bytes(whole)
        assert await bodies(store) == [b"theirs"]


async def test_one_that_was_closed_stays_closed_and_takes_nothing(tmp_path: Path) -> None:
    async with process_in(tmp_path) as owner:
        store = opened(tmp_path)
        await store.depth("support")
        await store.close()
        await store.close()
        await killed(owner)
        with pytest.raises(StoreError, match="was closed here"):
            await store.append([Incoming(b"x")])
        ownership = Ownership.take(tmp_path / "s.db", SystemClock().now())
        assert ownership
        ownership.release()


async def test_closing_ends_the_search_for_an_owner(tmp_path: Path) -> None:
    async with guest_of(tmp_path) as (store, owner):
        await killed(owner)
        ownership = Ownership.take(tmp_path / "s.db", SystemClock().now())
        assert ownership
        call = asyncio.ensure_future(store.depth("support"))
        await asyncio.wait([call], timeout=0.05)
        await store.close()
        with pytest.raises((StoreError, asyncio.CancelledError)):
            await call
        ownership.release()


async def test_an_owner_that_neither_ends_nor_answers_is_named_each_time(tmp_path: Path) -> None:
    async def stuck() -> Store:
        raise StoreInUse("held open by process 7")

    async with process_in(tmp_path) as owner:
        remote = RemoteStore(reach(tmp_path / "s.db.sock"), "s.db")
        guest = GuestStore(remote, tmp_path / "s.db", SystemClock(), stuck)
        await guest.depth("support")
        await killed(owner)
        for _ in range(2):
            with pytest.raises(StoreInUse, match="held open by process 7"):
                await guest.depth("support")
        await guest.close()
