"""Usage events when Freshsuccess, or the way there, fails: what is counted, and what is known."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff import Sendoff
from sendoff.documents import read_file
from sendoff.journal import Attempted, DecidedEvent
from sendoff.pipeline import Setting
from sendoff.pipeline_file import Pipeline, Surroundings, load_pipeline
from sendoff.serving import serve
from sendoff.store.deaths import DeadQuery
from sendoff.store.promise import Dead, Done
from sendoff.testing.clock import VirtualClock
from sendoff.testing.faults import Down, FaultProxy, LimitData, LostAnswer, ResetPeer, Toxic
from sendoff.waiting import kept_up
from sendoff_freshsuccess.sandbox import FreshsuccessSandbox, create_sandbox

AUTH_KEY, API_KEY = "sandbox-auth-key", "sandbox-api-key"
PIPELINE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: memory
routes:
  success:
    destination: freshsuccess
    blueprint: freshsuccess/default
    settings:
      base_url: "{url}"
      auth_key: {auth_key}
      api_key: {api_key}
      compression: none
      repeat: {repeat}
    limits: {{concurrency: 2}}
    batch: {{max_events: {most}}}
"""
REPEATS = ("at_least_once", "at_most_once")


def pipeline(url: str, *, repeat: str = REPEATS[0], most: int = 500, **keys: Any) -> str:
    known = {"auth_key": AUTH_KEY, "api_key": API_KEY}
    return PIPELINE.format(url=url, repeat=repeat, most=most, **known | keys)


def used(number: int, people: int = 3, **properties: Any) -> dict[str, Any]:
    """A call whose session tells its number."""
    return {
        "type": "track", "event": "Search", "userId": f"u-{number % people}",
        "messageId": f"m{number}", "timestamp": "2026-01-01T00:00:00Z", "properties": properties,
        "context": {"groupId": "acct-4410", "sessionId": f"s-{number}"},
    }  # fmt: skip


def arrived(sandbox: FreshsuccessSandbox) -> list[int]:
    """The numbers of the events that were counted, in the order in which they came."""
    return [int(event["sessionId"][2:]) for event in sandbox.events]


def in_order(numbers: Sequence[int], people: int = 3) -> bool:
    """Whether each person's events came in order; a repetition may come late."""
    firsts = list(dict.fromkeys(numbers))
    by_person = [[each for each in firsts if each % people == one] for one in range(people)]
    return all(each == sorted(each) for each in by_person)


def posts(sandbox: FreshsuccessSandbox) -> list[tuple[int, list[int]]]:
    """Each request with events: its status, and their numbers."""
    return [
        (each.status, [int(json.loads(line)["sessionId"][2:]) for line in each.body.splitlines()])
        for each in sandbox.requests
        if each.body
    ]


def add_up(counts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The counts of the route, which have to add up."""
    route: Mapping[str, Any] = counts["routes"]["success"]
    ended = route["delivered"] + route["skipped"] + route["dead"]
    assert route["deliveries"] == ended + route["waiting"] == counts["events"]
    return route


Opened = Callable[..., AbstractAsyncContextManager[Sendoff]]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Opens a pipeline of this text. Without chance, nothing waits before it is tried again."""

    def open_pipeline(text: str, *watchers: Any, **setting: Any) -> Any:
        path = tmp_path / "sendoff.yaml"
        path.write_text(text)
        around = Surroundings(environ={})
        return Sendoff.open(
            path, work=True, around=around, watchers=watchers,
            setting=Setting(**{"random": lambda: 0.0, **setting}),
        )  # fmt: skip

    return open_pipeline


# The command, from outside.


@dataclass(frozen=True)
class Ended:
    code: int
    counts: Any
    err: str


async def run(folder: Path, text: str, count: int, *options: str) -> Ended:
    """`sendoff run --json` with so many events."""
    (folder / "sendoff.yaml").write_text(text)
    lines = "\n".join(json.dumps(used(number)) for number in range(count))
    (folder / "events.ndjson").write_text(lines)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sendoff", "run", "events.ndjson", "--json", *options,
        cwd=folder, env=dict(os.environ), stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert b"Traceback" not in err
    assert process.returncode is not None
    return Ended(process.returncode, json.loads(out), err.decode())


async def test_wrong_keys_hold_the_route_after_one_request(tmp_path: Path) -> None:
    sandbox = create_sandbox()
    async with serve(sandbox) as server:
        text = pipeline(server.url, auth_key=API_KEY, api_key=AUTH_KEY, most=2)
        ended = await run(tmp_path, text, 9)
    route = add_up(ended.counts)
    assert ended.code == 4
    assert (route["held"], route["waiting"], route["dead"]) == ("keys_refused", 9, 0)
    # Nothing is tried piece by piece: no event is to blame.
    assert [(status, len(events)) for status, events in posts(sandbox)] == [(400, 2)]


async def test_a_lost_answer_is_dead_where_nothing_may_count_twice(tmp_path: Path) -> None:
    sandbox = create_sandbox()
    async with serve(sandbox) as server, FaultProxy(upstream=server.address) as proxy:
        proxy.add(LostAnswer(times=1))
        ended = await run(tmp_path, pipeline(proxy.url, repeat="at_most_once", most=2), 6)
    route = add_up(ended.counts)
    assert ended.code == 1
    assert (route["delivered"], route["dead"], route["held"]) == (4, 2, None)
    assert sorted(arrived(sandbox)) == list(range(6))


async def test_a_lost_answer_is_sent_again_where_that_is_wanted(tmp_path: Path) -> None:
    sandbox = create_sandbox()
    async with serve(sandbox) as server, FaultProxy(upstream=server.address) as proxy:
        proxy.add(LostAnswer(times=1))
        ended = await run(tmp_path, pipeline(proxy.url), 6)
    route = add_up(ended.counts)
    assert ended.code == 0
    assert (route["delivered"], route["dead"]) == (6, 0)
    assert Counter(arrived(sandbox)) == dict.fromkeys(range(6), 2)


async def test_a_host_that_is_not_there_costs_no_event(tmp_path: Path) -> None:
    sandbox = create_sandbox()
    async with serve(sandbox) as server, FaultProxy(upstream=server.address) as proxy:
        proxy.add(Down())
        text = pipeline(proxy.url, repeat="at_most_once", most=1)
        ended = await run(tmp_path, text, 6, "--wait", "500ms")
    route = add_up(ended.counts)
    assert (route["delivered"], route["dead"], route["waiting"]) == (0, 0, 6)
    assert ended.code in {1, 4}


# The library, over sockets.


@pytest.mark.parametrize("keys", [{"auth_key": "other"}, {"api_key": "other"}])
async def test_keys_that_do_not_go_together_are_not_tried_again(
    opened: Opened, keys: dict[str, Any]
) -> None:
    sandbox = create_sandbox(sources=[{"auth_key": "other", "api_key": "other"}])
    async with serve(sandbox) as server, opened(pipeline(server.url, **keys)) as sendoff:
        await sendoff.send_many(used(number) for number in range(9))
        route = add_up(await sendoff.drain(timeout=30))
        letters = await sendoff.store.dead(DeadQuery("success"))
        assert "not swapped" in sendoff.tally.routes["success"].held_detail
    assert (route["held"], route["waiting"]) == ("keys_refused", 9)
    assert letters == []
    assert [(status, len(events)) for status, events in posts(sandbox)] == [(400, 9)]


@asynccontextmanager
async def behind(toxic: Toxic, **switches: Any) -> AsyncIterator[tuple[str, Any]]:
    """A sandbox behind a proxy that does this once."""
    sandbox = create_sandbox(**switches)
    async with serve(sandbox) as server, FaultProxy(upstream=server.address) as proxy:
        proxy.add(toxic)
        yield proxy.url, sandbox


# What becomes of the first request, and whether the collector has counted its events.
UNKNOWN = [
    pytest.param(LostAnswer(times=1), True, id="lost answer"),
    pytest.param(LostAnswer(times=1, reset=True), True, id="reset after the body was read"),
    pytest.param(ResetPeer(times=1, stream="upstream"), False, id="reset before it was read"),
    pytest.param(LimitData(times=1, bytes=900, stream="upstream"), False, id="half a request"),
]


def told(sendoff: Sendoff) -> list[Mapping[str, Any]]:
    """The records of the journal from now on."""
    records: list[Mapping[str, Any]] = []
    sendoff.journal.subscribe(records.append)
    return records


def came_to(records: Iterable[Mapping[str, Any]]) -> Counter[tuple[str, bool, str]]:
    """What the attempts came to, as the journal has it."""
    return Counter(
        (record["outcome"], record.get("maybe_delivered", False), record["then"])
        for record in records
        if record["kind"] == "attempt"
    )


@pytest.mark.parametrize(("toxic", "counted"), UNKNOWN)
async def test_at_least_once_repeats_what_may_have_been_counted_and_says_so(
    opened: Opened, toxic: Toxic, counted: bool
) -> None:
    async with behind(toxic) as (url, sandbox), opened(pipeline(url, most=6)) as sendoff:
        records = told(sendoff)
        await sendoff.send_many(used(number, total=1.5) for number in range(12))
        route = add_up(await sendoff.drain(timeout=30))
        attempts = came_to(records)
    assert (route["delivered"], route["dead"]) == (12, 0)
    assert attempts == {("Retry", True, "Later"): 6, ("Delivered", False, "Done"): 12}
    times = Counter(arrived(sandbox))
    assert set(times) == set(range(12))
    assert Counter(times.values()) == ({1: 6, 2: 6} if counted else {1: 12})
    assert in_order(arrived(sandbox))
    # What the vendor would add up: 1.5 for each time.
    sums = [each.sum for each in sandbox.viewer.totals.by_key.values()]
    assert sum(sums) == 1.5 * (18 if counted else 12)


@pytest.mark.parametrize(("toxic", "counted"), UNKNOWN)
async def test_at_most_once_gives_up_what_may_have_been_counted(
    opened: Opened, toxic: Toxic, counted: bool
) -> None:
    text = pipeline("URL", repeat="at_most_once", most=6)
    async with behind(toxic) as (url, sandbox), opened(text.replace("URL", url)) as sendoff:
        await sendoff.send_many(used(number) for number in range(12))
        route = add_up(await sendoff.drain(timeout=30))
        letters = await sendoff.store.dead(DeadQuery("success"))
    assert (route["delivered"], route["dead"], route["held"]) == (6, 6, None)
    assert {letter.reason for letter in letters} == {"unknown_outcome"}
    assert all("may have counted this event" in letter.detail for letter in letters)
    times = Counter(arrived(sandbox))
    assert set(times.values()) == {1}
    assert len(times) == (12 if counted else 6)
    assert in_order(arrived(sandbox))


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_an_error_after_the_work_is_an_unknown_outcome_too(
    opened: Opened, status: int
) -> None:
    sandbox = create_sandbox(fail=f"lost:{status}")
    text = pipeline("URL", repeat="at_most_once")
    async with serve(sandbox) as server, opened(text.replace("URL", server.url)) as sendoff:
        await sendoff.send_many(used(number) for number in range(5))
        route = add_up(await sendoff.drain(timeout=30))
    assert route["dead"] == 5
    assert sorted(arrived(sandbox)) == list(range(5))


@pytest.mark.parametrize("repeat", REPEATS)
async def test_what_never_left_is_tried_until_the_host_is_there(
    opened: Opened, repeat: str
) -> None:
    clock, sandbox = VirtualClock(turns=10, grace=0.001), create_sandbox()
    async with serve(sandbox) as server, FaultProxy(upstream=server.address) as proxy:
        proxy.add(Down())
        text = pipeline(proxy.url, repeat=repeat, most=2)
        async with opened(text, clock=clock) as sendoff:
            records = told(sendoff)
            await sendoff.send_many(used(number) for number in range(10))
            while not (route := add_up(sendoff.tally.as_json()))["held"]:
                await clock.advance(1)
            await clock.advance(30)  # with a probe or two
            assert (route["held"], route["waiting"]) == ("unreachable", 10)
            assert not any(outcome[1] for outcome in came_to(records))
            proxy.reset()
            route = add_up(await drained(sendoff, clock))
    assert (route["delivered"], route["held"]) == (10, None)
    assert sorted(arrived(sandbox)) == list(range(10))
    assert in_order(arrived(sandbox))


@pytest.mark.parametrize("script", ["429:1", "503:1"])
async def test_over_a_socket_nothing_comes_earlier_than_asked(opened: Opened, script: str) -> None:
    sandbox = create_sandbox(fail=script)
    async with serve(sandbox) as server, opened(pipeline(server.url)) as sendoff:
        await sendoff.send_many(used(number) for number in range(20))
        route = add_up(await sendoff.drain(timeout=30))
    assert route["delivered"] == 20
    first, second = sandbox.requests
    assert (first.status, second.status) == (int(script[:3]), 200)
    assert second.at - first.at >= 1.0
    assert first.body == second.body


@pytest.mark.parametrize(
    "switches", [{"max_events": 60}, {"max_events": 1}, {"max_body": 9000}, {"max_body": 200}]
)
async def test_what_is_too_much_for_one_request_arrives_in_several(
    opened: Opened, switches: dict[str, Any]
) -> None:
    sandbox = create_sandbox(**switches)
    async with serve(sandbox) as server, opened(pipeline(server.url)) as sendoff:
        await sendoff.send_many(used(number) for number in range(120))
        route = add_up(await sendoff.drain(timeout=30))
    assert (route["delivered"], route["dead"]) == (120, 0)
    assert sorted(arrived(sandbox)) == list(range(120))
    assert in_order(arrived(sandbox))
    assert sandbox.requests.by_status[413] > 0


async def test_what_is_too_large_by_itself_is_dead_and_its_neighbours_arrive(
    opened: Opened,
) -> None:
    sandbox = create_sandbox(max_body=2000)
    async with serve(sandbox) as server, opened(pipeline(server.url)) as sendoff:
        large: dict[str, Any] = {f"k{n}": "v" * 900 for n in range(3)}
        events = [used(number, **large if number == 7 else {}) for number in range(40)]
        await sendoff.send_many(events)
        route = add_up(await sendoff.drain(timeout=30))
        letters = await sendoff.store.dead(DeadQuery("success"))
    assert (route["delivered"], [letter.reason for letter in letters]) == (39, ["too_large"])
    assert sorted(arrived(sandbox)) == [number for number in range(40) if number != 7]
    assert in_order(arrived(sandbox))


# The library, on a clock that a test moves.


def in_process(clock: VirtualClock, **switches: Any) -> tuple[FreshsuccessSandbox, Any]:
    """A sandbox on this clock, and what reaches it without a socket."""
    sandbox = create_sandbox(clock=lambda: clock.now().timestamp(), sleep=clock.sleep, **switches)
    transport = httpx.ASGITransport(app=sandbox)
    return sandbox, {"clock": clock, "transports": lambda _route: transport}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("chance", [0.0, 0.99])
async def test_no_event_comes_again_earlier_than_its_answer_asked(
    opened: Opened, status: int, chance: float
) -> None:
    script = f"{status}:40,{status}:7,ok,{status}:90"
    sandbox, setting = in_process(clock := VirtualClock(), fail=script)
    text = pipeline("http://127.0.0.1:1", most=4)
    async with opened(text, **setting, random=lambda: chance) as sendoff:
        await sendoff.send_many(used(number) for number in range(12))
        route = add_up(await clock.run(sendoff.drain()))
    assert route["delivered"] == 12
    assert sorted(arrived(sandbox)) == list(range(12))
    asked = {0: 40.0, 1: 7.0, 3: 90.0}
    requests = list(sandbox.requests)
    for number, seconds in asked.items():
        refused = requests[number]
        lines = set(refused.body.splitlines())
        again = [each for each in requests[number + 1 :] if lines & set(each.body.splitlines())]
        assert refused.status == status
        assert again[0].at - refused.at >= seconds
        if status == 429:  # which is said of all requests of the account
            assert requests[number + 1].at - refused.at >= seconds


@pytest.mark.parametrize("answer", ["503:5", "503", "429:5", "lost"])
async def test_behind_a_half_that_has_to_wait_the_other_half_waits(
    opened: Opened, answer: str
) -> None:
    sandbox, setting = in_process(clock := VirtualClock(), fail=f"ok,{answer}", max_events=3)
    async with opened(pipeline("http://127.0.0.1:1", most=6), **setting) as sendoff:
        await sendoff.send_many(used(number, people=1) for number in range(12))
        route = add_up(await clock.run(sendoff.drain()))
    assert route["delivered"] == 12
    assert list(dict.fromkeys(arrived(sandbox))) == list(range(12))
    tried = [numbers for _status, numbers in posts(sandbox)][:3]
    assert tried == [[0, 1, 2, 3, 4, 5], [0, 1, 2], [0, 1, 2, 3, 4, 5]]


async def test_a_ping_that_is_told_to_wait_is_obeyed(opened: Opened) -> None:
    sandbox, setting = in_process(clock := VirtualClock(), fail="lost,429:40")
    text = pipeline("http://127.0.0.1:1", repeat="at_most_once", most=1)
    async with opened(text, **setting) as sendoff:
        await sendoff.send_many(used(number) for number in range(2))
        route = add_up(await clock.run(sendoff.drain()))
    assert (route["delivered"], route["dead"]) == (1, 1)
    lost, ping, later = list(sandbox.requests)[:3]
    assert (lost.status, ping.status, ping.path) == (0, 429, "/v1/ping")
    assert later.at - ping.at >= 40.0


async def test_who_is_stopped_while_it_asks_for_a_sign_of_life_has_sent_nothing(
    opened: Opened,
) -> None:
    sandbox, setting = in_process(clock := VirtualClock(), fail="lost,slow:60")
    text = pipeline("http://127.0.0.1:1", repeat="at_most_once", most=1)
    async with opened(text, **setting) as sendoff:
        await sendoff.send_many(used(number) for number in range(2))
        await clock.advance(0)
        assert [each.path for each in sandbox.requests][1:] == ["/v1/ping"]
        assert sendoff.worker is not None
        await sendoff.worker.stop()
        [lease] = await sendoff.store.lease("success", 10)
    assert lease.delivery.message_id == "m1"
    assert not lease.delivery.maybe_delivered


class Notes:
    """A watcher that notes how each delivery ended, and how often its outcome was unknown."""

    def __init__(self) -> None:
        self.ended: dict[int, list[str]] = defaultdict(list)
        self.unknown: Counter[int] = Counter()

    def decided(self, events: Sequence[DecidedEvent]) -> None:
        """Not noted."""

    def attempted(self, attempts: Sequence[Attempted]) -> None:
        for delivery, outcome, settlement in attempts:
            number = int(str(delivery.message_id)[1:])
            if isinstance(settlement, Done):
                self.ended[number].append(settlement.kind)
            elif isinstance(settlement, Dead):
                self.ended[number].append(settlement.reason)
            if getattr(outcome, "maybe_delivered", False):
                self.unknown[number] += 1

    def held(self, route: str, reason: str | None, detail: str) -> None:
        """Not noted."""


steps = st.sampled_from(
    ["ok", "ok", "400", "413", "429:2", "503", "503:9", "500", "lost", "lost:502", "drop"]
)


@pytest.mark.parametrize("repeat", REPEATS)
def test_whatever_it_answers_each_event_ends_once_in_order_and_as_promised(
    tmp_path: Path, repeat: str
) -> None:
    path = tmp_path / "sendoff.yaml"
    path.write_text(pipeline("http://127.0.0.1:1", repeat=repeat, most=6))
    loaded = load_pipeline(read_file(path), Surroundings(environ={}))

    @given(st.lists(steps, max_size=10), st.integers(1, 25), st.integers(1, 7))
    @settings(max_examples=15, deadline=None)
    def check(script: list[str], count: int, taken: int) -> None:
        asyncio.run(a_bad_day(loaded, script, count, taken, once=repeat == "at_most_once"))

    check()


async def drained(sendoff: Sendoff, clock: VirtualClock) -> Mapping[str, Any]:
    """The counts when all is settled, however many turns of the loop an answer takes."""

    async def sleep_on() -> None:
        # Somebody has to, while nothing but an answer is waited for, and not so long that a lease
        # ends meanwhile.
        while True:
            await clock.sleep(5.0)

    async with kept_up(sleep_on()):
        return await clock.run(sendoff.drain())


async def a_bad_day(
    loaded: Pipeline, script: Sequence[str], count: int, taken: int, *, once: bool
) -> None:
    sandbox, setting = in_process(
        clock := VirtualClock(turns=20), fail=",".join(script), max_events=taken
    )
    notes = Notes()
    async with Sendoff.open(
        loaded, work=True, watchers=[notes], setting=Setting(random=lambda: 0.5, **setting)
    ) as sendoff:
        await sendoff.send_many(used(number) for number in range(count))
        route = add_up(await drained(sendoff, clock))
        while route["waiting"]:
            # Somebody saw to what the route is held for.
            await clock.advance(300)
            route = add_up(await drained(sendoff, clock))
    times = Counter(arrived(sandbox))
    assert set(notes.ended) == set(range(count))
    assert in_order(arrived(sandbox))
    for number, [end] in notes.ended.items():
        doubts = notes.unknown[number]
        assert end in {"delivered", "too_large", *(["unknown_outcome"] if once else [])}
        assert times[number] >= (end == "delivered")
        assert times[number] <= (1 if once else doubts + (end == "delivered"))
