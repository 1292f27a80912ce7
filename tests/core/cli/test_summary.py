"""The end of a run, for people: counts, what is dead, what waits and what was not delivered."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from sendoff import builtin
from sendoff.cli.account import Account
from sendoff.cli.exits import Exit
from sendoff.cli.shipment import Shipment
from sendoff.cli.summary import LETTERS, summary
from sendoff.decision import Decision
from sendoff.delivery import Delivered, Delivery, Retry, Skipped, Throttled
from sendoff.journal import Attempted, DecidedEvent
from sendoff.pipeline_file import Pipeline, Surroundings
from sendoff.plugins import Plugins
from sendoff.presets import Presets
from sendoff.report.display import Display
from sendoff.sources import Line
from sendoff.store.promise import Done, Later


def shipment(store: str = "memory") -> Shipment:
    pipeline = Pipeline(
        name="test", file="sendoff.yaml", routes=(), consent_map={}, store=store, keep=1.0,
        redact=("email",), secrets=(),
    )  # fmt: skip
    made = Shipment(pipeline, Surroundings(Plugins(), Presets([]), {}), patience=1.0)
    made.account = Account(["support"])
    return made


def decide(at: Shipment, number: int, **decision: Any) -> None:
    event = DecidedEvent(
        number, str(number), f"m{number}", (Decision(**{"route": "support"} | decision),)
    )
    at.ledger.read([number], [Line(number, b"")])
    at.ledger.decided([event])
    at.tally.decided([event])


def send(at: Shipment, number: int) -> Delivery:
    decide(at, number, verdict="send", delivery_id=f"d{number}")
    return Delivery(f"d{number}", "support", "post", b"{}", "", str(number), f"m{number}")


def told(at: Shipment) -> list[str]:
    lines = "\n".join(summary(at, Display(at.pipeline, clear=False))).splitlines()
    return [" ".join(line.split()) for line in lines if line]


def test_an_empty_run() -> None:
    at = shipment()
    assert (told(at), at.code) == (["0 events"], Exit.DONE)


def test_every_outcome_is_counted_by_its_reason() -> None:
    at = shipment()
    at.tally.attempted([Attempted(send(at, 1), Delivered(), Done("delivered"))])
    at.tally.attempted(
        [Attempted(send(at, 2), Skipped("there"), Done("skipped", "already_exists"))]
    )
    decide(at, 3, verdict="drop", reason="no_consent")
    decide(at, 4, verdict="dead", reason="missing_field", detail="name: is required")
    decide(at, 5, route=None, verdict="dead", reason="invalid_event", detail="$: not JSON")
    decide(at, 6, route=None, verdict="duplicate")
    lines = told(at)
    assert lines[:8] == [
        "6 events",
        "route outcome reason events",
        "- dead invalid_event 1",
        "- duplicate 1",
        "support delivered 1",
        "support skipped already_exists 1",
        "support dropped no_consent 1",
        "support dead missing_field 1",
    ]
    assert at.code is Exit.NO


def test_what_is_delayed_is_told_with_the_last_reason_heard() -> None:
    at = shipment()
    delivery = send(at, 1)
    at.ledger.attempted(
        [Attempted(delivery, Throttled(60.0, "60 a minute"), Later(0.0, "throttled"))]
    )
    lines = told(at)
    assert "waiting: support: throttled: 60 a minute (1 delivery waits)" in lines
    assert not any("doctor" in line for line in lines)
    assert at.code is Exit.NO


@pytest.mark.parametrize(
    ("store", "reason", "todo"),
    [
        ("sqlite:./sendoff.db", "credentials_refused", "correct the credentials"),
        ("sqlite:./sendoff.db", "unreachable", "see with `sendoff doctor`"),
        ("memory", "unreachable", "see with `sendoff doctor`"),
        ("memory", "credentials_refused", "run the same input again"),
    ],
)
def test_what_to_do_about_a_hold_goes_with_what_becomes_of_what_waits(
    store: str, reason: str, todo: str
) -> None:
    at = shipment(store)
    send(at, 1)
    at.tally.held("support", reason, "no")
    lines = told(at)
    after = lines.index(f"held: support: {reason}: no (1 delivery waits)") + 1
    [first, *_others] = [line for line in lines[after:] if line.startswith("what to do:")]
    assert first.startswith(f"what to do: {todo}")


@pytest.mark.parametrize(("store", "kept"), [("sqlite:./sendoff.db", True), ("memory", False)])
def test_what_is_dead_and_kept_comes_with_the_commands_to_look_at_it(
    store: str, kept: bool
) -> None:
    at = shipment(store)
    assert LETTERS not in told(at)
    decide(at, 1, verdict="dead", reason="missing_field", detail="name")
    assert (LETTERS in told(at)) is kept


def test_what_was_never_tried_is_told() -> None:
    at = shipment()
    send(at, 1)
    send(at, 2)
    assert "waiting: support: they were not tried yet (2 deliveries wait)" in told(at)


def test_a_hold_is_told_with_its_detail_and_masked() -> None:
    at = shipment()
    at.ledger.attempted([Attempted(send(at, 1), Retry("refused"), Later(1.0, "refused"))])
    at.tally.held("support", "credentials_refused", "ask john@example.com")
    lines = told(at)
    assert "held: support: credentials_refused: ask j***@example.com (1 delivery waits)" in lines
    assert at.code is Exit.HELD


def test_a_route_that_was_held_and_delivered_all_since_is_not_held() -> None:
    at = shipment()
    at.tally.held("support", "unreachable", "")
    assert at.code is Exit.DONE


def test_what_was_not_delivered_is_named_up_to_a_point() -> None:
    at = shipment()
    for number in range(1, 13):
        send(at, number)
    [line] = [line for line in told(at) if line.startswith("not delivered")]
    assert line.startswith("not delivered (the memory store ends with this process): line 1 (m1),")
    assert line.endswith("line 10 (m10) and 2 more")


def test_another_store_keeps_what_was_not_delivered() -> None:
    at = shipment("sqlite:./sendoff.db")
    send(at, 1)
    kept = "kept in sqlite:./sendoff.db; `sendoff worker` goes on"
    assert f"not delivered ({kept}): line 1 (m1)" in told(at)


async def test_a_shipment_of_nothing_ends_at_once() -> None:
    plugins = Plugins()
    plugins.register("sendoff", builtin)
    at = Shipment(shipment().pipeline, Surroundings(plugins, Presets([]), {}), patience=1.0)
    await at.run(BytesIO())
    assert (at.tally.events, at.stopped_at, at.code) == (0, None, Exit.DONE)
