"""Who goes first: requests, or deciding what they brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sendoff.server.intake import Intake
from sendoff.server.limits import Limits
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
        with traffic.request():  # there is always one
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
