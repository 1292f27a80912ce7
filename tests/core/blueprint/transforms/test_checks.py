from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sendoff.blueprint.transforms import (
    Example,
    Transform,
    TransformError,
    check_definition,
    unfit,
)


def _build(parameters: dict[str, int] | None) -> Any:
    times = (parameters or {}).get("times", 2)

    def repeat(value: Any) -> str:
        if type(value) is str:
            return value * times
        raise unfit(value, "text")

    return repeat


REPEAT = Transform(
    name="repeat",
    summary="The text several times over.",
    accepts=frozenset(("text",)),
    returns=frozenset(("text",)),
    parameters={"type": "object", "properties": {"times": {"type": "integer"}}},
    build=_build,
    bare=True,
    examples=(Example("ab", "abab"), Example("a", "aaa", {"times": 3}), Example(1, error="text")),
)


def _returning(result: Any) -> Any:
    return lambda _parameters: lambda _value: result


def _raising(error: Exception) -> Any:
    def build(_parameters: Any) -> Any:
        def fail(_value: Any) -> Any:
            raise error

        return fail

    return build


def _appending(_parameters: Any) -> Any:
    def append(value: Any) -> Any:
        if type(value) is not list:
            raise unfit(value, "list")
        value.append(1)
        return "x"

    return append


def _careless(_parameters: Any) -> Any:
    return lambda value: value if type(value) is str else "?"


def test_a_sound_definition_has_no_problems() -> None:
    assert check_definition(REPEAT) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": "Re-peat"}, "the name 'Re-peat' is not lower-case letters, digits and _"),
        ({"summary": " "}, "the summary is not one line"),
        ({"summary": "One.\nTwo."}, "the summary is not one line"),
        ({"accepts": frozenset()}, "accepts has to name one or more of text, integer"),
        ({"returns": frozenset(("str",))}, "returns has to name one or more of text, integer"),
        ({"accepts": frozenset(("number",))}, "accepts names number without integer"),
        ({"parameters": {"type": "strin"}}, "parameters is no JSON Schema"),
        ({"parameters": None, "bare": False}, "it takes no parameters, so it has to be bare"),
        ({"examples": ()}, "no example shows a result"),
        ({"examples": (Example("a", "aaa", {"times": 3}),)}, "no example shows it bare"),
        ({"examples": (Example("a", "aa"),)}, "no example shows it with parameters"),
        ({"bare": False}, "example 1 has parameters that do not fit the schema"),
        ({"parameters": {"type": "array"}}, "example 2 has parameters that do not fit the schema"),
        ({"build": _returning("abab")}, "example 2 gives 'abab', not 'aaa'"),
        ({"build": _returning(None)}, "example 1 gives None, not 'abab'"),
        ({"build": _returning("abab")}, "example 3 gives 'abab' where it should fail"),
        ({"build": _raising(TransformError("is text"))}, "example 1 fails: is text"),
        ({"build": _raising(TransformError("no"))}, "example 3 fails: no"),
        (
            {"build": _raising(KeyError("x"))},
            "example 1 raises KeyError ('x'), where only TransformError may be raised",
        ),
    ],
)
def test_a_fault_is_named(change: dict[str, Any], problem: str) -> None:
    assert any(found.startswith(problem) for found in check_definition(replace(REPEAT, **change)))


BARE = replace(REPEAT, parameters=None)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"examples": (Example("a", 1),), "build": _returning(1)}, "gives back a whole number"),
        ({"examples": (Example(1, "a"),), "build": _returning("a")}, "takes a whole number"),
        ({"examples": (Example("a", 1),), "build": _returning(True)}, "gives True, not 1"),
        ({"examples": (Example("a", 1),), "build": _returning(1.0)}, "gives 1.0, not 1"),
        ({"examples": (Example([1], "x"),), "build": _appending}, "changes the value it was given"),
    ],
)
def test_types_and_inputs_are_held_to_the_letter(change: dict[str, Any], problem: str) -> None:
    found = check_definition(replace(BARE, **change))
    assert any(text.startswith(f"example 1 {problem}") for text in found)


def test_a_type_that_is_not_accepted_has_to_be_refused_by_name() -> None:
    careless = replace(BARE, build=_careless, examples=(Example("a", "a"),))
    found = check_definition(careless)
    assert "does not refuse a list with a TransformError that names it" in found
    assert len(found) == 5


def test_an_example_is_left_as_it_was() -> None:
    value = [1]
    changing = replace(BARE, build=_appending, examples=(Example(value, "x"),))
    check_definition(changing)
    assert value == [1]


def _vague(_parameters: Any) -> Any:
    def only_text(value: Any) -> str:
        if type(value) is str:
            return value
        raise TransformError("does not fit")

    return only_text


def test_a_refusal_has_to_say_what_came() -> None:
    vague = replace(BARE, build=_vague, examples=(Example("a", "a"),))
    assert "does not refuse a boolean with a TransformError that names it" in check_definition(
        vague
    )
