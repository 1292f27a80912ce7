from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sendoff.destination import Action
from sendoff.payloads import PayloadJudge

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 5},
        "hinted": {"type": "string", "x-hint": "this takes text"},
        "plan": {"enum": ["free", "pro"]},
        "kind": {"const": "contact"},
        "when": {"type": "string", "format": "date-time"},
        "number": {"type": "integer", "maximum": 9},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "open": {},
        "who": {"type": "object"},
    },
}
JUDGE = PayloadJudge(Action("note", "Note", SCHEMA, ("who.id", "name")))


def test_a_payload_that_fits_has_no_problem() -> None:
    assert JUDGE.problem({"name": "x", "plan": "pro", "when": "2026-01-02T03:04:05Z"}) == ""


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ({}, "$: 'name' is a required property"),
        ({"name": "x", "nam": 1},
         "$: Additional properties are not allowed ('nam' was unexpected)"),
        ({"name": "John Doe"}, "$.name: `name` is longer than 5 characters"),
        ({"name": ""}, "$.name: `name` is empty"),
        ({"name": 5}, "$.name: `name` must be text, not a number"),
        ({"name": "x", "hinted": 5}, "$.hinted: this takes text"),
        ({"name": "x", "plan": "John"}, "$.plan: takes one of free, pro"),
        ({"name": "x", "kind": "John"}, "$.kind: takes contact alone"),
        ({"name": "x", "when": "John"}, '$.when: it is not a "date-time"'),
        ({"name": "x", "number": 10**30}, "$.number: `number` must be at most 9"),
        ({"name": "x", "tags": ["a", "John", "John"]},
         "$.tags: item 3 is the same as item 2"),
        ({"name": "x", "tags": ["a", 5]}, "$.tags[1]: item 2 of `tags` must be text, not a number"),
        ({"name": "x", "either": ["John"]},
         "$.either: has none of the forms that the action takes"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_without_the_value(payload: dict[str, Any], problem: str) -> None:
    assert JUDGE.problem(payload) == problem
    assert "John" not in problem


def test_what_is_no_json_is_a_problem_and_no_crash() -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    assert JUDGE.problem({"name": moment}).startswith("$: cannot be written as JSON")


@pytest.mark.parametrize(
    ("payload", "key"),
    [
        ({"name": "x", "who": {"id": 5}}, "who.id=5"),
        ({"name": "x", "who": {}}, "name=x"),
        ({"name": "x", "who": "text"}, "name=x"),
        ({}, ""),
    ],
)
def test_the_first_order_key_with_a_value_counts(payload: dict[str, Any], key: str) -> None:
    assert JUDGE.order_key(payload) == key


@pytest.mark.parametrize(
    ("payload", "key"),
    [
        ({"account": "a", "user": 7}, "account=a\x1fuser=7"),
        ({"account": "a"}, "account=a"),
        ({"user": "u"}, ""),
    ],
)
def test_an_order_key_of_a_group_wants_all_of_it(payload: dict[str, Any], key: str) -> None:
    judge = PayloadJudge(Action("use", "Use", {}, order_key=(("account", "user"), "account")))
    assert judge.order_key(payload) == key
