from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sendoff.blueprint.program import Program
from sendoff.blueprint.trace import Trace
from sendoff.decision import Decision

Noted = Callable[..., Any]
Problems = Callable[..., list[str]]

ITEMS = {"traits": {"who": "u", "items": [{"id": "1", "q": 2}, None, "", {"q": 3}, {"id": ""}]}}


def test_a_list_has_an_element_for_each_field_with_a_value(noted: Noted) -> None:
    fields = "t: {list: [traits.a, {value: b, when: {traits.c: 1}}, traits.c, {list: [traits.d]}]}"
    assert noted(fields, {"traits": {"c": 1, "d": 2}}) == {"t": ["b", 1, [2]]}
    assert noted(fields) == {}


def test_an_object_is_made_of_targets(noted: Noted) -> None:
    fields = 't: {object: {a.b: traits.x, "a.\\"c d\\"": {value: 1}, e: traits.none}}'
    assert noted(fields, {"traits": {"x": 0}}) == {"t": {"a": {"b": 0, "c d": 1}}}


def test_each_makes_an_object_of_every_element_with_a_value(noted: Noted) -> None:
    fields = """
t:
  each: traits.items
  fields:
    id: {from: item.id, do: [integer]}
    q: {from: item.q, default: 0}
    of: traits.who
"""
    assert noted(fields, ITEMS) == {
        "t": [{"id": 1, "q": 2, "of": "u"}, {"q": 3, "of": "u"}, {"q": 0, "of": "u"}]
    }


def test_what_is_no_list_counts_as_a_list_of_one(noted: Noted) -> None:
    fields = "t: {each: traits.items, fields: {x: item}}"
    assert noted(fields, {"traits": {"items": 5}}) == {"t": [{"x": 5}]}
    assert noted(fields, {"traits": {"items": " "}}) == {}
    assert noted(fields) == {}


def test_item_is_the_innermost_element(noted: Noted) -> None:
    fields = """
t:
  each: traits.outer
  fields:
    id: item.id
    inner: {each: item.inner, fields: {x: item}}
"""
    message = {"traits": {"outer": [{"id": 1, "inner": [2, 3]}, {"id": 4}]}}
    assert noted(fields, message) == {"t": [{"id": 1, "inner": [{"x": 2}, {"x": 3}]}, {"id": 4}]}


def test_a_condition_inside_each_sees_the_item(noted: Noted) -> None:
    fields = """
t: {each: traits.items, fields: {q: {from: item.q, when: {item.q: {gt: 2}, event: e}}}}
"""
    assert noted(fields, ITEMS) == {"t": [{"q": 3}]}


def test_a_failure_inside_is_named_from_the_payload_on(noted: Noted) -> None:
    traits = {"traits": {"x": "no number", "l": [{"y": "no number"}]}}
    cases = {
        "t: {list: [event, {from: traits.x, do: [integer]}]}": "t[1]",
        "t: {object: {a.b: {from: traits.x, do: [integer]}}}": "t.a.b",
        "t: {each: traits.l, fields: {c: {from: item.y, do: [integer]}}}": "t[].c",
        "a.t: {list: [{list: [{from: traits.x, do: [integer]}]}]}": "a.t[0][0]",
    }
    for fields, label in cases.items():
        failed = "mapping_error", f"{label}: integer: is text that is no whole number"
        assert noted(fields, traits) == failed


def test_an_element_that_must_be_there_and_is_not_is_missing(noted: Noted) -> None:
    fields = (
        "t: {each: traits.items, on_error: omit, fields: {id: {from: item.id, required: true}}}"
    )
    assert noted(fields, ITEMS) == (
        "missing_field", "t[].id: is required, and has no value (read from item.id)"
    )  # fmt: skip


@pytest.mark.parametrize(
    "source",
    [
        "list: [event, {from: traits.x, do: [integer]}]",
        "object: {a: {from: traits.x, do: [integer]}}",
        "each: traits.l, fields: {c: {from: item, do: [integer]}}",
    ],
)
def test_on_error_covers_what_a_field_is_built_of(noted: Noted, source: str) -> None:
    traits = {"traits": {"x": "no number", "l": ["no number"]}}
    assert noted(f"t: {{{source}, on_error: omit, default: d}}", traits) == {"t": "d"}
    assert noted(f"t: {{{source}, on_error: omit}}", traits) == {}
    assert noted(f"t: {{{source}, default: d}}", traits)[0] == "mapping_error"


def test_the_trace_tells_the_elements_apart(
    program: Callable[..., Program], decide: Callable[..., Decision]
) -> None:
    text = """\
rules:
  - id: a
    action: note
    fields: {t: {each: traits.items, fields: {q: item.q}}}
"""
    trace = Trace()
    decide(program(text), {"type": "track", "event": "E", **ITEMS}, trace)
    field = trace.entries[0]["steps"][-1]
    read, *items = field["steps"]
    assert (read["step"], read["path"]) == ("read", "traits.items")
    assert [(each["step"], each["value"]) for each in items] == [
        ("item", {"id": "1", "q": 2}), ("item", {"q": 3}), ("item", {"id": ""}),
    ]  # fmt: skip
    [inner] = items[0]["steps"]
    assert (inner["target"], inner["value"]) == ("t[].q", 2)


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("{each: traits.a}", ["5:11: `fields` is missing, which `each` needs (add `fields: …`)"]),
        ("{from: traits.a, fields: {b: event}}",
         ["5:27: `each` is missing, which `fields` needs (add `each: …`)"]),
        ("{each: [traits.a], fields: {b: item}}",
         ["5:11: `each` must be text, not a list (The path of a list; `fields` map its elements, "
          "as `item`)"]),
        ("{list: traits.a}",
         ["5:11: `list` must be a list, not text (write `- item` lines below it)"]),
        ("{list: []}",
         ["5:11: `list` is empty (A list with one element for each field that has a value)"]),
        ("{list: [null]}",
         ["5:18: null removes a shared field, and here is none (leave it out)"]),
        ("{object: [a]}",
         ["5:11: `object` must be a mapping, not a list (write `key: value` lines below it)"]),
        ("{object: {a..b: event}}",
         ["5:20: `a..b` is no target (write names with dots between; one that holds a dot or a "
          "space in double quotes)"]),
        ("{object: {a: event, a.b: event}}",
         ["5:30: `a.b` lies inside `a`, which is mapped as a whole (map the one or the other)"]),
        ("{list: [{from: event, write: append}]}",
         ["5:32: `write` is for a whole target, and this is a part of one (move it out)"]),
        ("{object: {a: item}}",
         ["5:20: `item` is known only in the `fields` of an `each` (begin with a root such as "
          "`traits`)"]),
    ],
)  # fmt: skip
def test_what_cannot_be_built_is_said_once(
    problems: Problems, field: str, found: list[str]
) -> None:
    text = f"rules:\n  - id: a\n    action: note\n    fields:\n      t: {field}\n"
    assert problems(text) == found
