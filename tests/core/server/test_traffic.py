"""How many requests are under way, and when nothing of them is being kept."""

from __future__ import annotations

import asyncio

import pytest

from sendoff.server.memory import Budget
from sendoff.server.refusal import Refused
from sendoff.server.traffic import Traffic
from sendoff.testing.clock import VirtualClock


async def test_a_lull_begins_when_the_last_request_is_kept() -> None:
    clock = VirtualClock()
    traffic = Traffic(5, clock)
    with traffic.keeping():
        with traffic.keeping():
            waiting = asyncio.ensure_future(traffic.lull(60))
            await clock.advance(1)
        await clock.advance(1)
        assert not waiting.done()
    await clock.advance(0.01)
    assert waiting.done()
    await traffic.lull(60)  # it goes on


async def test_the_moment_between_two_requests_is_no_lull() -> None:
    clock = VirtualClock()
    traffic = Traffic(5, clock)
    with traffic.keeping():
        waiting = asyncio.ensure_future(traffic.lull(60))
        await clock.advance(1)
    for _ in range(3):
        await clock.advance(0.001)
        with traffic.keeping():
            await clock.advance(1)
        assert not waiting.done()
    await clock.advance(0.01)
    assert waiting.done()


async def test_a_lull_that_does_not_come_is_not_waited_for() -> None:
    clock = VirtualClock()
    traffic = Traffic(5, clock)
    with traffic.keeping():
        waiting = asyncio.ensure_future(traffic.lull(60))
        await clock.advance(61)
        assert waiting.done()


async def test_what_is_only_under_way_keeps_no_lull_away() -> None:
    """A client, perhaps without a key, may take a minute for each of its bodies."""
    clock = VirtualClock()
    traffic = Traffic(5, clock)
    with traffic.request():
        waiting = asyncio.ensure_future(traffic.lull(60))
        await clock.advance(0.01)
        assert waiting.done()


async def test_one_more_than_may_be_is_asked_to_come_again() -> None:
    traffic = Traffic(1, VirtualClock())
    with traffic.request(), pytest.raises(Refused), traffic.request():
        pass
    with traffic.request():
        pass


def test_memory_goes_back_when_a_request_has_ended() -> None:
    budget = Budget(10)
    with budget.share() as first:
        first.grow(6)
        with budget.share() as second:
            second.grow(4)
            with pytest.raises(Refused) as refused:
                second.grow(1)
        first.grow(4)
    assert refused.value.headers == {"Retry-After": "1"}
    with budget.share() as third:
        third.grow(10)
