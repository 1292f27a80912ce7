"""What of the journal is wanted."""

from __future__ import annotations

from typing import Any

import pytest

from sendoff.debugger.filters import OUTCOMES, Filters, outcome_of
from sendoff.debugger.subjects import Subject

AT = "2026-01-02T14:00:00.000Z"
DECISION = {"kind": "decision", "at": AT, "route": "support", "decision": "drop",
            "reason": "no_consent", "number": 1}  # fmt: skip
ATTEMPT = {"kind": "attempt", "at": AT, "route": "support", "outcome": "Retry", "then": "Later"}
EXCHANGE = {"kind": "exchange", "at": AT, "route": "support", "status": 409}
SUBJECT = Subject(
    1,
    "identify",
    "",
    ("identified",),
    ("usr_123", "john.doe@example.com"),
    {"support": "signed_up"},
)


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        (DECISION, "drop"),
        (ATTEMPT, "retry"),
        (ATTEMPT | {"then": "Dead"}, "dead"),
        (ATTEMPT | {"outcome": "TooLarge"}, "too_large"),
        (EXCHANGE, "request"),
        ({"kind": "hold", "reason": "unreachable"}, "held"),
        ({"kind": "hold", "reason": None}, "resumed"),
        ({"kind": "dropped", "count": 3}, "gap"),
    ],
)
def test_every_record_tells_of_one_outcome(record: dict[str, Any], outcome: str) -> None:
    assert outcome_of(record) == outcome
    assert outcome in OUTCOMES


@pytest.mark.parametrize(
    ("asked", "record", "fits"),
    [
        ({}, EXCHANGE, True),
        ({"route": "support"}, DECISION, True),
        ({"route": "success"}, DECISION, False),
        ({"reason": " no_consent "}, DECISION, True),
        ({"outcome": "send"}, DECISION, False),
        ({"status": "409"}, EXCHANGE, True),
        ({"status": "4XX"}, EXCHANGE, True),
        ({"status": "2xx"}, EXCHANGE, False),
        ({"status": "409"}, DECISION, False),
        ({"status": "Nxx"}, EXCHANGE | {"status": None}, False),
        ({"since": "2026-01-02T14:00"}, DECISION, True),
        ({"since": "2026-01-02T14:00:00.001"}, DECISION, False),
        ({"until": "2026-01-02T15:00+01:00"}, DECISION, True),
        ({"until": "2026-01-02"}, DECISION, False),
        ({"until": "2026-01-02"}, {"kind": "hold"}, False),
    ],
)
def test_a_record_fits_what_is_asked(
    asked: dict[str, str], record: dict[str, Any], fits: bool
) -> None:
    assert Filters.of(asked).fits(record) is fits


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ({"rule": "signed_up"}, True),
        ({"rule": "identified"}, False),
        ({"event": "identify"}, True),
        ({"event": "Identified"}, True),
        ({"event": "Signed Up"}, False),
        ({"person": "usr_123"}, True),
        ({"person": "John.Doe@Example.com"}, True),
        ({"person": "john"}, False),
    ],
)
def test_an_event_fits_what_is_asked(asked: dict[str, str], fits: bool) -> None:
    filters = Filters.of(asked)
    assert filters.asks_events
    assert bool(filters.fitting(DECISION, [SUBJECT])) is fits


@pytest.mark.parametrize("name", ["since", "until"])
def test_a_time_that_is_none_is_said_so(name: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` is no time: write it like"):
        Filters.of({name: "yesterday"})


def test_what_is_made_of_a_time_is_nobodys_to_ask_for_or_to_see() -> None:
    filters = Filters.of({"since": "2026-01-02", "_since": "2026-01-03", "_until": "never"})
    assert filters.given == {"since": "2026-01-02"}
    assert set(filters.texts) > set(filters.given)
    assert not any(name.startswith("_") for name in filters.texts)


def test_those_given_are_named() -> None:
    assert Filters.of({"route": "support", "text": " ", "other": "x"}).given == {"route": "support"}
