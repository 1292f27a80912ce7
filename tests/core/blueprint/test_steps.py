from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sendoff.blueprint.program import Program
from sendoff.blueprint.steps import listed
from sendoff.blueprint.trace import Trace
from sendoff.decision import Decision

Noted = Callable[..., Any]
Problems = Callable[..., list[str]]


def done(noted: Noted, do: str, value: Any, **given: Any) -> Any:
    made = noted(f"t: {{from: traits.x, do: {do}}}", {"traits": {"x": value}}, **given)
    return made.get("t") if isinstance(made, dict) else made


def test_steps_run_in_order(noted: Noted) -> None:
    assert done(noted, "[trim, upper, {slice: {end: 2}}]", " abc ") == "AB"
    assert done(noted, '[{split: ","}, last, integer]', "1, 2") == 2


def test_what_has_no_value_ends_the_chain(noted: Noted) -> None:
    # The hash of a blank text, or of nothing, would be taken for somebody's.
    assert done(noted, "[{replace: {find: x, with: ' '}}, sha256]", "xx") is None
    assert done(noted, "[{lookup: {a: ''}}, sha256]", "a") is None
    assert done(noted, "[{lookup: {a: b}}, sha256]", "other") is None
    assert done(noted, "[{pick: [b]}, flatten]", {"a": 1}) is None
    assert done(noted, "[{split: ','}, first, e164]", " , ") is None


def test_a_step_that_fails_is_named_and_the_value_is_not(noted: Noted) -> None:
    assert done(noted, "[trim, integer]", " abc ") == (
        "mapping_error", "t: integer: is text that is no whole number"
    )  # fmt: skip


def test_whatever_a_plugins_transform_raises_is_a_mapping_error(noted: Noted) -> None:
    failed = done(noted, "[trim, explode]", "john@example.com")
    assert failed == ("mapping_error", "t: explode: broke with KeyError")
    assert noted("t: {from: event, do: [explode], on_error: omit, default: d}") == {"t": "d"}


@pytest.mark.parametrize("odd", ["nan", "infinity", "blank"])
def test_what_json_cannot_write_as_a_value_is_none(noted: Noted, odd: str) -> None:
    assert done(noted, "[odd]", odd) is None


def test_what_has_no_value_is_left_out_of_what_a_transform_gives(noted: Noted) -> None:
    assert done(noted, "[odd]", "nested") == {"d": [1]}


@pytest.mark.parametrize(("odd", "kind"), [("date", "datetime"), ("set", "set")])
def test_a_transform_has_to_give_json(noted: Noted, odd: str, kind: str) -> None:
    assert done(noted, "[odd]", odd) == (
        "mapping_error", f"t: odd: gave a {kind}, for which JSON has no word"
    )  # fmt: skip


def test_a_whole_number_is_a_number(noted: Noted) -> None:
    assert done(noted, "[integer, doubled]", "21") == 42


def test_parameters_are_filled(noted: Noted) -> None:
    national = "[{e164: {region: {param: region}}}]"
    assert done(noted, national, "07700 900123", region="GB") == "+447700900123"
    assert done(noted, national, "07700 900123")[0] == "mapping_error"
    assert done(noted, "[{slice: {end: {param: end}}}]", "abc", end=2) == "ab"
    assert done(noted, "[{lookup: {param: table}}]", "a", table={"a": "b"}) == "b"


def test_what_is_filled_in_is_not_looked_at_again(noted: Noted) -> None:
    table = {"param": "region"}
    assert done(noted, "[{lookup: {param: table}}]", "param", table=table, region="GB") == "region"


def test_a_table_with_another_key_beside_param_is_a_table(noted: Noted) -> None:
    assert done(noted, "[{lookup: {param: region, '*': x}}]", "param", region="GB") == "region"


def test_a_step_that_lacks_its_parameter_refuses_what_comes(noted: Noted) -> None:
    refused = "mapping_error", "t: slice: needs a parameter that the route leaves unset"
    assert done(noted, "[{slice: {end: {param: end}}}]", "abc") == refused
    refused = "mapping_error", "t: lookup: needs a parameter that the route leaves unset"
    assert done(noted, "[{lookup: {param: table}}]", "abc") == refused
    assert noted("t: {from: traits.x, do: [{lookup: {param: table}}]}") == {}


@pytest.mark.parametrize(
    ("do", "problem"),
    [
        ("trim", "5:27: `do` must be a list, not text (write `- trim` lines below it, or "
         "`[trim, lower]`)"),
        ("[trm]", "5:32: there is no transform `trm` (did you mean `trim`?)"),
        ("[{trm: 1}]", "5:32: there is no transform `trm` (did you mean `trim`?)"),
        ("[split]", '5:32: `split` needs parameters (such as `- split: ","`)'),
        ("[lookup]", '5:32: `lookup` needs parameters (such as `- lookup: {"gold": 1, "*": 0}`)'),
        ("[{trim: 1}]", "5:32: `trim` takes no parameters (write `- trim`)"),
        ("[{split: null}]", "5:33: `split` must be text, not null (The separator, literally.)"),
        ("[{split: 5}]", "5:33: `split` must be text, not a number (put it in quotes)"),
        ("[{split: ',', join: ','}]",
         "5:32: item 1 of `do` has more keys than 1 (write one transform an item: `- trim`, or "
         '`- split: ","`)'),
        ("[5]", "5:32: item 1 of `do` must be text or a mapping, not a number (write one "
         'transform an item: `- trim`, or `- split: ","`)'),
        ("[{slice: {start: 1, stop: 2}}]", "5:51: unknown key `stop` (use one of: end, start)"),
        ("[{lookup: {gold: null, other: x}}]",
         "5:42: `gold` must be text, a number or true or false, not null (write text, a number or "
         "true or false)"),
        ("[{e164: {region: UK}}]",
         "5:33: e164: `region` is no country of ISO 3166-1 such as GB: 'UK'"),
        ("[{e164: {region: {param: regon}}}]",
         "5:49: there is no parameter `regon` (did you mean `region`?)"),
        ("[{lookup: {param: tabel}}]",
         "5:42: there is no parameter `tabel` (did you mean `table`?)"),
        ("[{slice: {start: x, end: {param: region}}}]",
         "5:41: `start` must be a whole number, not text (write a whole number, without quotes)"),
        ("[unbuildable]", "5:32: unbuildable: broke with KeyError"),
        ("[integer, lower]", "5:41: `lower` takes text, not a whole number (put a step before it "
         "that gives what it takes)"),
    ],
)  # fmt: skip
def test_what_is_no_step_is_said_once(problems: Problems, do: str, problem: str) -> None:
    parameters = "parameters: {region: {type: string}, table: {}}\n"
    text = (
        f"rules:\n  - id: a\n    action: note\n    fields:\n      t: {{from: traits.x, do: {do}}}\n"
    )
    assert problems(text + parameters) == [problem]


def test_a_type_that_cannot_fit_is_found_along_the_chain(problems: Problems) -> None:
    text = """\
rules:
  - id: a
    action: note
    fields:
      a: {from: user_id, do: [flatten]}
      b: {from: consent.marketing, do: [trim]}
      c: {value: 5, do: [string, trim, {split: ","}, upper]}
      d: {from: [user_id, traits.x], do: [flatten]}
"""
    fix = " (put a step before it that gives what it takes)"
    assert problems(text) == [
        f"5:31: `flatten` takes an object, not text{fix}",
        f"6:41: `trim` takes text, not true or false{fix}",
        f"7:54: `upper` takes text, not a list{fix}",
    ]


def test_the_trace_shows_each_step_and_where_it_ended(
    program: Callable[..., Program], decide: Callable[..., Decision]
) -> None:
    text = """\
rules:
  - {id: a, action: note, fields: {t: {from: event, do: [trim, integer, string]}}}
"""
    trace = Trace()
    decision = decide(program(text), {"type": "track", "event": " E "}, trace)
    field = trace.entries[0]["steps"][-1]
    assert field["failed"] == decision.detail == "t: integer: is text that is no whole number"
    assert field["steps"] == [
        {"step": "read", "path": "event", "value": " E "},
        {"step": "transform", "name": "trim", "value": "E"},
        {"step": "transform", "name": "integer",
         "error": "integer: is text that is no whole number"},
    ]  # fmt: skip


def test_types_in_words() -> None:
    assert listed({"text"}) == "text"
    assert listed({"list", "text"}) == "text or a list"
    assert listed({"integer", "number", "boolean", "text"}) == "text, a number or true or false"
    assert listed(()) == "nothing"
