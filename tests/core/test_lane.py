"""A lane and its worker, with a scripted destination and a clock that is moved."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from sendoff.blueprint.requirements import Consent
from sendoff.clock import Clock
from sendoff.delivery import (
    Delivered,
    Delivery,
    NeedsOperator,
    Outcome,
    Rejected,
    Retry,
    Skipped,
    Throttled,
    TooLarge,
)
from sendoff.destination import Batching, Connection, Finding
from sendoff.http import Http, under
from sendoff.lane import Lane
from sendoff.pace import StoreGate
from sendoff.redact import Redactor
from sendoff.retry import RetryPolicy
from sendoff.store.deaths import DeadQuery
from sendoff.store.failures import StoreError, StoreFull, StoreInUse
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Decided, Fact, Grant, Incoming, Lease, Settlement
from sendoff.tally import RouteTally, Tally
from sendoff.terms import LaneSettings
from sendoff.testing.clock import VirtualClock
from sendoff.withdrawal import Demands
from sendoff.worker import Worker


class Scripted(Connection):
    """Answers each delivery from its script, then with Delivered; remembers what it saw."""

    def __init__(self, gate: StoreGate, clock: Clock, seconds: float) -> None:
        self.script: dict[str, list[Outcome | Exception]] = defaultdict(list)
        self.seen: list[tuple[float, tuple[str, ...]]] = []
        self.hanging: set[str] = set()
        self.hung: list[float] = []
        self.at_once = 0
        self.most_at_once = 0
        self._gate = gate
        self._clock = clock
        self._seconds = seconds

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        raise AssertionError(targets)

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        if self.hanging.intersection(each.id for each in deliveries):
            self.hung.append(self._clock.monotonic())
            await asyncio.Event().wait()
        await self._gate.permit()
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        self.seen.append((self._clock.monotonic(), tuple(each.id for each in deliveries)))
        await self._clock.sleep(self._seconds)
        self.at_once -= 1
        outcomes = []
        for each in deliveries:
            script = self.script[each.id] or self.script["*"]
            outcome = script.pop(0) if script else Delivered()
            if isinstance(outcome, Exception):
                raise outcome
            outcomes.append(outcome)
        return outcomes

    @property
    def order(self) -> list[str]:
        return [name for _at, names in self.seen for name in names]


Handler = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


class Posting(Connection):
    """Sends a batch as lines, in one request or in one for each delivery; 413 is too large."""

    def __init__(self, handler: Handler, gate: StoreGate, clock: Clock, *, singly: bool) -> None:
        self._singly = singly
        self._http = Http(
            gate=gate, redactor=Redactor(()), record=lambda _exchange: None, timeout=3600.0,
            clock=clock, transport=httpx.MockTransport(handler),
        )  # fmt: skip

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        raise AssertionError(targets)

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        if not self._singly:
            return [await self._post(deliveries)] * len(deliveries)
        outcomes = []
        for each in deliveries:
            with under([each.id]):
                outcomes.append(await self._post([each]))
        return outcomes

    async def _post(self, deliveries: Sequence[Delivery]) -> Outcome:
        lines = "\n".join(each.id for each in deliveries)
        answer = await self._http.request("POST", "http://127.0.0.1/", content=lines.encode())
        return TooLarge() if answer.status == 413 else Delivered()


class Exacting(MemoryStore):
    """A store that takes a second to settle, and is told of nothing twice."""

    async def settle(self, settled: Sequence[tuple[Lease, Settlement]]) -> Sequence[Lease]:
        lost = await super().settle(settled)
        assert not lost
        await self._clock.sleep(1.0)
        return lost


class Holds(Tally):
    """Remembers every hold it is told of."""

    def __init__(self, routes: Iterable[str]) -> None:
        super().__init__(routes)
        self.told: list[str | None] = []

    def held(self, route: str, reason: str | None, detail: str) -> None:
        super().held(route, reason, detail)
        self.told.append(reason)


class Bench:
    """One route from end to end, but for decisions and HTTP."""

    def __init__(self, *, concurrency: int = 1,  # noqa: PLR0913 - one name for each part
                 batching: Batching | None = None,
                 policy: RetryPolicy | None = None, seconds: float = 0.01,
                 store: type[MemoryStore] = MemoryStore, handler: Handler | None = None,
                 singly: bool = False, demands: Demands | None = None,
                 deadline: float = 600.0) -> None:  # fmt: skip
        self.clock = VirtualClock()
        self.store = store(self.clock)
        gate = self.gate = StoreGate(self.store, "acme", rate=None, reserve=0.0, clock=self.clock)
        self.connection = Scripted(gate, self.clock, seconds)
        connection: Connection = self.connection
        if handler is not None:
            connection = Posting(handler, gate, self.clock, singly=singly)
        self.tally = Holds(["support"])
        self.lane = Lane(
            LaneSettings("support", concurrency, batching or Batching(), policy or RetryPolicy(),
                         demands or Demands(), deadline),
            store=self.store,
            connected=(connection, gate), watcher=self.tally,
            redactor=Redactor(()), clock=self.clock, random=lambda: 0.5,
        )  # fmt: skip
        self.worker = Worker([self.lane], self.clock)

    async def add(self, names: Iterable[str], person: str = "") -> None:
        for name in names:
            [number] = await self.store.append([Incoming(b"{}")])
            delivery = Delivery(id=name, route="support", action="upsert", body=b"{}",
                                order_key=person, event_key=name, person=person)  # fmt: skip
            await self.store.decide([Decided(number, name, [], [delivery])])
            self.tally.routes["support"].deliveries += 1

    async def run(self, patience: float | None = None) -> bool:
        self.worker.start()
        try:
            return await self.clock.run(self.worker.drain(patience))
        finally:
            await self.worker.stop()

    @property
    def counts(self) -> RouteTally:
        return self.tally.routes["support"]


async def test_everything_is_delivered_once() -> None:
    bench = Bench(concurrency=4)
    await bench.add(str(n) for n in range(20))
    assert await bench.run()
    assert sorted(bench.connection.order, key=int) == [str(n) for n in range(20)]
    assert (bench.counts.delivered, bench.counts.waiting) == (20, 0)


async def test_a_route_starts_with_one_delivery_and_doubles_up_to_its_concurrency() -> None:
    bench = Bench(concurrency=4)
    await bench.add(str(n) for n in range(40))
    await bench.run()
    starts = [at for at, _names in bench.connection.seen]
    assert starts.count(starts[0]) == 1
    assert starts.count(starts[1]) == 2
    assert bench.connection.most_at_once == 4


async def test_a_retry_comes_again_when_the_policy_says_and_then_is_delivered() -> None:
    bench = Bench()
    await bench.add("a")
    bench.connection.script["a"] = [Retry("http_500"), Retry("http_500")]
    assert await bench.run()
    waits = [at for at, _names in bench.connection.seen]
    # Half of one second, then half of two, after an attempt of a hundredth each.
    assert waits == pytest.approx([0.0, 0.51, 1.52])
    assert bench.counts.delivered == 1


async def test_a_retry_waits_as_long_as_the_server_said() -> None:
    bench = Bench()
    await bench.add("a")
    bench.connection.script["a"] = [Retry("http_503", after=90.0)]
    await bench.run()
    assert bench.connection.seen[1][0] == pytest.approx(90.01)


async def test_given_up_is_dead_with_the_last_reason_and_how_often_it_was_tried() -> None:
    bench = Bench(policy=RetryPolicy(attempts=3, within=0.0))
    await bench.add("a")
    bench.connection.script["a"] = [Retry("http_500", detail="broken")] * 3
    assert await bench.run()
    [letter] = await bench.store.dead(DeadQuery())
    assert letter.reason == "http_500"
    assert letter.detail.startswith("broken; given up after 3 attempts")
    assert bench.counts.dead["http_500"] == 1


async def test_a_rejected_delivery_is_dead_at_once() -> None:
    bench = Bench()
    await bench.add(["a"])
    bench.connection.script["a"] = [Rejected("invalid_field", "unknown plan")]
    assert await bench.run()
    assert [letter.reason for letter in await bench.store.dead(DeadQuery())] == ["invalid_field"]
    assert len(bench.connection.seen) == 1


async def test_a_skipped_delivery_is_settled_with_its_reason() -> None:
    bench = Bench()
    await bench.add("a")
    bench.connection.script["a"] = [Skipped("already_exists")]
    assert await bench.run()
    assert bench.counts.skipped["already_exists"] == 1


async def test_a_throttled_account_waits_as_asked_and_burns_no_attempt() -> None:
    bench = Bench(concurrency=4, policy=RetryPolicy(attempts=1, within=0.0))
    await bench.add("abcdefgh")
    bench.connection.script["c"] = [Throttled(30.0)]
    assert await bench.run()
    throttled_at = next(at for at, names in bench.connection.seen if names == ("c",)) + 0.01
    after = [at for at, _names in bench.connection.seen if at > throttled_at]
    assert after
    assert min(after) == pytest.approx(throttled_at + 30.0)
    assert bench.counts.delivered == 8


async def test_a_route_that_needs_its_operator_stops_and_loses_nothing() -> None:
    bench = Bench(concurrency=4)
    await bench.add(str(n) for n in range(50))
    bench.connection.script["*"] = [NeedsOperator("credentials_refused", "wrong key")] * 100
    assert await bench.run()
    assert len(bench.connection.seen) == 1
    assert (bench.counts.waiting, bench.counts.dead.total()) == (50, 0)
    assert bench.counts.held == "credentials_refused"


async def test_a_hold_is_told_once_and_again_when_its_reason_changes() -> None:
    bench = Bench(concurrency=4)
    await bench.add("ab")
    wrong, forbidden = NeedsOperator("credentials_refused"), NeedsOperator("permission_denied")
    bench.connection.script["*"] = [wrong, wrong, wrong, forbidden]
    bench.worker.start()
    await bench.clock.advance(3600)
    await bench.worker.stop()
    assert bench.tally.told == ["credentials_refused", "permission_denied", None]
    assert bench.counts.delivered == 2


async def test_a_probe_is_one_delivery_though_a_batch_would_be_more() -> None:
    bench = Bench(batching=Batching(max_events=50))
    await bench.add(str(n) for n in range(60))
    bench.connection.script["*"] = [NeedsOperator("credentials_refused")] * 51
    bench.worker.start()
    await bench.clock.advance(60 + 120 + 1)
    await bench.worker.stop()
    assert [len(names) for _at, names in bench.connection.seen] == [50, 1, 1, 50, 9]


async def test_what_was_leased_when_the_hold_began_is_not_tried_and_not_kept() -> None:
    bench = Bench(concurrency=2, seconds=10.0)
    await bench.add("a")
    bench.connection.script["b"] = [NeedsOperator("credentials_refused")]
    bench.worker.start()
    await bench.clock.advance(11)
    await bench.add("b")
    await bench.clock.advance(11)
    await bench.add("c")
    await bench.clock.advance(1)
    assert bench.connection.order == ["a", "b"]
    depth = await bench.store.depth("support")
    assert (depth.due, depth.leased) == (2, 0)
    await bench.clock.advance(120)
    await bench.worker.stop()
    assert bench.counts.delivered == 3
    assert (await bench.store.lease("support", 1)) == []


async def test_a_held_route_is_probed_with_one_delivery_and_goes_on_when_it_works() -> None:
    bench = Bench(concurrency=4)
    await bench.add(str(n) for n in range(10))
    bench.connection.script["*"] = [NeedsOperator("credentials_refused")] * 2
    bench.worker.start()
    await bench.clock.advance(59)
    assert len(bench.connection.seen) == 1
    await bench.clock.advance(2)
    assert len(bench.connection.seen) == 2
    await bench.clock.advance(130)
    await bench.worker.stop()
    assert bench.counts.delivered == 10
    assert bench.counts.held is None


async def test_an_hours_outage_makes_at_most_twenty_requests_and_loses_nothing() -> None:
    bench = Bench(concurrency=4)
    await bench.add(str(n) for n in range(200))
    down = Retry("refused", detail="nothing listens")
    bench.connection.script["*"] = [down] * 10_000
    bench.worker.start()
    await bench.clock.advance(3600)
    assert len(bench.connection.seen) <= 20
    assert bench.counts.held == "unreachable"
    bench.connection.script["*"] = []
    await bench.clock.advance(600)
    await bench.worker.stop()
    assert bench.counts.delivered == 200


async def test_one_persons_trouble_does_not_hold_the_route() -> None:
    bench = Bench()
    await bench.add(["bad"], person="p")
    await bench.add([f"good{n}" for n in range(20)])
    bench.connection.script["bad"] = [Retry("http_500")] * 6
    assert await bench.run()
    assert bench.counts.delivered == 21
    assert bench.counts.held is None


async def test_a_person_s_deliveries_arrive_in_order_through_retries() -> None:
    bench = Bench(concurrency=4)
    for person in "abc":
        await bench.add([f"{person}{n}" for n in range(10)], person=person)
        bench.connection.script[f"{person}3"] = [Retry("http_500"), Retry("http_500")]
    assert await bench.run()
    for person in "abc":
        order = [name for name in bench.connection.order if name.startswith(person)]
        assert list(dict.fromkeys(order)) == [f"{person}{n}" for n in range(10)]
        assert order == sorted(order)


async def test_a_plugin_that_raises_is_retried_and_dead_after_three() -> None:
    bench = Bench()
    await bench.add("a")
    bench.connection.script["a"] = [ZeroDivisionError("oops")] * 5
    assert await bench.run()
    [letter] = await bench.store.dead(DeadQuery())
    assert letter.reason == "plugin_error"
    assert "ZeroDivisionError: oops" in letter.detail
    assert len(bench.connection.seen) == 3


async def test_a_batch_refused_for_its_size_is_halved_until_it_passes() -> None:
    bench = Bench(batching=Batching(max_events=4))
    await bench.add("abcd")
    for name, times in {"a": 2, "b": 2, "c": 1, "d": 1}.items():
        bench.connection.script[name] = [TooLarge()] * times
    bench.connection.script["b"].append(TooLarge("1 byte too many"))
    assert await bench.run()
    sizes = [len(names) for _at, names in bench.connection.seen]
    assert sizes == [4, 2, 1, 1, 2]
    assert (bench.counts.delivered, bench.counts.dead["too_large"]) == (3, 1)


async def test_deliveries_linger_for_others_as_long_as_the_route_says() -> None:
    bench = Bench(batching=Batching(max_events=3, max_wait=2.0))
    bench.worker.start()
    await bench.clock.advance(10)
    await bench.add("a")
    await bench.clock.advance(1)
    await bench.add("b")
    await bench.clock.advance(5)
    await bench.add("cde")
    await bench.clock.advance(1)
    await bench.worker.stop()
    assert bench.connection.seen == [(12.0, ("a", "b")), (16.0, ("c", "d", "e"))]


async def test_a_probe_waits_for_no_other_delivery() -> None:
    bench = Bench(batching=Batching(max_events=3, max_wait=50.0))
    await bench.add("abc")
    bench.connection.script["*"] = [NeedsOperator("credentials_refused")] * 3
    bench.worker.start()
    await bench.clock.advance(61)
    await bench.worker.stop()
    first, probe, *_rest = bench.connection.seen
    assert first == (0.0, ("a", "b", "c"))
    assert probe[0] == pytest.approx(60.01)
    assert probe[1] == ("a",)


async def test_a_lane_that_is_stopped_while_deliveries_linger_has_taken_nothing() -> None:
    bench = Bench(batching=Batching(max_events=3, max_wait=50.0))
    await bench.add("ab")
    bench.worker.start()
    await bench.clock.advance(1)
    await bench.worker.stop()
    leases = await bench.store.lease("support", 3)
    assert [lease.delivery.maybe_delivered for lease in leases] == [False, False]


async def test_what_was_refused_together_comes_again_together() -> None:
    bench = Bench(batching=Batching(max_events=3))
    await bench.add("abc")
    chances = iter([0.9, 0.1, 0.5, 0.3])
    bench.lane._random = lambda: next(chances)
    bench.connection.script["*"] = [Retry("http_500")] * 3
    assert await bench.run()
    assert [names for _at, names in bench.connection.seen] == [("a", "b", "c")] * 2


async def test_people_in_a_batch_that_is_halved_keep_their_order_and_come_once() -> None:
    sizes: list[int] = []
    passed: list[str] = []

    async def take_two(request: httpx.Request) -> httpx.Response:
        lines = request.content.decode().split("\n")
        sizes.append(len(lines))
        if len(lines) > 2:
            return httpx.Response(413)
        passed.extend(lines)
        return httpx.Response(200)

    bench = Bench(batching=Batching(max_events=8), handler=take_two)
    for number in range(4):
        for person in "abc":
            await bench.add([f"{person}{number}"], person=person)
    assert await bench.run()
    assert sizes == [8, 4, 2, 2, 4, 2, 2, 4, 2, 2]
    for person in "abc":
        assert [name for name in passed if name[0] == person] == [f"{person}{n}" for n in range(4)]
    assert len(passed) == bench.counts.delivered == 12


async def never(_request: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


async def stopped(bench: Bench) -> dict[str, bool]:
    """Which deliveries a worker that is stopped gives back, and whether they may have arrived."""
    bench.worker.start()
    await bench.clock.advance(1)
    assert (await bench.store.depth("support")).leased > 0
    await bench.worker.stop()
    leases = await bench.store.lease("support", 10)
    return {lease.delivery.id: lease.delivery.maybe_delivered for lease in leases}


async def test_what_only_waited_for_its_permit_has_not_arrived() -> None:
    bench = Bench(handler=never)
    await bench.store.hold("acme", 60.0)
    await bench.add("a")
    assert await stopped(bench) == {"a": False}


async def test_what_was_on_its_way_may_have_arrived() -> None:
    bench = Bench(batching=Batching(max_events=2), handler=never)
    await bench.add("ab")
    assert await stopped(bench) == {"a": True, "b": True}


async def test_of_several_requests_only_what_was_in_those_that_left_may_have_arrived() -> None:
    async def take_one(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200) if request.content == b"a" else await never(request)

    bench = Bench(batching=Batching(max_events=3), handler=take_one, singly=True)
    await bench.add("abc")
    assert await stopped(bench) == {"a": True, "b": True, "c": False}


async def test_half_a_refused_batch_that_waits_for_its_permit_has_not_arrived() -> None:
    async def take_two(request: httpx.Request) -> httpx.Response:
        lines = request.content.decode().split("\n")
        if len(lines) == 2:
            await bench.store.hold("acme", 60.0)
        return httpx.Response(413 if len(lines) > 2 else 200)

    bench = Bench(batching=Batching(max_events=4), handler=take_two)
    await bench.add("abcd")
    assert await stopped(bench) == {"a": True, "b": True, "c": False, "d": False}


async def test_waiting_ends_when_nothing_happens_for_as_long_as_the_patience() -> None:
    bench = Bench()
    await bench.add("a")
    bench.connection.script["a"] = [Retry("http_503", after=3600.0)]
    assert not await bench.run(patience=60)
    assert bench.counts.waiting == 1


async def test_a_stopped_lane_gives_back_what_is_out() -> None:
    bench = Bench(seconds=1000.0)
    await bench.add("a")
    bench.worker.start()
    await bench.clock.advance(1)
    assert (await bench.store.depth("support")).leased == 1
    await bench.worker.stop()
    assert (await bench.store.depth("support")).due == 1
    [lease] = await bench.store.lease("support", 1)
    assert lease.delivery.maybe_delivered
    assert lease.delivery.attempt == 1


async def test_what_has_ended_when_the_lane_is_stopped_is_settled_and_counted() -> None:
    bench = Bench(store=Exacting, seconds=1.0)
    await bench.add("a")
    bench.worker.start()
    await bench.clock.advance(1.5)
    stopping = asyncio.create_task(bench.worker.stop())
    await bench.clock.advance(1.0)
    await stopping
    assert bench.counts.delivered == 1
    assert (await bench.store.depth("support")).waiting == 0


async def test_everything_is_settled_exactly_once() -> None:
    bench = Bench(store=Exacting, concurrency=4)
    await bench.add(str(n) for n in range(20))
    bench.connection.script["7"] = [Retry("http_500"), Throttled(5.0), Rejected("no")]
    assert await bench.run()
    assert (bench.counts.delivered, bench.counts.waiting) == (19, 0)


async def test_an_outage_of_errors_holds_a_route_whose_deliveries_have_no_order() -> None:
    bench = Bench(concurrency=4)
    await bench.add(str(n) for n in range(200))
    bench.connection.script["*"] = [Retry("http_500")] * 10_000
    bench.worker.start()
    await bench.clock.advance(3600)
    await bench.worker.stop()
    assert len(bench.connection.seen) <= 20
    assert bench.counts.held == "unreachable"


async def test_a_throttled_plugin_without_http_does_not_spin() -> None:
    bench = Bench()
    await bench.add("a")
    bench.connection.script["a"] = [Throttled(0.0)] * 100
    bench.worker.start()
    await bench.clock.advance(10)
    await bench.worker.stop()
    assert len(bench.connection.seen) <= 11


async def test_a_slow_attempt_keeps_its_lease() -> None:
    bench = Bench(seconds=500.0)
    await bench.add("a")
    assert await bench.run()
    assert len(bench.connection.seen) == 1
    assert bench.counts.delivered == 1


async def test_a_bug_of_ours_ends_the_wait_instead_of_hanging_it() -> None:
    bench = Bench()
    await bench.add("a")

    def broken() -> float:
        raise RuntimeError("no chance")

    bench.lane._random = broken
    bench.connection.script["a"] = [Retry("http_500")]
    with pytest.raises(ExceptionGroup) as caught:
        await bench.run(patience=60)
    assert caught.group_contains(RuntimeError, match="no chance")


class Failing(MemoryStore):
    """A store that raises, of each method, what it is told to; then it works."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.errors: dict[str, list[Exception]] = defaultdict(list)

    async def lease(self, *args: Any, **options: Any) -> Sequence[Lease]:
        self._fail("lease")
        return await super().lease(*args, **options)

    async def settle(self, settled: Sequence[tuple[Lease, Settlement]]) -> Sequence[Lease]:
        self._fail("settle")
        return await super().settle(settled)

    async def take(self, account: str, want: int, rate: float | None) -> Grant:
        self._fail("take")
        return await super().take(account, want, rate)

    async def facts(self, kind: str, keys: Sequence[str]) -> Mapping[str, Any]:
        self._fail("facts")
        return await super().facts(kind, keys)

    def _fail(self, method: str) -> None:
        if self.errors[method]:
            raise self.errors[method].pop(0)


IN_USE = StoreInUse("acme.db is in use by process 7, which does not answer")
MARKETING = Demands(Consent(all_of=("marketing",)))


@pytest.mark.parametrize("method", ["lease", "settle", "take", "facts"])
async def test_a_store_that_recovers_costs_time_and_nothing_else(method: str) -> None:
    bench = Bench(concurrency=4, store=Failing, demands=MARKETING)
    assert isinstance(bench.store, Failing)
    await bench.add((str(n) for n in range(20)), person="p")
    bench.store.errors[method] = [IN_USE, StoreFull("no room"), IN_USE]
    assert await bench.run()
    assert bench.connection.order == [str(n) for n in range(20)]
    assert (bench.counts.delivered, bench.counts.dead.total()) == (20, 0)
    assert bench.clock.monotonic() >= 1 + 2


@pytest.mark.parametrize("method", ["lease", "settle", "take", "facts"])
async def test_a_store_that_has_stopped_ends_the_lane_with_its_sentence(
    method: str, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(concurrency=4, store=Failing, demands=MARKETING)
    assert isinstance(bench.store, Failing)
    await bench.add("ab", person="p")
    said = "acme.db: the disk failed; start again when it is mended"
    bench.store.errors[method] = [StoreError(said)] * 100
    with pytest.raises(StoreError, match="the disk failed"):
        await bench.run()
    assert [each.message for each in caplog.records if each.levelname == "ERROR"] == [
        f"route support has stopped delivering: {said}"
    ]


async def test_consent_is_looked_at_again_when_a_delivery_is_sent() -> None:
    bench = Bench(batching=Batching(max_events=10), demands=MARKETING)
    for person in "abc":
        await bench.add([f"{person}{n}" for n in range(2)], person=person)
    await bench.store.remember([Fact("consent", "a", {"marketing": True}),
                                Fact("consent", "b", {"marketing": False})])  # fmt: skip
    assert await bench.run()
    assert bench.connection.order == ["a0", "a1", "c0", "c1"]
    assert (bench.counts.delivered, bench.counts.skipped) == (4, {"consent_withdrawn": 2})


async def test_a_whole_batch_without_consent_makes_no_request_and_ends_no_hold() -> None:
    bench = Bench(demands=MARKETING)
    await bench.add(["a"], person="a")
    await bench.add(["b"], person="b")
    bench.connection.script["a"] = [NeedsOperator("credentials_refused")]
    bench.worker.start()
    await bench.clock.advance(1)
    await bench.store.remember([Fact("consent", each, {"marketing": False}) for each in "ab"])
    await bench.clock.advance(120)
    await bench.worker.stop()
    assert bench.connection.order == ["a"]
    assert (bench.counts.skipped, bench.counts.held) == (
        {"consent_withdrawn": 2}, "credentials_refused",
    )  # fmt: skip


async def test_a_route_that_demands_nothing_asks_for_nobody_s_consent() -> None:
    bench = Bench()
    await bench.add(["a"], person="a")
    await bench.store.remember([Fact("consent", "a", {"marketing": False})])
    assert await bench.run()
    assert bench.counts.delivered == 1


async def test_the_store_knows_of_a_hold_for_as_long_as_it_lasts() -> None:
    bench = Bench()
    await bench.add("ab")
    bench.connection.script["*"] = [NeedsOperator("credentials_refused", "wrong key")]
    bench.worker.start()
    await bench.clock.advance(1)
    held = await bench.store.facts("hold", ["support"])
    await bench.clock.advance(60)
    assert held["support"]["reason"] == "credentials_refused"
    assert not await bench.store.facts("hold", ["support"])
    await bench.worker.stop()


async def test_an_outage_that_strikes_a_busy_route_makes_at_most_twenty_requests() -> None:
    bench = Bench(concurrency=4, seconds=0.2)
    await bench.add(str(n) for n in range(500))
    bench.worker.start()
    await bench.clock.advance(10)
    assert bench.connection.at_once == 4
    before = len(bench.connection.seen)
    bench.connection.script["*"] = [Retry("timeout", detail="no answer")] * 10_000
    await bench.clock.advance(3600)
    assert len(bench.connection.seen) - before <= 20
    bench.connection.script["*"] = []
    assert await bench.clock.run(bench.worker.drain(None))
    await bench.worker.stop()
    assert bench.counts.delivered == 500


async def test_after_an_outage_a_route_goes_on_with_one_and_doubles_with_each_answer() -> None:
    bench = Bench(concurrency=8, seconds=1.0)
    await bench.add(str(n) for n in range(100))
    bench.connection.script["*"] = [Retry("refused")] * 4
    bench.worker.start()
    await bench.clock.advance(600)
    await bench.worker.stop()
    starts = [at for at, _names in bench.connection.seen]
    probe = next(at for at in starts if at > 10)
    # One answer lets two out, and theirs four and then eight.
    assert [starts.count(probe + n) for n in range(4)] == [1, 2, 8, 8]


async def test_while_the_account_waits_nothing_is_leased() -> None:
    bench = Bench(concurrency=4)
    await bench.add("abcdef")
    bench.connection.script["a"] = [Throttled(30.0)]
    bench.worker.start()
    await bench.clock.advance(29)
    depth = await bench.store.depth("support")
    assert (depth.leased, len(bench.connection.seen)) == (0, 1)
    await bench.clock.advance(1.5)
    await bench.worker.stop()
    assert bench.connection.seen[1][0] == pytest.approx(30.01)


async def test_other_settings_hold_for_what_is_begun_from_then_on() -> None:
    bench = Bench(concurrency=1, seconds=10.0)
    await bench.add("abcd")
    bench.worker.start()
    await bench.clock.advance(1)
    other = Scripted(bench.gate, bench.clock, 10.0)
    batches = LaneSettings("support", 1, Batching(max_events=2), RetryPolicy())
    bench.lane.adopt(batches, (other, bench.gate))
    assert await bench.clock.run(bench.worker.drain(None))
    await bench.worker.stop()
    assert bench.connection.order == ["a"]
    assert [names for _at, names in other.seen] == [("b", "c"), ("d",)]
    assert bench.counts.delivered == 4


async def test_a_new_connection_begins_without_the_hold_of_the_old_one() -> None:
    bench = Bench()
    await bench.add("a")
    bench.connection.script["*"] = [NeedsOperator("credentials_refused")] * 9
    bench.worker.start()
    await bench.clock.advance(1)
    assert bench.tally.told == ["credentials_refused"]
    other = Scripted(bench.gate, bench.clock, 0.0)
    bench.lane.adopt(bench.lane.settings, (other, bench.gate))
    await bench.clock.advance(0)
    await bench.worker.stop()
    assert other.order == ["a"]
    assert bench.tally.told == ["credentials_refused", None]


async def test_settings_alone_leave_a_hold_as_it_is() -> None:
    bench = Bench()
    await bench.add("a")
    bench.connection.script["*"] = [NeedsOperator("credentials_refused")]
    bench.worker.start()
    await bench.clock.advance(1)
    bench.lane.adopt(bench.lane.settings)
    await bench.clock.advance(1)
    assert (len(bench.connection.seen), bench.lane.hold is None) == (1, False)
    await bench.worker.stop()


async def test_what_is_replayed_begins_anew() -> None:
    bench = Bench(policy=RetryPolicy(attempts=2, within=0.0))
    await bench.add("a")
    bench.connection.script["a"] = [Retry("timeout", maybe_delivered=True)] * 2
    assert await bench.run()
    [letter] = await bench.store.dead(DeadQuery())
    assert await bench.store.replay([letter.id])
    [lease] = await bench.store.lease("support", 1)
    assert (lease.delivery.attempt, lease.delivery.maybe_delivered) == (1, False)
    assert lease.age == 0.0


async def test_a_plugin_that_hangs_is_broken_off_and_the_route_goes_on() -> None:
    bench = Bench(concurrency=2, policy=RetryPolicy(attempts=2, within=0.0))
    await bench.add(["stuck", "after"], person="p")
    await bench.add([f"fine{n}" for n in range(20)])
    bench.connection.hanging = {"stuck"}
    assert await bench.run()
    assert bench.connection.hung == pytest.approx([0.0, 600.5], abs=0.1)
    [letter] = await bench.store.dead(DeadQuery())
    assert letter.reason == "plugin_timeout"
    assert "did not end within 600 s" in letter.detail
    assert (bench.counts.delivered, bench.counts.dead) == (21, {"plugin_timeout": 1})
    assert bench.counts.held is None


async def test_after_a_hang_a_delivery_may_have_arrived() -> None:
    bench = Bench(deadline=30.0)
    await bench.add("a")
    bench.connection.hanging = {"a"}
    bench.worker.start()
    await bench.clock.advance(30.1)
    await bench.worker.stop()
    await bench.clock.advance(10)
    [lease] = await bench.store.lease("support", 1)
    assert (lease.delivery.attempt, lease.delivery.maybe_delivered) == (2, True)


async def test_a_plugin_that_hangs_for_everybody_holds_the_route_by_name() -> None:
    bench = Bench(concurrency=4)
    names = [str(n) for n in range(20)]
    await bench.add(names)
    bench.connection.hanging = set(names)
    bench.worker.start()
    await bench.clock.advance(2500)
    held = (await bench.store.facts("hold", ["support"]))["support"]
    assert held["reason"] == "unreachable"
    assert held["detail"].startswith("plugin_timeout: the destination plugin did not end")
    bench.connection.hanging = set()
    assert await bench.clock.run(bench.worker.drain(None))
    await bench.worker.stop()
    assert bench.counts.delivered == 20


async def test_no_wait_for_the_account_breaks_an_attempt_off() -> None:
    async def take(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200)

    bench = Bench(handler=take, deadline=30.0)
    await bench.store.hold("acme", 100.0)
    await bench.add("a")
    assert await bench.run()
    assert bench.clock.monotonic() >= 100.0
    assert (bench.counts.delivered, bench.lane.ended) == (1, 1)


async def test_another_deadline_holds_for_what_is_begun_from_then_on() -> None:
    bench = Bench(deadline=100.0)
    await bench.add("a")
    bench.connection.hanging = {"a"}
    bench.worker.start()
    await bench.clock.advance(50)
    bench.lane.adopt(replace(bench.lane.settings, deadline=20.0))
    await bench.clock.advance(75)
    await bench.worker.stop()
    await bench.clock.advance(10)
    [lease] = await bench.store.lease("support", 1)
    # Ended once at 100 s, and once 20 s after it was begun again.
    assert lease.delivery.attempt == 3
