from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sendoff.blueprint.program import Program
from sendoff.blueprint.trace import Trace
from sendoff.event import Event

NOW = datetime(2026, 1, 2, tzinfo=UTC)
Compile = Callable[..., Program]

RULES = """\
rules:
  - {id: named, when: {type: track, event: [Signed Up, Registered]}, action: note}
  - {id: granted, when: {consent.marketing: true, traits.plan: pro}, action: note}
  - {id: refused, when: {consent.marketing: false}, action: note}
  - {id: counted, when: {traits.seats: 5}, action: note}
  - {id: deep, when: {properties.a.b: x}, action: note}
  - {id: either, when: {any: [{type: group}, {traits.list: {contains: 1}}]}, action: note}
  - {id: identified, when: {event: Identified}, action: note}
"""


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        ({"type": "track", "event": "signed_up"}, "named"),
        ({"type": "track", "event": "Else", "traits": {"plan": "pro"},
          "context": {"consent": {"marketing": True}}}, "granted"),
        ({"type": "track", "event": "Else", "context": {"consent": {"marketing": False}}},
         "refused"),
        ({"type": "page", "traits": {"seats": 5.0}}, "counted"),
        ({"type": "page", "traits": {"seats": True}, "properties": {"a": {"b": "x"}}}, "deep"),
        ({"type": "group", "groupId": "g"}, "either"),
        ({"type": "page", "traits": {"list": [2, 1]}}, "either"),
        ({"type": "identify"}, "identified"),
        ({"type": "screen"}, None),
    ],
)  # fmt: skip
def test_the_rule_found_is_the_one_that_a_traced_run_finds(
    program: Compile, message: dict[str, Any], rule: str | None
) -> None:
    compiled = program(RULES)
    event = Event.from_message(message, received_at=NOW)
    found, traced = compiled.choose(event), compiled.rule_for(event, Trace())
    assert found is traced
    assert (found.id if found else None) == rule


def test_what_stands_behind_a_rule_for_everything_is_never_asked(program: Compile) -> None:
    compiled = program("rules:\n  - {id: all, action: note}\n")
    event = Event.from_message({"type": "page"}, received_at=NOW)
    chosen = compiled.choose(event)
    assert chosen is not None
    assert chosen.id == "all"
