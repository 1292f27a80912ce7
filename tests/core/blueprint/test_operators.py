from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Problems = Callable[..., list[str]]


def of_test(problems: Problems, test: str) -> list[str]:
    """Of one test, without the place."""
    found = problems(f"rules:\n  - id: a\n    action: note\n    when:\n      {test}\n")
    assert all(line.startswith(("5:", "4:")) for line in found)
    return [line.partition(": ")[2] for line in found]


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        ("type: Track", 'there is no event type "Track" (did you mean `track`?)'),
        ("type: [track, pag]", 'there is no event type "pag" (did you mean `page`?)'),
        ("user_id: 123", "`user_id` is text: it can never be 123 (put it in quotes)"),
        (
            "consent.marketing: granted",
            '`consent.marketing` is true or false: it can never be "granted" '
            "(compare it with true or false)",
        ),
        ("traits: pro", '`traits` is an object: it can never be "pro" (name a key inside it)'),
        ("traits.x: null", "null is no value to compare with (write `{exists: false}`)"),
        ("traits.x: ''", "blank text is no value to compare with (write `{exists: false}`)"),
        ("traits.x: []", "`traits.x` can never be one of nothing (list its values)"),
        (
            "traits.x: [[1]]",
            "a test compares with text, numbers, true and false, not with a list",
        ),
        ("traits.x: {}", "`traits.x` has no test (give a value, or `{exists: true}`)"),
        ("traits.x: {exist: true}", "`exist` is no operator (did you mean `exists`?)"),
        (
            "traits.x: {more: 1}",
            "`more` is no operator (use one of: contains, ends_with, exists, gt, gte, lt, lte, "
            "matches, not, starts_with)",
        ),
        ("traits.x: {equals: 1}", "`equals` is no operator (write the value itself)"),
        ("traits.x: {in: [1]}", "`in` is no operator (write a list of values)"),
        ("traits.x: {ne: 1}", "`ne` is no operator (write `{not: …}`)"),
        ("traits.x: {regex: a}", "`regex` is no operator (did you mean `matches`?)"),
        (
            "traits.x: {param: a, gt: 1}",
            "`param` is no operator (write `{param: NAME}` with nothing beside it, in the place of "
            "a value)",
        ),
        ("traits.x: {exists: 1}", "`exists` takes true or false, not 1"),
        ('traits.x: {gt: "5"}', '`gt` takes a number, not "5"'),
        ("traits.x: {gt: true}", "`gt` takes a number, not true"),
        ("traits.x: {contains: [a]}", "`contains` takes text, a number, true or false, not a list"),
        ("traits.x: {starts_with: 5}", "`starts_with` takes text, not 5"),
        ("traits.x: {ends_with: ''}", '`ends_with` takes text, not ""'),
        (
            "traits.x: {matches: '('}",
            '"(" is no pattern: missing ): ( (write it as RE2 reads it, which knows no lookaround '
            "and no back-references)",
        ),
        (
            "traits.x: {matches: '(?=a)'}",
            '"(?=a)" is no pattern: invalid perl operator: (?= (write it as RE2 reads it, which '
            "knows no lookaround and no back-references)",
        ),
        (
            "timestamp: {gt: 5}",
            "`timestamp` is text: `gt` can never hold (compare it with text)",
        ),
        (
            "user_id: {contains: 5}",
            "`user_id` is text: `contains` can never hold (compare it with text)",
        ),
        (
            "consent.marketing: {starts_with: t}",
            "`consent.marketing` is true or false: `starts_with` can never hold "
            "(compare it with true or false)",
        ),
        (
            "traits: {contains: email}",
            "`traits` is an object: `contains` can never hold (name a key inside it)",
        ),
        ("exists: true", "`exists` tests a path (write `some.path: {exists: …}`)"),
    ],
)
def test_a_test_that_cannot_be_made_is_a_problem_at_load(
    problems: Problems, test: str, problem: str
) -> None:
    assert of_test(problems, test) == [problem]


@pytest.mark.parametrize(
    "test",
    [
        "type: [track, screen]",
        "user_id: {exists: false}",
        "timestamp: {starts_with: '2026'}",
        "consent.marketing: false",
        "consent: {exists: true}",
        "traits: {not: {exists: true}}",
        "traits.x: {gt: 1, lte: 5.5}",
        "traits.x: {not: [a, 1, true]}",
        "traits.x: {not: {matches: a}}",
        "traits.x: {contains: true}",
        "event: [Signed Up, Identified]",
        "'traits.\"work email\"': a",
    ],
)
def test_a_test_that_can_be_made_is_none(problems: Problems, test: str) -> None:
    assert of_test(problems, test) == []


PARAMETERS = "parameters: {any: {}, text: {type: string}, least: {type: number}}\n"


def of_operand(problems: Problems, test: str, **given: Any) -> list[str]:
    rule = f"rules:\n  - id: a\n    action: note\n    when:\n      {test}\n"
    return [line.partition(": ")[2] for line in problems(PARAMETERS + rule, **given)]


@pytest.mark.parametrize(
    ("test", "value", "problem"),
    [
        ("traits.x: {gt: {param: any}}", "5",
         '`gt` takes a number, not "5", which parameter `any` gives'),
        ("traits.x: {gt: {param: any}}", [5],
         "`gt` takes a number, not a list, which parameter `any` gives"),
        ("traits.x: {exists: {param: any}}", 1,
         "`exists` takes true or false, not 1, which parameter `any` gives"),
        ("traits.x: {starts_with: {param: any}}", "",
         '`starts_with` takes text, not "", which parameter `any` gives'),
        ("traits.x: {matches: {param: any}}", "(",
         '"(", which parameter `any` gives is no pattern: missing ): ( (write it as RE2 reads it, '
         "which knows no lookaround and no back-references)"),
        ("user_id: {contains: {param: any}}", 5,
         "`user_id` is text: `contains` can never hold (compare it with text)"),
    ],
)  # fmt: skip
def test_an_operand_that_a_parameter_gives_is_judged_alike(
    problems: Problems, test: str, value: Any, problem: str
) -> None:
    assert of_operand(problems, test, any=value) == [problem]
    assert of_operand(problems, test) == []


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        ("traits.x: {gt: {param: text}}",
         "`gt` takes a number, not text, which parameter `text` gives"),
        ("traits.x: {matches: {param: least}}",
         "`matches` takes text, not a number, which parameter `least` gives"),
        ("timestamp: {gt: {param: least}}",
         "`timestamp` is text: `gt` can never hold (compare it with text)"),
        ("traits.x: {math: {param: text}}", "`math` is no operator (did you mean `matches`?)"),
        ("traits.x: {gt: {param: leas}}", "there is no parameter `leas` (did you mean `least`?)"),
    ],
)  # fmt: skip
def test_what_can_never_be_an_operand_is_told_before_it_is_set(
    problems: Problems, test: str, problem: str
) -> None:
    assert of_operand(problems, test) == [problem]


def test_every_problem_of_a_test_stands_at_its_key_or_item(problems: Problems) -> None:
    text = """\
rules:
  - id: a
    action: note
    when:
      traits.a:
        not: {gt: x, lt: 1}
      traits.b:
        - 1
        - null
        - [2]
      nope.c: 1
"""
    assert problems(text) == [
        '6:15: `gt` takes a number, not "x"',
        "9:11: null is no value to compare with (write `{exists: false}`)",
        "10:11: a test compares with text, numbers, true and false, not with a list",
        "11:7: `nope` is no part of an event (use one of: account_id, anonymous_id, consent, "
        "context, event, group_id, group_traits, integrations, message_id, name, params, "
        "previous_id, properties, received_at, session_id, timestamp, traits, type, user_id)",
    ]
