"""A lane through whatever can happen to it: every delivery has its end, each person's in order."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

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
from sendoff.http import under
from sendoff.http.errand import current
from sendoff.lane import Lane
from sendoff.pace import StoreGate
from sendoff.redact import Redactor
from sendoff.retry import RetryPolicy
from sendoff.store.deaths import DeadQuery
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Decided, Incoming
from sendoff.tally import Tally
from sendoff.terms import LaneSettings
from sendoff.testing.clock import VirtualClock
from sendoff.worker import Worker

DEADLINE = 30.0
FINAL = (Delivered, Skipped, Rejected)
ENDLESS = ("hangs", "deaf", "late")
OUTCOMES: list[Outcome | str] = [
    Delivered(), Skipped("there"), Rejected("no"), Retry("http_500"),
    Retry("timeout", maybe_delivered=True), Retry("http_503", after=70.0), Throttled(20.0),
    TooLarge(), NeedsOperator("credentials_refused"), "raises", *ENDLESS,
]  # fmt: skip
SCRIPT = st.lists(st.sampled_from(OUTCOMES), max_size=4)
EVENT = st.tuples(st.integers(0, 2), SCRIPT)
ACTIONS = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([0.0, 1.0, 29.0, 31.0, 400.0])),
    st.tuples(st.just("reload"), st.integers(1, 4)),
    st.tuples(st.just("connect"), st.integers(1, 3)),
    st.tuples(st.just("restart"), st.just(0)),
    st.tuples(st.just("hold"), st.sampled_from([5.0, 90.0])),
    st.tuples(st.just("add"), EVENT),
)


class Unsteady(Connection):
    """Ends each attempt as its script says, then well; remembers who was told what, in order."""

    def __init__(
        self, gate: StoreGate, clock: VirtualClock, scripts: dict[str, list[Outcome | str]],
        told: list[tuple[str, bool]],
    ) -> None:  # fmt: skip
        self._gate, self._clock, self._scripts, self.told = gate, clock, scripts, told

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        raise AssertionError(targets)

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        with under([each.id for each in deliveries]), current().waiting():
            await self._gate.permit()
        current().leave()
        await self._clock.sleep(0.5)
        script = self._scripts[deliveries[0].id]
        came = script.pop(0) if script else Delivered()
        if came == "raises":
            raise ValueError("unsteady")
        if isinstance(came, str):
            await self._stay(came)
            return []
        if isinstance(came, TooLarge) and len(deliveries) == 1:
            came = Delivered()
        self.told += [(each.id, isinstance(came, FINAL)) for each in deliveries]
        return [came] * len(deliveries)

    async def _stay(self, how: str) -> None:
        if how == "deaf":
            while True:
                with suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
        with suppress(*((asyncio.CancelledError,) if how == "late" else ())):
            await asyncio.Event().wait()
        await self._clock.sleep(1.0)


class Campaign:
    """A worker of one lane over one store, whatever becomes of it."""

    def __init__(self) -> None:
        self.clock = VirtualClock(turns=20)
        self.store = MemoryStore(self.clock)
        self.gate = StoreGate(self.store, "acme", rate=None, reserve=0.0, clock=self.clock)
        self.tally = Tally(["support"])
        self.told: list[tuple[str, bool]] = []
        self.added: dict[str, str] = {}
        self._scripts: dict[str, list[Outcome | str]] = {}
        self.settings = self._settings(2)
        self.start()

    def start(self) -> None:
        self.lane = Lane(
            self.settings, store=self.store, connected=self._connected(),
            watcher=self.tally, redactor=Redactor(()), clock=self.clock, random=lambda: 0.5,
        )  # fmt: skip
        self.worker = Worker([self.lane], self.clock, grace=0.001)
        self.worker.start()

    def _settings(self, concurrency: int) -> LaneSettings:
        return LaneSettings("support", concurrency, Batching(max_events=concurrency),
                            RetryPolicy(attempts=3, within=0.0), deadline=DEADLINE)  # fmt: skip

    def _connected(self) -> tuple[Connection, StoreGate]:
        return Unsteady(self.gate, self.clock, self._scripts, self.told), self.gate

    async def add(self, person: int, script: Sequence[Outcome | str]) -> None:
        name = f"{person}-{len(self.added)}"
        self._scripts[name] = list(script)
        key = str(person) if person else ""
        self.added[name] = key
        [number] = await self.store.append([Incoming(b"{}")])
        delivery = Delivery(id=name, route="support", action="upsert", body=b"{}", order_key=key,
                            event_key=name)  # fmt: skip
        await self.store.decide([Decided(number, name, [], [delivery])])

    async def act(self, what: str, value: Any) -> None:
        match what:
            case "wait":
                await self.clock.advance(value)
            case "add":
                await self.add(*value)
            case "hold":
                await self.gate.hold(value)
            case "reload" | "connect":
                self.settings = self._settings(value)
                self.lane.adopt(self.settings, self._connected() if what == "connect" else None)
            case "restart":
                await self.worker.stop()
                # What ends only now has lost its leases, and changes nothing.
                await self.clock.advance(5.0)
                self.start()

    async def end(self) -> None:
        for _ in range(100):
            await self.clock.advance(300.0)
            if not (await self.store.depth("support")).waiting:
                break
        await self.worker.stop()
        await self.clock.advance(5.0)


@settings(max_examples=100, deadline=None)
@given(events=st.lists(EVENT, min_size=1, max_size=8), actions=st.lists(ACTIONS, max_size=10))
async def test_everything_has_its_end_and_each_person_s_comes_in_order(
    events: list[tuple[int, list[Outcome | str]]], actions: list[tuple[str, Any]]
) -> None:
    campaign = Campaign()
    for event in events:
        await campaign.add(*event)
    for what, value in actions:
        await campaign.act(what, value)
    await campaign.end()

    assert (await campaign.store.depth("support")).waiting == 0
    dead = {letter.id for letter in await campaign.store.dead(DeadQuery(limit=1000))}
    ended = [name for name, is_final in campaign.told if is_final]
    assert {*ended, *dead} == {*campaign.added}
    assert len({*ended}) == len(ended)
    for person in set(campaign.added.values()) - {""}:
        theirs = [name for name, key in campaign.added.items() if key == person]
        order = [name for name in ended if name in theirs]
        assert order == sorted(order, key=theirs.index)
