"""The methods that cross, against the promise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from inspect import getmembers, iscoroutinefunction, signature
from typing import Any

import pytest

from sendoff.decision import Decision
from sendoff.delivery import Delivery
from sendoff.store.deaths import DeadCount, DeadLetter, DeadQuery, Redecided
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import (
    Appended,
    Decided,
    Depth,
    Earlier,
    Fact,
    Grant,
    Incoming,
    Lease,
    Store,
)
from sendoff.store.remote.client import RemoteStore
from sendoff.store.remote.methods import METHODS
from sendoff.store.remote.wire import raw

DELIVERY = Delivery(
    "id", "support", "upsert", b'{"a":1}', "key", "event", "message", "rule", {"tags": "append"}, 3,
    True, "person", 2,
)  # fmt: skip
DECISION = Decision(
    route="support", verdict="send", rule="r", action="upsert", body=b"{}", delivery_id="id",
    order_key="key", write={"tags": "append"}, warnings=("odd",),
)  # fmt: skip
FACT = Fact("consent", "u1", {"marketing": True, "since": [1, None, 2.5]})

ARGUMENTS: dict[str, tuple[object, ...]] = {
    "append": ([Incoming(b"\xff", "n")],),
    "decide": ([Decided(1, "k", [DECISION], [DELIVERY], "m", [FACT])],),
    "lease": ("support", 5, 1000, 1.5, 0.5, 60.0),
    "dead": (DeadQuery(route="r", ids=["a", "b"], newer=3.5, limit=7),),
    "redecide": ([Redecided("a", DECISION, DELIVERY), Redecided("b", DECISION)],),
    "remember": ([FACT],),
    "note": ([{"at": 1, "of": ["x", {"y": None}]}],),
}

LETTER = DeadLetter("a", None, "invalid_event", "not JSON", 3, DELIVERY, "rule", "m", 2.5)
ANSWERS: dict[str, object] = {
    "undecided": [Appended(1, b"\x00", datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC), "n")],
    "earlier": {"k": Earlier(1, b"\xff")},
    "lease": [Lease(5, DELIVERY, 1.5)],
    "dead": [LETTER],
    "count_dead": [DeadCount(None, "rejected", "", 5)],
    "event": None,
    "totals": {"": {"events": 3}},
    "depth": Depth(1, 2, 3),
    "take": Grant(0, 1.5),
    "facts": {"u1": {"marketing": False}},
    "notes": [(1, {"a": [1]})],
}


def promised(of: type) -> dict[str, Any]:
    return dict(getmembers(of, iscoroutinefunction))


def test_every_method_of_the_promise_crosses() -> None:
    assert set(METHODS) == set(promised(Store)) - {"close"}


def test_the_remote_store_has_every_method_with_its_parameters() -> None:
    for name, method in promised(Store).items():
        assert signature(getattr(RemoteStore, name)) == signature(method), name


@pytest.mark.parametrize("name", sorted(set(ARGUMENTS) & set(METHODS)))
def test_arguments_come_out_as_they_went_in(name: str) -> None:
    assert METHODS[name].arguments.decode(raw(ARGUMENTS[name])) == ARGUMENTS[name]


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_answers_come_out_as_they_went_in(name: str) -> None:
    assert METHODS[name].answer.decode(raw(ANSWERS[name])) == ANSWERS[name]


def test_arguments_are_given_to_a_store_as_its_methods_take_them() -> None:
    method = METHODS["lease"]
    given, named = method.named(method.listed(("support", 5), {"wait": 2.0}))
    assert given == ["support", 5]
    assert named == {"max_bytes": None, "wait": 2.0, "linger": 0.0, "lease_for": 60.0}
    bind: Callable[..., object] = signature(MemoryStore.lease).bind
    assert bind(None, *given, **named)
