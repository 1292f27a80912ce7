"""Following the journal: the newest first, then each record as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sendoff.cli.tail import Following
from sendoff.decision import Decision
from sendoff.pipeline_file import Pipeline
from sendoff.report.display import Display
from sendoff.report.lines import told
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Decided, Incoming
from sendoff.testing.clock import VirtualClock

AT = "2026-01-02T14:00:05.000Z"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(VirtualClock())


def note(number: int, route: str = "support") -> dict[str, Any]:
    return {"kind": "attempt", "number": number, "route": route}


class Shown:
    """What was shown, by the numbers of the records."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def __call__(self, record: Mapping[str, Any]) -> None:
        self.numbers.append(record["number"])


@pytest.mark.parametrize(("earlier", "first"), [(2, [4, 5]), (0, []), (9, [1, 2, 3, 4, 5])])
async def test_it_begins_with_the_newest_and_goes_on(
    earlier: int, first: list[int], store: MemoryStore
) -> None:
    await store.note([note(number) for number in range(1, 6)])
    shown = Shown()
    following = Following(shown, None, earlier)
    await following.look(store, 0.0)
    assert shown.numbers == first
    await store.note([note(6), note(7)])
    await following.look(store, 0.0)
    await following.look(store, 0.0)
    assert shown.numbers == [*first, 6, 7]


async def test_of_an_empty_journal_everything_is_new(store: MemoryStore) -> None:
    shown = Shown()
    following = Following(shown, None, 10)
    await following.look(store, 0.0)
    await store.note([note(1)])
    await following.look(store, 0.0)
    assert shown.numbers == [1]


async def test_of_one_route_as_many_are_shown_as_were_asked_for(store: MemoryStore) -> None:
    await store.note([note(n, "support" if n % 10 == 0 else "other") for n in range(1, 101)])
    shown = Shown()
    following = Following(shown, "support", 3)
    await following.look(store, 0.0)
    await store.note([note(101, "other"), note(110)])
    await following.look(store, 0.0)
    assert shown.numbers == [80, 90, 100, 110]


async def decide(store: MemoryStore, *ids: str) -> None:
    """Let messages be decided together, each for two routes; the journal has one entry of it."""
    numbers = await store.append([Incoming(id_.encode()) for id_ in ids])
    both = [Decision(route=route, verdict="drop", reason="no_rule") for route in ("a", "support")]
    await store.decide([
        Decided(number, id_, both, message_id=id_)
        for number, id_ in zip(numbers, ids, strict=True)
    ])  # fmt: skip
    await store.note([{"kind": "decided", "numbers": list(numbers)}])


@pytest.mark.parametrize(
    ("route", "earlier", "first"),
    [
        (None, 3, [("m2", "support"), ("m3", "a"), ("m3", "support")]),
        ("support", 2, [("m2", "support"), ("m3", "support")]),
    ],
)
async def test_what_was_decided_together_is_shown_one_by_one(
    route: str | None, earlier: int, first: list[tuple[str, str]], store: MemoryStore
) -> None:
    shown: list[Mapping[str, Any]] = []
    following = Following(shown.append, route, earlier)
    await decide(store, "m1", "m2", "m3")
    await following.look(store, 0.0)
    assert [(each["message_id"], each["route"]) for each in shown] == first
    await decide(store, "m4")
    await following.look(store, 0.0)
    new = shown[len(first) :]
    assert {each["message_id"] for each in new} == {"m4"}
    assert [each["route"] for each in new] == (["support"] if route else ["a", "support"])


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (
            {"kind": "decision", "message_id": "m1", "decision": "send", "rule": "all",
             "action": "post", "reason": "", "detail": ""},
            "m1 decided: send all, post",
        ),
        (
            {"kind": "decision", "message_id": "m1", "decision": "drop", "reason": "no_consent",
             "detail": "no marketing consent"},
            "m1 decided: drop no_consent: no marketing consent",
        ),
        (
            {"kind": "attempt", "message_id": None, "delivery_id": "d1", "attempt": 2,
             "outcome": "Retry", "reason": "timeout", "detail": "john.doe@example.com",
             "then": "Later"},
            "d1 attempt 2: did not work: timeout: j***@example.com (comes again)",
        ),
        (
            {"kind": "attempt", "message_id": "m1", "attempt": 1, "outcome": "Delivered",
             "then": "Done"},
            "m1 attempt 1: delivered",
        ),
        (
            {"kind": "exchange", "method": "POST", "url": "http://x/?email=john.doe@example.com",
             "status": 201, "error": None, "seconds": 0.1234},
            "POST http://x/?email=j***@example.com 201 in 0.12 s",
        ),
        (
            {"kind": "exchange", "method": "POST", "url": "http://x", "status": None,
             "error": "refused", "seconds": 1.0},
            "POST http://x: refused in 1.00 s",
        ),
        ({"kind": "hold", "reason": "wrong_domain", "detail": "no"}, "held: wrong_domain: no"),
        ({"kind": "hold", "reason": None, "detail": ""}, "goes on"),
    ],
)  # fmt: skip
def test_a_record_is_one_line(record: dict[str, Any], line: str) -> None:
    pipeline = Pipeline(
        name="test", file="sendoff.yaml", routes=(), consent_map={}, store="memory", keep=1.0,
        redact=("email",), secrets=(),
    )  # fmt: skip
    display = Display(pipeline, clear=False)
    shown = told({"at": AT, "route": "support", **record}, display)
    assert shown == f"2026-01-02 14:00:05  support  {line}"


def test_a_record_of_another_kind_is_shown_as_it_is() -> None:
    pipeline = Pipeline(
        name="test", file="sendoff.yaml", routes=(), consent_map={}, store="memory", keep=1.0,
        redact=(), secrets=("hidden-secret",),
    )  # fmt: skip
    line = told({"kind": "other", "text": "a hidden-secret"}, Display(pipeline, clear=True))
    assert line == '-  {"kind":"other","text":"a ***"}'
