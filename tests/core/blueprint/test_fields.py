from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from sendoff.blueprint.program import Program
from sendoff.decision import Decision

Noted = Callable[..., Any]
Problems = Callable[..., list[str]]

BAD_NUMBER = {"traits": {"x": "no number"}}
GOOD_NUMBER = {"traits": {"x": "7"}}


@pytest.mark.parametrize(
    ("rest", "message", "made"),
    [
        # when false: left out, before all else.
        ("when: {type: page}, do: [integer], default: 1", BAD_NUMBER, {}),
        ("when: {type: page}, required: true", {}, {}),
        ("when: {type: track}, do: [integer]", GOOD_NUMBER, {"t": 7}),
        # source, do, then default: taken as it is.
        ("do: [integer], default: d", {}, {"t": "d"}),
        ("do: [integer], default: d", GOOD_NUMBER, {"t": 7}),
        ("do: [integer], default: 0", {}, {"t": 0}),
        ("do: [integer], default: false", {}, {"t": False}),
        ("do: [upper], default: d", {}, {"t": "d"}),
        # A failing transform fails the event, or goes on to the default.
        (
            "do: [integer], default: d",
            BAD_NUMBER,
            ("mapping_error", "t: integer: is text that is no whole number"),
        ),
        ("do: [integer], on_error: omit", BAD_NUMBER, {}),
        ("do: [integer], on_error: omit, default: d", BAD_NUMBER, {"t": "d"}),
        # Then required.
        (
            "required: true",
            {},
            ("missing_field", "t: is required, and has no value (read from traits.x)"),
        ),
        ("required: true, default: d", {}, {"t": "d"}),
        (
            "required: true, do: [integer], on_error: omit",
            BAD_NUMBER,
            ("missing_field", "t: is required, and has no value (read from traits.x)"),
        ),
        ("required: false", {}, {}),
    ],
)
def test_the_order_in_which_a_field_is_evaluated(
    noted: Noted, rest: str, message: Mapping[str, Any], made: Any
) -> None:
    assert noted(f"t: {{from: traits.x, {rest}}}", message) == made


def test_the_first_field_that_fails_is_told(noted: Noted) -> None:
    fields = "a: {from: traits.x, do: [integer]}\nb: {from: traits.y, required: true}"
    assert noted(fields, BAD_NUMBER)[0] == "mapping_error"
    fields = "b: {from: traits.y, required: true}\na: {from: traits.x, do: [integer]}"
    assert noted(fields, BAD_NUMBER)[0] == "missing_field"


def test_what_the_action_requires_is_missing_even_when_its_condition_leaves_it_out(
    program: Callable[..., Program], decide: Callable[..., Decision]
) -> None:
    text = """\
rules:
  - id: a
    action: upsert_contact
    fields:
      name: {from: traits.name, when: {type: page}}
"""
    decision = decide(program(text), {"type": "track", "event": "E", "traits": {"name": "x"}})
    assert (decision.verdict, decision.reason, decision.rule) == ("dead", "missing_field", "a")
    assert decision.detail == "name: is required, and its `when` leaves it out"


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("{}", ["5:7: this field has no source (give one of from, value, template, list, each, "
                "object)"]),
        ("{do: [trim]}", ["5:7: this field has no source (give one of from, value, template, "
                          "list, each, object)"]),
        ("{fro: traits.x}", ["5:11: unknown key `fro` (did you mean `from`?)"]),
        ("{from: traits.x, value: 1}",
         ["5:27: this field has two sources, `from` and `value` (keep one)"]),
        ("{value: 1, from: traits.x, list: [event]}",
         ["5:21: this field has two sources, `value` and `from` (keep one)",
          "5:37: this field has two sources, `value` and `list` (keep one)"]),
        ("5", ["5:7: `t` must be text, a mapping or null, not a number (A path, or a mapping with "
               "exactly one source)"]),
        ("[traits.x]", ["5:7: `t` must be text, a mapping or null, not a list (A path, or a "
                        "mapping with exactly one source)"]),
        ("en", ["5:7: `en` is no part of an event (for fixed text write `{value: \"en\"}`)"]),
        ("John Doe", ["5:7: `John Doe` cannot be read as a path from character 5 on (for fixed "
                      "text write `{value: \"John Doe\"}`)"]),
        ("'7'", ["5:7: `7` is no path (for fixed text write `{value: \"7\"}`)"]),
        ("trait.x", ["5:7: `trait` is no part of an event (did you mean `traits`?)"]),
        ("traits.x y", ["5:7: `traits.x y` cannot be read as a path from character 9 on (write "
                        '`.key`, `."a key with dots or spaces"` or `[0]`)']),
        ("{from: event, default: ''}", ["5:24: `default` has no value (leave it out)"]),
        ("{from: event, default: null}", ["5:24: `default` has no value (leave it out)"]),
        ("{from: event, on_error: ignore}",
         ["5:24: `on_error` cannot be `ignore` (use one of: fail, omit)"]),
        ("{from: event, on_error: skip, required: 1, do: [trm]}",
         ["5:24: `on_error` cannot be `skip` (use one of: fail, omit)",
          "5:40: `required` must be true or false, not a number (write true or false)",
          "5:58: there is no transform `trm` (did you mean `trim`?)"]),
    ],
)  # fmt: skip
def test_what_is_no_field_is_said_once(problems: Problems, field: str, found: list[str]) -> None:
    text = f"rules:\n  - id: a\n    action: note\n    fields:\n      t: {field}\n"
    assert problems(text) == found


def test_a_field_lists_the_paths_it_reads(program: Callable[..., Program]) -> None:
    text = """\
rules:
  - id: a
    action: note
    fields:
      t:
        from: [traits.a, traits.b]
        when: {traits.c: 1}
      u: {template: "{{event}} {{traits.d}}"}
      v: {each: traits.e, fields: {x: item.f, y: {from: user_id}}}
""".replace("y: {", "z: {")
    [rule] = program(text).rules
    reads = {field.name: [str(path) for path in field.reads] for field in rule.fields}
    assert reads == {
        "t": ["traits.a", "traits.b", "traits.c"],
        "u": ["event", "traits.d"],
        "v": ["traits.e", "item.f", "user_id"],
    }
