from __future__ import annotations

from typing import Any

import pytest

from sendoff.documents.mistakes import mistakes
from sendoff.documents.wording import worded


def said(value: Any, schema: dict[str, Any]) -> list[str]:
    found = mistakes({"key": value}, {"properties": {"key": schema}})
    remarks = {remark for mistake in found for remark in worded(mistake)}
    return sorted(f"{remark.message} ({remark.fix})" for remark in remarks)


SAID: list[tuple[Any, dict[str, Any], str]] = [
    (1, {"type": "string"}, "`key` must be text, not a number (put it in quotes)"),
    (True, {"type": "string"}, "`key` must be text, not true (put it in quotes)"),
    (None, {"type": "string"}, "`key` must be text, not null (write text)"),
    ("x", {"type": "integer"},
     "`key` must be a whole number, not text (write a whole number, without quotes)"),
    (1.5, {"type": "integer"},
     "`key` must be a whole number, not a number with decimals "
     "(write a whole number, without quotes)"),
    ("x", {"type": "number"}, "`key` must be a number, not text (write a number, without quotes)"),
    ("x", {"type": "boolean"}, "`key` must be true or false, not text (write true or false)"),
    ({}, {"type": "array"}, "`key` must be a list, not a mapping (write `- item` lines below it)"),
    ([], {"type": "object"},
     "`key` must be a mapping, not a list (write `key: value` lines below it)"),
    (1, {"type": ["string", "object", "null"]},
     "`key` must be text, a mapping or null, not a number (write text, a mapping or null)"),
    (1, {"type": ["string", "array"], "description": "A path or paths"},
     "`key` must be text or a list, not a number (A path or paths)"),
    ({}, {"required": ["id"]}, "`id` is missing (add `id: …`)"),
    ({}, {"required": ["kind"], "properties": {"kind": {"const": "Pipeline"}}},
     "`kind` is missing (add `kind: Pipeline`)"),
    ({}, {"required": ["id"], "properties": {"id": True}}, "`id` is missing (add `id: …`)"),
    ({"nmae": 1}, {"properties": {"name": {}}, "additionalProperties": False},
     "unknown key `nmae` (did you mean `name`?)"),
    ({"nmae": 1}, {"properties": {"name": {}}, "additionalProperties": False, "x-hint": "advice"},
     "unknown key `nmae` (did you mean `name`?)"),
    ({"zz": 1}, {"properties": {"name": {}, "id": {}}, "additionalProperties": False},
     "unknown key `zz` (use one of: id, name)"),
    ({"zz": 1}, {"additionalProperties": False}, "unknown key `zz` (remove it)"),
    ({"a\nb": 1}, {"additionalProperties": False}, "unknown key `a\\nb` (remove it)"),
    ("eu1", {"enum": ["us", "eu"]}, "`key` cannot be `eu1` (did you mean `eu`?)"),
    (1, {"enum": ["us", 2, None, True]}, "`key` cannot be `1` (use one of: 2, null, true, us)"),
    ([], {"enum": ["us"]}, "`key` cannot be this value (use one of: us)"),
    ("hunter2", {"enum": ["us"], "secret": True}, "`key` cannot be this value (use one of: us)"),
    ("x", {"const": "sendoff/v1"}, "`key` must be `sendoff/v1` (write `sendoff/v1`)"),
    ("gb", {"pattern": "^[A-Z]{2}$"},
     "`key` does not have the right form (it must match `^[A-Z]{2}$`)"),
    ("gb", {"pattern": "^[A-Z]{2}$", "description": "Country of phone numbers"},
     "`key` does not have the right form (Country of phone numbers)"),
    ("", {"minLength": 1}, "`key` is empty (fill it in, or remove it)"),
    ("x", {"minLength": 2}, "`key` is shorter than 2 characters (write more)"),
    ("xx", {"maxLength": 1}, "`key` is longer than 1 characters (shorten it)"),
    (0, {"minimum": 1}, "`key` must be at least 1 (raise it)"),
    (2, {"maximum": 1}, "`key` must be at most 1 (lower it)"),
    (1, {"exclusiveMinimum": 1}, "`key` must be more than 1 (raise it)"),
    (1, {"exclusiveMaximum": 1}, "`key` must be less than 1 (lower it)"),
    (3, {"multipleOf": 2}, "`key` must be a multiple of 2 (round it)"),
    ([], {"minItems": 1}, "`key` is empty (fill it in, or remove it)"),
    ([1], {"minItems": 2}, "`key` has fewer items than 2 (add to it)"),
    ([1, 2], {"maxItems": 1}, "`key` has more items than 1 (remove some)"),
    ({}, {"minProperties": 1}, "`key` is empty (fill it in, or remove it)"),
    ({"a": 1, "b": 1}, {"maxProperties": 1}, "`key` has more keys than 1 (remove some)"),
    (["a", "b", "a"], {"uniqueItems": True}, "item 3 is the same as item 1 (remove one of them)"),
    ({"a": 1}, {"dependentRequired": {"a": ["b"], "c": ["d"]}},
     "`b` is missing, which `a` needs (add `b: …`)"),
    ({"Bad": 1}, {"propertyNames": {"pattern": "^[a-z]+$"}},
     "the key `Bad` does not have the right form (it must match `^[a-z]+$`)"),
    ({"emial": 1}, {"propertyNames": {"enum": ["email", "name"]}},
     "unknown key `emial` (did you mean `email`?)"),
    (["x", 1], {"items": {"type": "string"}},
     "item 2 of `key` must be text, not a number (put it in quotes)"),
    ([["x", 1]], {"items": {"items": {"type": "string"}}},
     "item 2 must be text, not a number (put it in quotes)"),
    (1, {"not": {}}, "`key` is not allowed here (remove it, or change it)"),
    ({"a": 1}, {"properties": {"a": False}}, "`key` holds what is not allowed (remove it)"),
    ([1], {"contains": {"const": 2}},
     '`key` breaks the rule `contains` (contains: {"const": 2})'),
    ({}, {"oneOf": [{"required": ["from"]}, {"required": ["value"]}, {"required": ["list"]}]},
     "`from`, `value` or `list` is missing (add one of them)"),
    ({"from": 1, "value": 1}, {"oneOf": [{"required": ["from"]}, {"required": ["value"]}]},
     "only one of `from`, `value` can stand here (keep one of them)"),
    (1, {"oneOf": [True, {"type": "integer"}]},
     "`key` can be read in several ways (keep one of them)"),
    ({"a": 1}, {"oneOf": [True, {"required": ["a"]}]},
     "`key` can be read in several ways (keep one of them)"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "schema", "words"), SAID)
def test_a_mistake_is_said_in_words_for_people(
    value: Any, schema: dict[str, Any], words: str
) -> None:
    assert said(value, schema) == [words]


def test_the_whole_document_has_a_name() -> None:
    (mistake,) = mistakes([], {"type": "object"})
    (remark,) = worded(mistake)
    assert remark.message == "the document must be a mapping, not a list"


HINTED = [
    (value, schema)
    for value, schema, words in SAID
    if {"items", "propertyNames", "properties"}.isdisjoint(schema) and "did you" not in words
]


@pytest.mark.parametrize(("value", "schema"), HINTED)
def test_the_hint_of_a_schema_is_what_to_do(value: Any, schema: dict[str, Any]) -> None:
    assert said(value, {**schema, "x-hint": "advice"})[0].endswith("(advice)")


def test_a_value_that_may_be_a_secret_is_not_shown() -> None:
    for schema in ({"pattern": "^x$"}, {"maxLength": 1}, {"const": "x"}, {"type": "null"}):
        (words,) = said("hunter2", schema)
        assert "hunter2" not in words
