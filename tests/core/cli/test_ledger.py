"""What a run remembers: the first of each kind of death, and what is on its way."""

from __future__ import annotations

import pytest

from sendoff.cli.ledger import Ledger, Mention
from sendoff.decision import Decision
from sendoff.delivery import Delivered, Delivery, Rejected, Retry, Skipped, Throttled
from sendoff.journal import Attempted, DecidedEvent
from sendoff.sources import Line
from sendoff.store.promise import Dead, Done, Later


def decided(number: int, *decisions: Decision, message_id: str | None = None) -> DecidedEvent:
    return DecidedEvent(number, f"key{number}", message_id, decisions)


def send(delivery_id: str, route: str = "support") -> Decision:
    return Decision(route=route, verdict="send", delivery_id=delivery_id)


def dead(route: str | None, reason: str, detail: str = "") -> Decision:
    return Decision(route=route, verdict="dead", reason=reason, detail=detail)


def delivery(id_: str, route: str = "support", message_id: str | None = None) -> Delivery:
    return Delivery(id_, route, "post", b"{}", "", "key", message_id)


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.read([11, 12, 13], [Line(1, b""), Line(4, b""), Line(5, b"")])
    return ledger


def test_a_dead_decision_is_told_with_its_line(ledger: Ledger) -> None:
    ledger.decided([decided(12, dead("support", "missing_field", "name"), message_id="m")])
    death = ledger.deaths["support", "missing_field"]
    assert (death.count, death.first, death.detail) == (1, Mention(4, "m", "support"), "name")


def test_of_several_deaths_of_a_kind_the_first_is_told(ledger: Ledger) -> None:
    ledger.decided([decided(11, dead(None, "invalid_event", "first"))])
    ledger.decided([decided(13, dead(None, "invalid_event", "second"))])
    death = ledger.deaths[None, "invalid_event"]
    assert (death.count, death.first.line, death.detail) == (2, 1, "first")


def test_routes_and_reasons_are_kept_apart(ledger: Ledger) -> None:
    ledger.decided([decided(11, dead("a", "x"), dead("b", "x"))])
    ledger.decided([decided(12, dead("a", "y"))])
    assert set(ledger.deaths) == {("a", "x"), ("b", "x"), ("a", "y")}


def test_what_is_dropped_or_repeated_is_not_remembered(ledger: Ledger) -> None:
    ledger.decided([decided(11, Decision(route="a", verdict="drop", reason="no_rule"))])
    ledger.decided([decided(12, Decision(route=None, verdict="duplicate"))])
    assert (ledger.deaths, ledger.on_the_way) == ({}, {})


@pytest.mark.parametrize(
    ("outcome", "settlement"),
    [
        (Delivered(), Done("delivered")),
        (Skipped("there"), Done("skipped", "there")),
        (Rejected("no"), Dead("no")),
    ],
)
def test_what_is_settled_is_no_longer_on_its_way(
    ledger: Ledger, outcome: Delivered | Skipped | Rejected, settlement: Done | Dead
) -> None:
    ledger.decided([decided(11, send("d1"), send("d2", "other"), message_id="m")])
    ledger.attempted([Attempted(delivery("d1"), outcome, settlement)])
    assert ledger.on_the_way == {"d2": Mention(1, "m", "other")}


def test_a_rejected_delivery_is_told_with_its_line(ledger: Ledger) -> None:
    ledger.decided([decided(13, send("d1"), message_id="m")])
    ledger.attempted([Attempted(delivery("d1"), Rejected("invalid", "no"), Dead("invalid", "no"))])
    assert ledger.deaths["support", "invalid"].first == Mention(5, "m", "support")


def test_a_delivery_that_another_process_decided_has_no_line(ledger: Ledger) -> None:
    ledger.attempted(
        [Attempted(delivery("old", message_id="m0"), Rejected("invalid"), Dead("invalid"))]
    )
    assert ledger.deaths["support", "invalid"].first == Mention(None, "m0", "support")


def test_why_a_route_waits_is_what_was_heard_last(ledger: Ledger) -> None:
    ledger.decided([decided(11, send("d1"))])
    ledger.attempted(
        [Attempted(delivery("d1"), Retry("timeout", detail="10 s"), Later(1.0, "timeout"))]
    )
    assert ledger.delays == {"support": ("timeout", "10 s")}
    ledger.attempted([Attempted(delivery("d1"), Throttled(60.0), Later(0.0, "throttled"))])
    assert ledger.delays == {"support": ("throttled", "")}
    assert "d1" in ledger.on_the_way
