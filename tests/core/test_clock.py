from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sendoff.clock import Clock, SystemClock


async def test_the_time_of_this_machine_is_aware_and_goes_on() -> None:
    clock: Clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0)
    assert clock.monotonic() >= before
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert clock.now().utcoffset() == timedelta(0)
