from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Noted = Callable[..., Any]
Problems = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("field", "traits", "value"),
    [
        ("traits.a", {"a": 1}, 1),
        ("{from: traits.a}", {"a": 1}, 1),
        ("{from: [traits.a, traits.b]}", {"a": " ", "b": "x"}, "x"),
        ("{from: [traits.a, traits.b]}", {"a": [], "b": {}}, None),
        ("{from: [traits.a, traits.b]}", {"a": 0, "b": "x"}, 0),
        ("{from: [traits.a, traits.b]}", {"a": False, "b": "x"}, False),
        ("{from: traits.a}", {"a": {"b": None, "c": [""], "d": 1}}, {"d": 1}),
        ("{from: traits.a}", {"a": {"b": None, "c": [""]}}, None),
        ("{from: traits}", {"a": 1}, {"a": 1}),
        ("{value: 1.5}", {}, 1.5),
        ("{value: false}", {}, False),
        ("{value: {a: [x, null, {}]}}", {}, {"a": ["x"]}),
    ],
)
def test_where_a_value_comes_from(
    noted: Noted, field: str, traits: dict[str, Any], value: Any
) -> None:
    made = noted(f"t: {field}", {"traits": traits})
    assert made == ({} if value is None else {"t": value})


def test_a_text_is_taken_as_it_is(noted: Noted) -> None:
    assert noted("t: traits.a", {"traits": {"a": " x "}}) == {"t": " x "}


def test_a_parameter_is_a_source(noted: Noted) -> None:
    assert noted("t: params.region", region="GB") == {"t": "GB"}
    assert noted("t: {from: [params.region, event]}") == {"t": "E"}
    # What a parameter holds is data, whatever it looks like.
    assert noted("t: params.table", table={"param": "region"}) == {"t": {"param": "region"}}


@pytest.mark.parametrize("value", ["{{traits.a}}", "${env:HOME}", "!!python/object:os.system"])
def test_a_value_in_the_document_stays_text(noted: Noted, value: str) -> None:
    assert noted(f"t: {{value: '{value}'}}", {"traits": {"a": "x"}}) == {"t": value}
    assert noted(f"t: {{from: traits.a, default: '{value}'}}") == {"t": value}


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ("{value: ''}", "5:11: `value` has no value (leave the field out)"),
        ("{value: {a: []}}", "5:11: `value` has no value (leave the field out)"),
        (
            "{value: {param: region}}",
            "5:11: `value` is a constant, which no parameter fills (write `from: params.region`)",
        ),
        (
            "{from: []}",
            "5:11: `from` is empty (A path, or a list of paths of which the first with a value "
            "counts)",
        ),
        (
            "{from: 5}",
            "5:11: `from` must be text or a list, not a number (A path, or a list of paths of "
            "which the first with a value counts)",
        ),
        ("{from: [traits.a, 5]}",
         "5:28: item 2 of `from` must be text, not a number (put it in quotes)"),
        ("{from: [traits.a, trait.b]}",
         "5:28: `trait` is no part of an event (did you mean `traits`?)"),
        ("{template: 5}", "5:11: `template` must be text, not a number (put it in quotes)"),
    ],
)  # fmt: skip
def test_what_is_no_source_is_said_once(problems: Problems, field: str, problem: str) -> None:
    text = f"rules:\n  - id: a\n    action: note\n    fields:\n      t: {field}\n"
    assert problems(text) == [problem]
