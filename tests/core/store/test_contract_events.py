"""What every engine promises of messages: appended, decided once, known again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sendoff.delivery import Delivery
from sendoff.event import content_digest
from sendoff.store.promise import Decided, Fact, Incoming, Store
from sendoff.testing.clock import START, VirtualClock

Make = Callable[..., Delivery]

ODD_NAMES = [
    "é", "e\u0301", "E\u0301", "ß", "ss", "İ", "i", "I", "\u200b", " ", "  ", "a", "A", "a ",
    "\U0001f469\u200d\U0001f680", "\u202egnp.exe", "%", "_", "'", '"', "\\", "--", "1", "1.0", "01",
    "\n", "\t", "\x7f", "\uffff", "\U0010ffff", "x" * 10_000, "null", "event 1", "\ufffd",
]  # fmt: skip
"""Each is another key, whatever collation or pattern an engine compares with."""


async def test_numbers_count_up_in_the_order_of_appending(store: Store) -> None:
    first = await store.append([Incoming(b"a"), Incoming(b"b")])
    second = await store.append([Incoming(b"c")])
    assert len({*first, *second}) == 3
    assert [*first, *second] == sorted([*first, *second])
    waiting = await store.undecided(10)
    assert [(each.number, each.body) for each in waiting] == [
        (first[0], b"a"), (first[1], b"b"), (second[0], b"c"),
    ]  # fmt: skip


async def test_a_message_appended_twice_is_two_messages(store: Store) -> None:
    await store.append([Incoming(b"same")])
    await store.append([Incoming(b"same")])
    assert len(await store.undecided(10)) == 2


async def test_appending_nothing_gives_nothing(store: Store) -> None:
    assert list(await store.append([])) == []
    assert not await store.undecided(10)


async def test_what_many_append_at_once_is_all_there(store: Store, other: Store) -> None:
    batches = [[Incoming(f"{n}.{i}".encode()) for i in range(5)] for n in range(40)]
    numbers = await asyncio.gather(
        *((store, other)[n % 2].append(batch) for n, batch in enumerate(batches))
    )
    bodies = {each.number: each.body for each in await store.undecided(1000)}
    assert len(bodies) == 200
    for batch, given_numbers in zip(batches, numbers, strict=True):
        assert [bodies[number] for number in given_numbers] == [each.body for each in batch]
        assert list(given_numbers) == sorted(given_numbers)


async def test_messages_come_back_as_they_were_with_when_they_came(
    store: Store, clock: VirtualClock
) -> None:
    bodies = [b"", b"\x00\xff", b"a\x00b", b"\r\n", "\u2028".encode(), b"x" * 1_000_000]
    numbers = await store.append([Incoming(body, f"file:{n}") for n, body in enumerate(bodies)])
    await clock.advance(60)
    [late] = await store.append([Incoming(b"late")])
    waiting = await store.undecided(10)
    assert [each.body for each in waiting] == [*bodies, b"late"]
    assert [each.fallback_key for each in waiting] == [*(f"file:{n}" for n in range(6)), ""]
    for number, body in zip(numbers, bodies, strict=True):
        found = await store.event(number)
        assert found is not None
        assert (found.number, found.body, found.received_at) == (number, body, START)
    assert [each.received_at for each in waiting if each.number == late] == [clock.now()]


async def test_undecided_gives_the_oldest_up_to_the_limit(store: Store) -> None:
    await store.append([Incoming(str(n).encode()) for n in range(10)])
    assert [each.body for each in await store.undecided(3)] == [b"0", b"1", b"2"]


async def test_undecided_stays_within_so_many_bytes_but_gives_one(store: Store) -> None:
    await store.append([Incoming(b"12345") for _ in range(4)])
    for most, count in ((1, 1), (9, 1), (10, 2), (14, 2), (20, 4), (99, 4)):
        assert len(await store.undecided(10, most)) == count
    assert len(await store.undecided(3, 99)) == 3
    assert len(await store.undecided(10)) == 4


async def test_undecided_has_gaps_where_later_ones_were_decided(store: Store) -> None:
    numbers = await store.append([Incoming(str(n).encode()) for n in range(5)])
    await store.decide([Decided(numbers[n], str(n), []) for n in (3, 1)])
    assert [each.body for each in await store.undecided(10)] == [b"0", b"2", b"4"]


async def test_what_is_decided_is_no_longer_undecided(store: Store) -> None:
    [number] = await store.append([Incoming(b"{}")])
    await store.decide([Decided(number, "key", [])])
    assert not await store.undecided(10)


async def test_deciding_twice_makes_one_delivery(store: Store, delivery: Make) -> None:
    [number] = await store.append([Incoming(b"{}")])
    decided = Decided(number, "key", [], [delivery("a")])
    assert list(await store.decide([decided])) == [number]
    assert list(await store.decide([decided])) == []
    assert (await store.depth("support")).waiting == 1


async def test_a_number_that_was_never_appended_is_not_decided(
    store: Store, delivery: Make
) -> None:
    assert list(await store.decide([Decided(99, "key", [], [delivery("a")])])) == []
    assert (await store.depth("support")).waiting == 0
    assert not await store.earlier(["key"])


async def test_deciding_tells_which_were_still_undecided(store: Store) -> None:
    numbers = await store.append([Incoming(b"1"), Incoming(b"2"), Incoming(b"3")])
    await store.decide([Decided(numbers[1], "2", [])])
    decided = [Decided(number, str(number), []) for number in numbers]
    assert list(await store.decide(decided)) == [numbers[0], numbers[2]]


async def test_of_two_who_decide_the_same_one_does(
    store: Store, other: Store, delivery: Make
) -> None:
    numbers = await store.append([Incoming(b"{}") for _ in range(20)])
    decided = [Decided(n, str(n), [], [delivery(str(n))], facts=[Fact("seen", str(n), {})])
               for n in numbers]  # fmt: skip
    halves = [decided[start : start + 7] for start in range(0, 20, 7)]
    kept = await asyncio.gather(
        *(each.decide(half) for half in halves for each in (store, other, store))
    )
    assert sorted(number for each in kept for number in each) == list(numbers)
    assert (await store.depth("support")).waiting == 20


async def test_a_decided_key_is_known_with_its_first_digest(store: Store) -> None:
    bodies = [b'{"a": 1, "b": 2}', b'{"a": 3}']
    numbers = await store.append([Incoming(body) for body in bodies])
    await store.decide([Decided(numbers[0], "key", [])])
    await store.decide([Decided(numbers[1], "key", [])])
    found = await store.earlier(["key", "other"])
    assert list(found) == ["key"]
    assert (found["key"].number, found["key"].digest) == (numbers[0], content_digest(bodies[0]))


async def test_many_keys_can_be_asked_for_at_once(store: Store) -> None:
    keys = [str(n) for n in range(2_000)]
    numbers = await store.append([Incoming(b"{}") for _ in keys])
    decided = [Decided(number, key, []) for number, key in zip(numbers, keys, strict=True)]
    await store.decide(decided)
    found = await store.earlier([*keys, *(f"not {key}" for key in keys)])
    assert {key: each.number for key, each in found.items()} == dict(
        zip(keys, numbers, strict=True)
    )
    assert not await store.earlier([])


async def test_keys_that_look_alike_are_different_keys(store: Store, delivery: Make) -> None:
    numbers = await store.append([Incoming(b"{}", name) for name in ODD_NAMES])
    await store.decide([
        Decided(number, name, [], [delivery(name, person=name)],
                message_id=name)
        for number, name in zip(numbers, ODD_NAMES, strict=True)
    ])  # fmt: skip
    found = await store.earlier(ODD_NAMES)
    assert [found[name].number for name in ODD_NAMES] == list(numbers)
    for number, name in zip(numbers, ODD_NAMES, strict=True):
        assert list(await store.numbers_of(name)) == [number]
    leases = await store.lease("support", 100)
    assert [lease.delivery.id for lease in leases] == ODD_NAMES
    assert [lease.delivery.order_key for lease in leases] == ODD_NAMES


async def test_an_event_is_kept_when_it_is_decided(store: Store) -> None:
    [number] = await store.append([Incoming(b'{"a":1}', "file:1")])
    await store.decide([Decided(number, "key", [])])
    found = await store.event(number)
    assert found is not None
    assert (found.body, found.fallback_key, found.received_at) == (b'{"a":1}', "file:1", START)
    assert await store.event(number + 1) is None
    assert await store.event(0) is None


async def test_the_messages_of_one_id_are_found_oldest_first(store: Store) -> None:
    numbers = await store.append([Incoming(b"{}") for _ in range(4)])
    ids = ["m1", None, "m1", "m2"]
    await store.decide([
        Decided(numbers[n], f"key {n}", [], message_id=ids[n]) for n in (2, 3, 1, 0)
    ])  # fmt: skip
    assert list(await store.numbers_of("m1")) == [numbers[0], numbers[2]]
    assert list(await store.numbers_of("m2")) == [numbers[3]]
    assert not await store.numbers_of("m3")


async def test_a_delivery_comes_as_it_was_decided(
    store: Store, delivery: Make, keep: Callable[..., Awaitable[None]]
) -> None:
    # `person` is the order key to `delivery`, and the one whose consent it rests on to a delivery.
    full = replace(
        delivery("a", person="key\U0001f600", body=b'{"a":"\xc3\xa9"}', message_id="m\u0301"),
        rule="signed_up", write={"tags": "append", "custom_fields.a": "if_empty"},
        person="p\u0301", resend=2,
    )  # fmt: skip
    await keep(store, [full])
    [lease] = await store.lease("support", 1)
    assert lease.delivery == full


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.binary(max_size=300))
async def test_any_bytes_are_a_body(store: Store, body: bytes) -> None:
    [number] = await store.append([Incoming(body)])
    found = await store.event(number)
    assert found is not None
    assert found.body == body


@pytest.mark.parametrize("size", [0, 1_000_000])
async def test_a_delivery_may_be_empty_or_large(
    store: Store, delivery: Make, keep: Callable[..., Awaitable[None]], size: int
) -> None:
    await keep(store, [delivery(str(n), body=b"\xff" * size) for n in range(3)])
    leases = await store.lease("support", 3)
    assert [lease.delivery.body for lease in leases] == [b"\xff" * size] * 3
