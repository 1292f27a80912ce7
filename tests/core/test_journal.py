"""What happened, told to whoever watches, and put down without secrets."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import pytest

from sendoff.decision import Decision
from sendoff.delivery import Delivered, Delivery, Outcome, Retry
from sendoff.http import Exchange
from sendoff.journal import Attempted, DecidedEvent, Journal, Watchers
from sendoff.redact import Redactor
from sendoff.store.promise import Dead, Done, Later, Settlement

HIDDEN = "s3cret-key-of-acme"
DONE = Done("delivered")
EVENT = DecidedEvent(
    7, "m1", "m1",
    (
        Decision(route="support", verdict="send", rule="signed_up", action="upsert", body=b"{}",
                 delivery_id="d1", blueprint="people@1 0123456789ab"),
        Decision(route="other", verdict="drop", reason="no_consent", detail="marketing is false"),
    ),
)  # fmt: skip


def attempt(
    name: str, outcome: Outcome, settlement: Settlement, *, message_id: str | None = None
) -> Attempted:
    delivery = Delivery(id=name, route="support", action="upsert", body=b"{}", order_key="p",
                        event_key=name, message_id=message_id, attempt=2)  # fmt: skip
    return Attempted(delivery, outcome, settlement)


def exchange(body: str, *deliveries: str) -> Exchange:
    return Exchange(
        at="2026-01-02T14:00:00.000Z", deliveries=deliveries, method="POST",
        url="https://a.example/", request_headers={}, request_body="{}", status=400,
        answer_headers={"x-echo": body}, answer_body=body, error=None, seconds=0.1,
    )  # fmt: skip


class Book:
    """A journal, with the entries and the records it has made so far."""

    def __init__(self, *, enabled: bool = True) -> None:
        self.journal = Journal(Redactor([HIDDEN], enabled=enabled))
        self.entries: list[Mapping[str, Any]] = []
        self.records: list[Mapping[str, Any]] = []
        self.journal.keep(self.entries.append)
        self.journal.subscribe(self.records.append)


def test_events_that_were_decided_together_are_one_entry_of_their_numbers() -> None:
    book = Book()
    book.journal.decided([EVENT, DecidedEvent(8, "m2", "m2", EVENT.decisions)])
    assert book.entries == [{"kind": "decided", "numbers": [7, 8]}]


def test_a_decision_is_a_record_for_each_route() -> None:
    book = Book()
    book.journal.decided([EVENT])
    first, second = book.records
    assert first == {
        "kind": "decision", "number": 7, "message_id": "m1", "route": "support",
        "decision": "send", "reason": "", "detail": "", "rule": "signed_up", "action": "upsert",
        "delivery_id": "d1", "blueprint": "people@1 0123456789ab", "warnings": [],
    }  # fmt: skip
    assert (second["decision"], second["reason"]) == ("drop", "no_consent")


def test_attempts_that_came_to_the_same_say_it_once() -> None:
    book = Book()
    book.journal.attempted([
        attempt("d1", Delivered(), DONE, message_id="m1"),
        attempt("d2", Delivered(), DONE),
        attempt("d3", Retry("http_500", detail="broken"), Later(1.0, "http_500")),
        attempt("d4", Retry("http_500", detail="broken"), Dead("gave_up")),
        attempt("d5", Delivered(), DONE),
    ])  # fmt: skip
    failed = {"reason": "http_500", "maybe_delivered": False, "detail": "broken",
              "outcome": "Retry"}  # fmt: skip
    assert book.entries == [{
        "kind": "attempts", "route": "support",
        "came": [
            {"outcome": "Delivered", "then": "Done",
             "deliveries": [("d1", "m1", 2), ("d2", None, 2)]},
            {**failed, "then": "Later", "deliveries": [("d3", None, 2)]},
            {**failed, "then": "Dead", "deliveries": [("d4", None, 2)]},
            {"outcome": "Delivered", "then": "Done", "deliveries": [("d5", None, 2)]},
        ],
    }]  # fmt: skip


def test_an_attempt_is_a_record_of_what_came_and_what_follows() -> None:
    book = Book()
    retry = Retry("http_500", detail="broken")
    book.journal.attempted([
        attempt("d1", Delivered(), DONE),
        attempt("d2", retry, Later(1.0, "http_500"), message_id="m2"),
    ])  # fmt: skip
    assert book.records == [
        {"kind": "attempt", "delivery_id": "d1", "route": "support", "attempt": 2,
         "message_id": None, "outcome": "Delivered", "then": "Done"},
        {"kind": "attempt", "delivery_id": "d2", "route": "support", "attempt": 2,
         "message_id": "m2", "outcome": "Retry", "reason": "http_500", "maybe_delivered": False,
         "detail": "broken", "then": "Later"},
    ]  # fmt: skip


def test_holds_and_exchanges_are_records_as_they_are_entries() -> None:
    book = Book()
    book.journal.held("support", "credentials_refused", "copy the key again")
    book.journal.exchanged(exchange("no", "d1", "d2"), route="support")
    hold, request = book.entries
    assert book.records == [hold, {**request, "deliveries": ["d1", "d2"]}]
    assert hold == {"kind": "hold", "route": "support", "reason": "credentials_refused",
                    "detail": "copy the key again"}  # fmt: skip
    assert (request["kind"], request["route"], request["status"]) == ("exchange", "support", 400)
    assert tuple(request["deliveries"]) == ("d1", "d2")


def test_where_nothing_happened_there_is_no_entry() -> None:
    book = Book()
    book.journal.decided([])
    book.journal.attempted([])
    assert (book.entries, book.records) == ([], [])


def tell_everything(journal: Journal, text: str) -> None:
    """Each kind of happening, with a text wherever one may stand."""
    decision = Decision(route=None, verdict="dead", reason="invalid_event", detail=text)
    journal.decided([DecidedEvent(1, text, text, (decision,))])
    retry = Retry("http_500", detail=text)
    journal.attempted([
        attempt("d1", Delivered(), DONE, message_id="m1"),
        attempt("d2", retry, Later(1.0, "http_500"), message_id=text),
    ])  # fmt: skip
    journal.held("support", "credentials_refused", text)
    journal.exchanged(exchange(text, "d1", text))


def test_entries_and_records_are_plain_json() -> None:
    book = Book()
    tell_everything(book.journal, "é")
    again = msgspec.json.decode(msgspec.json.encode(book.records))
    assert again == msgspec.to_builtins(book.records)
    assert [each["kind"] for each in msgspec.json.decode(msgspec.json.encode(book.entries))] == [
        "decided", "attempts", "hold", "exchange",
    ]  # fmt: skip


@pytest.mark.parametrize("enabled", [True, False])
def test_no_entry_and_no_record_holds_a_secret(*, enabled: bool) -> None:
    book = Book(enabled=enabled)
    tell_everything(book.journal, HIDDEN)
    shown = [not enabled] * 3
    # What was decided, the store has: the entry is of numbers.
    assert [HIDDEN in repr(each) for each in book.entries] == [False, *shown]
    assert [HIDDEN in repr(each) for each in book.records] == [not enabled, False, *shown]


def test_who_subscribes_or_keeps_gets_everything_from_then_on() -> None:
    journal = Journal(Redactor(()))
    records: list[Mapping[str, Any]] = []
    entries: list[Mapping[str, Any]] = []
    journal.held("support", "before", "")
    journal.subscribe(records.append)
    journal.held("support", "between", "")
    journal.keep(entries.append)
    journal.decided([EVENT])
    assert [record["kind"] for record in records] == ["hold", "decision", "decision"]
    assert entries == [{"kind": "decided", "numbers": [7]}]


def test_a_sink_or_keeper_that_fails_harms_neither_the_others_nor_who_tells(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def sink(record: Mapping[str, Any]) -> None:
        raise RuntimeError("the sink is broken")

    def keeper(entry: Mapping[str, Any]) -> None:
        raise RuntimeError("the keeper is broken")

    journal = Journal(Redactor(()))
    journal.subscribe(sink)
    journal.keep(keeper)
    records: list[Mapping[str, Any]] = []
    entries: list[Mapping[str, Any]] = []
    journal.subscribe(records.append)
    journal.keep(entries.append)
    for _ in range(2):
        tell_everything(journal, "é")
    assert (len(records), len(entries)) == (10, 8)
    assert sum("is broken" in message for message in caplog.messages) == 2


class Noting:
    """A watcher that notes what it is told, and then fails if it is to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.seen: list[str] = []
        self._error = error

    def decided(self, events: Sequence[DecidedEvent]) -> None:
        self._note("decided")

    def attempted(self, attempts: Sequence[Attempted]) -> None:
        self._note("attempted")

    def held(self, route: str, reason: str | None, detail: str) -> None:
        self._note("held")

    def _note(self, what: str) -> None:
        self.seen.append(what)
        if self._error is not None:
            raise self._error


def tell_all(watchers: Watchers) -> None:
    watchers.decided([EVENT])
    watchers.attempted([attempt("d1", Delivered(), DONE)])
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


def with_sink(journal: Journal) -> Journal:
    def sink(record: Mapping[str, Any]) -> None:
        raise ValueError(HIDDEN)

    journal.subscribe(sink)
    return journal


class Resuming(Noting):
    """A watcher that wants to hear as well of what was there before."""

    def resumed(self, route: str, waiting: int) -> None:
        self._note(f"resumed {route} {waiting}")


def test_only_who_asks_for_it_hears_of_what_waited_before() -> None:
    plain, resuming = Noting(), Resuming()
    Watchers([plain, resuming], Redactor(())).resumed("support", 3)
    assert (plain.seen, resuming.seen) == ([], ["resumed support 3"])
