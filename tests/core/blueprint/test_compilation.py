from __future__ import annotations

import copy
from typing import Any

import pytest

from sendoff.blueprint.compilation import Compilation
from sendoff.documents import read_document

TEXT = """\
a:
  b: [x, {c: 1}]
"""


def compilation(declared: tuple[str, ...] = (), **params: Any) -> Compilation:
    known: dict[str, Any] = {key: {} for key in (*declared, *params)}
    return Compilation(read_document(TEXT, "f"), {}, known, params)


def told(compiled: Compilation) -> list[str]:
    return [str(problem) for problem in compiled.problems]


def test_a_problem_stands_at_its_key_or_item() -> None:
    compiled = compilation()
    compiled.problem(("a", "b", 1, "c"), "wrong", "mend it")
    compiled.problem(("a", "b", 0), "wrong")
    compiled.problem(("a", "nothing"), "wrong")
    assert told(compiled) == ["f:2:11: wrong (mend it)", "f:2:7: wrong", "f:1:1: wrong"]


def test_problems_gather_in_one_place() -> None:
    compiled = compilation()
    inner = compiled.within("tags", each=True)
    inner.problem(("a",), "wrong")
    assert told(compiled) == ["f:1:1: wrong"]
    assert (inner.inside, inner.inside_each, compiled.inside_each) == ("tags", True, False)
    assert inner.within("more").inside_each


def test_a_path_is_parsed_or_said_to_be_none() -> None:
    compiled = compilation(("region",))
    assert str(compiled.path("traits.x", ("a",))) == "traits.x"
    assert str(compiled.path("params.region", ("a",))) == "params.region"
    assert compiled.path("params.regon", ("a", "b", 0)) is None
    assert compiled.path("item.x", ("a",)) is None
    assert str(compiled.within("t", each=True).path("item.x", ("a",))) == "item.x"
    assert told(compiled) == [
        "f:2:7: there is no parameter `regon` (did you mean `region`?)",
        "f:1:1: `item` is known only in the `fields` of an `each` (begin with a root such as "
        "`traits`)",
    ]


@pytest.mark.parametrize(
    ("value", "filled", "unset"),
    [
        ("text", "text", ()),
        (None, None, ()),
        ({"a": None}, {"a": None}, ()),
        ({"param": "region"}, "GB", ()),
        ({"param": "none"}, None, ("",)),
        ({"r": {"param": "region"}, "n": {"param": "none"}}, {"r": "GB"}, ("root",)),
        ([{"param": "region"}, {"param": "none"}, 1], ["GB", 1], ("root",)),
        ({"param": "region", "more": 1}, {"param": "region", "more": 1}, ()),
        ({"param": 5}, {"param": 5}, ()),
        ({"x": {"param": "table"}}, {"x": {"param": "region"}}, ()),
        ("{param: region}", "{param: region}", ()),
        ("${env:HOME}", "${env:HOME}", ()),
    ],
)
def test_parameters_are_filled_in_once(value: Any, filled: Any, unset: tuple[str, ...]) -> None:
    compiled = compilation(("none",), region="GB", table={"param": "region"})
    before = copy.deepcopy(value)
    made, lacking = compiled.filled(value, ("do",))
    assert made == filled
    assert lacking == frozenset(() if place == "" else ("do",) for place in unset)
    assert value == before
    assert compiled.problems == []


def test_a_value_is_held_against_a_schema_at_its_place() -> None:
    compiled = compilation()
    schema = {"type": "object", "properties": {"c": {"type": "string"}}, "required": ["d"]}
    assert [str(each) for each in compiled.breaches({"c": 1}, schema, ("a", "b", 1))] == [
        "f:2:10: `d` is missing (add `d: …`)",
        "f:2:11: `c` must be text, not a number (put it in quotes)",
    ]
    assert compiled.document.value == {"a": {"b": ["x", {"c": 1}]}}
    assert compiled.breaches("x", {"type": "string"}, ("a", "new")) == []


def test_a_target_is_parsed_or_said_to_be_none() -> None:
    compiled = compilation()
    assert compiled.target("a.b", ("a",)) == ("a", "b")
    assert compiled.target("a b\n", ("a",)) is None
    assert told(compiled) == [
        "f:1:1: `a b\\n` is no target (write names with dots between; one that holds a dot or a "
        "space in double quotes)"
    ]
