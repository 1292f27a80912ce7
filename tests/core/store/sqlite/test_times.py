"""What waits is measured by one clock, and written by the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sendoff.delivery import Delivery
from sendoff.store.promise import Decided, Done, Incoming, Later
from sendoff.store.sqlite.store import SqliteStore
from sendoff.store.sqlite.times import Times


class JumpyClock:
    """A clock whose time of day somebody sets."""

    def __init__(self) -> None:
        self.day = datetime(2026, 1, 2, tzinfo=UTC)
        self.passed = 0.0

    def now(self) -> datetime:
        return self.day + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return 5000.0 + self.passed

    async def sleep(self, seconds: float) -> None:
        self.passed += max(0.0, seconds)


def test_times_translate_there_and_back() -> None:
    times = Times(JumpyClock())
    assert times.monotonic_of(times.epoch_of(5123.0)) == 5123.0
    assert times.epoch_of(times.monotonic()) == times.epoch()


def test_within_the_process_no_change_of_the_time_of_day_counts() -> None:
    clock = JumpyClock()
    times = Times(clock)
    due = times.epoch_of(times.monotonic() + 60)
    clock.day += timedelta(hours=1)
    assert times.monotonic_of(due) == times.monotonic() + 60


async def test_a_wait_is_as_long_after_a_restart_and_never_longer_than_it_was(
    tmp_path: Path,
) -> None:
    clock = JumpyClock()
    store = SqliteStore(tmp_path / "s.db", clock)
    [number] = await store.append([Incoming(b"{}")])
    delivery = Delivery("a", "support", "upsert", b"{}", "", "a")
    await store.decide([Decided(number, "a", [], [delivery])])
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, Later(100.0))])
    await store.close()
    clock.passed += 40.0
    store = SqliteStore(tmp_path / "s.db", clock)
    clock.day += timedelta(hours=1)
    clock.passed += 59.9
    assert not await store.lease("support", 1)
    clock.passed += 0.2
    [lease] = await store.lease("support", 1)
    assert 100.0 < lease.age < 101.0
    assert not await store.settle([(lease, Done("delivered"))])
    await store.close()
