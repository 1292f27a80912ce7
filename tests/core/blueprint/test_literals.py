from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Problems = Callable[..., list[str]]

# In one line, so that a test stands in line 6 whatever it is.
PARAMETERS = (
    "parameters: {any: {}, text: {type: string}, whole: {type: integer}, flag: {type: boolean}, "
    "table: {type: object}, texts: {type: [string, array], items: {type: string}}}\n"
)


def of_test(problems: Problems, test: str, **given: Any) -> list[str]:
    rule = f"rules:\n  - id: a\n    action: note\n    when:\n      {test}\n"
    return problems(PARAMETERS + rule, **given)


@pytest.mark.parametrize(
    ("test", "value", "problem"),
    [
        ("type: {param: any}", "pag",
         '6:7: there is no event type "pag", which parameter `any` gives (did you mean `page`?)'),
        ("type: [track, {param: any}]", ["page", "trac"],
         '6:21: there is no event type "trac", which parameter `any` gives '
         "(did you mean `track`?)"),
        ("user_id: {param: any}", 5,
         "6:7: `user_id` is text: it can never be 5, which parameter `any` gives "
         "(put it in quotes)"),
        ("consent.marketing: {param: any}", "yes",
         '6:7: `consent.marketing` is true or false: it can never be "yes", which parameter `any` '
         "gives (compare it with true or false)"),
        ("traits: {param: any}", "x",
         '6:7: `traits` is an object: it can never be "x", which parameter `any` gives '
         "(name a key inside it)"),
        ("traits.x: {param: any}", {"a": 1},
         "6:7: a test compares with text, numbers, true and false, not with a mapping, which "
         "parameter `any` gives"),
        ("traits.x: {param: any}", [["a"]],
         "6:7: a test compares with text, numbers, true and false, not with a list, which "
         "parameter `any` gives"),
    ],
)  # fmt: skip
def test_what_a_parameter_gives_is_judged_where_it_is_used(
    problems: Problems, test: str, value: Any, problem: str
) -> None:
    assert of_test(problems, test, any=value) == [problem]


@pytest.mark.parametrize("value", ["", " ", [], {}, ["a", " "], ["a", None]])
def test_a_parameter_that_is_blank_is_no_value_to_compare_with(
    problems: Problems, value: Any
) -> None:
    assert of_test(problems, "traits.x: {param: any}", any=value) == [
        "6:7: parameter `any` is blank, or has a blank item (give it what to compare with, or "
        "leave it out)"
    ]


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        ("user_id: {param: whole}",
         "6:7: `user_id` is text: it can never be a whole number, which parameter `whole` gives "
         "(compare it with text)"),
        ("consent.marketing: [{param: texts}]",
         "6:27: `consent.marketing` is true or false: it can never be text, which parameter "
         "`texts` gives (compare it with true or false)"),
        ("traits: {param: text}",
         "6:7: `traits` is an object: it can never be text, which parameter `text` gives "
         "(name a key inside it)"),
        ("traits.x: {param: table}",
         "6:7: a test compares with text, numbers, true and false, not with an object, which "
         "parameter `table` gives"),
        ("traits: {param: table}",
         "6:7: a test compares with text, numbers, true and false, not with an object, which "
         "parameter `table` gives"),
    ],
)  # fmt: skip
def test_what_a_parameter_can_never_give_is_told_before_it_is_set(
    problems: Problems, test: str, problem: str
) -> None:
    assert of_test(problems, test) == [problem]


def test_a_parameter_that_is_not_declared(problems: Problems) -> None:
    assert of_test(problems, "event: {param: texs}") == [
        "6:15: there is no parameter `texs` (did you mean `texts`?)"
    ]
    assert of_test(problems, "event: [A, {param: nope}]")[0].startswith(
        "6:19: there is no parameter `nope` (use one of: any, flag, table"
    )


@pytest.mark.parametrize(
    "test",
    [
        "event: {param: texts}",
        "event: [A, {param: texts}, {param: text}]",
        "user_id: {param: any}",
        "consent.marketing: {param: flag}",
        "traits.x: {not: {param: whole}}",
        "params.text: {param: text}",
    ],
)
def test_a_parameter_that_is_not_set_is_no_problem(problems: Problems, test: str) -> None:
    assert of_test(problems, test) == []


def test_a_parameter_stands_alone(problems: Problems) -> None:
    fix = "(write `{param: NAME}` with nothing beside it, in the place of a value)"
    assert of_test(problems, "event: {param: 5}") == [f"6:15: `param` is no operator {fix}"]
    assert of_test(problems, "event: {param: text, starts_with: A}") == [
        f"6:15: `param` is no operator {fix}"
    ]
    assert of_test(problems, "event: [{param: 5}]") == [
        "6:15: a test compares with text, numbers, true and false, not with a mapping"
    ]
