"""Who goes first: requests, or deciding what they brought."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from sendoff.server.intake import Intake
from sendoff.server.limits import Limits
from sendoff.server.refusal import Refused
from sendoff.server.traffic import Traffic
from sendoff.testing.clock import VirtualClock

if TYPE_CHECKING:
    from sendoff.pipeline import Sendoff


class Deciding:
    """All that is needed of a pipeline: a turn takes 10 ms, and there is always more."""

    def __init__(self, clock: VirtualClock) -> None:
        self.turns = 0
        self._clock = clock

    async def decide_next(self) -> int:
        self.turns += 1
        await self._clock.sleep(0.01)
        return 200


async def test_requests_go_first_in_a_burst_and_take_turns_with_deciding_after_it() -> None:
    clock = VirtualClock()
    traffic, deciding = Traffic(5, clock), Deciding(clock)
    async with Intake(Limits(), traffic, clock).into(cast("Sendoff", deciding)):
        with traffic.keeping():  # there is always one
            await clock.advance(4)
            in_a_burst = deciding.turns
            await clock.advance(2)
            before = deciding.turns
            await clock.advance(4)
    assert 10 <= in_a_burst <= 20
    assert 150 <= deciding.turns - before <= 250


async def test_without_requests_nothing_is_waited_for() -> None:
    clock = VirtualClock()
    deciding = Deciding(clock)
    async with Intake(Limits(), Traffic(5, clock), clock).into(cast("Sendoff", deciding)):
        await clock.advance(4)
    assert deciding.turns >= 390


class Stuck:
    """A pipeline whose store takes what it is given, and never says that it has it."""

    @property
    def store(self) -> Stuck:
        return self

    async def append(self, _incoming: Any) -> None:
        await asyncio.Event().wait()

    async def decide_next(self) -> int:
        return 0


async def test_the_wait_for_a_store_to_open_is_part_of_the_time_that_an_answer_may_take() -> None:
    """SDKs send again after ten seconds; twice eight are more."""
    clock = VirtualClock()
    intake = Intake(Limits(answer_seconds=60), Traffic(5, clock), clock)
    keeping = asyncio.ensure_future(intake.keep([b"{}"]))
    await clock.advance(59.99)
    async with intake.into(cast("Sendoff", Stuck())), asyncio.timeout(5):
        with pytest.raises(Refused) as refused:
            await keeping
    assert (refused.value.status, refused.value.code) == (503, "store_slow")
