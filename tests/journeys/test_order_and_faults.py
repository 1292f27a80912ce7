"""Whatever goes wrong on the way: in order for each person, none lost, none twice unnamed."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff import Sendoff, builtin
from sendoff.answer import HttpError
from sendoff.clock import Clock, SystemClock
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
from sendoff.destination import Action, Batching, Connection, Destination, Finding
from sendoff.documents import read_file
from sendoff.hookspecs import hookimpl
from sendoff.http import Http
from sendoff.journal import Attempted, DecidedEvent
from sendoff.pipeline import Setting
from sendoff.pipeline_file import Pipeline, Surroundings, load_pipeline
from sendoff.plugins import Plugins
from sendoff.responses import ResponseRule, judge
from sendoff.serving import serve
from sendoff.store.deaths import DeadQuery
from sendoff.store.promise import Dead, Done
from sendoff.testing.clock import VirtualClock
from sendoff.testing.faults import Down, FaultProxy, Latency, LostAnswer, ResetPeer
from sendoff.testing.sandbox import read_body
from sendoff.waiting import kept_up

BLUEPRINT = """\
apiVersion: sendoff/v1
kind: Blueprint
name: people
version: 1
destination: ledger
rules:
  - id: noted
    when: {type: track, event: Noted}
    action: put
    fields: {person: user_id, seq: properties.seq}
"""
PIPELINE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: faults
store: memory
routes:
  ledger:
    destination: ledger
    blueprint: ./people.yaml
    settings: {base_url: "URL"}
    batch: {max_events: 10}
    limits: {concurrency: 8}
    retry: {attempts: 50, within: 24h}
"""


class Ledger(Destination):
    """A destination of one action; a test says how it delivers."""

    name: ClassVar[str] = "ledger"
    title: ClassVar[str] = "Ledger"
    settings: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "required": ["base_url"],
        "properties": {"base_url": {"type": "string"}},
    }
    actions: ClassVar[Mapping[str, Action]] = {
        "put": Action(
            "put",
            "Put",
            {
                "type": "object",
                "required": ["person", "seq"],
                "properties": {"person": {"type": "string"}, "seq": {"type": "integer"}},
            },
            order_key=("person",),
        )
    }
    batching: ClassVar[Batching] = Batching(max_events=10)

    def __init__(self, connecting: Callable[[str, Http], Connection]) -> None:
        self._connecting = connecting

    def account(self, settings: Mapping[str, Any]) -> str:
        return str(settings["base_url"])

    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        return self._connecting(str(settings["base_url"]), http)

    @hookimpl
    def sendoff_destinations(self) -> list[Destination]:
        return [self]


class Puts(Connection):
    """One request a delivery, one after the other; none behind one that has to wait."""

    def __init__(self, base_url: str, http: Http) -> None:
        self._url = f"{base_url}/put"
        self._http = http

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        raise AssertionError(targets)

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        for delivery in deliveries:
            waits = outcomes and isinstance(outcomes[-1], Retry | Throttled)
            outcomes.append(Retry("behind_another") if waits else await self._put(delivery))
        return outcomes

    async def _put(self, delivery: Delivery) -> Outcome:
        rules = [ResponseRule("skipped", "already_there", status=409)]
        try:
            answer = await self._http.request("POST", self._url, content=delivery.body)
        except HttpError as error:
            return judge(error, rules, datetime.now(UTC))
        return judge(answer, rules, datetime.now(UTC))


class Notes:
    """A watcher that notes how often each delivery was settled, and may have been delivered."""

    def __init__(self) -> None:
        self.decided_sends: list[str] = []
        self.final: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()

    def decided(self, events: Sequence[DecidedEvent]) -> None:
        decisions = (decision for event in events for decision in event.decisions)
        self.decided_sends += [each.delivery_id for each in decisions if each.verdict == "send"]

    def attempted(self, attempts: Sequence[Attempted]) -> None:
        for delivery, outcome, settlement in attempts:
            if isinstance(settlement, Done | Dead):
                self.final[delivery.id] += 1
                self.kinds[getattr(settlement, "kind", "dead")] += 1
            if getattr(outcome, "maybe_delivered", False):
                self.unknown[name_of(delivery)] += 1

    def held(self, route: str, reason: str | None, detail: str) -> None:
        """Not noted."""


def name_of(delivery: Delivery) -> str:
    return f"{delivery.payload['person']}/{delivery.payload['seq']}"


def noted(person: str, seq: int) -> dict[str, Any]:
    return {"type": "track", "event": "Noted", "userId": person, "properties": {"seq": seq},
            "messageId": f"{person}-{seq}"}  # fmt: skip


def add_up(counts: Mapping[str, Any]) -> None:
    """What the counts of a run promise."""
    decided = counts["events"] - counts["invalid"] - counts["duplicates"]
    for route in counts["routes"].values():
        ended = route["delivered"] + route["skipped"] + route["dead"]
        assert sum(route["dropped"].values()) + route["deliveries"] == decided
        assert route["deliveries"] == ended + route["waiting"]


def surroundings(ledger: Ledger) -> Surroundings:
    plugins = Plugins()
    plugins.register("sendoff", builtin)
    plugins.register("ledger", ledger)
    return Surroundings(plugins=plugins, environ={})


class Scripted:
    """A server that answers the requests about each delivery as its script says, then with 200.

    `accepted` is what it took, in the order it came; an answer above 500 comes after the work.
    """

    def __init__(self, scripts: Mapping[str, Sequence[int]]) -> None:
        self.accepted: dict[str, list[int]] = defaultdict(list)
        self.times: Counter[str] = Counter()
        self._scripts = {name: list(script) for name, script in scripts.items()}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = await read_body(receive) or b""
        status = self._answer(json.loads(body))
        headers = [(b"retry-after", b"1")] if status in {429, 503} else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    def _answer(self, payload: Mapping[str, Any]) -> int:
        name = f"{payload['person']}/{payload['seq']}"
        script = self._scripts.get(name)
        status = script.pop(0) if script else 200
        if status in {200, 502}:
            self.accepted[payload["person"]].append(payload["seq"])
            self.times[name] += 1
        return status


SCRIPTS = [[200]] * 94 + [
    [500, 500, 200],
    [429, 200],
    [503, 429, 200],
    [502, 200],
    [400] * 99,
    [409] * 99,
]
PEOPLE = [f"p{n}" for n in range(50)]


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Sendoff]]:
    """Opens the pipeline to a ledger at this address."""

    def open_pipeline(
        url: str, clock: Clock, *watchers: Any, store: str = "memory"
    ) -> AbstractAsyncContextManager[Sendoff]:
        (tmp_path / "people.yaml").write_text(BLUEPRINT)
        path = tmp_path / "sendoff.yaml"
        path.write_text(PIPELINE.replace("URL", url).replace("memory", store))
        setting = Setting(clock=clock, random=random.Random(7).random)  # noqa: S311 - no secret
        around = surroundings(Ledger(Puts))
        return Sendoff.open(path, work=True, around=around, setting=setting, watchers=watchers)

    return open_pipeline


def clock_over_sockets() -> VirtualClock:
    # The network takes its own time, and a step of ours for each piece.
    return VirtualClock(turns=10, grace=0.001)


async def drained(sendoff: Sendoff, clock: VirtualClock) -> Mapping[str, Any]:
    """The counts when all is settled, as fast as the network is."""

    async def sleep_on() -> None:
        # Somebody has to, while the only answer that is waited for comes over a socket.
        while True:
            await clock.sleep(60.0)

    async with kept_up(sleep_on()):
        return await clock.run(sendoff.drain())


class Hurried(SystemClock):
    """A clock that goes thirty times as fast as the machine's: the disk keeps its own time."""

    FACTOR = 30

    def monotonic(self) -> float:
        return super().monotonic() * self.FACTOR

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / self.FACTOR)


async def test_fifty_people_on_a_bad_day(
    opened: Callable[..., AbstractAsyncContextManager[Sendoff]],
) -> None:
    chance = random.Random(11)  # noqa: S311 - no secret
    scripts = {f"{person}/{seq}": chance.choice(SCRIPTS) for person in PEOPLE for seq in range(40)}
    ledger, notes = Scripted(scripts), Notes()
    async with serve(ledger) as server, FaultProxy(upstream=server.address) as proxy:
        proxy.add(ResetPeer(times=30, toxicity=0.02))
        proxy.add(LostAnswer(times=30, toxicity=0.02))
        proxy.add(Latency(latency=0.02, toxicity=0.02))
        async with opened(proxy.url, Hurried(), notes, store="sqlite:./sendoff.db") as sendoff:
            await sendoff.send_many(noted(person, seq) for seq in range(40) for person in PEOPLE)
            counts = await sendoff.drain()
            dead = [letter.reason for letter in await sendoff.store.dead(DeadQuery())]
            totals = (await sendoff.store.totals())["ledger"]
        assert min(proxy.hits.values()) > 5
    # Everything ended once, and as its script says.
    assert set(notes.final) == set(notes.decided_sends)
    assert set(notes.final.values()) == {1}
    add_up(counts)
    route = counts["routes"]["ledger"]
    assert (counts["events"], route["waiting"], route["held"]) == (2000, 0, None)
    assert set(dead) == {"invalid_request"}
    assert len(dead) == sum(400 in script for script in scripts.values())
    assert route["skipped"] == sum(409 in script for script in scripts.values())
    assert totals == {
        "delivered": route["delivered"], "skipped already_there": route["skipped"],
        "dead invalid_request": len(dead),
    }  # fmt: skip
    # In order: nothing of a person arrives after something later of the same person.
    for person in PEOPLE:
        assert ledger.accepted[person] == sorted(ledger.accepted[person])
    # Twice only where an outcome was named unknown.
    twice = {name: times - 1 for name, times in ledger.times.items() if times > 1}
    assert twice
    assert all(notes.unknown[name] >= times for name, times in twice.items())


async def test_a_host_that_goes_away_and_comes_back_gets_everything_once(
    opened: Callable[..., AbstractAsyncContextManager[Sendoff]],
) -> None:
    ledger, notes, clock = Scripted({}), Notes(), clock_over_sockets()
    async with (
        serve(ledger) as server,
        FaultProxy(upstream=server.address) as proxy,
        opened(proxy.url, clock, notes) as sendoff,
    ):
        await sendoff.send_many(noted(person, 0) for person in PEOPLE)
        await drained(sendoff, clock)
        proxy.add(Down())
        await sendoff.send_many(noted(person, 1) for person in PEOPLE)
        await clock.advance(600)
        held = sendoff.tally.routes["ledger"].held
        proxy.reset()
        await drained(sendoff, clock)
        assert (held, sendoff.tally.routes["ledger"].held) == ("unreachable", None)
    assert notes.kinds == {"delivered": 100}
    assert all(ledger.accepted[person] == [0, 1] for person in PEOPLE)


TWO_ROUTES = (
    PIPELINE
    + """\
  other:
    destination: ledger
    blueprint: ./people.yaml
    settings: {base_url: "other"}
    batch: {max_events: 1}
"""
)


class Hosts:
    """Two hosts, of which one is `down` at times; remembers what each was asked, and when."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.down = False
        self.asked: dict[str, list[float]] = {"ledger": [], "other": []}
        self.late: list[float] = []

    def connect(self, url: str, _http: Http) -> Connection:
        return Answering(self, url)

    async def answer(self, host: str, sent_at: float) -> Outcome:
        self.asked[host].append(self.clock.monotonic())
        await self.clock.sleep(0.1)
        if self.down and host == "ledger":
            return Retry("timeout")
        if host == "other":
            self.late.append(self.clock.monotonic() - sent_at)
        return Delivered()


class Answering(Connection):
    def __init__(self, hosts: Hosts, name: str) -> None:
        self._hosts = hosts
        self._name = name

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        raise AssertionError(targets)

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        sent_at = [delivery.payload["seq"] / 1000 for delivery in deliveries]
        return [await self._hosts.answer(self._name, at) for at in sent_at]


async def test_an_hours_outage_costs_twenty_requests_and_delays_no_other_route(
    tmp_path: Path,
) -> None:
    clock = VirtualClock(turns=40)
    hosts = Hosts(clock)
    (tmp_path / "people.yaml").write_text(BLUEPRINT)
    path = tmp_path / "sendoff.yaml"
    text = TWO_ROUTES.replace("URL", "ledger").replace("concurrency: 8", "concurrency: 4")
    path.write_text(text.replace("max_events: 10", "max_events: 1"))
    around, setting = surroundings(Ledger(hosts.connect)), Setting(clock=clock, random=lambda: 0.5)

    async def send(sendoff: Sendoff, minutes: int) -> None:
        for minute in range(minutes):
            now = round(clock.monotonic() * 1000)
            await sendoff.send_many(noted(f"p{minute}-{n}", now) for n in range(8))
            await clock.advance(60)

    async with Sendoff.open(path, work=True, around=around, setting=setting) as sendoff:
        await send(sendoff, 5)
        before = len(hosts.asked["ledger"])
        hosts.down = True
        await send(sendoff, 60)
        requests = len(hosts.asked["ledger"]) - before
        hosts.down = False
        counts = await clock.run(sendoff.drain())
    assert before == 40
    assert requests <= 20
    assert [route["delivered"] for route in counts["routes"].values()] == [520, 520]
    # Eight at once, four at a time, a tenth of a second each, once the start is over.
    assert max(hosts.late[before:]) == pytest.approx(0.2, abs=0.01)


class Acting(Connection):
    """Gives each delivery the outcomes of its script one after the other, then Delivered."""

    def __init__(self, scripts: dict[str, list[Any]], order: dict[str, list[int]]) -> None:
        self._scripts = scripts
        self._order = order

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        raise AssertionError(targets)

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        await asyncio.sleep(0)
        outcomes: list[Outcome] = []
        for delivery in deliveries:
            held = outcomes and isinstance(outcomes[-1], Retry | Throttled | NeedsOperator)
            outcome = outcomes[-1] if held else self._next(delivery)
            if isinstance(outcome, Exception):
                raise outcome
            outcomes.append(outcome)
        if any(isinstance(outcome, TooLarge) for outcome in outcomes):
            return [TooLarge()] * len(outcomes)
        for delivery, outcome in zip(deliveries, outcomes, strict=True):
            if isinstance(outcome, Delivered):
                self._order[delivery.payload["person"]].append(delivery.payload["seq"])
        return outcomes

    def _next(self, delivery: Delivery) -> Any:
        script = self._scripts.get(name_of(delivery))
        return script.pop(0) if script else Delivered()


outcomes = st.sampled_from(
    [
        Delivered(), Skipped("there"), Rejected("no"), Retry("http_500"),
        Retry("timeout", maybe_delivered=True), Retry("http_503", after=40.0), Throttled(30.0),
        TooLarge(), NeedsOperator("credentials_refused"), Retry("refused"), ValueError("oops"),
    ]
)  # fmt: skip
messages = st.one_of(
    st.tuples(st.sampled_from("abcd"), st.lists(outcomes, max_size=4)),
    st.sampled_from(["{", '{"type": "page", "userId": "a"}', "again", "no person", ""]),
)


def test_every_delivery_ends_exactly_once_whatever_the_destination_does(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text(BLUEPRINT)
    path = tmp_path / "sendoff.yaml"
    path.write_text(PIPELINE.replace("URL", "ledger").replace("attempts: 50", "attempts: 3"))
    scripts: dict[str, list[Any]] = {}
    order: dict[str, list[int]] = defaultdict(list)
    around = surroundings(Ledger(lambda _url, _http: Acting(scripts, order)))
    pipeline = load_pipeline(read_file(path), around)

    @given(st.lists(messages, max_size=25), st.integers(0, 2**32))
    @settings(max_examples=60, deadline=None)
    def check(given_messages: list[Any], seed: int) -> None:
        scripts.clear()
        order.clear()
        asyncio.run(run(pipeline, around, list(sent(given_messages, scripts)), seed))
        assert all(seen == sorted(seen) for seen in order.values())

    check()


def sent(given_messages: Iterable[Any], scripts: dict[str, list[Any]]) -> Iterable[Any]:
    """The messages to send, with the script of each delivery written down."""
    last: Any = ""
    for seq, message in enumerate(given_messages):
        if isinstance(message, tuple):
            person, script = message
            scripts[f"{person}/{seq}"] = list(script)
            last = noted(person, seq)
            yield last
        elif message == "again":
            yield last
        elif message == "no person":
            yield {"type": "track", "event": "Noted", "properties": {"seq": seq}}
        else:
            yield message


async def run(pipeline: Pipeline, around: Surroundings, events: list[Any], seed: int) -> None:
    chance, clock, notes = random.Random(seed), VirtualClock(turns=60), Notes()  # noqa: S311
    setting = Setting(clock=clock, random=chance.random)
    async with Sendoff.open(
        pipeline, work=True, around=around, setting=setting, watchers=[notes]
    ) as sendoff:
        for start in range(0, len(events), 7):
            await sendoff.send_many(events[start : start + 7])
            await clock.advance(chance.choice([0.0, 3.0, 100.0]))
        counts = await clock.run(sendoff.drain())
        add_up(counts)
        for _ in range(200):
            if not counts["routes"]["ledger"]["waiting"]:
                break
            await clock.advance(3600)
            counts = await clock.run(sendoff.drain())
            add_up(counts)
        letters = await sendoff.store.dead(DeadQuery("ledger"))
    route = counts["routes"]["ledger"]
    assert counts["events"] == len(events)
    assert route["waiting"] == 0
    assert set(notes.final) == set(notes.decided_sends)
    assert set(notes.final.values()) <= {1}
    assert len(letters) == route["dead"]
    assert all(letter.reason for letter in letters)
