"""Which dead letters are chosen, and how one is told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from sendoff.cli.dead import letter
from sendoff.cli.dead.choice import choice
from sendoff.cli.dead.looking import told_counts
from sendoff.delivery import Delivery
from sendoff.errors import InvalidEvent
from sendoff.event import Event
from sendoff.pipeline_file import Pipeline
from sendoff.report.display import Display
from sendoff.store.deaths import DeadCount, DeadLetter, DeadQuery
from sendoff.store.promise import Appended

NOW = datetime(2026, 1, 2, 14, 0, tzinfo=UTC)
BODY = {"type": "identify", "userId": "u1", "traits": {"email": "john.doe@example.com"}}
DELIVERY = Delivery(
    "d1", "support", "upsert_contact", b'{"name":"John Doe"}', "", "key", "m1", attempt=2,
    maybe_delivered=True,
)  # fmt: skip


@pytest.fixture
def display() -> Display:
    pipeline = Pipeline(
        name="test", file="sendoff.yaml", routes=(), consent_map={}, store="memory", keep=1.0,
        redact=("email", "name"), secrets=(),
    )  # fmt: skip
    return Display(pipeline, clear=False)


def died(**more: Any) -> DeadLetter:
    given = {
        "id": "d1", "route": "support", "reason": "invalid_payload", "detail": "name: is empty",
        "event_number": 7, "rule": "all", "message_id": "m1", "age": 5400.0,
    }  # fmt: skip
    return DeadLetter(**{**given, **more})


def event(body: bytes | None) -> Event | InvalidEvent | None:
    return letter.event_of(None if body is None else Appended(7, body, NOW), {})


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ([], None),
        (["d1", "d2"], {"d1", "d2"}),
        (["event 7", "d1"], {"event 7", "d1"}),
        (["event", "7", "d1"], {"event 7", "d1"}),
        (["delivery", "7"], {"delivery 7"}),
        (["event"], {"event"}),
    ],
)
def test_ids_may_come_as_two_words(words: Sequence[str], ids: set[str] | None) -> None:
    assert choice(words, route="support") == DeadQuery(
        route="support", ids=None if ids is None else frozenset(ids)
    )


def test_a_letter_in_short_is_masked(display: Display) -> None:
    told = list(letter.told_in_short(died(detail="email: 'john.doe@example.com' is odd"), display))
    assert told == ["d1  2 h ago  m1", "  support, invalid_payload: email: *** is odd"]


def test_a_long_detail_is_cut_in_a_list(display: Display) -> None:
    _id, told = letter.told_in_short(died(detail="so " * 500), display)
    assert len(told) < 250


@pytest.mark.parametrize(
    ("age", "said"), [(0.4, "0 s"), (59.0, "59 s"), (60.0, "1 min"), (7200.0, "2 h"), (2e5, "2 d")]
)
def test_ages_are_told_in_the_unit_that_fits(age: float, said: str, display: Display) -> None:
    assert f"  {said} ago" in next(letter.told_in_short(died(age=age), display))


def test_all_about_a_letter_is_told(display: Display) -> None:
    told = list(
        letter.told(died(delivery=DELIVERY), event(json.dumps(BODY).encode()), NOW, display)
    )
    assert told[0] == "Dead on support (invalid_payload): name: is empty"
    assert told[1].startswith("  what to do: ")
    assert "  died: 2026-01-02 12:30:00 UTC, 2 h ago" in told
    assert "  upsert_contact: 2 attempts, one of which may have arrived" in told
    assert '  payload: {"name":"J***"}' in told
    assert '  traits: {"email":"j***@example.com"}' in told


def test_the_commands_that_bring_a_letter_back_are_those_that_can(display: Display) -> None:
    of_an_event = event(json.dumps(BODY).encode())
    as_it_is = "  to send it as it is: `sendoff dead replay d1 --yes`"
    anew = "  to decide it anew by the blueprint of now: `sendoff dead replay d1 --remap --yes`"
    for made, found, commands in (
        (died(delivery=DELIVERY), of_an_event, [as_it_is, anew]),
        (died(delivery=DELIVERY), None, [as_it_is]),
        (died(), of_an_event, [anew]),
    ):
        told = letter.told(made, found, NOW, display)
        assert [line for line in told if "dead replay" in line] == commands


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, "The event 7 is no longer kept (`events.keep`), so it cannot be decided anew."),
        (b"not JSON", "Its message, number 7, is no event."),
    ],
)
def test_a_letter_may_have_no_event(body: bytes | None, said: str, display: Display) -> None:
    told = list(letter.told(died(), event(body), NOW, display))
    assert told[-1] == said
    assert "  nothing was sent: it died as it was decided" in told
    assert not any("dead replay" in line for line in told)


def test_the_json_of_a_letter_and_of_its_contents() -> None:
    made = letter.as_json(died(delivery=DELIVERY), NOW)
    assert made == {
        "id": "d1", "route": "support", "reason": "invalid_payload", "rule": "all",
        "detail": "name: is empty", "message_id": "m1", "died_at": "2026-01-02T12:30:00+00:00",
        "event_number": 7, "attempts": 2,
    }  # fmt: skip
    contents = letter.contents(died(delivery=DELIVERY), event(json.dumps(BODY).encode()))
    assert contents["payload"] == {"name": "John Doe"}
    assert contents["event"]["user_id"] == "u1"
    empty = letter.contents(died(), event(b"not JSON"))
    assert (empty["payload"], empty["event"], empty["maybe_delivered"]) == (None, None, False)


def test_the_counts_come_with_the_most_first() -> None:
    counts = [DeadCount(None, "invalid_event", "", 2), DeadCount("support", "refused", "all", 1500)]
    assert [line.split() for line in told_counts(counts).splitlines()] == [
        ["route", "reason", "rule", "dead"],
        ["support", "refused", "all", "1,500"],
        ["-", "invalid_event", "-", "2"],
    ]
    assert told_counts([]) == "nothing is dead that fits"
