"""What one route lends, whatever comes between asking the file and its answer, beside a model.

The writer here does what it was asked when it is told to, so that everything else may happen first:
others lease and settle, time passes, the disk is full, the process dies.
"""

from __future__ import annotations

import asyncio
import shutil
from array import array
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from sendoff.delivery import Delivery
from sendoff.store.engine import WEEK
from sendoff.store.failures import StoreError, StoreFull
from sendoff.store.promise import Dead, Done, Later, Lease, Settlement
from sendoff.store.sqlite.cover import AHEAD
from sendoff.store.sqlite.deliveries import read_on
from sendoff.store.sqlite.lending import Lending
from sendoff.store.sqlite.opened import open_tables
from sendoff.store.sqlite.pruning import Pruning
from sendoff.store.sqlite.queueing import Queued, queue
from sendoff.store.sqlite.room import Room
from sendoff.store.sqlite.settling import Settling
from sendoff.store.sqlite.tables import Tables
from sendoff.store.sqlite.times import Times
from sendoff.store.sqlite.transaction import Transactions
from sendoff.store.sqlite.writer import Operation, Writer
from sendoff.testing.clock import VirtualClock

T = TypeVar("T")

LENT_FOR = 60.0
MOST_LENT = 100
CRASHES = 2
"""In more of them, what was out each time is given up: that took the worker down."""

ENDS = st.sampled_from([
    Done("delivered"), Done("delivered"), Dead("rejected"), Later(0.0), Later(3.0, counts=False),
    Later(40.0), Later(200.0, maybe_delivered=True),
])  # fmt: skip


class Steps:
    """A writer that does what it was asked, so much at a time; all of it in one transaction."""

    def __init__(self, tables: Tables, clock: VirtualClock, loop: asyncio.Runner) -> None:
        self.asked: list[Operation] = []
        self._loop = loop
        self._transactions = Transactions(tables, Pruning(clock, WEEK))

    def begin(
        self, work: Callable[[Tables], T], applied: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None, *,
        reads: bool = False, lazy: bool = False,
    ) -> None:  # fmt: skip
        loop = self._loop.get_loop()
        self.asked.append(Operation(work, reads, loop, None, applied, failed, lazy))

    async def write(
        self, work: Callable[[Tables], T], applied: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
    ) -> T:  # fmt: skip
        future: asyncio.Future[T] = self._loop.get_loop().create_future()
        self.asked.append(
            Operation(work, reads=False, loop=self._loop.get_loop(), future=future,
                      applied=applied, failed=failed)
        )  # fmt: skip
        return await future

    def make_sure_it_is_open(self) -> None: ...

    def group(self, most: int) -> tuple[list[Operation], list[Operation]]:
        """Take what was asked first: what reads, and what writes."""
        some, self.asked = self.asked[:most], self.asked[most:]
        return [each for each in some if each.reads], [each for each in some if not each.reads]

    def do(self, reads: Sequence[Operation], writes: Sequence[Operation]) -> None:
        self._transactions.read(reads)
        if writes:
            self._transactions.write(writes)


@dataclass
class Waiting:
    """A delivery as the model knows it.

    It `must` be said of it that it may have been delivered; where it is `unsure`, it may be said.
    One that is `restored`, as it could not be settled, may be named a moment later.
    """

    delivery: Delivery
    due: float
    must: bool = False
    unsure: bool = False
    lease: Lease | None = None
    settling: bool = False
    restored: bool = False

    @property
    def key(self) -> str:
        return self.delivery.order_key or self.delivery.id


class History(RuleBasedStateMachine):
    """One route and its model."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = VirtualClock(turns=10)
        self.loop = asyncio.Runner()
        in_memory = Path("/dev/shm")  # noqa: S108 - a folder with a random name in it
        self.place = TemporaryDirectory(dir=in_memory if in_memory.is_dir() else None)
        self.file = Path(self.place.name, "0", "s.db")
        self.file.parent.mkdir()
        self.names = count(1)
        self.lines: dict[str, list[Waiting]] = {}
        self.until: dict[str, float] = {}
        self.numbers: dict[str, int] = {}
        self.asking: list[asyncio.Task[None]] = []
        self.crashes = 0
        self.open()

    def open(self) -> None:
        room = Room(self.file, None, None)
        times = Times(self.clock)
        opened = open_tables(self.file, times.epoch(), room)
        self.tables, self.times = opened.tables, times
        self.steps = Steps(opened.tables, self.clock, self.loop)
        self.lending = Lending(
            "support", cast("Writer", self.steps), times, count(opened.opening << 40)
        )
        self.run(self.lending.load(), all_of_it=True)

    def run(self, work: Coroutine[Any, Any, T], *, all_of_it: bool = False) -> T:
        """What some work gives, with all that was asked done for it if need be."""

        async def worked() -> T:
            task = asyncio.ensure_future(work)
            for _ in range(10):
                await asyncio.sleep(0)
            while all_of_it and not task.done():
                reads, writes = self.steps.group(100)
                self.steps.do(reads, writes)
                await self._told([*reads, *writes])
            return await task

        return self.loop.run(worked())

    @rule(people=st.sampled_from(["", "", "p", "pq", "pqr "]), many=st.sampled_from([1, 3, 12, 90]),
          size=st.integers(0, 3))  # fmt: skip
    def add(self, people: str, many: int, size: int) -> None:
        """Deliveries without order keys, or of people in turn."""
        added = []
        for n in range(many):
            name = str(next(self.names))
            person = people[n % len(people)].strip() if people else ""
            added.append((Delivery(id=name, route="support", action="upsert", body=b"x" * size,
                                   order_key=person, event_key=name), int(name)))  # fmt: skip

        def applied(queued: Queued) -> None:
            numbers, of_route = queued["support"]
            self.lending.queued(numbers, of_route)
            for number, (delivery, _event) in zip(numbers, of_route, strict=True):
                self.numbers[delivery.id] = number
                one = Waiting(delivery, self.clock.monotonic())
                self.lines.setdefault(one.key, []).append(one)

        self.steps.begin(lambda tables: queue(tables, added), applied)

    @rule(limit=st.sampled_from([1, 1, 2, 5, MOST_LENT]), room=st.sampled_from([None, None, 9]),
          linger=st.sampled_from([0.0, 0.0, 5.0]))  # fmt: skip
    def ask(self, limit: int, room: int | None, linger: float) -> None:
        async def asked() -> None:
            try:
                leases = await self.lending.lease(limit, room, 0.0, linger, LENT_FOR)
            except StoreError:
                return  # the disk was full
            self._lent(leases, limit, room)

        async def begin() -> asyncio.Task[None]:
            return asyncio.ensure_future(asked())

        self.asking.append(self.loop.run(begin()))
        self._look()

    @precondition(lambda self: self.asking)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        task = data.draw(st.sampled_from(self.asking))
        self.asking.remove(task)
        task.cancel()
        self.loop.run(asyncio.wait([task]))
        if self.steps.asked:
            self._doubt()  # of what it had taken, the lease may run out before the file answers

    @precondition(lambda self: self._held())
    @rule(data=st.data(), ends=st.lists(ENDS, min_size=1, max_size=5))
    def settle(self, data: st.DataObject, ends: list[Settlement]) -> None:
        """Some, or all of some person's, in any order."""
        held = self._held()
        if data.draw(st.booleans()):
            held = data.draw(st.permutations(held))[: len(ends)]
        self.begin_to_settle([(each, ends[n % len(ends)]) for n, each in enumerate(held)])

    def begin_to_settle(self, some: Sequence[tuple[Waiting, Settlement]]) -> None:
        leases = {each.delivery.id: cast("Lease", each.lease) for each, _how in some}
        settling = Settling(
            [(leases[each.delivery.id], how) for each, how in some], lambda _route: self.lending,
            self.times.epoch(),
        )  # fmt: skip
        assert not settling.lost
        for each, _how in some:
            each.lease, each.settling = None, True

        def written(_: None) -> None:
            settling.written(None)
            for each, how in some:
                self._ended(each, how)

        def failed(error: BaseException) -> None:
            settling.failed(error)
            for each, _how in some:
                each.lease, each.settling = leases[each.delivery.id], False
                each.restored = True
                self.until[each.key] = max(
                    self.until.get(each.key, 0.0), self.clock.monotonic() + LENT_FOR
                )

        self.steps.begin(settling.write, written, failed)

    @precondition(lambda self: self._held())
    @rule(data=st.data())
    def extend(self, data: st.DataObject) -> None:
        each = data.draw(st.sampled_from(self._held()))
        assert self.lending.extend(cast("Lease", each.lease), LENT_FOR)
        self.until[each.key] = max(self.until[each.key], self.clock.monotonic() + LENT_FOR)

    @rule(seconds=st.sampled_from([0.5, 5.0, 31.0, 61.0]))
    def pass_time(self, seconds: float) -> None:
        if self.asking:
            self._doubt()
        self.loop.run(self.clock.advance(seconds))
        self._look()

    @precondition(lambda self: self.steps.asked)
    @rule(most=st.sampled_from([1, 1, 2, 100]))
    def step(self, most: int) -> None:
        """Let the writer do what it was asked first."""
        reads, writes = self.steps.group(most)
        for some in ((reads, ()), ((), writes)):
            self.steps.do(*some)
            self.loop.run(self._told([*some[0], *some[1]]))
            self._look()

    @precondition(lambda self: self.steps.asked)
    @rule()
    def find_the_disk_full(self) -> None:
        for some in self.steps.group(1):
            for operation in some:
                operation.error = StoreFull("full")
            self.loop.run(self._told(some))
        self._look()

    @precondition(lambda self: self.crashes < CRASHES)
    @rule()
    def crash(self) -> None:
        """Go on with the file as it is now."""
        self.crashes += 1
        self._run_out()
        self._end_asking()
        folder = Path(self.place.name, str(self.crashes))
        folder.mkdir()
        for file in self.file.parent.iterdir():
            shutil.copy(file, folder)
        self.tables.db.close()
        self.file = folder / "s.db"
        for each in self._everything():
            each.unsure = True
            each.must |= each.settling or (each.lease is not None and not each.restored)
            each.lease, each.settling = None, False
            each.due = min(each.due, self.clock.monotonic()) if each.due == 0.0 else each.due
        self.open()

    @invariant()
    def what_is_out_is_named_and_little_else(self) -> None:
        self._run_out()
        lending: Any = self.tables.db.execute("SELECT lending FROM routes").get
        named = set(array("q", lending)) if lending else set()
        out = {self.numbers[each.delivery.id] for each in self._held() if not each.restored}
        assert out <= named
        window = self.lending._state.window
        assert len(named) <= 4 * (AHEAD + MOST_LENT) + len(window.loans)

    @invariant()
    def what_may_be_lent_adds_up(self) -> None:
        ready = self.lending._state.window.ready
        lines = list(ready)
        assert ready.count == sum(len(line.items) for line in lines)
        assert ready.size == sum(item.size for line in lines for item in line.items)
        assert len({line.key for line in lines}) == len(lines)
        heads = [(line.items[0].due, line.items[0].number) for line in lines]
        assert heads == sorted(heads)

    def teardown(self) -> None:
        """Everything that waits comes in the end, each person's in order; then nothing is left."""
        try:
            for _ in range(3):
                while self.steps.asked:
                    self.step(100)
                self.pass_time(1_000.0)
            self._end_asking()
            self._run_out()
            with suppress(StoreError):  # that the disk was full once
                self.run(self.lending.depth(), all_of_it=True)
            while leases := self.run(
                self.lending.lease(7, None, 0.0, 0.0, LENT_FOR), all_of_it=True
            ):
                self._lent(leases, 7, None)
                self.settle_now(leases)
            assert not self._everything()
            depth = self.run(self.lending.depth(), all_of_it=True)
            assert depth.waiting == 0
            self._nothing_is_left()
        finally:
            self._end_asking()
            self.tables.db.close()
            self.loop.close()
            self.place.cleanup()

    def settle_now(self, leases: Sequence[Lease]) -> None:
        settling = Settling(
            [(lease, Done("delivered")) for lease in leases], lambda _route: self.lending, 0.0
        )
        assert not settling.lost
        self.steps.begin(settling.write, settling.written, settling.failed)
        self.step(100)
        for lease in leases:
            [line] = [line for line in self.lines.values() if line[:1] and line[0].lease == lease]
            line.pop(0)

    def _nothing_is_left(self) -> None:
        """Neither in memory nor in the file."""
        while self.steps.asked:
            self.step(100)
        window = self.lending._state.window
        assert (window.held, window.held_bytes, window.parked) == (0, 0, 0)
        assert not window._lines
        assert not window.loans.doubtful
        floor = self.tables.route("support").floor
        found = read_on(self.tables, "support", floor, 10, 1000)
        assert not found.rows
        for table in ("behind", "suspects"):
            left = self.tables.db.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - ours
            assert not left, table

    async def _told(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            operation.end()
        for _ in range(10):
            await asyncio.sleep(0)

    def _look(self) -> None:
        """Raise what went wrong where a lease was asked for."""

        async def turns() -> None:
            for _ in range(10):
                await asyncio.sleep(0)

        self.loop.run(turns())
        for task in [each for each in self.asking if each.done()]:
            self.asking.remove(task)
            task.result()

    def _end_asking(self) -> None:
        for task in self.asking:
            task.cancel()
        if self.asking:
            self.loop.run(asyncio.wait(self.asking))
        self.asking.clear()

    def _lent(self, leases: Sequence[Lease], limit: int, room: int | None) -> None:
        self._run_out()
        assert len(leases) <= limit
        if room is not None and len(leases) > 1:
            assert sum(len(lease.delivery.body) + 1 for lease in leases) + 1 <= room
        tokens = {item.token: item for item in self.lending._state.window.loans.items}
        busy = {each.key for each in self._everything() if each.lease or each.settling}
        places: dict[str, int] = {}
        for lease in leases:
            key = lease.delivery.order_key or lease.delivery.id
            if lease.token not in tokens:
                continue  # it ran out before the file said that it may be out
            assert key not in busy, "somebody else has this person's deliveries"
            each = self.lines[key][places.get(key, 0)]
            places[key] = places.get(key, 0) + 1
            assert lease.delivery.id == each.delivery.id, "out of order"
            assert each.due <= self.clock.monotonic(), "early"
            maybe = lease.delivery.maybe_delivered
            assert maybe if each.must else each.unsure or not maybe
            assert replace(lease.delivery, maybe_delivered=False) == each.delivery
            each.must = maybe
            each.lease, each.restored = lease, False
            self.until[key] = tokens[lease.token].line.lent_until

    def _ended(self, each: Waiting, how: Settlement) -> None:
        each.settling = False
        if not isinstance(how, Later):
            self.lines[each.key].remove(each)
            return
        each.due = self.clock.monotonic() + how.after
        each.must |= how.maybe_delivered
        attempt = each.delivery.attempt + how.counts
        each.delivery = replace(each.delivery, attempt=attempt)

    def _doubt(self) -> None:
        """What was taken and not given yet may run out before it is."""
        for each in self._everything():
            each.unsure = True

    def _everything(self) -> list[Waiting]:
        return [each for line in self.lines.values() for each in line]

    def _held(self) -> list[Waiting]:
        self._run_out()
        return [each for each in self._everything() if each.lease]

    def _run_out(self) -> None:
        for each in self._everything():
            if each.lease and self.until[each.key] <= self.clock.monotonic():
                each.lease, each.must = None, True


TestHistory = History.TestCase
TestHistory.settings = settings(
    max_examples=50, stateful_step_count=50, deadline=None, derandomize=True
)


def test_a_line_comes_back_in_order_though_the_disk_was_full_again_and_again() -> None:
    history = History()
    history.add("p", 3, 0)
    history.step(1)
    history.ask(1, None, 0.0)
    history.step(1)
    history.begin_to_settle([(history.lines["p"][0], Later(40.0))])
    history.step(1)
    history.add("p", 1, 0)
    history.ask(1, None, 0.0)  # begins to list the second and third, which have left memory
    history.step(1)  # the fourth is there, and listed by itself
    history.find_the_disk_full()
    history.step(1)
    history.pass_time(61.0)
    history.ask(1, None, 0.0)
    history.ask(1, None, 0.0)
    for _ in range(4):
        history.find_the_disk_full()
        history.ask(9, None, 0.0)
        history.ask(9, None, 0.0)
        history.step(1)
    history.teardown()
