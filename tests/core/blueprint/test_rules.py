from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sendoff.blueprint.program import Program
from sendoff.decision import Decision

Compile = Callable[..., Program]
Decide = Callable[..., Decision]
Problems = Callable[..., list[str]]

SHARED = """\
fields:
  who.id: user_id
  who.email: traits.email
  note: {value: shared}
rules:
  - id: own
    when: {event: Own}
    action: note
    fields:
      note: {value: own}
      more: {value: 1}
  - id: without
    when: {event: Without}
    action: note
    fields: {note: null, who.id: null, who.email: null}
  - id: shared
    action: note
"""


@pytest.mark.parametrize(
    ("event", "rule", "payload"),
    [
        ("Own", "own", {"who": {"id": "u"}, "note": "own", "more": 1}),
        ("Without", "without", {}),
        ("Other", "shared", {"who": {"id": "u"}, "note": "shared"}),
    ],
)
def test_a_rules_field_replaces_the_shared_one_and_null_removes_it(
    program: Compile, decide: Decide, event: str, rule: str, payload: dict[str, Any]
) -> None:
    decision = decide(program(SHARED), {"type": "track", "event": event, "userId": "u"})
    assert (decision.rule, decision.payload) == (rule, payload)


def test_the_first_rule_whose_condition_holds_decides(program: Compile, decide: Decide) -> None:
    text = """\
rules:
  - {id: a, when: {traits.x: 1}, action: note}
  - {id: b, when: {type: [track, page]}, action: note}
  - {id: c, when: {traits.x: {exists: true}}, action: note}
"""
    compiled = program(text)
    assert decide(compiled, {"type": "page", "traits": {"x": 1}}).rule == "a"
    assert decide(compiled, {"type": "page", "traits": {"x": 2}}).rule == "b"
    assert decide(compiled, {"type": "alias", "traits": {"x": 2}}).rule == "c"
    assert decide(compiled, {"type": "alias"}).reason == "no_rule"


def test_a_required_object_of_several_fields_is_missing_when_none_has_a_value(
    program: Compile, decide: Decide
) -> None:
    text = "rules: [{id: a, action: place, fields: {address.city: traits.c}}]\n"
    decision = decide(program(text), {"type": "page"})
    assert (decision.reason, decision.detail) == (
        "missing_field", "address: is required, and none of its fields has a value"
    )  # fmt: skip
    decision = decide(program(text), {"type": "page", "traits": {"c": "Oslo"}})
    assert decision.payload == {"address": {"city": "Oslo"}}


def test_write_policies_go_with_the_decision(program: Compile, decide: Decide) -> None:
    text = """\
rules:
  - id: a
    action: upsert_contact
    fields:
      name: event
      tags: {list: [event], write: overwrite}
      custom_fields.plan: {from: traits.plan, write: if_empty}
"""
    decision = decide(program(text), {"type": "track", "event": "E"})
    assert decision.write == {"tags": "overwrite", "custom_fields.plan": "if_empty"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "rules:\n  - id: a\n    action: upsert_contct\n",
            ["3:5: `desk` has no action `upsert_contct` (did you mean `upsert_contact`?)"],
        ),
        (
            "rules:\n  - id: a\n    action: 5\n",
            ["3:5: `action` must be text, not a number (put it in quotes)"],
        ),
        # All but the fit is judged, whatever the action.
        (
            "rules:\n  - {id: a, action: x, fields: {b: trait.c, d: {from: event, do: [trm]}}}\n",
            [
                "2:13: `desk` has no action `x` (use one of: create_contact, note, place, "
                "upsert_contact)",
                "2:33: `trait` is no part of an event (did you mean `traits`?)",
                "2:67: there is no transform `trm` (did you mean `trim`?)",
            ],
        ),
        # Shared fields are judged even where no rule uses them.
        (
            "fields: {a: trait.c, b: null, c..d: event}\nrules: [{id: a, action: note}]\n",
            [
                "1:10: `trait` is no part of an event (did you mean `traits`?)",
                "1:22: null removes a shared field, and this is one (leave it out)",
                "1:31: `c..d` is no target (write names with dots between; one that holds a dot "
                "or a space in double quotes)",
            ],
        ),
        (
            "fields: {a: trait.c}\nrules: []\n",
            [
                "1:10: `trait` is no part of an event (did you mean `traits`?)",
                "2:1: `rules` is empty (fill it in, or remove it)",
            ],
        ),
        (
            "rules: [{id: a, action: note, fields: {b: null}}]\n",
            [
                "1:40: null removes a shared field, and there is none of this target "
                "(leave it out)",
            ],
        ),
        (
            'rules: [{id: a, action: note, fields: {b.c: event, "b.\\"c\\"": event}}]\n',
            ['1:52: `b."c"` is the same target as `b.c` (keep one of them)'],
        ),
        (
            "rules: [{id: a, action: upsert_contact, fields: {name: {value: x, write: append}}}]",
            ["1:67: `name` cannot be written as `append` (leave `write` out)"],
        ),
        (
            "fields: {name: event}\n"
            "rules: [{id: a, action: upsert_contact, fields: {tags: {list: [event], "
            "write: if_empty}}}]\n",
            ["2:72: `tags` cannot be written as `if_empty` (it takes append or overwrite)"],
        ),
        (
            "rules: [{id: a, action: note, fields: {x: {from: event, write: apend}}}]\n",
            [
                "1:57: `write` cannot be `apend` (did you mean `append`?)",
            ],
        ),
    ],
)
def test_what_is_wrong_with_a_rule(problems: Problems, text: str, found: list[str]) -> None:
    assert problems(text + ("" if text.endswith("\n") else "\n")) == found
