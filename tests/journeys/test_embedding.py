"""sendoff inside somebody's program: everything through `Sendoff.open`."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from sendoff import ConfigurationError, InvalidEvent, Sendoff, SendoffError, UsageError
from sendoff.clock import Clock
from sendoff.event import Event
from sendoff.hookspecs import hookimpl
from sendoff.journal import Attempted, DecidedEvent
from sendoff.pipeline import Setting
from sendoff.pipeline_file import Surroundings
from sendoff.records import newest
from sendoff.sources import read_lines
from sendoff.store.deaths import DeadQuery
from sendoff.store.engine import Engine
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Appended, Decided, Incoming, Lease, Settlement
from sendoff.testing.clock import VirtualClock
from sendoff_freshdesk.sandbox import FreshdeskSandbox

Open = Callable[..., AbstractAsyncContextManager[Sendoff]]
CONSENT = {"consent": {"canonical": {"marketing": True}}}


def identify(name: str, **more: Any) -> dict[str, Any]:
    """A call that makes a contact of this name."""
    traits = {"name": name, "email": f"{name}@example.com"}
    return {"type": "identify", "userId": name, "traits": traits, "context": CONSENT, **more}


def emails(desk: FreshdeskSandbox) -> list[str]:
    return [str(user.email) for user in desk.contacts.users.values() if not user.agent]


async def test_what_is_sent_is_delivered(opened: Open, desk: FreshdeskSandbox) -> None:
    async with opened() as sendoff:
        receipt = await sendoff.send(identify("ada"))
        assert receipt.number == 1
        assert await sendoff.drain() == {
            "events": 1, "invalid": 0, "duplicates": 0,
            "routes": {
                "support": {"dropped": {}, "deliveries": 1, "delivered": 1, "skipped": 0,
                            "dead": 0, "waiting": 0, "held": None},
            },
        }  # fmt: skip
    assert emails(desk) == ["ada@example.com"]


async def test_a_receipt_is_given_when_the_event_is_kept_and_not_when_it_is_delivered(
    opened: Open, desk: FreshdeskSandbox
) -> None:
    desk.faults.replace("503*")
    async with opened() as sendoff:
        await sendoff.send(identify("ada"))
        assert not emails(desk)
        assert (await sendoff.store.depth("support")).waiting == 1


async def test_several_are_kept_in_their_order(opened: Open, desk: FreshdeskSandbox) -> None:
    async with opened() as sendoff:
        receipts = await sendoff.send_many(identify(f"p{n}") for n in range(450))
        assert [receipt.number for receipt in receipts] == list(range(1, 451))
        counts = await sendoff.drain()
    assert counts["routes"]["support"]["delivered"] == 450
    assert len(emails(desk)) == 450


async def test_none_is_as_good_as_several(opened: Open) -> None:
    async with opened() as sendoff:
        assert await sendoff.send_many([]) == []
        assert (await sendoff.drain())["events"] == 0


@pytest.mark.parametrize("event", ["{}", b"{}", {"type": "page"}])
async def test_one_event_is_not_several(opened: Open, event: Any) -> None:
    async with opened() as sendoff:
        with pytest.raises(UsageError, match="`send`"):
            await sendoff.send_many(event)
        assert not await sendoff.store.undecided(1)


@pytest.mark.parametrize("kind", [dict, json.dumps, lambda event: json.dumps(event).encode()])
async def test_an_event_is_a_mapping_or_its_json(
    opened: Open, desk: FreshdeskSandbox, kind: Callable[[Any], Any]
) -> None:
    async with opened() as sendoff:
        await sendoff.send(kind(identify("ada")))
        await sendoff.drain()
    assert emails(desk) == ["ada@example.com"]


async def test_a_mapping_may_hold_what_json_has_no_word_for(opened: Open) -> None:
    event = identify(
        "ada", timestamp=datetime(2026, 1, 2, 14, 4, tzinfo=UTC),
        messageId=UUID("0c7d1d2e-5b0a-4a52-8a39-6a5b0c2f1f11"),
        properties={"price": Decimal("19.90"), "born": date(1815, 12, 10), "tags": {"b", "a"}},
    )  # fmt: skip
    async with opened() as sendoff:
        await sendoff.send(event)
        await sendoff.send(event)
        counts = await sendoff.drain()
        message = await sendoff.store.event(1)
    assert message is not None
    kept = Event.from_message(message.body, received_at=message.received_at)
    assert kept.timestamp == "2026-01-02T14:04:00.000Z"
    assert kept.message_id == "0c7d1d2e-5b0a-4a52-8a39-6a5b0c2f1f11"
    assert kept.properties == {"price": 19.9, "born": "1815-12-10", "tags": ["a", "b"]}
    assert (counts["events"], counts["duplicates"]) == (2, 1)


async def test_text_with_half_a_character_is_repaired_as_anywhere(
    opened: Open, desk: FreshdeskSandbox
) -> None:
    async with opened() as sendoff:
        await sendoff.send(json.dumps(identify("ada")).replace("ada@", "a\ud800da@"))
        counts = await sendoff.drain()
    assert counts["invalid"] == 0


@pytest.mark.parametrize(
    "message", ["", "{", b"\xff", "[1]", "null", '{"type": "shout"}', {}, {"type": 7}]
)
async def test_what_is_no_event_is_kept_with_its_reason_and_never_raises(
    opened: Open, message: Any
) -> None:
    async with opened() as sendoff:
        await sendoff.send(message)
        counts = await sendoff.drain()
        [letter] = await sendoff.store.dead(DeadQuery())
    assert (counts["events"], counts["invalid"]) == (1, 1)
    assert letter.reason == "invalid_event"
    assert letter.detail


class Unspeakable:
    """What has no JSON form."""


@pytest.mark.parametrize("message", [{"userId": Unspeakable()}, Unspeakable(), 7, None, ["a"]])
async def test_what_has_no_json_form_is_an_error_and_nothing_is_kept(
    opened: Open, message: Any
) -> None:
    async with opened() as sendoff:
        with pytest.raises(InvalidEvent):
            await sendoff.send(message)
        with pytest.raises(InvalidEvent):
            await sendoff.send_many([identify("ada"), message])
        assert (await sendoff.drain())["events"] == 0


async def test_deciding_keeps_nothing_and_sends_nothing(
    opened: Open, desk: FreshdeskSandbox
) -> None:
    async with opened() as sendoff:
        records: list[Mapping[str, Any]] = []
        sendoff.journal.subscribe(records.append)
        first, second = sendoff.decide(identify("ada")), sendoff.decide(identify("ada"))
        [dropped] = sendoff.decide({"type": "page", "anonymousId": "a1"})
        [dead] = sendoff.decide("{")
        assert await sendoff.store.append([Incoming(b"{}")]) == [1]
        assert not records
        assert sendoff.tally.events == 0
    assert first == second
    assert first[0].verdict == "send"
    assert msgspec.json.decode(first[0].body)["email"] == "ada@example.com"
    assert (dropped.verdict, dropped.reason) == ("drop", "anonymous")
    assert (dead.route, dead.reason) == (None, "invalid_event")
    assert not len(desk.requests)


async def test_deciding_does_not_remember_what_was_sent(opened: Open) -> None:
    event = identify("ada", messageId="m1")
    async with opened() as sendoff:
        before = sendoff.decide(event)
        await sendoff.send(event)
        await sendoff.drain()
        assert sendoff.decide(event) == before


async def test_what_is_decided_is_what_is_sent(opened: Open, desk: FreshdeskSandbox) -> None:
    async with opened() as sendoff:
        event = {**identify("ada"), "messageId": "m-1"}
        records: list[Mapping[str, Any]] = []
        sendoff.journal.subscribe(records.append)
        [decision] = sendoff.decide(event)
        await sendoff.send(event)
        await sendoff.drain()
        [attempt] = [each for each in records if each["kind"] == "attempt"]
    assert [exchange.payload for exchange in desk.requests] == [decision.payload]
    assert attempt["delivery_id"] == decision.delivery_id


async def test_without_work_events_are_only_kept(opened: Open, desk: FreshdeskSandbox) -> None:
    async with opened(work=False) as sendoff:
        await sendoff.send(identify("ada"))
        assert (await sendoff.store.depth("support")).due == 1
        with pytest.raises(UsageError, match="work=True"):
            await sendoff.drain()
    assert not len(desk.requests)


async def test_leaving_the_block_stops_the_workers_and_gives_back_what_is_out(
    opened: Open, desk: FreshdeskSandbox, clock: VirtualClock
) -> None:
    desk.faults.replace("slow:1000*")
    async with opened() as sendoff:
        await sendoff.send_many(identify(f"p{n}") for n in range(10))
        await clock.advance(1)
        assert (await sendoff.store.depth("support")).leased == 1
    depth = await sendoff.store.depth("support")
    assert (depth.due, depth.leased) == (10, 0)
    assert len(desk.requests) == 1
    await clock.advance(2000)
    assert len(desk.requests) == 1
    assert len(asyncio.all_tasks()) == 1


async def test_an_error_inside_the_block_comes_out_as_it_is(opened: Open) -> None:
    async def fail_inside() -> None:
        async with opened() as sendoff:
            await sendoff.send(identify("ada"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_inside()
    assert len(asyncio.all_tasks()) == 1


async def test_draining_gives_up_when_nothing_happens(
    opened: Open, desk: FreshdeskSandbox, clock: VirtualClock
) -> None:
    desk.faults.replace("503:3600*")
    async with opened() as sendoff:
        await sendoff.send(identify("ada"))
        counts = await clock.run(sendoff.drain(timeout=60))
        assert counts["routes"]["support"]["waiting"] == 1
        assert 60 <= clock.monotonic() < 100


async def test_draining_again_counts_everything_since_it_was_opened(opened: Open) -> None:
    async with opened() as sendoff:
        await sendoff.send(identify("ada"))
        first = await sendoff.drain()
        await sendoff.send(identify("bob"))
        second = await sendoff.drain()
    assert (first["events"], second["events"]) == (1, 2)
    assert second["routes"]["support"]["delivered"] == 2


async def test_what_was_kept_and_not_decided_is_decided_before_it_is_drained(
    opened: Open, desk: FreshdeskSandbox
) -> None:
    async with opened() as sendoff:
        await sendoff.store.append([Incoming(json.dumps(identify("ada")).encode())])
        assert (await sendoff.drain())["routes"]["support"]["delivered"] == 1
    assert emails(desk) == ["ada@example.com"]


async def test_the_same_event_sent_twice_is_delivered_once(
    opened: Open, desk: FreshdeskSandbox
) -> None:
    events = [identify(f"p{n}", messageId=f"m{n}") for n in range(20)]
    async with opened() as sendoff:
        await sendoff.send_many([*events, *events])
        await sendoff.send_many(events)
        await asyncio.gather(*(sendoff.send(event) for event in events))
        counts = await sendoff.drain()
    assert (counts["events"], counts["duplicates"]) == (80, 60)
    assert len(emails(desk)) == len(desk.requests) == 20


async def test_the_same_file_read_twice_sends_nothing_twice(
    opened: Open, desk: FreshdeskSandbox
) -> None:
    alike = json.dumps(identify("ada"))
    lines = [*(json.dumps(identify(f"p{n}", messageId=f"m{n}")) for n in range(5)), alike, alike]
    text = "\n".join(lines).encode()
    async with opened() as sendoff:
        for _ in range(2):
            await sendoff.send_many(line.incoming for line in read_lines(BytesIO(text)))
        counts = await sendoff.drain()
    # Two equal lines without an id are two events; the second time both are known.
    assert (counts["events"], counts["duplicates"]) == (14, 7)
    assert counts["routes"]["support"]["delivered"] == 7


async def test_an_id_used_again_for_something_else_is_another_event_and_marked(
    opened: Open, desk: FreshdeskSandbox
) -> None:
    async with opened() as sendoff:
        records: list[Mapping[str, Any]] = []
        sendoff.journal.subscribe(records.append)
        await sendoff.send(identify("ada", messageId="m1"))
        await sendoff.send(identify("bob", messageId="m1"))
        await sendoff.drain()
        warnings = [each["warnings"] for each in records if "warnings" in each]
    assert emails(desk) == ["ada@example.com", "bob@example.com"]
    assert warnings == [[], ["reused_message_id"]]


class Noting:
    """A watcher that notes the numbers of what was decided, and can be told to fail."""

    def __init__(self, *, broken: bool = False) -> None:
        self.numbers: list[int] = []
        self.settled: list[str] = []
        self._broken = broken

    def decided(self, events: Sequence[DecidedEvent]) -> None:
        self.numbers += [event.number for event in events]
        self._fail()

    def attempted(self, attempts: Sequence[Attempted]) -> None:
        self.settled += [type(each.settlement).__name__ for each in attempts]
        self._fail()

    def held(self, route: str, reason: str | None, detail: str) -> None:
        self._fail()

    def _fail(self) -> None:
        if self._broken:
            raise RuntimeError("this watcher is broken")


class Distant(MemoryStore):
    """A store that takes its time, now more and now less, as one on a disk does."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._delays = cycle([2, 7, 0, 3, 11])

    async def append(self, incoming: Sequence[Incoming]) -> Sequence[int]:
        numbers = await super().append(incoming)
        await self._delay()
        return numbers

    async def undecided(self, limit: int, max_bytes: int | None = None) -> Sequence[Appended]:
        found = await super().undecided(limit, max_bytes)
        await self._delay()
        return found

    async def decide(self, decided: Sequence[Decided]) -> Sequence[int]:
        await self._delay()
        numbers = await super().decide(decided)
        await self._delay()
        return numbers

    async def settle(self, settled: Sequence[tuple[Lease, Settlement]]) -> Sequence[Lease]:
        lost = await super().settle(settled)
        await self._delay()
        return lost

    async def _delay(self) -> None:
        for _ in range(next(self._delays)):
            await asyncio.sleep(0)


class Shelf:
    """A plugin that brings the distant store."""

    @hookimpl
    def sendoff_stores(self) -> list[Engine]:
        return [Engine("distant", "far away", lambda _address, clock, _options: Distant(clock))]


@pytest.fixture
def opened_far(opened: Open, pipeline: str) -> Open:
    """Opens the same pipeline over the distant store."""
    around = Surroundings(environ={"FRESHDESK_API_KEY": "sandbox-key"})
    around.plugins.register("shelf", Shelf())
    return partial(opened, pipeline.replace("store: memory", "store: distant"), around=around)


async def test_many_who_send_at_once_get_different_numbers_and_each_event_is_decided_once(
    opened_far: Open, desk: FreshdeskSandbox
) -> None:
    noted = Noting()
    async with opened_far(watchers=[noted]) as sendoff:
        receipts = await asyncio.gather(*(sendoff.send(identify(f"p{n}")) for n in range(100)))
        counts = await sendoff.drain()
    assert sorted(receipt.number for receipt in receipts) == list(range(1, 101))
    assert noted.numbers == list(range(1, 101))
    assert counts["events"] == 100
    assert len(emails(desk)) == 100


async def test_a_watcher_that_fails_stops_nothing(
    opened: Open, desk: FreshdeskSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    fine = Noting()

    def sink(record: Mapping[str, Any]) -> None:
        raise RuntimeError("this sink is broken")

    async with opened(watchers=[Noting(broken=True), fine]) as sendoff:
        sendoff.journal.subscribe(sink)
        await sendoff.send_many(identify(f"p{n}") for n in range(10))
        counts = await sendoff.drain()
    assert counts["routes"]["support"]["delivered"] == 10
    assert fine.settled == ["Done"] * 10
    assert len(desk.requests) == 10
    assert sum("is broken" in message for message in caplog.messages) == 3


@pytest.mark.parametrize("after", range(0, 60, 5))
async def test_a_send_that_is_cancelled_loses_nothing_that_was_acknowledged(
    opened_far: Open, desk: FreshdeskSandbox, after: int
) -> None:
    async with opened_far() as sendoff:
        sending = [asyncio.create_task(sendoff.send(identify(f"p{n}"))) for n in range(20)]
        for _ in range(after):
            await asyncio.sleep(0)
        for task in sending[::2]:
            task.cancel()
        ended = await asyncio.gather(*sending, return_exceptions=True)
        counts = await sendoff.drain()
    acknowledged = [n for n, end in enumerate(ended) if not isinstance(end, BaseException)]
    assert {f"p{n}@example.com" for n in acknowledged} <= set(emails(desk))
    assert counts["events"] == counts["routes"]["support"]["delivered"] == len(emails(desk))


async def test_two_pipelines_in_one_process_know_nothing_of_each_other(
    opened: Open, account: Callable[..., FreshdeskSandbox]
) -> None:
    desks = account(), account(fail="401*")
    event = identify("ada", messageId="m1")
    async with opened(to=desks[0]) as first, opened(to=desks[1]) as second:
        await first.send(event)
        await second.send(event)
        counts = [(await each.drain())["routes"]["support"] for each in (first, second)]
    assert [each["delivered"] for each in counts] == [1, 0]
    assert [each["held"] for each in counts] == [None, "credentials_refused"]
    assert [len(emails(each)) for each in desks] == [1, 0]


@pytest.fixture
def opened_file(opened: Open, pipeline: str) -> Open:
    """Opens the same pipeline over a store in a file beside it."""
    return partial(opened, pipeline.replace("store: memory", "store: sqlite:./sendoff.db"))


async def test_what_was_kept_is_there_when_the_store_is_opened_again(
    opened_file: Open, desk: FreshdeskSandbox, tmp_path: Path
) -> None:
    events = [identify(f"p{n}", messageId=f"m{n}") for n in range(20)]
    async with opened_file(work=False) as sendoff:
        await sendoff.send_many(events[:10])
        await sendoff.store.append([Incoming(json.dumps(events[10]).encode())])
    assert (tmp_path / "sendoff.db").exists()
    async with opened_file() as sendoff:
        await sendoff.send_many(events)
        counts = await sendoff.drain()
        _last, told = await newest(sendoff.store, 5000)
    route = counts["routes"]["support"]
    assert sorted(emails(desk)) == sorted(f"p{n}@example.com" for n in range(20))
    assert (counts["events"], counts["duplicates"]) == (21, 11)
    assert (route["resumed"], route["delivered"], route["waiting"]) == (10, 20, 0)
    assert len(desk.requests) == 20
    assert [record["kind"] for record in told].count("decision") == 31


async def test_what_is_dropped_for_consent_and_taken_back_is_known_after_a_restart(
    opened_file: Open, desk: FreshdeskSandbox
) -> None:
    async with opened_file(work=False) as sendoff:
        await sendoff.send_many([identify("ada"), identify("bob")])
    async with opened_file(work=False) as sendoff:
        refusal = {"consent": {"canonical": {"marketing": False}}}
        await sendoff.send({**identify("ada"), "context": refusal})
    async with opened_file() as sendoff:
        route = (await sendoff.drain())["routes"]["support"]
    assert (route["delivered"], route["skipped"]) == (1, 1)
    assert emails(desk) == ["bob@example.com"]


async def test_a_store_that_cannot_be_opened_is_told_in_a_sentence(
    opened: Open, pipeline: str
) -> None:
    text = pipeline.replace("store: memory", "store: sqlite:./nowhere/sendoff.db")
    with pytest.raises(SendoffError, match="nowhere"):
        async with opened(text):
            raise AssertionError
    assert len(asyncio.all_tasks()) == 1


WRONG = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: shelf
routes:
  support:
    destination: freshdesc
    blueprint: freshdesk/default
  other:
    destination: freshdesk
    blueprint: freshdesk/default
    settings: {domain: "acme.example.org", api_key: "${env:NOT_THERE}"}
    limit: {}
"""


async def test_a_wrong_file_is_refused_with_everything_that_is_wrong_in_it(opened: Open) -> None:
    with pytest.raises(ConfigurationError) as caught:
        async with opened(WRONG):
            raise AssertionError
    lines = {problem.position.line for problem in caught.value.problems}
    assert {4, 7, 12, 13} <= lines
    assert all(str(problem).count("sendoff.yaml:") for problem in caught.value.problems)
    assert str(caught.value).count("\n") >= 3


async def test_a_file_that_is_not_there_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises((ConfigurationError, UsageError), match=r"nowhere\.yaml"):
        async with Sendoff.open(tmp_path / "nowhere.yaml"):
            raise AssertionError


class Counting(httpx.AsyncBaseTransport):
    """Hands requests on, and counts how often it is closed; may fail at it."""

    def __init__(self, desk: FreshdeskSandbox, *, broken: bool = False) -> None:
        self.closed = 0
        self._inner = httpx.ASGITransport(app=desk)
        self._broken = broken

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        self.closed += 1
        if self._broken:
            raise OSError("cannot be closed")


async def test_a_transport_that_routes_share_is_closed_once(
    opened: Open, two_routes: str, desk: FreshdeskSandbox
) -> None:
    shared = Counting(desk)
    setting = Setting(transports=lambda _route: shared)
    async with opened(two_routes, setting=setting) as sendoff:
        await sendoff.send(identify("ada"))
        counts = await sendoff.drain()
        closed_early = shared.closed
    assert [route["delivered"] for route in counts["routes"].values()] == [1, 1]
    assert (closed_early, shared.closed) == (0, 1)


async def test_everything_is_closed_even_if_closing_one_of_them_fails(
    opened: Open, two_routes: str, desk: FreshdeskSandbox
) -> None:
    transports = {"first": Counting(desk), "second": Counting(desk, broken=True)}
    setting = Setting(transports=transports.__getitem__)
    with pytest.raises(OSError, match="cannot be closed"):
        async with opened(two_routes, setting=setting):
            pass
    assert [each.closed for each in transports.values()] == [1, 1]
    assert len(asyncio.all_tasks()) == 1


async def test_time_of_day_that_goes_back_disturbs_nothing(
    opened: Open, desk: FreshdeskSandbox
) -> None:
    class Backwards(VirtualClock):
        """A clock whose time of day goes back an hour with each look at it."""

        looks = 0

        def now(self) -> datetime:
            self.looks += 1
            return datetime.fromtimestamp(2e9 - 3600 * self.looks, UTC)

    setting = Setting(clock=Backwards(), transports=lambda _route: httpx.ASGITransport(app=desk))
    async with opened(setting=setting) as sendoff:
        receipts = [await sendoff.send(identify(f"p{n}")) for n in range(10)]
        counts = await sendoff.drain()
    assert [receipt.number for receipt in receipts] == list(range(1, 11))
    assert counts["routes"]["support"]["delivered"] == 10


@pytest.fixture(autouse=True)
async def _nothing_is_left_behind() -> AsyncIterator[None]:
    """Whatever is never awaited or never closed is told by the garbage collector."""
    yield
    gc.collect()
