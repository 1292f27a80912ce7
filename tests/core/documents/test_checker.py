from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sendoff.documents import Document, check_schema, read_document

SCHEMA: dict[str, Any] = {
    "required": ["kind", "rules"],
    "additionalProperties": False,
    "properties": {
        "kind": {"const": "Blueprint"},
        "version": {"type": "integer"},
        "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
        "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}},
    },
    "$defs": {
        "rule": {
            "required": ["id"],
            "properties": {"id": {"type": "string", "pattern": "^[a-z]+$"}},
        },
        "step": {
            "anyOf": [
                {"enum": ["trim", "lower"]},
                {"type": "object", "properties": {"split": {"type": "string"}}},
            ]
        },
    },
}


def checked(text: str, schema: dict[str, Any] = SCHEMA, *at: str | int) -> list[str]:
    return [str(problem) for problem in check_schema(read_document(text, "f.yaml"), schema, at)]


def test_a_document_that_fits_has_no_problems() -> None:
    assert checked("kind: Blueprint\nrules: [{id: a}]\nsteps: [trim, {split: '-'}]") == []


def test_every_problem_stands_at_its_key_or_item() -> None:
    text = """\
# rules are missing
version: one
knd: x
steps:
  - trimm
  - split: 1
"""
    assert checked(text) == [
        "f.yaml:2:1: `kind` is missing (add `kind: Blueprint`)",
        "f.yaml:2:1: `rules` is missing (add `rules: …`)",
        "f.yaml:2:1: `version` must be a whole number, not text "
        "(write a whole number, without quotes)",
        "f.yaml:3:1: unknown key `knd` (did you mean `kind`?)",
        "f.yaml:5:5: item 1 of `steps` cannot be `trimm` (did you mean `trim`?)",
        "f.yaml:6:5: `split` must be text, not a number (put it in quotes)",
    ]


def test_what_is_missing_stands_at_the_mapping_that_lacks_it() -> None:
    text = "kind: Blueprint\nrules:\n  - {}\n  - action: x\n    fields: {}\n"
    assert checked(text) == [
        "f.yaml:3:5: `id` is missing (add `id: …`)",
        "f.yaml:4:5: `id` is missing (add `id: …`)",
    ]
    inner = {"properties": {"a": {"properties": {"b": {"required": ["c"]}}}}}
    assert checked("a:\n  b:\n    d: 1", inner) == ["f.yaml:2:3: `c` is missing (add `c: …`)"]


def test_a_bad_name_stands_at_its_key() -> None:
    schema = {"properties": {"parameters": {"propertyNames": {"pattern": "^[a-z]+$"}}}}
    (problem,) = checked("parameters:\n  good: 1\n  Bad: 2", schema)
    assert problem.startswith("f.yaml:3:3: the key `Bad`")


def test_a_part_of_a_document_is_checked_in_its_place() -> None:
    text = "routes:\n  support:\n    settings: {domain: 1, api: x}\n"
    schema = {
        "required": ["api_key"],
        "properties": {"domain": {"type": "string"}, "api_key": {}},
        "additionalProperties": False,
    }
    assert checked(text, schema, "routes", "support", "settings") == [
        "f.yaml:3:5: `api_key` is missing (add `api_key: …`)",
        "f.yaml:3:16: `domain` must be text, not a number (put it in quotes)",
        "f.yaml:3:27: unknown key `api` (did you mean `api_key`?)",
    ]
    assert checked(text, {"type": "string"}, "routes", "support") == [
        "f.yaml:2:3: `support` must be text, not a mapping (write text)"
    ]


def test_a_part_that_is_not_there_is_the_callers_mistake() -> None:
    with pytest.raises(LookupError):
        checked("a: 1", {}, "b")


def test_the_same_problem_is_told_once() -> None:
    schema = {"allOf": [{"required": ["b", "c"]}, {"required": ["b"]}]}
    assert len(checked("a: 1", schema)) == 2


def test_a_deep_document_and_a_recursive_schema_get_along() -> None:
    schema = {
        "$defs": {
            "test": {
                "anyOf": [
                    {"type": "string"},
                    {
                        "type": "object",
                        "properties": {"not": {"$ref": "#/$defs/test"}},
                        "additionalProperties": False,
                    },
                ]
            }
        },
        "$ref": "#/$defs/test",
    }
    text = "{not: " * 62 + "{nto: 1}" + "}" * 62
    column = 62 * len("{not: ") + 2
    assert checked(text, schema) == [f"f.yaml:1:{column}: unknown key `nto` (did you mean `not`?)"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from(["", "a", "bb"]),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "x1"]), inside, max_size=3)
    ),
    max_leaves=6,
)
TYPES = st.sampled_from(["null", "boolean", "integer", "string", "array", "object"])
NAMES = st.lists(st.sampled_from(["a", "b", "x1"]), unique=True, max_size=2)
SCHEMAS = st.recursive(
    st.booleans()
    | st.builds(lambda kind: {"type": kind}, TYPES | st.lists(TYPES, min_size=1, unique=True))
    | st.builds(lambda values: {"enum": values}, st.lists(VALUES, min_size=1, max_size=2))
    | st.builds(lambda value: {"const": value}, VALUES)
    | st.builds(lambda names: {"required": names}, NAMES)
    | st.sampled_from([
        {"minLength": 1}, {"pattern": "a"}, {"minimum": 1}, {"minItems": 1}, {"maxItems": 1},
        {"minProperties": 1}, {"uniqueItems": True}, {"dependentRequired": {"a": ["b"]}},
        {"propertyNames": {"pattern": "a"}}, {"contains": {"const": 1}},
    ]),
    lambda inside: st.builds(lambda each: {"anyOf": each}, st.lists(inside, min_size=1, max_size=3))
    | st.builds(lambda each: {"oneOf": each}, st.lists(inside, min_size=1, max_size=3))
    | st.builds(lambda each: {"items": each}, inside)
    | st.builds(lambda each: {"not": each}, inside)
    | st.builds(
        lambda known, patterns, rest: {
            "properties": known, "patternProperties": patterns, "additionalProperties": rest,
        },
        st.dictionaries(st.sampled_from(["a", "b"]), inside, max_size=2),
        st.dictionaries(st.just("^x"), inside, max_size=1),
        st.just(False) | inside,
    ),
    max_leaves=6,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["a", "b", "x1"]), VALUES, max_size=3), SCHEMAS)
@settings(max_examples=500, deadline=None)
def test_there_are_problems_exactly_when_the_schema_is_broken(value: Any, schema: Any) -> None:
    problems = check_schema(Document("f.yaml", {"it": value}), {"properties": {"it": schema}})
    assert bool(problems) is not Draft202012Validator(schema).is_valid(value)
    assert all(problem.message and problem.fix for problem in problems)
