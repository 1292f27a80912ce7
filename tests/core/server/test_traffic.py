"""How many requests are under way, and when there is a lull."""

from __future__ import annotations

import asyncio

import pytest

from sendoff.server.memory import Budget
from sendoff.server.refusal import Refused
from sendoff.server.traffic import Traffic
from sendoff.testing.clock import VirtualClock


async def test_a_lull_begins_when_the_last_request_has_ended() -> None:
    clock = VirtualClock()
    traffic = Traffic(5, clock)
    with traffic.request():
        with traffic.request():
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
    with traffic.request():
        waiting = asyncio.ensure_future(traffic.lull(60))
        await clock.advance(1)
    for _ in range(3):
        await clock.advance(0.001)
        with traffic.request():
            await clock.advance(1)
        assert not waiting.done()
    await clock.advance(0.01)
    assert waiting.done()


async def test_a_lull_that_does_not_come_is_not_waited_for() -> None:
    clock = VirtualClock()
    traffic = Traffic(5, clock)
    with traffic.request():
        waiting = asyncio.ensure_future(traffic.lull(60))
        await clock.advance(61)
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
