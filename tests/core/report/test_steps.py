"""The steps of a trace in words."""

from __future__ import annotations

from typing import Any

import pytest

from sendoff.pipeline_file import Pipeline
from sendoff.report.display import Display
from sendoff.report.steps import told_steps

PIPELINE = Pipeline(
    name="test", file="sendoff.yaml", routes=(), consent_map={}, store="memory", keep=1.0,
    redact=("email", "name"), secrets=(),
)  # fmt: skip


def told(*steps: dict[str, Any]) -> list[str]:
    return list(told_steps(steps, Display(PIPELINE, clear=False), ""))


def test(path: str, operator: str, expected: Any, value: Any, *, held: bool) -> dict[str, Any]:
    return {
        "step": "test", "path": path, "operator": operator, "expected": expected, "value": value,
        "held": held,
    }  # fmt: skip


test.__test__ = False  # type: ignore[attr-defined]  # it makes a step


def field(target: str, value: Any, *steps: dict[str, Any]) -> dict[str, Any]:
    return {"step": "field", "target": target, "value": value, "steps": list(steps)}


def read(path: str, value: Any) -> dict[str, Any]:
    return {"step": "read", "path": path, "value": value}


def transform(name: str, **outcome: Any) -> dict[str, Any]:
    return {"step": "transform", "name": name, **outcome}


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (test("type", "one_of", "track", "track", held=True),
         'yes: type is "track", as wanted ("track")'),
        (test("event", "one_of", ["A", "B"], "C", held=False),
         'no: event is "C", wanted one of ["A","B"]'),
        (test("event", "one_of", "Identified", None, held=True),
         'yes: a call of this type bears the name "Identified"'),
        (test("user_id", "exists", True, None, held=False),
         "no: user_id is nothing, wanted a value"),
        (test("user_id", "exists", False, "u", held=False),
         'no: user_id is "u", wanted no value'),
        (test("properties.n", "gte", 5, 4, held=False),
         "no: properties.n is 4, wanted at least 5"),
        (test("properties.n", "lt", 5, 4, held=True),
         "yes: properties.n is 4, as wanted (less than 5)"),
        (test("properties.t", "matches", "^a", "b", held=False),
         'no: properties.t is "b", wanted something that matches "^a"'),
        (test("traits.email", "ends_with", "@a.example", "john@b.example", held=False),
         'no: traits.email is "j***@b.example", wanted something that ends with "@a.example"'),
        (test("name", "one_of", "Home", "Pricing", held=False),
         'no: name is "Pricing", wanted "Home"'),
    ],
)  # fmt: skip
def test_a_test_tells_what_was_there_and_what_was_wanted(step: dict[str, Any], line: str) -> None:
    assert told(step) == [line]


def test_groups_hold_their_tests() -> None:
    inner = test("a", "exists", True, 1, held=True)
    assert told({"step": "any", "held": True, "steps": [inner]}) == [
        "yes: any of these",
        "  yes: a is 1, as wanted (a value)",
    ]
    assert told({"step": "not", "held": False, "steps": [inner]})[0] == "no: not this"


@pytest.mark.parametrize(
    ("step", "lines"),
    [
        (field("plan", "pro", read("traits.plan", "pro")),
         ['plan = "pro"', '    traits.plan is "pro"']),
        (field("plan", None, read("traits.plan", None)),
         ["plan is left out", "    traits.plan is nothing"]),
        (field("plan", "free", read("traits.plan", None)),
         ['plan = "free" (the default)', "    traits.plan is nothing"]),
        (field("plan", "free"), ['plan = "free" (a constant)']),
        (field("plan", "none", read("traits.plan", " "), transform("trim", value="")),
         ['plan = "none" (the default)', '    traits.plan is " "', "    trim gives nothing"]),
        (field("plan", 1, read("a", None), read("b", 1)),
         ["plan = 1", "    a is nothing", "    b is 1"]),
        (field("plan", 0, read("a", "x"), transform("integer", error="is no number")),
         ["plan = 0 (the default)", '    a is "x"', "    integer fails: is no number"]),
        (field("who", "JOHN", read("traits.name", "John"), transform("upper", value="JOHN")),
         ['who = "J***"', '    traits.name is "J***"', '    upper gives "J***"']),
        (field("tags", ["a"], field("[0]", "a")),
         ['tags = ["a"]', '    [0] = "a" (a constant)']),
        (field("all", ["John"], field("[0]", "John", read("traits.name", "John"))),
         ['all = ["J***"]', '    [0] = "J***"', '        traits.name is "J***"']),
        (field("who", "Dear John",
               {"step": "template", "paths": ["traits.name"], "value": "Dear John"}),
         ['who = "D***"', '    the template of traits.name gives "D***"']),
    ],
)  # fmt: skip
def test_a_field_tells_where_its_value_came_from(step: dict[str, Any], lines: list[str]) -> None:
    assert told(step) == lines


def test_a_field_that_fails_tells_why() -> None:
    step = {"step": "field", "target": "email", "failed": "email: trim: takes text", "steps": []}
    assert told(step) == ["email fails: email: trim: takes text"]


def test_requirements_and_rules() -> None:
    assert told({"step": "consent", "path": "consent.marketing", "value": False}) == [
        "required: consent.marketing is false"
    ]
    assert told({"step": "identity", "path": "user_id", "value": None}) == [
        "required: user_id is nothing"
    ]
    assert told({"step": "rule", "id": "a", "held": False, "steps": []}) == [
        "rule a does not take it"
    ]


def test_a_step_of_a_kind_to_come_is_shown_as_it_is() -> None:
    assert told({"step": "new", "what": 1}) == ['{"step":"new","what":1}']
