from __future__ import annotations

from typing import Any

import pytest

from sendoff.blueprint.compilation import Compilation
from sendoff.blueprint.operands import Operand, names_parameter, read_operand
from sendoff.documents import read_document


def compilation(**params: Any) -> Compilation:
    declared = {"names": {"type": "array", "items": {"type": "string"}}, "any": {}}
    return Compilation(read_document("a: b", "f"), {}, declared, params)


@pytest.mark.parametrize(
    "raw", [1, "{param: any}", ["any"], {}, {"param": 1}, {"param": "a", "b": 1}]
)
def test_all_but_a_mapping_with_one_name_stands_for_itself(raw: Any) -> None:
    assert not names_parameter(raw)
    assert read_operand(raw, ("a",), compilation()) == Operand(raw)
    assert Operand(raw).literals == (raw,)


def test_a_parameter_gives_its_value_or_those_of_its_list() -> None:
    one = read_operand({"param": "any"}, ("a",), compilation(any=1))
    assert (one.value, one.literals, one.is_set, one.declared) == (1, (1,), True, None)
    many = read_operand({"param": "names"}, ("a",), compilation(names=["x", "y"]))
    assert (many.value, many.literals) == (["x", "y"], ("x", "y"))
    assert many.declared == frozenset({"text"})


@pytest.mark.parametrize("params", [{}, {"names": None}])
def test_a_parameter_that_is_not_set_gives_nothing(params: dict[str, Any]) -> None:
    operand = read_operand({"param": "names"}, ("a",), compilation(**params))
    assert (operand.is_set, operand.literals) == (False, ())
    assert operand.can_be({"text", "integer"})
    assert not operand.can_be({"integer"})


def test_a_parameter_that_is_not_declared_is_a_problem() -> None:
    compiled = compilation()
    assert not read_operand({"param": "name"}, ("a",), compiled).is_set
    assert [str(each) for each in compiled.problems] == [
        "f:1:1: there is no parameter `name` (did you mean `names`?)"
    ]


def test_a_message_says_which_parameter_gives_the_value() -> None:
    assert Operand("a").told("a") == '"a"'
    assert Operand("a", "x").told("a") == '"a", which parameter `x` gives'
    declared = Operand(None, "x", frozenset({"integer"}), is_set=False)
    assert declared.told_declared == "a whole number, which parameter `x` gives"
