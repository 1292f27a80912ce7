"""What the facade does with stores, accounts and connections; the rest is in the journeys."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from sendoff import builtin
from sendoff.clock import Clock
from sendoff.delivery import Delivered, Delivery, Outcome, Throttled
from sendoff.destination import Action, Batching, Connection, Destination, Finding
from sendoff.documents import read_file
from sendoff.errors import SendoffError, UsageError
from sendoff.hookspecs import hookimpl
from sendoff.http import Http
from sendoff.pipeline import Sendoff, Setting
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.plugins import Plugins
from sendoff.store.engine import Engine
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Incoming
from sendoff.testing.clock import VirtualClock

BLUEPRINT = """\
apiVersion: sendoff/v1
kind: Blueprint
name: everything
version: 1
destination: DESTINATION
rules:
  - {id: all, action: put, fields: {user: user_id}}
"""
PIPELINE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: "shelf:north"
routes:
  one: {destination: red, blueprint: ./red.yaml, settings: {account: acme}}
  two: {destination: blue, blueprint: ./blue.yaml, settings: {account: acme}}
  three: {destination: red, blueprint: ./red.yaml, settings: {account: acme}, enabled: false}
"""


class Paint(Destination):
    """A destination that takes everything, after the outcomes it was told to give first."""

    name: ClassVar[str] = ""
    title: ClassVar[str] = "Paint"
    settings: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "properties": {"account": {"type": "string"}},
    }
    actions: ClassVar[Mapping[str, Action]] = {
        "put": Action("put", "Put", {"type": "object", "properties": {"user": {"type": "string"}}})
    }

    def __init__(self, clock: Clock, *first: Outcome) -> None:
        self.delivered: list[float] = []
        self._clock = clock
        self._first = list(first)

    def account(self, settings: Mapping[str, Any]) -> str:
        return str(settings["account"])

    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        return Brush(self, http)

    def outcome(self) -> Outcome:
        if self._first:
            return self._first.pop(0)
        self.delivered.append(self._clock.monotonic())
        return Delivered()


class Red(Paint):
    name: ClassVar[str] = "red"


class Blue(Paint):
    name: ClassVar[str] = "blue"


class Brush(Connection):
    """Waits for the account's permit, as a request would."""

    def __init__(self, paint: Paint, http: Http) -> None:
        self._paint = paint
        self._gate = http._gate

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        return [Finding("ok", "paint is there")]

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        await self._gate.permit()
        return [self._paint.outcome() for _ in deliveries]


class Shelf:
    """Brings the two destinations, and a store that outlives the pipelines that open it."""

    def __init__(self, *destinations: Destination) -> None:
        self.opened: dict[str, MemoryStore] = {}
        self.closed = 0
        self._destinations = destinations

    @hookimpl
    def sendoff_destinations(self) -> Sequence[Destination]:
        return self._destinations

    @hookimpl
    def sendoff_stores(self) -> list[Engine]:
        return [Engine("shelf", "on a shelf", self._open)]

    def _open(self, address: str, clock: Clock) -> MemoryStore:
        store = self.opened.setdefault(address, MemoryStore(clock))
        store.close = self._close  # type: ignore[method-assign]
        return store

    async def _close(self) -> None:
        self.closed += 1


class Bench:
    """A pipeline of two routes to two destinations that call their accounts by the same name."""

    def __init__(self, folder: Path, *first: Outcome) -> None:
        self.clock = VirtualClock()
        self.red, self.blue = Red(self.clock, *first), Blue(self.clock)
        self.shelf = Shelf(self.red, self.blue)
        plugins = Plugins()
        plugins.register("sendoff", builtin)
        plugins.register("shelf", self.shelf)
        self.around = Surroundings(plugins=plugins)
        for name in ("red", "blue"):
            (folder / f"{name}.yaml").write_text(BLUEPRINT.replace("DESTINATION", name))
        self.path = folder / "sendoff.yaml"
        self.path.write_text(PIPELINE)
        self.setting = Setting(clock=self.clock, random=lambda: 0.5)

    def open(self, **options: Any) -> Any:
        return Sendoff.open(self.path, around=self.around, setting=self.setting, **options)


EVENT = {"type": "identify", "userId": "u1"}


async def test_the_store_is_opened_by_its_scheme_with_its_address_and_closed_once(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    async with bench.open() as sendoff:
        assert bench.shelf.opened == {"north": sendoff.store}
        assert bench.shelf.closed == 0
    await sendoff.close()
    assert bench.shelf.closed == 1


async def test_a_pipeline_that_was_loaded_can_be_opened_as_well(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pipeline = load_pipeline(read_file(bench.path), bench.around)
    async with Sendoff.open(pipeline, around=bench.around, setting=bench.setting) as sendoff:
        assert sendoff.pipeline is pipeline


async def test_a_route_that_is_switched_off_gets_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.open(work=True) as sendoff:
        await sendoff.send(EVENT)
        counts = await sendoff.drain()
    assert set(counts["routes"]) == {"one", "two"}
    assert len(bench.red.delivered) == 1


async def test_what_an_earlier_process_could_not_decide_is_decided_on_opening(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    async with bench.open() as sendoff:
        await sendoff.store.append([Incoming(b'{"type": "identify", "userId": "u1"}')])
    async with bench.open(work=True) as sendoff:
        assert not await sendoff.store.undecided(1)
        assert (await sendoff.drain())["routes"]["one"]["delivered"] == 1


async def test_what_an_earlier_process_did_not_deliver_is_delivered(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.open() as sendoff:
        await sendoff.send(EVENT)
        await sendoff.send(EVENT)
    async with bench.open(work=True) as sendoff:
        await sendoff.drain()
    assert (len(bench.red.delivered), len(bench.blue.delivered)) == (2, 2)


async def test_a_route_sends_batches_as_the_file_says_and_a_drain_waits_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path)
    monkeypatch.setattr(Red, "batching", Batching(max_events=10, max_wait=2.0))
    batch = "settings: {account: acme}, batch: {max_events: 2, max_wait: 50s}"
    bench.path.write_text(PIPELINE.replace("settings: {account: acme}", batch, 1))
    async with bench.open(work=True) as sendoff:
        await sendoff.send(EVENT)
        await bench.clock.advance(10)
        await sendoff.send(EVENT)
        await bench.clock.advance(10)
        await sendoff.send(EVENT)
        await bench.clock.advance(10)
        assert bench.red.delivered == [10.0, 10.0]
        await sendoff.drain()
    assert bench.red.delivered == [10.0, 10.0, 30.0]


async def test_an_event_sent_again_is_known_by_its_message_id_and_by_nothing_else(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    async with bench.open(work=True) as sendoff:
        await sendoff.send_many([EVENT, EVENT])
        await sendoff.send_many([{**EVENT, "messageId": "m-1"}, {**EVENT, "messageId": "m-1"}])
        counts = await sendoff.drain()
    assert (counts["events"], counts["duplicates"]) == (4, 1)
    assert len(bench.red.delivered) == 3


async def test_destinations_that_call_their_accounts_alike_do_not_share_a_pace(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, Throttled(30.0))
    async with bench.open(work=True) as sendoff:
        await sendoff.send(EVENT)
        await bench.clock.run(sendoff.drain())
    assert bench.blue.delivered == [0.0]
    assert bench.red.delivered == [30.0]


async def test_a_plugin_that_cannot_be_connected_is_named_and_not_called_a_bug_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: Paint, _settings: object, _http: object) -> Connection:
        raise KeyError("colour")

    bench = Bench(tmp_path)
    monkeypatch.setattr(Red, "connect", broken)
    with pytest.raises(SendoffError, match="the plugin of `red` raised KeyError: 'colour'"):
        async with bench.open(work=True):
            pass


async def test_a_connection_can_be_asked_without_any_delivery(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.open() as sendoff:
        [first, *_] = sendoff.pipeline.routes
        assert await sendoff.connect(first).verify([]) == [Finding("ok", "paint is there")]


async def test_a_source_may_give_the_key_of_what_bears_none(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    body = b'{"type": "identify", "userId": "u1"}'
    async with bench.open(work=True) as sendoff:
        await sendoff.send_many([Incoming(body, "line 1"), Incoming(body, "line 2")])
        await sendoff.send_many([Incoming(body, "line 1")])
        counts = await sendoff.drain()
    assert (counts["events"], counts["duplicates"]) == (3, 1)


async def test_an_address_the_store_cannot_use_is_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.path.write_text(PIPELINE.replace("shelf:north", "memory:north"))
    with pytest.raises(UsageError, match="takes no address"):
        async with bench.open():
            raise AssertionError
