"""The records that entries of the journal stand for, and how they are read from a store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff import records
from sendoff.decision import Decision
from sendoff.delivery import Delivered, Delivery, Outcome, Rejected, Retry, Skipped, Throttled
from sendoff.journal import Attempted, DecidedEvent, Journal
from sendoff.redact import Redactor
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import (
    Dead,
    Decided,
    Done,
    Incoming,
    Later,
    Settlement,
    Store,
    Verdicts,
)
from sendoff.store.sqlite.store import SqliteStore
from sendoff.testing.clock import VirtualClock

AT = "2026-01-02T14:00:05.000Z"
SEND = Decision(route="support", verdict="send", rule="all", action="post", delivery_id="d1",
                blueprint="people@1 0123456789ab", warnings=("late",))  # fmt: skip
DROP = Decision(route="other", verdict="drop", reason="no_rule", detail="no rule fits")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(VirtualClock(), keep=60.0)


async def decide(store: Store, *ids: str) -> list[int]:
    """Let messages be decided, each for two routes; their numbers."""
    numbers = list(await store.append([Incoming(id_.encode()) for id_ in ids]))
    await store.decide([
        Decided(number, id_, [SEND, DROP], message_id=id_)
        for number, id_ in zip(numbers, ids, strict=True)
    ])  # fmt: skip
    return numbers


def decided(numbers: Sequence[int]) -> Mapping[str, Any]:
    return {"at": AT, "kind": "decided", "numbers": list(numbers)}


def attempts(*ids: str) -> Mapping[str, Any]:
    came = {"outcome": "Retry", "reason": "timeout", "then": "Later",
            "deliveries": [[id_, None, 2] for id_ in ids]}  # fmt: skip
    return {"at": AT, "kind": "attempts", "route": "support", "came": [came]}


def hold(reason: str) -> Mapping[str, Any]:
    return {"at": AT, "kind": "hold", "route": "support", "reason": reason, "detail": ""}


def test_what_was_decided_is_a_record_for_each_event_and_route() -> None:
    verdicts = {7: Verdicts(7, "m7", [SEND, DROP]), 9: Verdicts(9, None, [DROP])}
    found = list(records.of(decided([7, 8, 9]), verdicts))
    assert [(each["number"], each["route"]) for each in found] == [
        (7, "support"), (7, "other"), (9, "other"),
    ]  # fmt: skip
    assert found[0] == {
        "at": AT, "kind": "decision", "number": 7, "message_id": "m7", "route": "support",
        "decision": "send", "reason": "", "detail": "", "rule": "all", "action": "post",
        "delivery_id": "d1", "blueprint": "people@1 0123456789ab", "warnings": ["late"],
    }  # fmt: skip
    assert (found[2]["message_id"], found[2]["detail"]) == (None, "no rule fits")


def test_attempts_are_a_record_each_with_all_that_was_said() -> None:
    assert list(records.of(attempts("d1", "d2"), {})) == [
        {"at": AT, "kind": "attempt", "delivery_id": id_, "route": "support", "attempt": 2,
         "message_id": None, "outcome": "Retry", "reason": "timeout", "then": "Later"}
        for id_ in ("d1", "d2")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "entry",
    [
        hold("unreachable"),
        {"at": AT, "kind": "exchange", "route": "support", "deliveries": ["d1"], "status": 200},
        {"at": AT, "kind": "dropped", "count": 3},
        {"kind": "of another version", "numbers": "no list"},
        {},
    ],
)
def test_an_entry_of_another_kind_is_its_own_record(entry: Mapping[str, Any]) -> None:
    assert list(records.of(entry, {})) == [entry]


@pytest.mark.parametrize(
    ("many", "found"),
    [
        (0, []),
        (1, ["after"]),
        (2, ["m2 other", "after"]),
        (4, ["m1 other", "m2 support", "m2 other", "after"]),
        (9, ["before", "m1 support", "m1 other", "m2 support", "m2 other", "after"]),
    ],
)
async def test_so_many_of_the_newest_are_read_though_an_entry_stands_for_many(
    many: int, found: list[str], store: MemoryStore
) -> None:
    await store.note([hold("before"), decided(await decide(store, "m1", "m2")), hold("after")])
    last, read = await records.newest(store, many)
    told = [
        each["reason"] if each["kind"] == "hold" else f"{each['message_id']} {each['route']}"
        for each in read
    ]
    assert (last, told) == (3, found)


async def test_of_an_empty_journal_nothing_is_read(store: MemoryStore) -> None:
    assert await records.newest(store, 10) == (0, [])
    assert await records.after(store, 0, 10) == (0, [])


async def test_reading_goes_on_from_entry_to_entry(store: MemoryStore) -> None:
    await store.note([attempts("d1", "d2", "d3"), hold("a"), decided(await decide(store, "m1"))])
    first, found = await records.after(store, 0, 2)
    assert (first, [each["kind"] for each in found]) == (2, ["attempt"] * 3 + ["hold"])
    second, found = await records.after(store, first, 2)
    assert (second, [each["kind"] for each in found]) == (3, ["decision"] * 2)
    assert await records.after(store, second, 2) == (second, [])


async def test_who_waits_for_records_gets_them_when_they_are_there() -> None:
    clock = VirtualClock()
    store = MemoryStore(clock)
    waiting = asyncio.create_task(records.after(store, 0, 10, wait=60.0))
    await clock.advance(30)
    assert not waiting.done()
    await store.note([hold("a")])
    await clock.advance(1)
    assert waiting.done()
    assert await waiting == (1, [hold("a")])


async def test_an_event_whose_entry_is_gone_is_still_told_of(store: MemoryStore) -> None:
    one, two = await decide(store, "m1", "m2")
    await store.note([decided([one, two])])
    await store.note([hold("a")] * 10_000)
    _last, read = await records.newest(store, 20_000)
    assert {each["kind"] for each in read} == {"hold"}
    assert [(each["message_id"], each["route"]) for each in await records.of_event(store, two)] == [
        ("m2", "support"), ("m2", "other"),
    ]  # fmt: skip


async def test_an_event_that_is_no_longer_kept_is_left_out() -> None:
    clock = VirtualClock()
    store = MemoryStore(clock, keep=60.0)
    old = await decide(store, "old")
    await clock.advance(61)
    new = await decide(store, "new")
    await store.note([decided([*old, *new])])
    last, read = await records.newest(store, 10)
    assert (last, [each["message_id"] for each in read]) == (1, ["new", "new"])
    assert await records.of_event(store, old[0]) == []


texts = st.text(max_size=6)
decisions = st.builds(
    Decision,
    route=st.none() | texts, verdict=st.sampled_from(["send", "drop", "dead", "duplicate"]),
    reason=texts, detail=texts, rule=texts, action=texts, delivery_id=texts, blueprint=texts,
    warnings=st.lists(texts, max_size=2).map(tuple), body=st.binary(max_size=4),
)  # fmt: skip
outcomes: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Delivered, texts),
    st.builds(Skipped, texts, texts),
    st.builds(Retry, texts, st.none() | st.floats(0, 9), st.booleans(), texts),
    st.builds(Throttled, st.floats(0, 9), texts),
    st.builds(Rejected, texts, texts),
)
settlements: st.SearchStrategy[Settlement] = st.sampled_from(
    [Done("delivered"), Later(1.0), Dead("rejected")]
)


def _attempted(name: str, message_id: str | None, number: int, *ended: Any) -> Attempted:
    delivery = Delivery(name, "support", "post", b"{}", "", name, message_id, attempt=number)
    return Attempted(delivery, *ended)


attempted = st.builds(
    _attempted, texts, st.none() | st.text(min_size=1, max_size=6), st.integers(1, 9), outcomes,
    settlements,
)  # fmt: skip
happenings = st.lists(
    st.lists(st.tuples(st.none() | texts, st.lists(decisions, max_size=3)), min_size=1, max_size=3)
    | st.lists(attempted, min_size=1, max_size=4),
    max_size=4,
)


async def _play(store: Store, happened: list[Any], journal: Journal) -> None:
    """Let it happen, as a pipeline does: kept in the store, and then told."""
    for together in happened:
        if isinstance(together[0], Attempted):
            journal.attempted(together)
            continue
        numbers = await store.append([Incoming(b"{}") for _ in together])
        events = [
            DecidedEvent(number, f"key {number}", message_id, verdicts)
            for number, (message_id, verdicts) in zip(numbers, together, strict=True)
        ]
        await store.decide([
            Decided(each.number, each.key, each.decisions, message_id=each.message_id)
            for each in events
        ])  # fmt: skip
        journal.decided(events)


def _memory(_folder: Path) -> Store:
    return MemoryStore(VirtualClock())


def _sqlite(folder: Path) -> Store:
    return SqliteStore(folder / "store.db", VirtualClock(grace=0.005))


@pytest.mark.parametrize(("opened", "examples"), [(_memory, 100), (_sqlite, 25)])
def test_what_is_read_from_a_store_is_what_a_subscriber_got(
    opened: Callable[[Path], Store], examples: int
) -> None:
    async def compare(happened: list[Any], folder: Path) -> None:
        store = opened(folder)
        journal = Journal(Redactor(["hidden"]))
        entries: list[Mapping[str, Any]] = []
        got: list[Mapping[str, Any]] = []
        journal.keep(entries.append)
        journal.subscribe(got.append)
        await _play(store, happened, journal)
        await store.note(entries)
        last, read = await records.newest(store, 1_000)
        assert (last, read) == (len(entries), got)
        assert await records.after(store, 0, 1_000) == (last, got)
        await store.close()

    @settings(max_examples=examples, deadline=None)
    @given(happenings)
    def check(happened: list[Any]) -> None:
        # What disks are promised is for other tests, and waiting for one takes long.
        in_memory = Path("/dev/shm")  # noqa: S108 - a folder with a random name in it
        with TemporaryDirectory(dir=in_memory if in_memory.is_dir() else None) as folder:
            asyncio.run(compare(happened, Path(folder)))

    check()
