from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint.generated import generate_payload
from sendoff.blueprint.program import Program
from sendoff.event import Event

NOW = datetime(2026, 1, 2, tzinfo=UTC)
Compile = Callable[..., Program]

FIELDS = """\
parameters: {plan: {default: pro}}
rules:
  - id: a
    action: note
    fields:
      name: {from: [traits.name, traits.email], required: true}
      email: {from: traits.email, do: [trim, lower]}
      score: {from: "traits.scores[1]", do: [integer], on_error: omit}
      "plan": params.plan
      where.city: traits.address.city
      where.land: {from: traits.land, default: nowhere}
      tags: {list: [{value: vip, when: {traits.vip: true}}, user_id]}
      kind: {from: type, when: {type: [track, page]}}
"""


def event(**traits: Any) -> Event:
    message = {"type": "track", "event": "Use", "userId": "u1", "traits": traits}
    return Event.from_message(message, received_at=NOW)


def closures_are_not_asked(_event: Any, _trace: Any) -> Any:
    raise AssertionError("the closures were asked")


@pytest.mark.parametrize(
    "traits",
    [
        {"name": "John", "email": " J@X.com ", "scores": [0, "7"], "vip": True},
        {"email": "j@x.com", "scores": [1, "seven"], "address": {"city": "Oslo"}},
        {"name": {"first": "John", "last": None}, "land": "", "address": "Oslo", "scores": {}},
    ],
)
def test_ordinary_events_never_need_the_closures(program: Compile, traits: dict[str, Any]) -> None:
    [rule] = program(FIELDS).rules
    make = generate_payload(rule.fields, closures_are_not_asked, {"plan": "pro"})
    assert make(event(**traits)) == rule.run(event(**traits), None)


@pytest.mark.parametrize("traits", [{}, {"name": "John", "email": 5}])
def test_what_is_out_of_the_ordinary_is_left_to_the_closures(
    program: Compile, traits: dict[str, Any]
) -> None:
    [rule] = program(FIELDS).rules
    make = generate_payload(rule.fields, lambda _event, _trace: "closures", {"plan": "pro"})
    assert make(event(**traits)) == "closures"


@pytest.mark.parametrize(
    ("steps", "kept"),
    [
        ("scalars", {"a": "x", "m": 0, "b": False, "f": 0.5}),
        ("{omit: [a]}, scalars", {"m": 0, "b": False, "f": 0.5}),
        ("scalars, {omit: [a, m, b, f]}", None),
    ],
)
def test_choosing_scalars_of_an_object_needs_no_closures(
    program: Compile, steps: str, kept: dict[str, Any] | None
) -> None:
    left_out: dict[str, Any] = {"blank": " ", "o": {"i": 1}, "l": [1], "z": None}
    traits = {"a": "x", "m": 0, "b": False, "f": 0.5, **left_out}
    document = f"rules: [{{id: a, action: note, fields: {{x: {{from: traits, do: [{steps}]}}}}}}]"
    [rule] = program(document).rules
    make = generate_payload(rule.fields, closures_are_not_asked, {})
    made = {"x": kept} if kept else None
    assert make(event(**traits)) == rule.run(event(**traits), None) == made


@pytest.mark.parametrize(
    ("steps", "found", "made"),
    [
        ("trim, upper", " a, b ", "A, B"),
        ('{split: ","}', "a, b", ["a", "b"]),
        ('{split: ","}, first', "a, b", "a"),
        ('trim, {split: ","}, last, upper', " a, b", "B"),
        ("integer, string", 7.0, "7"),
    ],
)
def test_steps_are_taken_one_after_the_other_without_the_closures(
    program: Compile, steps: str, found: Any, made: Any
) -> None:
    field = f"{{x: {{from: traits.a, do: [{steps}]}}}}"
    [rule] = program(f"rules: [{{id: a, action: note, fields: {field}}}]").rules
    make = generate_payload(rule.fields, closures_are_not_asked, {})
    assert make(event(a=found)) == rule.run(event(a=found), None) == {"x": made}


@pytest.mark.parametrize("more", ["", ", on_error: omit"])
def test_no_number_of_steps_is_too_many(program: Compile, more: str) -> None:
    steps = ", ".join(["trim", "lower"] * 500)
    document = (
        "rules:\n"
        "  - id: a\n"
        "    action: note\n"
        "    fields: {x: {from: traits.email, do: [" + steps + "]" + more + "}}\n"
    )
    [rule] = program(document).rules
    assert rule.make(event(email=" J@X.com ")) == {"x": "j@x.com"}


@given(st.text(min_size=1).filter(str.strip))
def test_no_name_in_a_document_becomes_code(program: Compile, key: str) -> None:
    quoted = '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
    text = "rules: [{id: a, action: note, fields: {x: {from: PATH}}}]\n"
    path = f"traits.{quoted}"
    document = text.replace("PATH", _yaml(path))
    [rule] = program(document).rules
    assert rule.make(event(**{key: "found"})) == {"x": "found"}


def _yaml(text: str) -> str:
    escaped = "".join(f"\\U{ord(char):08x}" if not char.isalnum() else char for char in text)
    return f'"{escaped}"'
