from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from sendoff.blueprint.program import Program
from sendoff.blueprint.requirements import Consent
from sendoff.blueprint.trace import Trace
from sendoff.decision import Decision

Compile = Callable[..., Program]
Decide = Callable[..., Decision]
Problems = Callable[..., list[str]]

RULES = "\nrules: [{id: a, action: note}]\n"


def event(message: Mapping[str, Any] | None = None, **consent: Any) -> dict[str, Any]:
    context = {"consent": {"canonical": consent}}
    return {"type": "identify", "context": context, **(message or {})}


@pytest.mark.parametrize(
    ("identity", "message", "missing"),
    [
        ("{any: [user_id, traits.email]}", {"userId": "u"}, ""),
        ("{any: [user_id, traits.email]}", {"traits": {"email": "e"}}, ""),
        ("{any: [user_id, traits.email]}", {"traits": {"email": " "}},
         "no value at user_id or traits.email"),
        ("{all: [user_id, traits.email]}", {"userId": "u"}, "no value at traits.email"),
        ("{all: [user_id, traits.email]}", {}, "no value at user_id, traits.email"),
        ("{any: [user_id], all: [traits.email]}", {"userId": "u"}, "no value at traits.email"),
        ("{any: [user_id], all: [traits.email]}", {"traits": {"email": "e"}},
         "no value at user_id"),
        ("{any: [traits.zero]}", {"traits": {"zero": 0}}, ""),
    ],
)  # fmt: skip
def test_who_an_event_must_be_about(
    program: Compile, decide: Decide, identity: str, message: Mapping[str, Any], missing: str
) -> None:
    decision = decide(program(f"require: {{identity: {identity}}}{RULES}"), event(message))
    assert (decision.reason, decision.detail) == (("anonymous", missing) if missing else ("", ""))


@pytest.mark.parametrize(
    ("given", "identified"),
    [({"stand_in": "system-"}, True), ({"stand_in": " "}, False), ({}, False)],
)
def test_a_parameter_may_stand_in_for_who_it_is_about(
    program: Compile, decide: Decide, given: Mapping[str, Any], identified: bool
) -> None:
    text = "parameters: {stand_in: {type: string}}\n"
    text += f"require: {{identity: {{any: [user_id, params.stand_in]}}}}{RULES}"
    decision = decide(program(text, **given), event())
    detail = "" if identified else "no value at user_id or params.stand_in"
    assert (decision.verdict, decision.detail) == ("send" if identified else "drop", detail)
    assert decide(program(text, **given), event({"userId": "u"})).verdict == "send"


@pytest.mark.parametrize(
    ("consent", "given", "refused"),
    [
        ("{all: [marketing]}", {"marketing": True}, ""),
        ("{all: [marketing]}", {"marketing": False},
         "no marketing consent (consent.marketing is false)"),
        ("{all: [marketing]}", {}, "no marketing consent (consent.marketing has no value)"),
        ("{all: [marketing, analytics]}", {"marketing": True, "analytics": False},
         "no analytics consent (consent.analytics is false)"),
        ("{any: [marketing, analytics]}", {"analytics": True}, ""),
        ("{any: [marketing, analytics]}", {"analytics": False},
         "no consent for any of marketing, analytics"),
        ("{any: [analytics], all: [marketing]}", {"marketing": True},
         "no consent for any of analytics"),
    ],
)  # fmt: skip
def test_what_an_event_must_have_consent_for(
    program: Compile, decide: Decide, consent: str, given: Mapping[str, Any], refused: str
) -> None:
    decision = decide(program(f"require: {{consent: {consent}}}{RULES}"), event(**given))
    assert (decision.reason, decision.detail) == (("no_consent", refused) if refused else ("", ""))


def test_silence_passes_where_the_pipeline_allows_it_and_no_never_does(
    program: Compile, decide: Decide
) -> None:
    text = "require: {consent: {all: [marketing], any: [analytics, functional]}}"
    compiled = program(text + RULES)
    said: dict[str, Any] = {"marketing": True, "analytics": True}
    assert decide(compiled, event(**said), silence_allows=True).verdict == "send"
    assert decide(compiled, event(), silence_allows=True).verdict == "send"
    refusals: tuple[dict[str, Any], ...] = (
        {"marketing": False}, {"analytics": False, "functional": False}
    )  # fmt: skip
    for no in refusals:
        assert decide(compiled, event(**no), silence_allows=True).reason == "no_consent"
    # What passed in silence is still no consent to a condition.
    compiled = program("rules: [{id: a, action: note, when: {consent.marketing: true}}]\n")
    assert decide(compiled, event(), silence_allows=True).reason == "no_rule"


def test_a_route_demands_its_purposes_beside_the_blueprints(
    program: Compile, decide: Decide
) -> None:
    compiled = program("require: {consent: {all: [marketing]}}" + RULES)
    assert decide(compiled, event(marketing=True), consent=("analytics",)).reason == "no_consent"
    both = event(marketing=True, analytics=True)
    assert decide(compiled, both, consent=("analytics", "marketing")).verdict == "send"
    consent = Consent(all_of=("marketing",)).also(("analytics", "marketing"))
    assert consent.all_of == ("marketing", "analytics")


def test_the_trace_shows_what_was_looked_at(program: Compile, decide: Decide) -> None:
    text = "require: {identity: {any: [user_id]}, consent: {all: [marketing]}}" + RULES
    trace = Trace()
    decide(program(text), event({"userId": "u"}, marketing=True), trace)
    assert trace.entries[0]["steps"][:2] == [
        {"step": "identity", "path": "user_id", "value": "u"},
        {"step": "consent", "path": "consent.marketing", "value": True},
    ]


@pytest.mark.parametrize(
    ("require", "found"),
    [
        ("{identity: {any: [userId]}}",
         ["1:28: `userId` is no part of an event (did you mean `user_id`?)"]),
        ("{identity: {any: user_id}}",
         ["1:22: `any` must be a list, not text (write `- item` lines below it)"]),
        ("{identity: {any: []}}", ["1:22: `any` is empty (fill it in, or remove it)"]),
        ("{consent: {all: [marketng, 5]}}",
         ["1:27: item 1 of `all` cannot be `marketng` (did you mean `marketing`?)",
          "1:37: item 2 of `all` cannot be `5` (use one of: analytics, essential, functional, "
          "marketing, personalization)"]),
        ("{consnt: {all: [marketing]}}",
         ["1:11: unknown key `consnt` (did you mean `consent`?)"]),
        ("5", ["1:1: `require` must be a mapping, not a number (write `key: value` lines below "
               "it)"]),
    ],
)  # fmt: skip
def test_what_cannot_be_required_is_said_once(
    problems: Problems, require: str, found: list[str]
) -> None:
    assert problems(f"require: {require}{RULES}") == found
