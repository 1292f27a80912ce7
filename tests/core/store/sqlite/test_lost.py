"""No delivery is ever taken for lost while nothing is, whatever happens to a store in its life."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff.decision import Decision, DeliveryIds
from sendoff.delivery import Delivery
from sendoff.store.deaths import DeadQuery
from sendoff.store.promise import Dead, Decided, Done, Incoming, Later, Lease, Settlement
from sendoff.store.resends import Resend, Target
from sendoff.store.sqlite.pruning import EVERY
from sendoff.store.sqlite.recovery import recover
from sendoff.store.sqlite.store import SqliteStore
from sendoff.testing.clock import VirtualClock

KEEP: Final = 600.0
IDS: Final = DeliveryIds("support")
IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder with a random name in it
ENDS: Final[tuple[Settlement, ...]] = (
    Done("delivered"), Done("skipped", "there"), Later(0.0), Later(45.0), Dead("rejected"),
)  # fmt: skip


class Life:
    """A store, and all of its deliveries: which were queued, and which have ended."""

    def __init__(self, folder: Path) -> None:
        self.queued: set[str] = set()
        self.ended: set[str] = set()
        self._leases: list[Lease] = []
        self._left: list[SqliteStore] = []
        self._clock = VirtualClock()
        self._folder = folder
        self._file = folder / "0.db"
        self._numbers: list[int] = []
        self._open()

    def _open(self) -> None:
        self._store = SqliteStore(self._file, self._clock, keep=KEEP)
        self._leases = []

    async def take(self, count: int) -> None:
        """Several events, every third of which is not sent."""
        for number in await self._store.append([Incoming(b"{}")] * (count + 1)):
            key = str(number)
            delivery = Delivery(IDS.of(key), "support", "upsert", b"{}", f"p{number % 5}", key)
            sends = Decision(route="support", verdict="send", delivery_id=delivery.id)
            drops = Decision(route="support", verdict="drop", reason="no_rule")
            is_sent = bool(number % 3)
            await self._store.decide([
                Decided(number, key, [sends if is_sent else drops], [delivery] * is_sent)
            ])  # fmt: skip
            self.queued |= {delivery.id} if is_sent else set()
            self._numbers.append(number)

    async def lend(self, count: int) -> None:
        """Lend some; never what has ended."""
        leases = await self._store.lease("support", 2 * count)
        assert {lease.delivery.id for lease in leases} <= self.queued - self.ended
        self._leases += leases

    async def settle(self, count: int) -> None:
        """Settle some, each in its way."""
        some, self._leases = self._leases[::2], self._leases[1::2]
        await self._settle([(lease, ENDS[(count + n) % len(ENDS)]) for n, lease in enumerate(some)])

    async def _settle(self, settled: list[tuple[Lease, Settlement]]) -> None:
        lost = {lease.token for lease in await self._store.settle(settled)}
        for lease, how in settled:
            if lease.token not in lost and not isinstance(how, Later):
                self.ended.add(lease.delivery.id)

    async def replay(self, count: int) -> None:
        """Replay some of what is dead."""
        letters = [each for each in await self._store.dead(DeadQuery(limit=count)) if each.delivery]
        # What died of crashes was not settled.
        self.ended |= {each.id for each in letters}
        await self._store.replay([each.id for each in letters])
        self.queued |= {
            IDS.of(each.delivery.event_key, each.delivery.resend + 1)
            for each in letters if each.delivery
        }  # fmt: skip

    async def resend(self, count: int) -> None:
        """Send again what has ended."""
        targets = [Target(number, "support") for number in self._numbers[-5 * count :: 3]]
        resends = [
            Resend(target.number, "support", sent.resend + 1)
            for target, sent in zip(targets, await self._store.sent(targets), strict=True)
        ]
        for one, said in zip(resends, await self._store.resend(resends), strict=True):
            if said == "queued":
                self.queued.add(IDS.of(str(one.number), one.resend))

    async def age(self, count: int) -> None:
        """Time passes, and the thread tidies up."""
        await self._clock.advance(count * EVERY)
        for _ in range(6):
            await self._store.remember([])

    async def reopen(self, _count: int) -> None:
        """Closed in order."""
        await self._store.close()
        self._open()

    async def crash(self, _count: int) -> None:
        """Opened as it lies on the disk."""
        self._left.append(self._store)
        after = self._folder / f"{len(self._left)}.db"
        for part in ("", "-wal"):
            shutil.copy(f"{self._file}{part}", f"{after}{part}")
        self._file = after
        self._open()

    async def recover(self, _count: int) -> None:
        """Recovered, though nothing is wrong with it."""
        await self._store.close()
        if self._numbers:
            recovered = recover(self._file, self._clock)
            assert (set(recovered.lost.values()), list(recovered.unsure)) == ({0}, [])
        self._open()

    async def finish(self) -> None:
        """Deliver the rest."""
        for _ in range(60):
            if not (await self._store.depth("support")).waiting:
                break
            await self._clock.advance(KEEP)
            await self.lend(1_000)
            await self._settle([(lease, Done("delivered")) for lease in self._leases])
            self._leases = []
        letters = await self._store.dead(DeadQuery())
        assert {each.reason for each in letters} <= {"rejected", "took_the_worker_down"}
        assert self.queued - self.ended <= {each.id for each in letters}
        for store in (*self._left, self._store):
            await store.close()


async def deliver(life: Life, count: int) -> None:
    """Lend and settle some."""
    await life.lend(count)
    await life.settle(count)


STEPS: Final = (
    Life.take, Life.take, deliver, deliver, deliver, Life.lend, Life.settle, Life.replay,
    Life.resend, Life.age, Life.reopen, Life.crash, Life.recover,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 12)), min_size=15, max_size=50))
def test_everything_ends_and_nothing_is_taken_for_lost(
    steps: list[tuple[object, int]],
) -> None:
    async def live(folder: Path) -> None:
        life = Life(folder)
        for step, count in steps:
            await step(life, count)  # type: ignore[operator]
        await life.finish()

    with TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        asyncio.run(live(Path(folder)))
