"""The engines that keep the promise of a store: every test of the contract runs over each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sendoff.clock import Clock
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Store
from sendoff.testing.clock import VirtualClock

ENGINES: dict[str, Callable[[Clock], Store]] = {"memory": MemoryStore}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture(params=sorted(ENGINES))
def store(request: pytest.FixtureRequest, clock: VirtualClock) -> Store:
    return ENGINES[request.param](clock)
