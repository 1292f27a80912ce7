"""Everything that may happen to a store, in any order, beside a model that is plainly right."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from sendoff.decision import Decision, DeliveryIds
from sendoff.delivery import Delivery
from sendoff.store.deaths import DeadQuery, Redecided
from sendoff.store.promise import Dead, Decided, Done, Incoming, Later, Lease, Settlement, Store
from sendoff.store.resends import Resend
from sendoff.testing.clock import VirtualClock

T = TypeVar("T")

ROUTES = ("one", "two")
LENT_FOR = 60.0
CRASHES = 2
"""An engine may give up what was out in more of them: that took the worker down."""


ENDS = st.sampled_from([
    Dead("rejected"), Dead("rejected"), Done("delivered"), Done("skipped", "known"),
    Later(0.0), Later(30.0), Later(0.0, counts=False, maybe_delivered=True),
])  # fmt: skip


def _delivery(key: str, route: str, person: str) -> Delivery:
    return Delivery(id=DeliveryIds(route).of(key), route=route, action="upsert", body=b"{}",
                    order_key=person, event_key=key, rule="rule")  # fmt: skip


def _resent(delivery: Delivery) -> Delivery:
    resend = delivery.resend + 1
    name = DeliveryIds(delivery.route).of(delivery.event_key, resend)
    return replace(delivery, id=name, resend=resend, attempt=1, maybe_delivered=False)


def _after(delivery: Delivery, later: Later) -> Delivery:
    attempt = delivery.attempt + (1 if later.counts else 0)
    maybe = delivery.maybe_delivered or later.maybe_delivered
    return replace(delivery, attempt=attempt, maybe_delivered=maybe)


def _unknown(delivery: Delivery) -> Delivery:
    return replace(delivery, maybe_delivered=True)


class Engine(Protocol):
    """What is asked of an engine, as the fixtures give it."""

    survives: bool
    grace: float


class Opened(Protocol):
    """A store that is open, as the fixtures give it."""

    clients: list[Store]

    async def reopen(self) -> Store: ...
    async def crash(self) -> Store: ...
    async def end(self) -> None: ...


@dataclass
class Waiting:
    """A delivery as the model knows it.

    Which of them may have been delivered, a store that was opened again knows but roughly: of those
    that are `unsure` it may say so.
    """

    delivery: Delivery
    due: float = 0.0
    lent_until: float | None = None
    token: int = 0
    unsure: bool = False

    def seen(self, delivery: Delivery) -> None:
        """The store gives it as this."""
        assert delivery == self.delivery or (self.unsure and delivery == _unknown(self.delivery))
        self.delivery, self.unsure = delivery, False

    def given_back(self, *, unknown: bool) -> None:
        """Its lease is void."""
        self.lent_until, self.token = None, -1
        self.delivery = _unknown(self.delivery) if unknown else self.delivery


class History(RuleBasedStateMachine):
    """A store and its model."""

    messages: Bundle[int] = Bundle("messages")
    leases: Bundle[Lease] = Bundle("leases")

    def __init__(self, engine: Engine, opened: Callable[..., Opened]) -> None:
        super().__init__()
        self.engine = engine
        self.clock = VirtualClock(grace=engine.grace)
        self.loop = asyncio.Runner()

        async def begin() -> Opened:
            return opened(engine, self.clock)

        self.house = self.loop.run(begin())
        self.undecided: list[int] = []
        self.decided: list[Decided] = []
        self.lines: dict[tuple[str, str], list[Waiting]] = {}
        self.dead: dict[str, tuple[str, Delivery | None]] = {}
        self.verdicts: dict[int, list[Decision]] = {}
        self.numbers: dict[str, int] = {}
        """By the id of a delivery or letter: the message it is of."""
        self.totals: dict[str, Counter[str]] = {"": Counter(), **{r: Counter() for r in ROUTES}}
        self.order: list[int] = []
        self.crashes = 0

    @property
    def store(self) -> Store:
        return self.house.clients[0]

    def do(self, work: Awaitable[T]) -> T:
        async def waited() -> T:
            async with asyncio.timeout(30):
                return await work

        return self.loop.run(waited())

    def everything(self) -> list[Waiting]:
        return [each for line in self.lines.values() for each in line]

    @initialize(target=messages)
    def begin(self) -> MultipleResults[int]:
        """Something waits and something is undecided, so that much can happen soon."""
        numbers = list(self.do(self.store.append([Incoming(b"%d" % n) for n in range(6)])))
        self.undecided += numbers
        for person, number in zip(["p", "p", "q", ""], numbers, strict=False):
            self.decide([number], ["send", "send"], person)
        return multiple(*numbers)

    @rule(target=messages, count=st.integers(1, 3))
    def append(self, count: int) -> MultipleResults[int]:
        numbers = self.do(self.store.append([Incoming(b"%d" % n) for n in range(count)]))
        self.undecided += numbers
        return multiple(*numbers)

    @rule(
        numbers=st.lists(messages, min_size=1, max_size=4, unique=True),
        verdicts=st.lists(
            st.sampled_from(["send", "send", "drop", "dead"]), min_size=8, max_size=8
        ),
        person=st.sampled_from(["p", "q", ""]),
    )
    def decide(self, numbers: list[int], verdicts: list[str], person: str) -> None:
        decided = [
            self._decided(number, verdicts[2 * n : 2 * n + 2], person)
            for n, number in enumerate(numbers)
        ]
        kept = self.do(self.store.decide(decided))
        assert list(kept) == [number for number in numbers if number in self.undecided]
        for one in decided:
            if one.number in kept:
                self._remember(one)

    @rule(
        target=leases, route=st.sampled_from(ROUTES), limit=st.integers(1, 4),
        room=st.sampled_from([None, None, 6]),
    )  # fmt: skip
    def lease(self, route: str, limit: int, room: int | None) -> MultipleResults[Lease]:
        return multiple(*self._leased(route, limit, room))

    @rule(lease=consumes(leases), how=ENDS)
    def settle(self, lease: Lease, how: Settlement) -> None:
        self._settled(lease, how)

    @rule(route=st.sampled_from(ROUTES), ends=st.lists(ENDS, min_size=1, max_size=4))
    def work(self, route: str, ends: list[Settlement]) -> None:
        leases = self._leased(route, len(ends), None)
        for lease, how in zip(leases, ends, strict=False):
            self._settled(lease, how)

    @rule(seconds=st.sampled_from([1.0, 30.0, 61.0]))
    def pass_time(self, seconds: float) -> None:
        self.do(self.clock.advance(seconds))

    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        ids = self._some_letters(data)
        deliveries = [(name, self.dead.get(name, ("", None))[1]) for name in ids]
        replayed = self.do(self.store.replay(ids))
        assert list(replayed) == [name for name, delivery in deliveries if delivery]
        for name, delivery in deliveries:
            if delivery:
                del self.dead[name]
                self._queue(_resent(delivery), self.numbers[name])
                self._know(_resent(delivery), self.numbers[name])

    @rule(data=st.data(), route=st.sampled_from(ROUTES))
    def resend(self, data: st.DataObject, route: str) -> None:
        number = data.draw(st.sampled_from([*self.verdicts, 10**9]))
        known = next((d for d in self.verdicts.get(number, ()) if d.route == route), None)
        resend = known.resend + 1 if known else 1
        delivery = replace(_delivery(f"event key {number}", route, "p"), resend=resend,
                           id=DeliveryIds(route).of(f"event key {number}", resend))  # fmt: skip
        decision = Decision(route=route, verdict="send", reason="again", delivery_id=delivery.id,
                            resend=resend)  # fmt: skip
        asked = Resend(number, route, resend, decision, delivery)
        [said] = self.do(self.store.resend([asked]))
        standing = self._standing(number, route, known)
        # Where events were not decided in their order, a delivery need not be found.
        assert said == standing or (said == "gone" and self.order != sorted(self.order))
        if said == "queued":
            self.verdicts[number] = [
                decision if each.route == route else each for each in self.verdicts[number]
            ]
            self._queue(delivery, number)

    @rule(data=st.data(), verdict=st.sampled_from(["send", "drop", "dead"]))
    def redecide(self, data: st.DataObject, verdict: Any) -> None:
        redecided = []
        for name in self._some_letters(data):
            route, _delivered = self.dead.get(name, ("one", None))
            sent = _delivery(f"{name} anew", route, "p") if verdict == "send" else None
            decision = Decision(route=route, verdict=verdict, reason="anew",
                                delivery_id=sent.id if sent else "")  # fmt: skip
            redecided.append(Redecided(name, decision, sent))
        known = [each for each in redecided if each.letter in self.dead]
        assert list(self.do(self.store.redecide(redecided))) == [each.letter for each in known]
        for each in known:
            number = self.numbers[each.letter]
            self.verdicts[number] = [
                each.decision if old.route == each.decision.route else old
                for old in self.verdicts[number]
            ]
            if verdict == "dead":
                continue
            route, _delivered = self.dead.pop(each.letter)
            if each.delivery is not None:
                self._queue(each.delivery, number)
            else:
                self.totals[route]["dropped anew"] += 1

    @rule(data=st.data())
    def discard(self, data: st.DataObject) -> None:
        ids = self._some_letters(data)
        discarded = self.do(self.store.discard(ids))
        assert list(discarded) == [name for name in ids if name in self.dead]
        for name in discarded:
            del self.dead[name]

    @precondition(lambda self: self.engine.survives)
    @rule()
    def reopen(self) -> None:
        self._run_out()
        self.do(self.house.reopen())
        for each in self.everything():
            if each.lent_until is not None:
                each.given_back(unknown=False)
                each.unsure = True

    @precondition(lambda self: self.engine.survives and self.crashes < CRASHES)
    @rule()
    def crash(self) -> None:
        self._run_out()
        self.crashes += 1
        self.do(self.house.crash())
        for each in self.everything():
            each.unsure = True
            if each.lent_until is not None:
                each.given_back(unknown=True)

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        self._run_out()
        undecided, dead, totals, decisions, *depths = self.do(self._look())
        assert [each.number for each in undecided] == self.undecided
        assert [each.id for each in dead] == list(self.dead)
        assert {each.number: list(each.decisions) for each in decisions} == self.verdicts
        assert {route: Counter(dict(totals.get(route, {}))) for route in self.totals} == self.totals
        for route, depth in zip(ROUTES, depths, strict=True):
            waiting = [each for each in self.everything() if each.delivery.route == route]
            lent = [each for each in waiting if each.lent_until is not None]
            assert (depth.waiting, depth.leased) == (len(waiting), len(lent))

    async def _look(self) -> Any:
        store = self.store
        return await asyncio.gather(
            store.undecided(1000), store.dead(DeadQuery()), store.totals(),
            store.decisions(list(self.verdicts)),
            *(store.depth(route) for route in ROUTES),
        )  # fmt: skip

    def teardown(self) -> None:
        """Everything that waits comes in the end, each person's in order; then nothing does."""
        try:
            self.do(self.clock.advance(10_000.0))
            self._run_out()
            for route in ROUTES:
                while leases := self.do(self.store.lease(route, 3)):
                    for lease in leases:
                        head = self._line(lease.delivery)[0]
                        head.seen(lease.delivery)
                        assert not self.do(self.store.settle([(lease, Done("delivered"))]))
                        self._line(lease.delivery).remove(head)
                        self.totals[route]["delivered"] += 1
            assert not self.everything()
            self.it_is_as_the_model_says()
        finally:
            self.do(self.house.end())
            self.loop.close()

    def _leased(self, route: str, limit: int, room: int | None) -> Sequence[Lease]:
        self._run_out()
        heads = self._free_heads(route)
        leases = self.do(self.store.lease(route, limit, max_bytes=room, lease_for=LENT_FOR))
        assert len(leases) <= limit
        assert bool(leases) == any(head.due <= self.clock.monotonic() for head in heads)
        free = {head.delivery.order_key or head.delivery.id for head in heads}
        for lease in leases:
            person = lease.delivery.order_key or lease.delivery.id
            assert person in free, "somebody else has this person's deliveries"
            head = next(each for each in self.lines[route, person] if each.lent_until is None)
            head.seen(lease.delivery)
            assert head.due <= self.clock.monotonic(), "early"
            head.lent_until, head.token = self.clock.monotonic() + LENT_FOR, lease.token
        return leases

    def _settled(self, lease: Lease, how: Settlement) -> None:
        self._run_out()
        mine = self._lent(lease)
        lost = self.do(self.store.settle([(lease, how)]))
        assert list(lost) == ([] if mine else [lease])
        if mine is None:
            return
        mine.lent_until = None
        if isinstance(how, Later):
            mine.due = self.clock.monotonic() + how.after
            mine.delivery = _after(mine.delivery, how)
            return
        self._line(mine.delivery).remove(mine)
        route = mine.delivery.route
        if isinstance(how, Dead):
            self.dead[mine.delivery.id] = route, mine.delivery
            self.totals[route]["dead rejected"] += 1
        else:
            self.totals[route]["skipped known" if how.reason else "delivered"] += 1

    def _decided(self, number: int, verdicts: Sequence[str], person: str) -> Decided:
        key = f"event key {number}"
        decisions = [
            Decision(
                route=route, verdict=verdict, reason=verdict,  # type: ignore[arg-type]
                delivery_id=DeliveryIds(route).of(key) if verdict == "send" else "",
            )
            for route, verdict in zip(ROUTES, verdicts, strict=True)
        ]  # fmt: skip
        deliveries = [
            _delivery(key, str(each.route), person) for each in decisions if each.verdict == "send"
        ]
        return Decided(number, key, decisions, deliveries)

    def _remember(self, one: Decided) -> None:
        self.undecided.remove(one.number)
        self.order.append(one.number)
        self.totals[""]["events"] += 1
        self.verdicts[one.number] = list(one.decisions)
        for decision in one.decisions:
            route = str(decision.route)
            if decision.verdict == "drop":
                self.totals[route]["dropped drop"] += 1
            elif decision.verdict == "dead":
                self.totals[route]["dead dead"] += 1
                letter = DeliveryIds(route).of(one.key)
                self.dead[letter], self.numbers[letter] = (route, None), one.number
        for delivery in one.deliveries:
            self._queue(delivery, one.number)

    def _queue(self, delivery: Delivery, number: int) -> None:
        self.numbers[delivery.id] = number
        self._line(delivery).append(Waiting(delivery))

    def _know(self, delivery: Delivery, number: int) -> None:
        self.verdicts[number] = [
            replace(each, delivery_id=delivery.id, resend=delivery.resend)
            if (each.route, each.verdict) == (delivery.route, "send") else each
            for each in self.verdicts[number]
        ]  # fmt: skip

    def _standing(self, number: int, route: str, known: Decision | None) -> str:
        """What is to be said of a resend."""
        if known is None or known.verdict != "send":
            return "not_sent" if number in self.verdicts else "gone"
        dead = [name for name, (of, _) in self.dead.items() if of == route]
        waiting = [each.delivery.id for each in self.everything() if each.delivery.route == route]
        for said, names in (("dead", dead), ("waiting", waiting)):
            if number in {self.numbers[name] for name in names}:
                return said
        return "queued"

    def _line(self, delivery: Delivery) -> list[Waiting]:
        return self.lines.setdefault((delivery.route, delivery.order_key or delivery.id), [])

    def _free_heads(self, route: str) -> list[Waiting]:
        """The first of each person of whom nothing is out."""
        return [
            line[0] for (of, _person), line in self.lines.items()
            if of == route and line and all(each.lent_until is None for each in line)
        ]  # fmt: skip

    def _lent(self, lease: Lease) -> Waiting | None:
        lent = (each for each in self.everything() if each.lent_until is not None)
        return next((each for each in lent if each.token == lease.token
                     and each.delivery.route == lease.delivery.route), None)  # fmt: skip

    def _some_letters(self, data: st.DataObject) -> list[str]:
        known = st.sampled_from([*self.dead, "no such"])
        return data.draw(st.lists(known, min_size=1, max_size=3, unique=True))

    def _run_out(self) -> None:
        for each in self.everything():
            if each.lent_until is not None and each.lent_until <= self.clock.monotonic():
                each.given_back(unknown=True)


def test_nothing_is_lost_or_lent_twice_or_out_of_order_and_all_is_counted(
    engine: Engine, opened: Callable[..., Opened]
) -> None:
    # Through threads and sockets every step takes much longer.
    examples = 12 if engine.grace else 40
    run_state_machine_as_test(
        partial(History, engine, opened),  # type: ignore[arg-type]
        settings=settings(max_examples=examples, stateful_step_count=40, deadline=None),
    )
