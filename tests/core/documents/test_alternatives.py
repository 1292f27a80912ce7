from __future__ import annotations

from typing import Any

import pytest

from sendoff.documents.alternatives import telling
from sendoff.documents.mistakes import Mistake, mistakes


def told(value: Any, *alternatives: dict[str, Any], keyword: str = "anyOf") -> list[Mistake]:
    (mistake,) = mistakes(value, {keyword: list(alternatives), "x-hint": "advice"})
    return list(telling(mistake))


CALL = {"type": "object", "required": ["trim"], "properties": {"trim": {"type": "object"}}}
NAME = {"type": "string", "enum": ["trim", "lower"]}
CLOSED = {"additionalProperties": False}
TRIM = {"required": ["trim"], "properties": {"trim": {"type": "object"}}, **CLOSED}
PAD = {"required": ["pad"], "properties": {"pad": {"properties": {"by": {}}, **CLOSED}}, **CLOSED}


def test_a_mistake_without_alternatives_tells_itself() -> None:
    (mistake,) = mistakes(1, {"type": "string"})
    assert telling(mistake) == [mistake]


@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
def test_a_value_of_no_alternatives_type_should_be_one_of_them(keyword: str) -> None:
    (mistake,) = told(1, CALL, {"type": ["string", "null"]}, NAME, keyword=keyword)
    assert (mistake.keyword, mistake.wanted) == ("type", ["object", "string", "null"])
    assert mistake.hint == "advice"


def test_a_value_is_measured_by_the_alternative_of_its_type() -> None:
    (mistake,) = told("trimm", NAME, CALL)
    assert (mistake.keyword, mistake.wanted) == ("enum", ["trim", "lower"])
    (mistake,) = told({}, NAME, CALL)
    assert mistake.keyword == "required"


def test_a_value_is_measured_by_the_alternative_its_constant_points_at() -> None:
    one = {"properties": {"kind": {"const": "one"}, "size": {"type": "integer"}}}
    two = {"properties": {"kind": {"enum": ["two", "2"]}, "size": {"type": "string"}}}
    (mistake,) = told({"kind": "two", "size": 1}, one, two)
    assert (mistake.path, mistake.wanted) == (("size",), "string")


def test_a_constant_that_points_at_none_should_be_one_of_them() -> None:
    one = {"properties": {"kind": {"const": "one"}, "size": {"type": "integer"}}}
    two = {"properties": {"kind": {"enum": ["two", "2"]}}, "required": ["a"]}
    (mistake,) = told({"size": "x", "kind": "tow"}, one, two)
    assert (mistake.keyword, mistake.path) == ("enum", ("kind",))
    assert mistake.wanted == ["one", "two", "2"]


def test_constants_of_one_place_become_one_choice() -> None:
    (mistake,) = told("c", {"const": "a"}, {"enum": ["b", "d"]}, {"type": "array"})
    assert (mistake.keyword, mistake.wanted) == ("enum", ["a", "b", "d"])


def test_a_key_that_no_alternative_knows_is_told_once() -> None:
    (mistake,) = told({"trimm": {}}, TRIM, PAD, {"type": "string"})
    assert (mistake.keyword, mistake.unknown_keys) == ("additionalProperties", ["trimm"])
    assert set(mistake.schema["properties"]) == {"trim", "pad"}


def test_a_key_that_fits_a_pattern_of_one_alternative_is_known() -> None:
    pattern = {"patternProperties": {"^x": {}}, "required": ["y"], **CLOSED}
    assert "x1" not in {key for mistake in told({"x1": 1, "z": 1}, TRIM, pattern)
                        for key in mistake.unknown_keys}  # fmt: skip


def test_the_alternative_that_fails_deepest_is_the_one_meant() -> None:
    (mistake,) = told({"pad": {"bye": 1}}, TRIM, PAD)
    assert (mistake.path, mistake.unknown_keys) == (("pad",), ["bye"])


def test_of_two_that_fail_alike_the_one_with_fewer_mistakes_is_meant() -> None:
    strict = {"required": ["a", "b", "c"], **CLOSED}
    loose = {"required": ["d"], "minProperties": 2}
    assert {m.keyword for m in told({"x": 1}, strict, loose)} == {"required", "minProperties"}


def test_keys_of_which_one_is_missing_stay_alternatives() -> None:
    (mistake,) = told({}, {"required": ["from"]}, {"required": ["value"]}, keyword="oneOf")
    assert mistake.keyword == "oneOf"
    assert [branch[0].wanted for branch in mistake.branches] == [["from"], ["value"]]


def test_alternatives_inside_alternatives_are_told_by_their_best() -> None:
    inner = {"anyOf": [{"type": "integer"}, {"type": "boolean"}]}
    (mistake,) = told([], inner, {"type": "string"})
    assert (mistake.keyword, mistake.wanted) == ("type", ["integer", "boolean", "string"])
