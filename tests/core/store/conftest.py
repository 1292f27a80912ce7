"""The engines that keep the promise of a store: every test of the contract runs over each.

To try an engine of your own, copy `test_contract*.py` and this file, and put your engine among
`ENGINES`: how it is opened in a folder, and whether what it keeps is still there when it is opened
again. Nothing else in them knows which engine it is.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest

from sendoff.clock import Clock
from sendoff.delivery import Delivery
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Decided, Incoming, Store
from sendoff.store.remote.client import RemoteStore
from sendoff.store.remote.server import StoreServer
from sendoff.store.remote.sockets import listen, reach
from sendoff.store.sqlite.store import SqliteStore
from sendoff.testing.clock import VirtualClock

T = TypeVar("T")

AT_ONCE = 5_000
PATIENCE = 30.0


@dataclass(frozen=True)
class Engine:
    """How an engine is opened.

    `open` gives clients of one store in a folder, to be closed in their order; the first is the one
    under test. `grace` is how many real seconds the virtual clock gives its threads and sockets.
    """

    open: Callable[[Path, Clock], Sequence[Store]]
    survives: bool = True
    grace: float = 0.0


def _memory(_folder: Path, clock: Clock) -> Sequence[Store]:
    return [MemoryStore(clock)]


def _sqlite(folder: Path, clock: Clock) -> Sequence[Store]:
    return [SqliteStore(folder / "store.db", clock)]


class _Served(SqliteStore):
    """A store that others reach through a socket until it is closed."""

    def __init__(self, file: Path, clock: Clock) -> None:
        super().__init__(file, clock)
        self._server = StoreServer(self, listen(file.with_suffix(".sock")))

    async def close(self) -> None:
        await self._server.close()
        await super().close()


def _remote(folder: Path, clock: Clock) -> Sequence[Store]:
    file = folder / "store.db"
    owner = _Served(file, clock)
    first, second = (RemoteStore(reach(file.with_suffix(".sock")), file.name) for _ in range(2))
    return [first, second, owner]


ENGINES = {
    "memory": Engine(_memory, survives=False),
    "sqlite": Engine(_sqlite, grace=0.005),
    "remote": Engine(_remote, grace=0.01),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every engine; for what outlives the process, those that do."""
    if "engine" in metafunc.fixturenames:
        lasting = {"reopen", "crash"} & set(metafunc.fixturenames)
        names = [name for name, each in ENGINES.items() if each.survives or not lasting]
        metafunc.parametrize("engine", [ENGINES[name] for name in names], ids=names)


class Opened:
    """One store in a folder of its own, and who has it open."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        # What disks are promised is for other tests, and waiting for one takes long.
        in_memory = Path("/dev/shm")  # noqa: S108 - a folder with a random name in it
        self._place = TemporaryDirectory(dir=in_memory if in_memory.is_dir() else None)
        self._folder = Path(self._place.name, "0")
        self._folder.mkdir()
        self._left: list[Store] = []
        self.clients = list(engine.open(self._folder, clock))

    async def reopen(self) -> Store:
        """Close it and open it again."""
        await self._close()
        self.clients = list(self._engine.open(self._folder, self._clock))
        return self.clients[0]

    async def crash(self) -> Store:
        """Open it as its files are now, as after a crash."""
        copy = self._folder.with_name(str(int(self._folder.name) + 1))
        copy.mkdir()
        for file in self._folder.iterdir():
            if file.is_file() and file.suffix != ".lock":
                shutil.copy(file, copy)
        self._left += self.clients
        self._folder = copy
        self.clients = list(self._engine.open(copy, self._clock))
        return self.clients[0]

    async def end(self) -> None:
        """Close everything that was ever opened."""
        await self._close()
        for client in self._left:
            await client.close()
        self._place.cleanup()

    async def _close(self) -> None:
        for client in self.clients:
            await client.close()


@pytest.fixture
def clock(engine: Engine) -> VirtualClock:
    return VirtualClock(grace=engine.grace)


@pytest.fixture(scope="session")
def opened() -> Callable[[Engine, Clock], Opened]:
    """Opens a new store; inside the loop that uses it."""
    return Opened


@pytest.fixture
async def house(engine: Engine, clock: VirtualClock) -> AsyncIterator[Opened]:
    house = Opened(engine, clock)
    yield house
    await house.end()


@pytest.fixture
async def store(house: Opened) -> Store:
    """The store under test."""
    return house.clients[0]


@pytest.fixture
async def other(house: Opened) -> Store:
    """Another client of the same store, where the engine has any."""
    return house.clients[1 % len(house.clients)]


@pytest.fixture
async def reopen(house: Opened) -> Callable[[], Awaitable[Store]]:
    """Closes the store and opens it again."""
    return house.reopen


@pytest.fixture
async def crash(house: Opened) -> Callable[[], Awaitable[Store]]:
    """The store as whoever comes after a crash of this moment finds it."""
    return house.crash


def _delivery(
    name: str, *, person: str = "", route: str = "support", body: bytes = b"{}", **more: Any
) -> Delivery:
    return Delivery(id=name, route=route, action="upsert", body=body, order_key=person,
                    event_key=name, **more)  # fmt: skip


@pytest.fixture(scope="session")
def delivery() -> Callable[..., Delivery]:
    """A delivery by its name, which is that of its event as well."""
    return _delivery


@pytest.fixture(scope="session")
def keep() -> Callable[[Store, Iterable[Delivery | str]], Coroutine[Any, Any, Sequence[int]]]:
    """Appends an event for each delivery, or name of one, and decides it; their numbers."""

    async def kept(store: Store, deliveries: Iterable[Delivery | str]) -> Sequence[int]:
        listed = [_delivery(each) if isinstance(each, str) else each for each in deliveries]
        numbers: list[int] = []
        for start in range(0, len(listed), AT_ONCE):
            some = listed[start : start + AT_ONCE]
            appended = await store.append([Incoming(b"{}") for _ in some])
            await store.decide([
                Decided(number, each.event_key, [], [each])
                for number, each in zip(appended, some, strict=True)
            ])  # fmt: skip
            numbers += appended
        return numbers

    return kept


@pytest.fixture(scope="session")
def soon() -> Callable[[Awaitable[T]], Coroutine[Any, Any, T]]:
    """Waits in real time for what nothing but the work itself holds up."""

    async def waited(work: Awaitable[T]) -> T:
        async with asyncio.timeout(PATIENCE):
            return await work

    return waited


@pytest.fixture
def elapse(clock: VirtualClock) -> Callable[[Awaitable[T]], Coroutine[Any, Any, T]]:
    """Lets virtual time pass, half a second a step, until the work is done."""

    async def waited(work: Awaitable[T]) -> T:
        task = asyncio.ensure_future(work)
        while not task.done():
            await clock.advance(0.5)
        return task.result()

    return waited
