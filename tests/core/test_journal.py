"""What happened, told to whoever watches, and recorded without secrets."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from sendoff.decision import Decision
from sendoff.delivery import Delivered, Delivery, Outcome, Retry
from sendoff.http import Exchange
from sendoff.journal import DecidedEvent, Journal, Watchers
from sendoff.redact import Redactor
from sendoff.store.promise import Done, Later, Settlement

HIDDEN = "s3cret-key-of-acme"
DELIVERY = Delivery(id="d1", route="support", action="upsert", body=b"{}", order_key="p",
                    event_key="m1", message_id="m1", attempt=2)  # fmt: skip
EVENT = DecidedEvent(
    7, "m1", "m1",
    (
        Decision(route="support", verdict="send", rule="signed_up", action="upsert", body=b"{}",
                 delivery_id="d1"),
        Decision(route="other", verdict="drop", reason="no_consent", detail="marketing is false"),
    ),
)  # fmt: skip


def exchange(body: str) -> Exchange:
    return Exchange(
        at="2026-01-02T14:00:00.000Z", deliveries=("d1",), method="POST", url="https://a.example/",
        request_headers={}, request_body="{}", status=400, answer_headers={"x-echo": body},
        answer_body=body, error=None, seconds=0.1,
    )  # fmt: skip


def journal(*, enabled: bool = True, kept: int = 100) -> Journal:
    return Journal(Redactor([HIDDEN], enabled=enabled), kept=kept)


def test_a_decision_is_a_record_for_each_route() -> None:
    kept = journal()
    kept.decided(EVENT)
    first, second = kept.records
    assert first == {
        "kind": "decision", "number": 7, "message_id": "m1", "route": "support",
        "decision": "send", "reason": "", "detail": "", "rule": "signed_up", "action": "upsert",
        "delivery_id": "d1", "warnings": [],
    }  # fmt: skip
    assert (second["decision"], second["reason"]) == ("drop", "no_consent")


def test_an_attempt_is_a_record_of_what_came_and_what_follows() -> None:
    kept = journal()
    kept.attempted(DELIVERY, Retry("http_500", detail="broken"), Later(1.0, "http_500"))
    assert list(kept.records) == [
        {"kind": "attempt", "delivery_id": "d1", "route": "support", "attempt": 2,
         "message_id": "m1", "outcome": "Retry", "reason": "http_500", "maybe_delivered": False,
         "detail": "broken", "then": "Later"},
    ]  # fmt: skip


def test_a_hold_and_an_exchange_are_records() -> None:
    kept = journal()
    kept.held("support", "credentials_refused", "copy the key again")
    kept.exchanged(exchange("no"))
    assert [record["kind"] for record in kept.records] == ["hold", "exchange"]
    assert kept.records[1]["status"] == 400


def test_records_are_plain_json() -> None:
    kept = journal()
    kept.decided(EVENT)
    kept.attempted(DELIVERY, Delivered(), Done("delivered"))
    kept.exchanged(exchange("no"))
    assert msgspec.json.decode(msgspec.json.encode(list(kept.records))) == list(kept.records)


@pytest.mark.parametrize("enabled", [True, False])
def test_no_record_holds_a_secret(*, enabled: bool) -> None:
    kept = journal(enabled=enabled)
    kept.decided(DecidedEvent(1, HIDDEN, HIDDEN, (Decision(route=None, verdict="dead",
                              reason="invalid_event", detail=HIDDEN),)))  # fmt: skip
    kept.attempted(DELIVERY, Retry("http_500", detail=HIDDEN), Later(1.0))
    kept.held("support", "credentials_refused", HIDDEN)
    kept.exchanged(exchange(HIDDEN))
    assert [HIDDEN in repr(record) for record in kept.records] == [not enabled] * 4


def test_the_newest_records_are_kept() -> None:
    kept = journal(kept=2)
    for n in range(5):
        kept.held("support", str(n), "")
    assert [record["reason"] for record in kept.records] == ["3", "4"]


def test_a_sink_gets_every_record_from_when_it_subscribed() -> None:
    kept = journal(kept=1)
    got: list[dict[str, Any]] = []
    kept.held("support", "before", "")
    kept.subscribe(got.append)
    for n in range(3):
        kept.held("support", str(n), "")
    assert [record["reason"] for record in got] == ["0", "1", "2"]


class Noting:
    """A watcher that notes what it is told, and then fails if it is to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.seen: list[str] = []
        self._error = error

    def decided(self, event: DecidedEvent) -> None:
        self._note("decided")

    def attempted(self, delivery: Delivery, outcome: Outcome, settlement: Settlement) -> None:
        self._note("attempted")

    def held(self, route: str, reason: str | None, detail: str) -> None:
        self._note("held")

    def _note(self, what: str) -> None:
        self.seen.append(what)
        if self._error is not None:
            raise self._error


def tell_all(watchers: Watchers) -> None:
    watchers.decided(EVENT)
    watchers.attempted(DELIVERY, Delivered(), Done("delivered"))
    watchers.held("support", None, "")


def test_every_watcher_is_told_of_everything() -> None:
    first, second = Noting(), Noting()
    watchers = Watchers([first], Redactor(()))
    watchers.add(second)
    tell_all(watchers)
    assert first.seen == second.seen == ["decided", "attempted", "held"]


def test_a_watcher_that_fails_harms_neither_the_others_nor_who_tells(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken, fine = Noting(KeyError("no such route")), Noting()
    watchers = Watchers([broken, fine], Redactor(()))
    for _ in range(3):
        tell_all(watchers)
    assert len(fine.seen) == 9
    assert len(broken.seen) == 9
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 3
    assert "Noting.decided" in caplog.messages[0]
    assert "no such route" in caplog.messages[0]


@pytest.mark.parametrize(
    "tell",
    [
        lambda redactor: Watchers([Noting(ValueError(HIDDEN))], redactor).held("support", "", ""),
        lambda redactor: with_sink(Journal(redactor)).held("support", None, ""),
    ],
)
@pytest.mark.parametrize("enabled", [True, False])
def test_what_is_logged_of_a_failure_holds_no_secret(
    tell: Callable[[Redactor], None], *, enabled: bool, caplog: pytest.LogCaptureFixture
) -> None:
    tell(Redactor([HIDDEN], enabled=enabled))
    assert len(caplog.records) == 1
    assert (HIDDEN in caplog.text) is not enabled


def with_sink(kept: Journal) -> Journal:
    def sink(record: dict[str, Any]) -> None:
        raise ValueError(HIDDEN)

    kept.subscribe(sink)
    return kept
