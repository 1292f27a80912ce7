from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint.program import Program
from sendoff.decision import Decision

Framed = Callable[[str], Any]
Noted = Callable[..., Any]
Problems = Callable[..., list[str]]


def filled(noted: Noted, template: str, **traits: Any) -> Any:
    made = noted(f"t: {{template: '{template}'}}", {"traits": traits})
    return made.get("t") if isinstance(made, dict) else made


@pytest.mark.parametrize(
    ("template", "traits", "text"),
    [
        ("{{traits.a}} {{ traits.b }}", {"a": "x", "b": "y"}, "x y"),
        ("{{traits.a}} {{traits.b}}", {"a": "x"}, "x"),
        ("Hello {{traits.a}}", {}, None),
        ("Hello {{traits.a}}", {"a": "  "}, None),
        ("{{traits.a}}/{{traits.b}}", {"a": 0, "b": False}, "0/false"),
        ("{{traits.a}}", {"a": 19.0}, "19"),
        ("{{traits.a}}", {"a": 0.1}, "0.1"),
        ('{{traits."a b"}}', {"a b": "x"}, "x"),
        ("{ {{traits.a}} }", {"a": "x"}, "{ x }"),
    ],
)
def test_a_template_is_filled(
    noted: Noted, template: str, traits: dict[str, Any], text: str | None
) -> None:
    assert filled(noted, template, **traits) == text


def test_a_list_has_no_place_in_a_text(noted: Noted) -> None:
    reason, detail = filled(noted, "{{traits.a}}", a=["x"])
    assert reason == "mapping_error"
    assert detail == (
        "t: the template takes text, a number or a boolean, not a list (traits.a)"
    )  # fmt: skip


@pytest.fixture(scope="module")
def framed(program: Callable[..., Program], decide: Callable[..., Decision]) -> Framed:
    """What `<{{traits.a}}>` makes of such a trait, beside one `b` that is secret."""
    compiled = program(
        "rules: [{id: a, action: note, fields: {t: {template: '<{{traits.a}}>'}}}]\n"
    )

    def made(value: str) -> Any:
        traits = {"a": value, "b": "secret"}
        payload = decide(compiled, {"type": "page", "traits": traits}).payload
        return payload and payload["t"]

    return made


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@pytest.mark.parametrize("value", ["{{traits.b}}", "${env:HOME}", "{param: region}", "!!python/x"])
def test_a_value_is_never_taken_for_a_place(framed: Framed, value: str, text: str) -> None:
    for given_value in (value, text, f"{value}{text}"):
        if given_value.strip():
            assert framed(given_value) == f"<{given_value}>"


def test_a_parameter_is_filled_in_once(noted: Noted) -> None:
    fields = 't: {template: "{{params.region}} {{traits.a}}"}'
    made = noted(fields, {"traits": {"a": "x"}}, region="{{traits.a}}")
    assert made == {"t": "{{traits.a}} x"}


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("fixed", "a template without a `{{path}}` (write `value:` for fixed text)"),
        ("{traits.a}", "a template without a `{{path}}` (write `value:` for fixed text)"),
        ("{{traits.a}} {{traits.b", "this template has a `{{` without its `}}` (write `{{path}}`)"),
        ("{{traits.a} {{traits.b}}",
         "`traits.a} {{traits.b` cannot be read as a path from character 9 on "
         '(write `.key`, `."a key with dots or spaces"` or `[0]`)'),
        ("{{trait.a}}", "`trait` is no part of an event (did you mean `traits`?)"),
        ("{{}}", "`` is no path (write a root and keys, such as `traits.email`)"),
    ],
)  # fmt: skip
def test_what_is_no_template(problems: Problems, template: str, problem: str) -> None:
    text = (
        f"rules:\n  - id: a\n    action: note\n    fields:\n      t: {{template: '{template}'}}\n"
    )
    assert problems(text) == [f"5:11: {problem}"]
