from __future__ import annotations

from typing import Any

import pytest
from referencing.exceptions import Unresolvable

from sendoff.documents.mistakes import mistakes


def test_a_mistake_names_keyword_wish_value_and_path() -> None:
    schema: dict[str, Any] = {"properties": {"a": {"items": {"type": "string", "x-hint": "h"}}}}
    (mistake,) = mistakes({"a": ["x", 1]}, schema)
    assert (mistake.keyword, mistake.wanted, mistake.value) == ("type", "string", 1)
    assert (mistake.path, mistake.of_key, mistake.hint) == (("a", 1), False, "h")


def test_every_mistake_is_found() -> None:
    schema = {"required": ["b"], "properties": {"a": {"type": "string"}, "c": False}}
    assert {m.keyword for m in mistakes({"a": 1, "c": 2}, schema)} == {"required", "type", "false"}
    assert list(mistakes({"a": "x", "b": 1}, schema)) == []


def test_paths_begin_where_the_value_stands() -> None:
    (mistake,) = mistakes({"a": 1}, {"properties": {"a": {"type": "string"}}}, ("routes", 0))
    assert mistake.path == ("routes", 0, "a")


def test_a_bad_property_name_has_the_path_of_its_key() -> None:
    schema = {"properties": {"m": {"propertyNames": {"pattern": "^[a-z]+$"}}}}
    (mistake,) = mistakes({"m": {"ok": 1, "Bad": "Bad"}}, schema)
    assert (mistake.path, mistake.of_key) == (("m", "Bad"), True)


def test_alternatives_keep_the_mistakes_of_each_branch_apart() -> None:
    schema = {"anyOf": [{"type": "string"}, {"required": ["a", "b"]}]}
    (mistake,) = mistakes({}, schema)
    assert [[m.keyword for m in branch] for branch in mistake.branches] == [
        ["type"],
        ["required", "required"],
    ]


def test_unknown_keys_are_those_without_name_or_pattern() -> None:
    schema = {
        "properties": {"a": {}},
        "patternProperties": {"^x_": {}},
        "additionalProperties": False,
    }
    (mistake,) = mistakes({"a": 1, "x_1": 2, "b": 3}, schema)
    assert mistake.unknown_keys == ["b"]


def test_no_reference_opens_a_url() -> None:
    with pytest.raises(Exception, match="unreachable") as caught:
        list(mistakes({}, {"$ref": "http://127.0.0.1:9/unreachable"}))
    assert isinstance(caught.value.__cause__, Unresolvable)
