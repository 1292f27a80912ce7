"""What the facade does with stores, accounts and connections; the rest is in the journeys."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count, repeat
from pathlib import Path
from typing import Any, ClassVar

import pytest

from sendoff import builtin
from sendoff.clock import Clock
from sendoff.delivery import Delivered, Delivery, NeedsOperator, Outcome, Retry, Throttled
from sendoff.destination import Action, Batching, Connection, Destination, Finding
from sendoff.documents import read_file
from sendoff.errors import SendoffError, UsageError
from sendoff.hookspecs import hookimpl
from sendoff.http import Http
from sendoff.pipeline import Sendoff, Setting
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.plugins import Plugins
from sendoff.records import newest
from sendoff.store.engine import Engine, StoreOptions
from sendoff.store.failures import StoreFull
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
        self.payloads: list[dict[str, Any]] = []
        self.accounts: list[str] = []
        self.left: list[float] = []
        self.takes: Iterator[float] = repeat(0.0)
        self._clock = clock
        self._first = list(first)

    def account(self, settings: Mapping[str, Any]) -> str:
        return str(settings["account"])

    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        if settings["account"] == "broken":
            raise KeyError("colour")
        self.accounts.append(settings["account"])
        return Brush(self, http)

    async def request(self) -> None:
        self.left.append(self._clock.monotonic())
        await self._clock.sleep(next(self.takes))

    def outcome(self, delivery: Delivery) -> Outcome:
        if self._first:
            return self._first.pop(0)
        self.delivered.append(self._clock.monotonic())
        self.payloads.append(delivery.payload)
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
        await self._paint.request()
        return [self._paint.outcome(each) for each in deliveries]


class Shelf:
    """Brings the two destinations, and a store that outlives the pipelines that open it."""

    def __init__(self, *destinations: Destination) -> None:
        self.opened: dict[str, MemoryStore] = {}
        self.options: StoreOptions | None = None
        self.closed = 0
        self._destinations = destinations

    @hookimpl
    def sendoff_destinations(self) -> Sequence[Destination]:
        return self._destinations

    @hookimpl
    def sendoff_stores(self) -> list[Engine]:
        return [Engine("shelf", "on a shelf", self._open)]

    def _open(self, address: str, clock: Clock, options: StoreOptions) -> MemoryStore:
        self.options = options
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
    bench.path.write_text(PIPELINE + "events: {keep: 2d}\n")
    async with bench.open() as sendoff:
        assert bench.shelf.opened == {"north": sendoff.store}
        assert bench.shelf.options == StoreOptions(keep=2 * 86400.0, folder=tmp_path)
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


async def test_what_another_process_may_be_deciding_right_now_is_left_to_it(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    async with bench.open(work=True) as sendoff:
        await bench.clock.advance(25)
        await sendoff.store.append([Incoming(b'{"type": "identify", "userId": "u1"}')])
        await bench.clock.advance(10)
        assert len(await sendoff.store.undecided(1)) == 1
        await bench.clock.advance(30)
        assert not await sendoff.store.undecided(1)
        assert bench.red.delivered == [60.0]


async def test_all_that_another_process_left_undecided_is_decided_at_one_look(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    async with bench.open(work=True) as sendoff:
        left = [Incoming(b'{"type": "identify"}', f"left {number}") for number in range(450)]
        await sendoff.store.append(left)
        await bench.clock.advance(31)
        assert not await sendoff.store.undecided(1)


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
        async with bench.open() as sendoff:
            await sendoff.send(EVENT)


async def test_deciding_opens_no_store(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.open() as sendoff:
        assert {each.verdict for each in sendoff.decide(EVENT)} == {"send"}
    assert not bench.shelf.opened


async def test_without_a_store_line_events_live_in_a_file_beside_the_pipeline(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    bench.path.write_text(PIPELINE.replace('store: "shelf:north"\n', ""))
    assert load_pipeline(read_file(bench.path), bench.around).store == "sqlite:./sendoff.db"


class Stopped(MemoryStore):
    """A store that takes nothing."""

    async def append(self, incoming: Sequence[Incoming]) -> Sequence[int]:
        raise StoreFull("the disk of acme.db is full (make room)")


async def test_what_the_store_cannot_keep_is_not_acknowledged(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.shelf.opened["north"] = Stopped(bench.clock)
    async with bench.open() as sendoff:
        with pytest.raises(StoreFull, match="make room"):
            await sendoff.send(EVENT)
        assert sendoff.tally.events == 0


async def test_what_another_process_kept_is_decided_before_long(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.open(work=True) as sendoff:
        await sendoff.store.append([Incoming(b'{"type": "identify", "userId": "u1"}')])
        await bench.clock.advance(31)
        assert sendoff.tally.routes["one"].delivered == 1


async def test_what_waited_already_is_counted_as_resumed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.open() as sendoff:
        await sendoff.send_many([EVENT] * 3)
    async with bench.open(work=True) as sendoff:
        await sendoff.send(EVENT)
        one = (await sendoff.drain())["routes"]["one"]
    assert (one["deliveries"], one["resumed"], one["delivered"], one["waiting"]) == (4, 3, 4, 0)


async def test_the_journal_is_in_the_store_without_secrets(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Retry("http_500", detail="you sent s3cret-of-acme"))
    bench.path.write_text(PIPELINE + 'server: {write_keys: ["${env:KEY}"]}\n')
    bench.around = replace(bench.around, environ={"KEY": "s3cret-of-acme"})
    async with bench.open(work=True) as sendoff:
        await sendoff.send(EVENT)
        await bench.clock.run(sendoff.drain())
        store = sendoff.store
    entries = [entry for _number, entry in await store.notes()]
    assert "s3cret" not in repr(entries)
    _last, records = await newest(store, 100)
    assert [record["kind"] for record in records].count("decision") == 2
    [failed] = [each for each in records if each.get("outcome") == "Retry"]
    assert (failed["route"], failed["detail"]) == ("one", "you sent ***")
    assert all(record["at"].startswith("2026-01-02T14:00:0") for record in records)


DEMANDING = PIPELINE.replace("account: acme}", "account: acme}, consent: [marketing]", 1)


def consenting(marketing: bool, **more: Any) -> dict[str, Any]:
    return {**EVENT, "context": {"consent": {"canonical": {"marketing": marketing}}}, **more}


async def test_consent_that_is_taken_back_stops_what_waits(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.path.write_text(DEMANDING)
    async with bench.open() as sendoff:
        await sendoff.send_many([consenting(True), consenting(True, userId="u2")])
        await sendoff.send(consenting(False))
    async with bench.open(work=True) as sendoff:
        counts = (await sendoff.drain())["routes"]
        store = sendoff.store
    _last, records = await newest(store, 100)
    [skipped] = [each for each in records if each.get("outcome") == "Skipped"]
    assert (counts["one"]["skipped"], counts["one"]["delivered"]) == (1, 1)
    assert (counts["two"]["skipped"], counts["two"]["delivered"]) == (0, 3)
    assert (skipped["reason"], skipped["route"]) == ("consent_withdrawn", "one")


@pytest.mark.parametrize("seconds", [2.0, 30.0, 900.0])
async def test_a_429_stops_every_worker_of_the_account_no_longer_and_no_shorter_than_asked(
    tmp_path: Path, seconds: float
) -> None:
    bench = Bench(tmp_path)
    both_red = PIPELINE.replace("destination: blue, blueprint: ./blue",
                                "destination: red, blueprint: ./red")  # fmt: skip
    bench.path.write_text(both_red)
    # No two answers come at the same time, so it can be told what was there first.
    bench.red.takes = (0.5 + n / 1000 for n in count())
    async with bench.open(work=True) as first, bench.open(work=True) as second:
        await first.send_many([EVENT] * 100)
        await bench.clock.advance(5)
        bench.red._first = [Throttled(seconds)]
        while bench.red._first:
            await bench.clock.advance(0.001)
        answered = bench.clock.monotonic()
        await bench.clock.advance(seconds + 600)
        left = [at for at in bench.red.left if at > answered]
        workers = [sendoff.tally.routes["one"].delivered for sendoff in (first, second)]
    assert answered < 6
    assert min(left) == pytest.approx(answered + seconds, abs=0.002)
    assert sum(at < answered + seconds + 0.002 for at in left) > 1
    assert len(bench.red.delivered) == 200
    assert min(workers) > 10


async def test_a_changed_file_holds_for_what_is_not_decided_yet(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.open() as sendoff:
        await sendoff.store.append([Incoming(b'{"type": "identify", "userId": "u1"}')])
        bench.path.write_text(PIPELINE.replace("  two:", "  zwei:"))
        await sendoff.reload(bench.path)
        await sendoff.send_many(())
        assert (await sendoff.store.depth("zwei")).waiting == 1
        assert (await sendoff.store.depth("two")).waiting == 0
        assert [each.route for each in sendoff.decide(EVENT)] == ["one", "zwei"]


async def test_what_is_decided_keeps_its_payload_and_leaves_by_the_new_settings(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, *[NeedsOperator("credentials_refused")] * 9)
    async with bench.open(work=True) as sendoff:
        await sendoff.send(EVENT)
        await bench.clock.advance(1)
        assert sendoff.tally.routes["one"].held == "credentials_refused"
        bench.red._first.clear()
        (tmp_path / "red.yaml").write_text(
            BLUEPRINT.replace("DESTINATION", "red").replace("user_id", "anonymous_id")
        )
        bench.path.write_text(PIPELINE.replace("account: acme", "account: other", 1))
        await sendoff.reload(bench.path)
        counts = await bench.clock.run(sendoff.drain())
    assert counts["routes"]["one"]["delivered"] == 1
    assert bench.red.accounts == ["acme", "other"]
    assert bench.red.payloads == [{"user": "u1"}]
    assert bench.clock.monotonic() == 1.0  # a new connection begins without the hold


async def test_routes_come_and_go_and_what_waits_for_one_that_is_gone_stays(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, *[NeedsOperator("credentials_refused")] * 9)
    async with bench.open(work=True) as sendoff:
        await sendoff.send(EVENT)
        await bench.clock.advance(1)
        bench.path.write_text(PIPELINE.replace("  one:", "  new:"))
        bench.red._first.clear()
        await sendoff.reload(bench.path)
        await sendoff.send(EVENT)
        counts = (await sendoff.drain())["routes"]
        assert (counts["new"]["delivered"], counts["two"]["delivered"]) == (1, 2)
        assert (await sendoff.store.depth("one")).due == 1
        bench.path.write_text(PIPELINE)
        await sendoff.reload(bench.path)
        await sendoff.drain()
        assert (await sendoff.store.depth("one")).waiting == 0


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (PIPELINE.replace("./red.yaml", "./rad.yaml"), "rad.yaml"),
        (PIPELINE.replace("shelf:north", "shelf:south"), "`store` and `events.keep` cannot change"),
        (PIPELINE + "events: {keep: 1d}\n", "`store` and `events.keep` cannot change"),
        (PIPELINE.replace("account: acme", "account: broken", 1), "KeyError: 'colour'"),
    ],
)
async def test_a_file_that_cannot_be_used_changes_nothing_and_says_why(
    tmp_path: Path, wrong: str, error: str
) -> None:
    bench = Bench(tmp_path)
    async with bench.open(work=True) as sendoff:
        pipeline, router = sendoff.pipeline, sendoff.router
        bench.path.write_text(wrong.replace("  two:", "  zwei:"))
        with pytest.raises(SendoffError, match=error):
            await sendoff.reload(bench.path)
        assert (sendoff.pipeline, sendoff.router) == (pipeline, router)
        await sendoff.send(EVENT)
        assert set((await sendoff.drain())["routes"]) == {"one", "two"}


async def test_secrets_of_a_changed_file_are_covered_from_then_on(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.around = replace(bench.around, environ={"KEY": "s3cret-of-acme"})
    async with bench.open(work=True) as sendoff:
        bench.path.write_text(PIPELINE + 'server: {write_keys: ["${env:KEY}"]}\n')
        await sendoff.reload(bench.path)
        assert sendoff.redactor.text("s3cret-of-acme") == "***"
