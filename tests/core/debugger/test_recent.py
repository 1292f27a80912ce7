"""The newest events of a store, whatever was pruned of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sendoff.clock import SystemClock
from sendoff.debugger.recent import recent
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Incoming


async def test_the_newest_come_first_and_no_more_than_asked(site: Any) -> None:
    for number in range(3):
        await site.send(f"m{number}")
    found = await recent(site.sendoff.store, 2)
    assert [json.loads(each.body)["messageId"] for each in found] == ["m2", "m1"]


@pytest.mark.parametrize("kept", [0, 3])
async def test_events_that_nobody_decided_yet_are_there_too(kept: int) -> None:
    store = MemoryStore(SystemClock())
    if kept:
        await store.append([Incoming(b"{}")] * kept)
    assert len(await recent(store, 10)) == kept
