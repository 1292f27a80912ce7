"""The gate of one account, met by several routes."""

from __future__ import annotations

import asyncio

from sendoff.pace import Closing, StoreGate
from sendoff.store.failures import StoreInUse
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Grant
from sendoff.testing.clock import VirtualClock


class Account:
    """Routes that share one account, or have one each."""

    def __init__(self, store: type[MemoryStore] = MemoryStore) -> None:
        self.clock = VirtualClock()
        self.store = store(self.clock)
        self.left: list[float] = []

    def gate(
        self, name: str = "acme", rate: float | None = None, reserve: float = 0.0,
        closing: Closing | None = None,
    ) -> StoreGate:  # fmt: skip
        return StoreGate(
            self.store, name, rate=rate, reserve=reserve, clock=self.clock, closing=closing
        )

    async def request(self, gate: StoreGate, count: int = 1) -> None:
        for _ in range(count):
            await gate.permit()
            self.left.append(self.clock.monotonic())


async def test_a_permit_is_given_at_once_where_nothing_limits() -> None:
    account = Account()
    await account.request(account.gate(), 3)
    assert account.left == [0.0] * 3


async def test_routes_that_share_an_account_keep_one_pace() -> None:
    account = Account()
    gates = [account.gate(rate=2.0), account.gate(rate=2.0)]
    await account.clock.run(asyncio.gather(*(account.request(gate, 5) for gate in gates)))  # type: ignore[arg-type]
    assert account.left == [n / 2 for n in range(10)]


async def test_a_hold_stops_all_who_share_the_account_and_nobody_else() -> None:
    account = Account()
    one, two, other = account.gate(), account.gate(), account.gate("other")
    await one.hold(30.0)
    asked = [asyncio.create_task(account.request(gate)) for gate in (one, two, other)]
    await account.clock.advance(29.9)
    assert account.left == [0.0]
    await account.clock.advance(0.2)
    assert account.left == [0.0, 30.0, 30.0]
    await asyncio.gather(*asked)


async def test_a_hold_that_grows_while_somebody_waits_is_waited_for() -> None:
    account = Account()
    gate = account.gate()
    await gate.hold(10.0)
    asked = asyncio.create_task(account.request(gate))
    await account.clock.advance(5.0)
    await gate.hold(20.0)
    await account.clock.advance(30.0)
    await asked
    assert account.left == [25.0]


async def test_what_one_route_learns_of_the_quota_the_others_know() -> None:
    account = Account()
    one, two = account.gate(reserve=0.1), account.gate(reserve=0.1)
    await one.observe(100.0, 12.0)
    asked = asyncio.create_task(account.request(two, 4))
    await account.clock.advance(59.0)
    assert account.left == [0.0, 0.0]
    await account.clock.advance(2.0)
    await asked
    assert account.left == [0.0, 0.0, 60.0, 60.0]


async def test_who_is_cancelled_while_waiting_takes_no_permit() -> None:
    account = Account()
    gate = account.gate(rate=1.0)
    await account.request(gate)
    asked = asyncio.create_task(account.request(gate))
    await account.clock.advance(0.5)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    await account.clock.advance(0.5)
    await account.request(gate)
    assert account.left == [0.0, 1.0]


class Deaf(MemoryStore):
    """A store that cannot be told anything of an account."""

    async def hold(self, account: str, seconds: float) -> None:
        raise StoreInUse("another process has it")

    async def observe(
        self, account: str, total: float | None, remaining: float | None, reserve: float
    ) -> None:
        raise StoreInUse("another process has it")


async def test_what_the_store_cannot_be_told_is_kept_to_here_and_loses_no_answer() -> None:
    account = Account(Deaf)
    gate = account.gate()
    await gate.observe(100.0, 0.0)
    await gate.hold(30.0)
    await account.clock.run(account.request(gate))
    assert account.left == [30.0]


async def test_routes_of_one_process_close_together_before_the_store_has_heard() -> None:
    account = Account()
    closing = Closing()
    one, two = (account.gate(closing=closing) for _ in range(2))
    one.close(30.0)
    assert two.closed_for == 30.0
    await account.clock.run(account.request(two))
    await one.all_told()
    assert account.left == [30.0]


async def test_a_permit_that_came_while_the_account_was_closed_is_asked_for_again() -> None:
    class Late(MemoryStore):
        async def take(self, account: str, want: int, rate: float | None) -> Grant:
            grant = await super().take(account, want, rate)
            await self._clock.sleep(1.0)
            return grant

    account = Account(Late)
    gate = account.gate()
    asked = asyncio.create_task(account.request(gate))
    await account.clock.advance(0.5)
    gate.close(30.0)
    await account.clock.run(asked)  # type: ignore[arg-type]
    assert account.left == [31.5]
