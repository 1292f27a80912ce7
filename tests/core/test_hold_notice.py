"""Word of holds: to the watchers once for each reason, in the store for as long as they last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sendoff.hold_notice import HoldNotice
from sendoff.holds import Hold
from sendoff.store.failures import StoreFull
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Fact
from sendoff.tally import Tally
from sendoff.testing.clock import VirtualClock


def hold(reason: str = "credentials_refused", probes: int = 0, next_probe: float = 60.0) -> Hold:
    return Hold("operator", reason, "copy the key again", probes, next_probe)


class Told(Tally):
    def __init__(self) -> None:
        super().__init__(["support"])
        self.told: list[str | None] = []

    def held(self, route: str, reason: str | None, detail: str) -> None:
        self.told.append(reason)


class FullStore(MemoryStore):
    async def remember(self, facts: Sequence[Fact]) -> None:
        raise StoreFull("no room")


class Bench:
    def __init__(self, store: type[MemoryStore] = MemoryStore) -> None:
        self.clock = VirtualClock()
        self.store = store(self.clock)
        self.watcher = Told()
        self.notice = HoldNotice("support", self.store, self.watcher, self.clock)

    async def word(self) -> Any:
        return (await self.store.facts("hold", ["support"])).get("support")


async def test_a_hold_is_told_and_remembered_until_it_ends() -> None:
    bench = Bench()
    await bench.notice.tell(hold())
    assert await bench.word() == {
        "kind": "operator", "reason": "credentials_refused", "detail": "copy the key again",
        "since": "2026-01-02T14:00:00.000Z", "next_probe": "2026-01-02T14:01:00.000Z",
    }  # fmt: skip
    await bench.notice.tell(None)
    assert await bench.word() is None
    assert bench.watcher.told == ["credentials_refused", None]


async def test_a_probe_in_vain_changes_when_the_next_is_and_not_since_when() -> None:
    bench = Bench()
    await bench.notice.tell(hold())
    await bench.clock.advance(60)
    await bench.notice.tell(hold(probes=1, next_probe=180.0))
    word = await bench.word()
    assert word["since"] == "2026-01-02T14:00:00.000Z"
    assert word["next_probe"] == "2026-01-02T14:03:00.000Z"
    assert bench.watcher.told == ["credentials_refused"]


async def test_another_reason_is_news() -> None:
    bench = Bench()
    await bench.notice.tell(hold())
    await bench.clock.advance(60)
    await bench.notice.tell(hold("permission_denied", next_probe=120.0))
    assert (await bench.word())["since"] == "2026-01-02T14:01:00.000Z"
    assert bench.watcher.told == ["credentials_refused", "permission_denied"]


async def test_word_that_an_earlier_process_left_is_taken_back_when_deliveries_go_on() -> None:
    bench = Bench()
    await bench.store.remember([Fact("hold", "support", {"reason": "credentials_refused"})])
    await bench.notice.tell(None)
    assert await bench.word() is None
    assert bench.watcher.told == []


async def test_a_store_that_cannot_be_told_stops_nothing() -> None:
    bench = Bench(FullStore)
    await bench.notice.tell(hold())
    assert bench.watcher.told == ["credentials_refused"]
