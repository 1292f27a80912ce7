"""What every engine promises of an account's pace: kept by all who share it."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from sendoff.store.promise import Store
from sendoff.testing.clock import VirtualClock


async def test_several_together_get_no_more_than_the_rate(
    store: Store, other: Store, clock: VirtualClock
) -> None:
    granted: list[float] = []
    for _step in range(80):
        for grant in await asyncio.gather(*(each.take("acme", 3, 2.0) for each in (store, other))):
            granted += [clock.monotonic()] * grant.granted
            assert (grant.granted > 0) == (grant.wait == 0)
        await clock.advance(0.125)
    assert len(granted) == 20
    assert all(later - sooner == 0.5 for sooner, later in pairwise(granted))


async def test_who_waits_as_long_as_told_is_granted(store: Store, clock: VirtualClock) -> None:
    for _request in range(5):
        grant = await store.take("acme", 1, 2.0)
        if not grant.granted:
            await clock.advance(grant.wait)
            grant = await store.take("acme", 1, 2.0)
        assert grant.granted == 1


async def test_without_a_rate_everything_may_leave(store: Store) -> None:
    assert (await store.take("acme", 7, None)).granted == 7
    assert (await store.take("acme", 7, None)).granted == 7


async def test_a_hold_stops_the_whole_account_for_its_time(
    store: Store, other: Store, clock: VirtualClock
) -> None:
    await store.hold("acme", 30)
    await store.hold("acme", 5)
    refused = await other.take("acme", 1, None)
    assert (refused.granted, refused.wait) == (0, 30)
    assert (await store.take("other", 1, None)).granted == 1
    await clock.advance(29.999)
    assert (await store.take("acme", 1, None)).granted == 0
    await clock.advance(0.001)
    assert (await store.take("acme", 1, None)).granted == 1


async def test_a_spent_quota_waits_for_its_window(
    store: Store, other: Store, clock: VirtualClock
) -> None:
    await store.observe("acme", 50, 1, 0.0)
    assert (await other.take("acme", 1, None)).granted == 1
    assert (await store.take("acme", 1, None)).wait == 60
    await clock.advance(60)
    assert (await store.take("acme", 1, None)).granted == 1


async def test_the_reserve_is_left_to_others(store: Store) -> None:
    await store.observe("acme", 100, 21, 0.2)
    assert (await store.take("acme", 1, None)).granted == 1
    assert (await store.take("acme", 1, None)).granted == 0


async def test_an_answer_that_tells_nothing_of_a_quota_limits_nothing(store: Store) -> None:
    await store.observe("acme", None, None, 0.5)
    await store.observe("acme", 50, None, 0.5)
    assert (await store.take("acme", 5, None)).granted == 5
