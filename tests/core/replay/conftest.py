"""A store filled by a pipeline of one route: what is sent again or decided anew comes from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from sendoff.blueprint.program import Program
from sendoff.decider import Decider, Plan
from sendoff.delivery import Delivery
from sendoff.destination import Destination
from sendoff.journal import Watchers
from sendoff.redact import Redactor
from sendoff.replay import Redecider
from sendoff.router import Route, Router
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Incoming, Settlement
from sendoff.testing.clock import VirtualClock

Compiled = Callable[..., Program]


class Place:
    """A store, and the pipeline that fills it: its one route is `support`."""

    def __init__(self, program: Compiled, desk: Destination) -> None:
        self.clock = VirtualClock()
        self.store = MemoryStore(self.clock)
        self._program = program
        self._desk = desk

    @staticmethod
    def person(number: int, **more: Any) -> dict[str, Any]:
        traits = {"name": f"Person {number}", "email": f"p{number}@example.com"}
        return {"type": "identify", "messageId": f"m{number}", "userId": f"u{number}",
                "traits": traits, **more}  # fmt: skip

    def redecider(self, blueprint: str, name: str = "support") -> Redecider:
        return Redecider(self._router(blueprint, name), {}, self.clock.now)

    async def take(self, blueprint: str, *events: dict[str, Any] | bytes) -> Sequence[int]:
        """Let events be decided; their numbers."""
        bodies = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in events]
        numbers = await self.store.append([Incoming(body) for body in bodies])
        plan = Plan(self._router(blueprint), {})
        await Decider(self.store, lambda: plan, Watchers([], Redactor(()))).decide_waiting()
        return numbers

    async def lease(self) -> list[Delivery]:
        return [each.delivery for each in await self.store.lease("support", 10_000)]

    async def end(self, how: Settlement) -> list[Delivery]:
        """Lease all that is due, and settle it."""
        leases = await self.store.lease("support", 10_000)
        await self.store.settle([(lease, how) for lease in leases])
        return [lease.delivery for lease in leases]

    def _router(self, blueprint: str, name: str = "support") -> Router:
        return Router([Route(name, self._desk, self._program(blueprint))])


@pytest.fixture
def place(program: Compiled, desk: Destination) -> Place:
    return Place(program, desk)
