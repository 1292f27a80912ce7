from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sendoff.blueprint.document import read_blueprint
from sendoff.blueprint.parameters import judge_given, kinds_given
from sendoff.documents import read_document

Problems = Callable[..., list[str]]

BLUEPRINT = """\
name: desk/test
parameters:
  region: {type: string, pattern: "^[A-Z]{2}$", description: Two capital letters}
  limit: {type: integer, minimum: 1, default: 5}
  broken: {type: strin}
"""


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        ("{type: strin}", ["1:18: `type` cannot be `strin` (did you mean `string`?)"]),
        ("{type: string, pattern: '('}",
         ["1:32: `pattern` is no regular expression (put a backslash before plain signs)"]),
        ("{minLength: -1, enum: x}",
         ["1:18: `minLength` must be at least 0 (raise it)",
          "1:33: `enum` must be a list, not text (write `- item` lines below it)"]),
        ('{$ref: "http://example.com/x", default: 1}',
         ["1:18: `$ref` cannot stand in a parameter's schema (write out what it stands for)"]),
        ('{items: {$ref: "#"}}',
         ["1:26: `$ref` cannot stand in a parameter's schema (write out what it stands for)"]),
        ('{$id: "http://["}',
         ["1:18: `$id` cannot stand in a parameter's schema (write out what it stands for)"]),
        ("{type: integer, default: x}",
         ["1:33: `default` must be a whole number, not text (write a whole number, without "
          "quotes)"]),
        ("text", ["1:14: `p` must be a mapping, not text (write `key: value` lines below it)"]),
        ('{const: {$ref: "#"}, properties: {x: {enum: [{$id: x}]}}}', []),
        ("{}", []),
        ("{$comment: why, default: null}", []),
    ],
)  # fmt: skip
def test_a_parameter_is_declared_by_a_json_schema(
    problems: Problems, schema: str, found: list[str]
) -> None:
    text = (
        f"parameters: {{p: {schema}}}\nrules: [{{id: a, action: note, fields: {{x: params.p}}}}]\n"
    )
    assert problems(text) == found


@pytest.mark.parametrize(
    ("given", "usable", "found"),
    [
        ("{}", {}, []),
        ("{region: GB, limit: 1}", {"region": "GB", "limit": 1}, []),
        ("{region: gb, limit: 2}", {"limit": 2},
         ["f:1:8: `region` does not have the right form (Two capital letters)"]),
        ("{region: null}", {},
         ["f:1:8: `region` must be text, not null (Two capital letters)"]),
        ("{regon: GB}", {},
         ["f:1:8: `desk/test` has no parameter `regon` (did you mean `region`?)"]),
        # What is wrong with the schema itself is said of the blueprint.
        ("{broken: x}", {}, []),
        ("[GB]", {}, []),
    ],
)  # fmt: skip
def test_what_is_given_is_held_against_it(
    given: str, usable: dict[str, object], found: list[str]
) -> None:
    blueprint = read_blueprint(read_document(BLUEPRINT, "blueprint"))
    document = read_document(f"with: {given}", "f")
    kept, problems = judge_given(blueprint, document, ("with",))
    assert kept == usable
    assert [str(each) for each in problems] == found


def test_a_blueprint_without_parameters_takes_none() -> None:
    blueprint = read_blueprint(read_document("name: a", "blueprint"))
    _, [problem] = judge_given(blueprint, read_document("with: {x: 1}", "f"), ("with",))
    assert str(problem) == "f:1:8: `a` has no parameter `x` (it takes none)"


@pytest.mark.parametrize(
    ("schema", "kinds"),
    [
        ({"type": "string"}, {"text"}),
        ({"type": ["integer", "null"]}, {"integer"}),
        ({"type": "number"}, {"number", "integer"}),
        ({"type": ["string", "array"], "items": {"type": "string"}}, {"text"}),
        ({"type": "array", "items": {"type": "object"}}, {"object"}),
        ({"type": "array"}, None),
        ({"type": "array", "items": {"enum": ["a"]}}, None),
        ({"enum": ["a", 1]}, None),
        ({}, None),
        # Schemas that are none, of which the declaration's own problem is told.
        ({"type": 5}, None),
        ({"type": [["string"]]}, None),
        ({"type": "strin"}, None),
        ({"type": "array", "items": 5}, None),
        (5, None),
        (None, None),
    ],
)
def test_what_a_parameter_may_be_is_read_from_its_schema(
    schema: Any, kinds: set[str] | None
) -> None:
    assert kinds_given(schema) == kinds
