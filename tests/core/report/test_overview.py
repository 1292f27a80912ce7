"""What a store holds, counted by route, and how `sendoff status` tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from sendoff.cli.status import told
from sendoff.decision import Decision
from sendoff.delivery import Delivery
from sendoff.destination import Limits
from sendoff.pipeline_file import Pipeline
from sendoff.report.display import Display
from sendoff.report.overview import MOST_UNDECIDED, Overview, overview
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Dead, Decided, Done, Fact, Incoming, Later, Settlement
from sendoff.testing.clock import VirtualClock

HOLD = {
    "kind": "operator", "reason": "credentials_refused", "since": "2026-01-02T14:00:00.000Z",
    "detail": "john.doe@example.com has no key " + "and so on " * 20,
}  # fmt: skip


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(VirtualClock())


async def decide(store: MemoryStore, *decisions: Decision) -> None:
    for decision in decisions:
        [number] = await store.append([Incoming(b"{}")])
        delivery = Delivery(str(number), str(decision.route), "post", b"{}", "", str(number))
        deliveries = [delivery] if decision.verdict == "send" else []
        await store.decide([Decided(number, str(number), [decision], deliveries)])


async def settle(store: MemoryStore, settlement: Settlement) -> None:
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, settlement)])


def send(route: str = "support") -> Decision:
    return Decision(route=route, verdict="send")


def shown(seen: Overview, *, clear: bool = False) -> list[str]:
    pipeline = Pipeline(
        name="test", file="sendoff.yaml", routes=(), consent_map={}, store="memory", keep=1.0,
        redact=("email",), secrets=(),
    )  # fmt: skip
    text = "\n".join(told(seen, Display(pipeline, clear=clear)))
    assert max(map(len, text.splitlines())) <= 80
    return [" ".join(line.split()) for line in text.splitlines() if line]


async def test_an_empty_store_has_a_line_for_each_route(store: MemoryStore) -> None:
    seen = await overview(store, {"support": True, "success": False})
    assert shown(seen) == [
        "0 events, 0 duplicates, 0 dead as no event",
        "route waiting delivered skipped dropped dead",
        "support 0 0 0 0 0", "success 0 0 0 0 0",
    ]  # fmt: skip
    assert (seen.is_held, seen.has_dead) == (False, False)


async def test_everything_is_counted_by_route_and_reason(store: MemoryStore) -> None:
    drop = Decision(route="support", verdict="drop", reason="no_consent")
    dead = Decision(route="support", verdict="dead", reason="missing_field")
    invalid = Decision(route=None, verdict="dead", reason="invalid_event")
    again = Decision(route=None, verdict="duplicate")
    await decide(store, *[send()] * 5, drop, drop, dead, invalid, again)
    for settlement in (Done("delivered"), Done("skipped", "there"), Dead("refused"), Later(5.0)):
        await settle(store, settlement)
    await store.append([Incoming(b"{}")])
    seen = await overview(store, {"support": True})
    assert seen.as_json() == {
        "events": 10, "invalid": 1, "duplicates": 1, "undecided": 1,
        "dead": {"invalid_event": 1},
        "routes": {"support": {
            "configured": "on", "waiting": {"due": 1, "delayed": 1, "out": 0}, "delivered": 1,
            "skipped": {"there": 1}, "dropped": {"no_consent": 2},
            "dead": {"missing_field": 1, "refused": 1}, "held": None, "limits": None,
        }},
        "accounts": {},
    }  # fmt: skip
    text = shown(seen)
    assert "10 events, 1 duplicate, 1 dead as no event" in text
    assert "not decided yet: 1, since 2026-01-02 14:00" in text
    assert "support 2 1 1 2 2" in text
    assert "waiting: 1 due, 1 later, 0 out" in text
    assert "dead: missing_field 1, refused 1" in text
    assert any(line.startswith("what to do about missing_field") for line in text)


@pytest.mark.parametrize(("waits", "held"), [(True, True), (False, False)])
async def test_a_hold_matters_while_something_waits(
    waits: bool, held: bool, store: MemoryStore
) -> None:
    await decide(store, *[send()] * waits)
    await store.remember([Fact("hold", "support", HOLD)])
    seen = await overview(store, {"support": True})
    assert seen.is_held is held
    assert seen.as_json()["routes"]["support"]["held"] == HOLD
    assert any(
        "held since 2026-01-02 14:00:00 UTC: credentials_refused: j***@" in x for x in shown(seen)
    )
    assert "john.doe@example.com" in " ".join(shown(seen, clear=True))


@pytest.mark.parametrize(("on", "decided", "waits"), [(True, 1, True), (False, 1, False)])
async def test_a_worker_has_something_to_do_while_a_route_in_use_waits(
    on: bool, decided: int, waits: bool, store: MemoryStore
) -> None:
    assert not (await overview(store, {"support": on})).waits
    await decide(store, *[send()] * decided)
    assert (await overview(store, {"support": on})).waits is waits


async def test_a_worker_has_something_to_do_while_anything_is_undecided(
    store: MemoryStore,
) -> None:
    await store.append([Incoming(b"{}")])
    assert (await overview(store, {})).waits


async def test_when_a_held_route_is_tried_again_and_what_to_do_are_told(
    store: MemoryStore,
) -> None:
    await decide(store, send())
    hold = HOLD | {"detail": "", "next_probe": "2026-01-02T14:05:30.000Z"}
    await store.remember([Fact("hold", "support", hold)])
    text = " ".join(shown(await overview(store, {"support": True})))
    assert "held since 2026-01-02 14:00:00, next try 2026-01-02 14:05:30 UTC:" in text
    assert "what to do about credentials_refused: correct the credentials" in text


async def test_the_pace_of_a_route_is_told_while_something_waits(store: MemoryStore) -> None:
    limits = {"support": Limits(rate=50 / 60, reserve=0.2), "success": Limits()}
    await decide(store, send())
    seen = await overview(store, {"support": True, "success": True}, limits)
    told_paces = [line for line in shown(seen) if line.startswith("pace")]
    assert told_paces == ["pace: at most 50/min, 4 at once, 20% of the quota left to others"]
    assert seen.as_json()["routes"]["success"]["limits"] == {
        "rate": None, "concurrency": 4, "reserve": 0.0
    }  # fmt: skip


@pytest.mark.parametrize(
    ("configured", "state", "said"),
    [({}, "gone", "is not in the pipeline file"), ({"support": False}, "off", "is switched off")],
)
async def test_what_waits_for_a_route_that_does_not_deliver_is_told(
    configured: Mapping[str, bool], state: str, said: str, store: MemoryStore
) -> None:
    await decide(store, send(), Decision(route="support", verdict="drop", reason="no_rule"))
    await store.remember([Fact("hold", "support", HOLD)])
    seen = await overview(store, configured)
    assert seen.as_json()["routes"]["support"]["configured"] == state
    assert f"nobody delivers what waits for support: the route {said}" in shown(seen)
    assert not seen.is_held


async def test_very_many_undecided_are_not_all_counted(store: MemoryStore) -> None:
    await store.append([Incoming(b"{}")] * (MOST_UNDECIDED + 5))
    seen = await overview(store, {})
    assert len(seen.undecided) == MOST_UNDECIDED
    assert "not decided yet: 1,000 or more, since 2026-01-02 14:00" in shown(seen)


@pytest.mark.parametrize(
    ("decisions", "dead"),
    [
        ([Decision(route=None, verdict="dead", reason="invalid_event")], True),
        ([Decision(route="old", verdict="dead", reason="missing_field")], True),
        ([Decision(route="old", verdict="drop", reason="no_rule")], False),
    ],
)
async def test_whether_anything_is_dead(
    decisions: Sequence[Any], dead: bool, store: MemoryStore
) -> None:
    await decide(store, *decisions)
    assert (await overview(store, {})).has_dead is dead
