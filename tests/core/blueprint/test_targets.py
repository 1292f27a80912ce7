from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint import targets

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "either": {"type": ["object", "null"], "additionalProperties": {"type": "number"}},
        "open": {},
        "never": False,
        "always": True,
    },
    "patternProperties": {"^cf_": {"type": "boolean"}},
}


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("name", ("name",)),
        ("custom_fields.plan", ("custom_fields", "plan")),
        ('custom_fields."plan name"', ("custom_fields", "plan name")),
        ('"a.b".c', ("a.b", "c")),
        (r'"q\"\\"', ('q"\\',)),
    ],
)
def test_a_target_is_names_with_dots_between(text: str, steps: tuple[str, ...]) -> None:
    assert targets.parse(text) == steps


@pytest.mark.parametrize(
    "text", ["", ".", "a.", ".a", "a..b", "a b", 'a"b', '""', '"a', "a\n", ".".join("a" * 33)]
)
def test_what_is_no_target(text: str) -> None:
    assert targets.parse(text) is None


@given(st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=5))
def test_a_target_is_spelled_as_it_is_read(steps: list[str]) -> None:
    assert targets.parse(targets.spelled(tuple(steps))) == tuple(steps)


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ("name", {"type": "string"}),
        ("cf_x", {"type": "boolean"}),
        ("open", {}),
        ("always", {}),
        ("never", None),
        ("nothing", None),
    ],
)
def test_the_schema_of_a_key(step: str, found: Any) -> None:
    assert targets.member(SCHEMA, step) == found


def test_only_what_may_be_an_object_has_keys() -> None:
    assert targets.member(SCHEMA["properties"]["name"], "first") is None
    assert targets.member(SCHEMA["properties"]["either"], "x") == {"type": "number"}
    assert targets.member({}, "x") == {}
    assert targets.member(True, "x") == {}


@pytest.mark.parametrize(
    ("schema", "kinds"),
    [
        ({"type": "string"}, {"text"}),
        ({"type": ["string", "null"]}, {"text"}),
        ({"type": "number"}, {"number", "integer"}),
        ({"type": "array"}, {"list"}),
        ({"enum": [1, "a"], "type": "string"}, None),
        ({"const": 1}, None),
        ({"type": "null"}, None),
        ({}, None),
    ],
)
def test_the_types_a_schema_takes(schema: dict[str, Any], kinds: set[str] | None) -> None:
    assert targets.kinds(schema) == kinds
