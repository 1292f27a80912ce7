from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from sendoff.blueprint.program import Program
from sendoff.blueprint.trace import Trace
from sendoff.decision import Decision, DeliveryIds
from sendoff.destination import Destination
from sendoff.event import Event
from sendoff.router import Route, Router, opted_out

Compile = Callable[..., Program]
Decide = Callable[..., Decision]

NOW = datetime(2026, 1, 2, tzinfo=UTC)
STRICT = """\
require:
  identity: {any: [user_id]}
  consent: {all: [marketing]}
rules:
  - {id: a, when: {event: Signed Up}, action: note, fields: {who.id: user_id}}
"""


def message(**changed: Any) -> dict[str, Any]:
    """One that is sent; None removes a key."""
    whole = {
        "type": "track", "event": "Signed Up", "userId": "u1", "messageId": "m1",
        "context": {"consent": {"marketing": True}}, **changed,
    }  # fmt: skip
    return {key: value for key, value in whole.items() if value is not None}


OFF = {"integrations": {"desk": False}}
NOBODY = {"userId": None}
REFUSED = {"context": {"consent": {"marketing": False}}}
OTHER = {"event": "Other"}


@pytest.mark.parametrize(
    ("changed", "verdict", "reason"),
    [
        ({}, "send", ""),
        ({**OFF, **NOBODY, **REFUSED, **OTHER}, "drop", "integration_disabled"),
        ({**NOBODY, **REFUSED, **OTHER}, "drop", "anonymous"),
        ({**REFUSED, **OTHER}, "drop", "no_consent"),
        (OTHER, "drop", "no_rule"),
    ],
)
def test_the_first_reason_in_the_order_of_judging_wins(
    program: Compile, decide: Decide, changed: Mapping[str, Any], verdict: str, reason: str
) -> None:
    decision = decide(program(STRICT), message(**changed))
    assert (decision.verdict, decision.reason) == (verdict, reason)


def test_what_is_sent_goes_with_all_it_needs(program: Compile, decide: Decide) -> None:
    decision = decide(program(STRICT), message())
    assert (decision.route, decision.rule, decision.action) == ("support", "a", "note")
    assert (decision.payload, decision.body) == ({"who": {"id": "u1"}}, b'{"who":{"id":"u1"}}')
    assert (decision.order_key, decision.write) == ("who.id=u1", {})
    assert decision.delivery_id == DeliveryIds("support").of("key")


def test_each_reason_says_what_was_found(program: Compile, decide: Decide) -> None:
    compiled = program(STRICT)
    details = {
        decide(compiled, message(**changed)).detail for changed in (OFF, NOBODY, REFUSED, OTHER)
    }
    assert details == {
        "integrations.desk is false",
        "no value at user_id",
        "no marketing consent (consent.marketing is false)",
        "no rule takes a track call 'Other'",
    }


@pytest.mark.parametrize(
    ("integrations", "why"),
    [
        ({}, ""),
        ({"All": False}, "integrations.All is false"),
        ({"all": False}, "integrations.all is false"),
        ({"All": True}, ""),
        ({"All": False, "Support": True}, ""),
        ({"Support": True, "All": False}, ""),
        ({"All": False, "SUPPORT": {"option": 1}}, ""),
        ({"All": True, "the desk": False}, "integrations.the desk is false"),
        ({"The Desk": False}, "integrations.The Desk is false"),
        ({"desk": False}, "integrations.desk is false"),
        # Of several names that mean the route, one false is enough, in whatever order.
        ({"desk": False, "support": True}, "integrations.desk is false"),
        ({"support": True, "desk": False}, "integrations.desk is false"),
        # Other shapes say nothing.
        ({"desk": "false"}, ""),
        ({"desk": 0, "All": None}, ""),
        ({"other": False}, ""),
    ],
)
def test_how_an_event_opts_out_of_a_route(integrations: Mapping[str, Any], why: str) -> None:
    assert opted_out(integrations, frozenset({"support", "desk", "the desk"})) == why


def test_a_route_is_known_by_its_own_name_its_destination_and_its_title(
    program: Compile, decide: Decide
) -> None:
    compiled = program(STRICT)
    for name in ("support", "Support", "desk", "The Desk"):
        assert decide(compiled, message(integrations={name: False})).reason
    assert decide(compiled, message(integrations={"success": False})).verdict == "send"


def test_there_is_one_decision_per_route_in_their_order(
    program: Compile, desk: Destination
) -> None:
    event = Event.from_message(message(), received_at=NOW)
    open_, strict = program("rules: [{id: b, action: note}]\n"), program(STRICT)
    routes = [Route("first", desk, strict), Route("second", desk, open_, ("analytics",))]
    first, second = Router(routes).decide(event, "key", NOW)
    assert (first.route, first.verdict) == ("first", "send")
    assert (second.route, second.verdict, second.reason) == ("second", "drop", "no_consent")
    assert first.delivery_id == DeliveryIds("first").of("key") != DeliveryIds("second").of("key")


def test_to_explain_is_to_decide_with_every_step_told(program: Compile, desk: Destination) -> None:
    event = Event.from_message(message(), received_at=NOW)
    router = Router([Route("support", desk, program(STRICT))])
    trace = Trace()
    assert router.explain(event, "key", NOW, trace) == router.decide(event, "key", NOW)
    [route] = trace.entries
    assert (route["step"], route["name"]) == ("route", "support")
    assert [each["step"] for each in route["steps"]] == ["identity", "consent", "rule", "field"]


@pytest.mark.parametrize("odd", ["half", "digits"])
def test_a_payload_that_json_cannot_hold_is_dead_and_breaks_nothing(
    program: Compile, decide: Decide, odd: str
) -> None:
    text = "rules: [{id: a, action: note, fields: {x: {from: event, do: [odd]}}}]\n"
    decision = decide(program(text), message(event=odd))
    assert (decision.verdict, decision.reason) == ("dead", "invalid_payload")
    assert decision.detail.startswith("$: cannot be written as JSON")


def test_a_number_of_more_than_64_bits_arrives_digit_by_digit(
    program: Compile, decide: Decide
) -> None:
    fields = "{x: traits.a, z: {from: traits.b, do: [integer]}}"
    compiled = program(f"rules: [{{id: a, action: note, fields: {fields}}}]\n")
    decision = decide(compiled, message(traits={"a": 2**70, "b": str(10**30)}))
    assert decision.body == b'{"x":%d,"z":%d}' % (2**70, 10**30)


def test_an_invalid_payload_names_the_rule_and_the_place(program: Compile, decide: Decide) -> None:
    text = "rules: [{id: a, action: upsert_contact, fields: {name: traits.n, email: traits.e}}]\n"
    decision = decide(program(text), message(traits={"n": "John Doe", "e": "john at example"}))
    assert (decision.verdict, decision.reason, decision.rule) == ("dead", "invalid_payload", "a")
    assert decision.detail == "$.email: `email` does not have the right form"
    assert (decision.body, decision.delivery_id) == (b"", "")


def judging(desk: Destination, verdict: Any) -> Destination:
    """A destination whose own check of payloads gives, or raises, this."""

    class Judging(type(desk)):  # type: ignore[misc]
        def validate(self, action: str, payload: Any, now: datetime) -> Sequence[str]:
            if isinstance(verdict, Exception):
                raise verdict
            return [f"{action} {each} {now.year}" for each in verdict]

    made: Destination = Judging()
    return made


@pytest.mark.parametrize(
    ("verdict", "detail"),
    [
        ([], ""),
        (["one", "two"], "note one 2026; note two 2026"),
        (ValueError("john@example.com"), "the check of `desk` broke with ValueError"),
    ],
)
def test_a_destination_says_what_a_schema_cannot(
    program: Compile, desk: Destination, verdict: Any, detail: str
) -> None:
    route = Route("support", judging(desk, verdict), program(STRICT))
    [decision] = Router([route]).decide(Event.from_message(message(), received_at=NOW), "k", NOW)
    assert (decision.reason, decision.detail) == ("invalid_payload" if detail else "", detail)


@pytest.mark.parametrize(
    "changed",
    [{}, {"userId": None}, {"context": {}}, {"event": "Other"}, {"integrations": {"All": False}}],
)
def test_every_decision_bears_the_blueprint_it_was_made_by(
    program: Compile, decide: Decide, changed: Mapping[str, Any]
) -> None:
    compiled = program(STRICT)
    blueprint = compiled.blueprint
    assert decide(compiled, message(**changed)).blueprint == (
        f"{blueprint.name}@{blueprint.version} {blueprint.hash[:12]}"
    )
