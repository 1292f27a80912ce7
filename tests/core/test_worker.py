"""Lanes started, stopped and waited for together."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress

import pytest

from sendoff.delivery import Delivered, Delivery, NeedsOperator, Outcome, Retry
from sendoff.destination import Batching, Connection, Finding
from sendoff.lane import Lane
from sendoff.pace import StoreGate
from sendoff.redact import Redactor
from sendoff.retry import RetryPolicy
from sendoff.store.failures import StoreInUse
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Decided, Done, Incoming, Lease, Settlement
from sendoff.tally import Tally
from sendoff.terms import LaneSettings
from sendoff.testing.clock import VirtualClock
from sendoff.worker import LOOK_SECONDS, Worker

Act = Callable[[Delivery], Awaitable[Outcome]]


class Plugin(Connection):
    """Does with each delivery what a function says."""

    def __init__(self, act: Act) -> None:
        self.seen: Counter[str] = Counter()
        self.at_once = 0
        self.most_at_once = 0
        self._act = act

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        raise AssertionError(targets)

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        self.seen.update(each.id for each in deliveries)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            return [await self._act(each) for each in deliveries]
        finally:
            self.at_once -= 1


class BrokenStore(MemoryStore):
    """A store that fails when somebody asks it for deliveries."""

    async def lease(  # noqa: PLR0913 - the store's own
        self, route: str, limit: int, *, max_bytes: int | None = None, wait: float = 0.0,
        linger: float = 0.0, lease_for: float = 60.0,
    ) -> Sequence[Lease]:  # fmt: skip
        await self._clock.sleep(10.0)
        raise OSError("no space left, says s3cret")


class Bench:
    """A worker with a lane for each plugin that is given by its route's name.

    A number is a plugin that delivers, and takes so many seconds.
    """

    def __init__(
        self, store: type[MemoryStore] = MemoryStore, concurrency: int = 1,
        batching: Batching | None = None, **acts: Act | float,
    ) -> None:  # fmt: skip
        self.batching = batching or Batching()
        self.clock = VirtualClock()
        self.store = store(self.clock)
        self.tally = Tally(acts)
        self.plugins = {
            name: Plugin(act if callable(act) else self._taking(act)) for name, act in acts.items()
        }
        lanes = [self._lane(name, plugin, concurrency) for name, plugin in self.plugins.items()]
        self.worker = Worker(lanes, self.clock, grace=0.05)

    def _taking(self, seconds: float) -> Act:
        async def act(_delivery: Delivery) -> Outcome:
            await self.clock.sleep(seconds)
            return Delivered()

        return act

    def _lane(self, name: str, plugin: Plugin, concurrency: int) -> Lane:
        gate = StoreGate(self.store, name, rate=None, reserve=0.0, clock=self.clock)
        return Lane(
            LaneSettings(name, concurrency, self.batching, RetryPolicy()), store=self.store,
            connected=(plugin, gate), watcher=self.tally, redactor=Redactor(["s3cret"]),
            clock=self.clock, random=lambda: 0.5,
        )  # fmt: skip

    async def add(self, route: str, names: Iterable[str]) -> None:
        for name in names:
            [number] = await self.store.append([Incoming(b"{}")])
            delivery = Delivery(id=name, route=route, action="upsert", body=b"{}", order_key="",
                                event_key=name)  # fmt: skip
            await self.store.decide([Decided(number, name, [], [delivery])])
            self.tally.routes[route].deliveries += 1

    async def run(self, patience: float | None = None) -> bool:
        self.worker.start()
        try:
            return await self.clock.run(self.worker.drain(patience))
        finally:
            await self.worker.stop()


async def deliver(_delivery: Delivery) -> Outcome:
    return Delivered()


async def need_operator(_delivery: Delivery) -> Outcome:
    return NeedsOperator("credentials_refused")


async def hang(_delivery: Delivery) -> Outcome:
    await asyncio.Event().wait()
    raise AssertionError


async def test_without_lanes_all_is_settled() -> None:
    assert await Bench().run()


async def test_a_worker_without_work_is_done() -> None:
    assert await Bench(support=deliver).run()


async def test_it_waits_for_every_route() -> None:
    bench = Bench(one=deliver, two=deliver)
    await bench.add("one", "ab")
    await bench.add("two", "cd")
    assert await bench.run()
    assert bench.tally.waiting == 0


async def test_a_route_that_hangs_does_not_slow_another() -> None:
    bench = Bench(stuck=hang, fine=deliver)
    await bench.add("stuck", "ab")
    await bench.add("fine", (str(n) for n in range(100)))
    assert not await bench.run(patience=600)
    assert bench.tally.routes["fine"].delivered == 100
    assert bench.tally.routes["stuck"].waiting == 2


async def test_what_waits_for_an_operator_counts_as_settled() -> None:
    bench = Bench(held=need_operator, fine=deliver)
    await bench.add("held", "ab")
    await bench.add("fine", "cd")
    assert await bench.run()
    assert bench.tally.routes["held"].waiting == 2


async def test_what_waits_for_an_unreachable_host_does_not() -> None:
    async def refuse(_delivery: Delivery) -> Outcome:
        return Retry("refused")

    bench = Bench(down=refuse)
    await bench.add("down", "abc")
    assert not await bench.run(patience=100)
    assert bench.tally.routes["down"].held == "unreachable"


async def test_probes_of_a_host_that_stays_away_are_no_progress() -> None:
    async def refuse(_delivery: Delivery) -> Outcome:
        return Retry("refused")

    bench = Bench(down=refuse)
    await bench.add("down", "abc")
    assert not await bench.run(patience=600)
    assert bench.clock.monotonic() == 600


async def test_patience_begins_again_with_each_delivery_that_is_settled() -> None:
    bench = Bench(support=50.0)
    await bench.add("support", "abcdefgh")
    assert await bench.run(patience=60)
    assert bench.clock.monotonic() > 350


async def test_what_another_process_settles_is_waited_for_no_longer() -> None:
    bench = Bench(support=deliver)
    await bench.add("support", "ab")
    theirs = await bench.store.lease("support", 2)
    bench.worker.start()
    draining = asyncio.create_task(bench.worker.drain(None))
    await bench.clock.advance(10)
    assert not draining.done()
    await bench.store.settle([(lease, Done("delivered")) for lease in theirs])
    await bench.clock.advance(2 * LOOK_SECONDS)
    assert draining.done()
    assert await draining
    assert not bench.plugins["support"].seen
    await bench.worker.stop()


async def test_what_another_process_settles_is_progress() -> None:
    bench = Bench(support=deliver)
    await bench.add("support", "abc")
    theirs = await bench.store.lease("support", 3, lease_for=1000.0)
    bench.worker.start()
    draining = asyncio.create_task(bench.worker.drain(60))
    for lease in theirs[:2]:
        await bench.clock.advance(50)
        await bench.store.settle([(lease, Done("delivered"))])
    await bench.clock.advance(50)
    assert not draining.done()
    await bench.clock.advance(12)
    assert await draining is False
    await bench.worker.stop()


class Tardy(MemoryStore):
    """A store whose answer comes a moment after it has settled."""

    async def settle(self, settled: Sequence[tuple[Lease, Settlement]]) -> Sequence[Lease]:
        lost = await super().settle(settled)
        await self._clock.sleep(LOOK_SECONDS / 2)
        return lost


async def test_what_was_just_settled_here_is_told_before_the_wait_ends() -> None:
    async def until_shortly_before_a_look(_delivery: Delivery) -> Outcome:
        await bench.clock.sleep(LOOK_SECONDS * 0.8)
        return Delivered()

    bench = Bench(Tardy, support=until_shortly_before_a_look)
    await bench.add("support", "a")
    bench.worker.start()
    assert await bench.clock.run(bench.worker.drain(None))
    assert bench.tally.routes["support"].delivered == 1
    await bench.worker.stop()


async def test_what_is_added_while_somebody_waits_is_waited_for() -> None:
    bench = Bench(support=deliver)
    bench.worker.start()
    await bench.add("support", "a")
    draining = asyncio.create_task(bench.worker.drain(None))
    await bench.add("support", "b")
    await bench.clock.run(draining)  # type: ignore[arg-type]
    await bench.worker.stop()
    assert bench.tally.routes["support"].delivered == 2


LINGERING = Batching(max_events=10, max_wait=30.0)


async def test_nothing_lingers_while_somebody_waits_for_the_end() -> None:
    bench = Bench(batching=LINGERING, support=deliver)
    await bench.add("support", "a")
    assert await bench.run()
    assert bench.clock.monotonic() == 0


async def test_what_lingered_already_goes_when_somebody_waits_for_the_end() -> None:
    bench = Bench(batching=LINGERING, one=deliver, two=deliver)
    await bench.add("one", "a")
    await bench.add("two", "b")
    bench.worker.start()
    await bench.clock.advance(5)
    assert bench.tally.waiting == 2
    assert await bench.clock.run(bench.worker.drain(None))
    assert bench.clock.monotonic() == 5
    await bench.worker.stop()


async def test_when_the_wait_is_over_deliveries_linger_again() -> None:
    bench = Bench(batching=LINGERING, support=deliver)
    await bench.add("support", "a")
    bench.worker.start()
    assert await bench.clock.run(bench.worker.drain(None))
    await bench.add("support", "b")
    await bench.clock.advance(29.9)
    assert bench.tally.routes["support"].delivered == 1
    await bench.clock.advance(0.1)
    assert bench.tally.routes["support"].delivered == 2
    await bench.worker.stop()


async def test_of_two_that_wait_for_the_end_the_second_keeps_the_hurry_up() -> None:
    bench = Bench(batching=LINGERING, stuck=hang, fine=deliver)
    await bench.add("stuck", "a")
    bench.worker.start()
    impatient = asyncio.create_task(bench.worker.drain(10))
    patient = asyncio.create_task(bench.worker.drain(1000))
    await bench.clock.advance(20)
    assert impatient.done()
    await bench.add("fine", "b")
    await bench.clock.advance(0)
    assert bench.tally.routes["fine"].delivered == 1
    await bench.worker.stop()
    assert await patient is False


@pytest.mark.parametrize("turns", range(12))
async def test_a_hurry_at_any_moment_loses_and_doubles_nothing(turns: int) -> None:
    bench = Bench(batching=LINGERING, support=deliver)
    bench.worker.start()
    await bench.add("support", "abc")
    for _ in range(turns):
        await asyncio.sleep(0)
    assert await bench.clock.run(bench.worker.drain(None))
    assert bench.plugins["support"].seen == Counter("abc")
    assert bench.clock.monotonic() == 0
    await bench.worker.stop()


@pytest.mark.parametrize("turns", range(12))
async def test_hurry_and_stop_together_give_everything_back(turns: int) -> None:
    bench = Bench(batching=LINGERING, support=hang)
    await bench.add("support", "abc")
    bench.worker.start()
    await bench.clock.advance(1)
    draining = asyncio.create_task(bench.worker.drain(None))
    for _ in range(turns):
        await asyncio.sleep(0)
    await bench.worker.stop()
    assert await draining is False
    depth = await bench.store.depth("support")
    assert (depth.due, depth.leased) == (3, 0)


async def test_a_hundred_at_once_lose_nothing() -> None:
    bench = Bench(concurrency=100, support=1.0)
    await bench.add("support", (str(n) for n in range(1000)))
    assert await bench.run()
    plugin = bench.plugins["support"]
    assert plugin.most_at_once == 100
    assert set(plugin.seen.values()) == {1}
    assert bench.tally.routes["support"].delivered == 1000


async def test_stopping_gives_back_what_is_out() -> None:
    bench = Bench(concurrency=4, support=hang)
    await bench.add("support", "a")
    bench.worker.start()
    await bench.clock.advance(1)
    await bench.worker.stop()
    [lease] = await bench.store.lease("support", 10)
    assert lease.delivery.maybe_delivered
    assert lease.delivery.attempt == 1


@pytest.mark.parametrize("turns", range(8))
async def test_stopping_at_any_moment_gives_everything_back(turns: int) -> None:
    bench = Bench(concurrency=4, support=hang)
    await bench.add("support", "abcd")
    bench.worker.start()
    for _ in range(turns):
        await asyncio.sleep(0)
    await bench.worker.stop()
    depth = await bench.store.depth("support")
    assert (depth.due, depth.leased) == (4, 0)


async def test_a_plugin_that_does_not_end_when_stopped_does_not_hold_the_stop_up() -> None:
    late = asyncio.Event()

    async def ignore_every_stop(_delivery: Delivery) -> Outcome:
        while not late.is_set():
            with suppress(asyncio.CancelledError):
                await late.wait()
        return Delivered()

    bench = Bench(stuck=ignore_every_stop, fine=deliver)
    await bench.add("stuck", "a")
    bench.worker.start()
    await bench.clock.advance(1)
    async with asyncio.timeout(5):
        await bench.worker.stop()
    [lease] = await bench.store.lease("stuck", 1)
    assert lease.delivery.maybe_delivered
    # What it does afterwards changes nothing any more.
    late.set()
    await bench.clock.advance(1)
    assert bench.tally.routes["stuck"].delivered == 0


async def test_who_waits_is_told_when_the_worker_is_stopped() -> None:
    bench = Bench(support=hang)
    await bench.add("support", "a")
    bench.worker.start()
    draining = asyncio.create_task(bench.worker.drain(None))
    await bench.clock.advance(1)
    await bench.worker.stop()
    assert await draining is False


async def test_a_store_that_breaks_ends_the_wait_and_is_logged_without_secrets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(BrokenStore, support=deliver)
    await bench.add("support", "a")
    with pytest.raises(ExceptionGroup) as caught:
        await bench.run()
    assert caught.group_contains(OSError, match="no space left")
    [record] = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert "route support has stopped delivering" in record.message
    assert "no space left" in record.message
    assert "s3cret" not in caplog.text


async def test_stopping_twice_does_no_harm() -> None:
    bench = Bench(support=deliver)
    bench.worker.start()
    await bench.worker.stop()
    await bench.worker.stop()


async def test_stopping_with_time_to_drain_lets_what_is_out_end_and_begins_nothing_more() -> None:
    bench = Bench(support=5.0)
    await bench.add("support", "ab")
    bench.worker.start()
    await bench.clock.advance(1)
    await bench.clock.run(bench.worker.stop(drain=20.0))
    assert bench.clock.monotonic() == 5.0
    assert bench.plugins["support"].seen == Counter("a")
    assert bench.tally.routes["support"].delivered == 1
    assert (await bench.store.depth("support")).due == 1


async def test_what_has_not_ended_in_the_time_to_drain_is_given_back() -> None:
    bench = Bench(stuck=hang, fine=deliver)
    await bench.add("stuck", "a")
    bench.worker.start()
    await bench.clock.advance(1)
    await bench.clock.run(bench.worker.stop(drain=20.0))
    assert bench.clock.monotonic() == 21.0
    [lease] = await bench.store.lease("stuck", 1)
    assert lease.delivery.maybe_delivered


async def test_a_stop_that_is_cut_short_while_it_drains_still_gives_back_what_is_out() -> None:
    bench = Bench(stuck=hang)
    await bench.add("stuck", "a")
    bench.worker.start()
    await bench.clock.advance(1)
    stopping = asyncio.create_task(bench.worker.stop(drain=20.0))
    await bench.clock.advance(1)
    stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)
    assert stopping.cancelled()
    assert bench.clock.monotonic() == 2.0
    assert bench.plugins["stuck"].at_once == 0
    [lease] = await bench.store.lease("stuck", 1)
    assert lease.delivery.maybe_delivered


async def test_a_route_that_waits_for_a_probe_does_not_hold_the_stop_up() -> None:
    bench = Bench(held=need_operator)
    await bench.add("held", "a")
    bench.worker.start()
    await bench.clock.advance(1)
    await bench.clock.run(bench.worker.stop(drain=20.0))
    assert bench.clock.monotonic() == 1.0


async def test_a_route_may_be_added_and_taken_away_while_it_works() -> None:
    bench = Bench(one=deliver, two=deliver)
    await bench.add("one", "a")
    await bench.add("two", "b")
    lane = bench.worker.lane("two")
    assert lane is not None
    bench.worker.start()
    bench.worker.remove("two")
    assert await bench.clock.run(bench.worker.drain(None))
    assert bench.worker.lane("two") is None
    assert (await bench.store.depth("two")).due == 1
    bench.worker.add(bench._lane("two", bench.plugins["two"], 1))
    assert await bench.clock.run(bench.worker.drain(None))
    assert bench.tally.routes["two"].delivered == 1
    await bench.worker.stop()


async def test_what_is_out_on_a_route_that_is_taken_away_ends_as_it_began() -> None:
    bench = Bench(support=5.0)
    await bench.add("support", "ab")
    bench.worker.start()
    await bench.clock.advance(1)
    bench.worker.remove("support")
    await bench.clock.advance(10)
    assert bench.tally.routes["support"].delivered == 1
    assert (await bench.store.depth("support")).due == 1
    await bench.worker.stop()


async def test_who_watches_hears_of_a_lane_that_failed() -> None:
    bench = Bench(BrokenStore, support=deliver)
    bench.worker.start()
    with pytest.raises(ExceptionGroup):
        await bench.clock.run(bench.worker.failure())
    await bench.worker.stop()


async def test_who_watches_a_worker_that_is_stopped_hears_of_nothing() -> None:
    bench = Bench(support=deliver)
    bench.worker.start()
    watching = asyncio.create_task(bench.worker.failure())
    await bench.clock.advance(1)
    await bench.worker.stop()
    await watching


class LostStore(MemoryStore):
    """A store that another process has, and that does not answer any more."""

    lost = False

    async def settle(self, settled: Sequence[tuple[Lease, Settlement]]) -> Sequence[Lease]:
        if self.lost:
            raise StoreInUse("acme.db is in use by process 7, which does not answer")
        return await super().settle(settled)


async def test_a_store_that_does_not_answer_does_not_hold_the_stop_up() -> None:
    bench = Bench(LostStore, support=5.0, stuck=hang)
    assert isinstance(bench.store, LostStore)
    await bench.add("support", "a")
    await bench.add("stuck", "b")
    bench.worker.start()
    await bench.clock.advance(1)
    bench.store.lost = True
    await bench.clock.advance(10)
    async with asyncio.timeout(5):
        await bench.clock.run(bench.worker.stop(drain=20.0))
    assert bench.tally.waiting == 2
