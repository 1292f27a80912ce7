from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint.compilation import Compilation
from sendoff.blueprint.conditions import compile_when
from sendoff.blueprint.program import Program
from sendoff.blueprint.trace import Trace
from sendoff.decision import Decision
from sendoff.documents import read_document

Compile = Callable[..., Program]
Decide = Callable[..., Decision]

TRAITS = {"plan": "pro", "seats": 5, "vip": True, "blank": " ", "tags": ["a", "b"], "zero": 0}
EVENT: dict[str, Any] = {"type": "track", "event": "Signed Up", "userId": "u1", "traits": TRAITS}
PAGE: dict[str, Any] = {"type": "page", "name": "Pricing"}
IDENTIFY: dict[str, Any] = {"type": "identify"}


def ruled(when: str) -> str:
    return f"rules:\n  - id: a\n    action: note\n    when: {when}\n    fields: {{t: type}}\n"


@pytest.mark.parametrize(
    ("when", "event", "held"),
    [
        ("{traits.plan: pro}", EVENT, True),
        ("{traits.plan: [free, pro]}", EVENT, True),
        ("{traits.plan: pro, traits.seats: 6}", EVENT, False),
        ("{traits.seats: {gte: 5, lt: 6}}", EVENT, True),
        ("{traits.seats: {gte: 5, lt: 6}, any: [{type: page}]}", EVENT, False),
        ("{traits.vip: 1}", EVENT, False),
        ("{traits.zero: false}", EVENT, False),
        ("{traits.blank: {exists: false}}", EVENT, True),
        ("{traits.tags: {contains: b}}", EVENT, True),
        # A test on what has no value is false, and `not` of it is true.
        ("{traits.none: x}", EVENT, False),
        ("{traits.none: {not: x}}", EVENT, True),
        ("{not: {traits.none: x}}", EVENT, True),
        ("{traits.none: {gt: 0}}", EVENT, False),
        ("{traits.none: {not: {gt: 0}}}", EVENT, True),
        ("{traits.blank: {not: {contains: x}}}", EVENT, True),
        # `not` denies all tests inside it together.
        ("{traits.seats: {not: {gt: 1, lt: 3}}}", EVENT, True),
        ("{not: {traits.plan: pro, traits.seats: 6}}", EVENT, True),
        ("{not: {traits.plan: pro, traits.seats: 5}}", EVENT, False),
        ("{not: {not: {traits.plan: pro}}}", EVENT, True),
        # Groups nest freely.
        ("{any: [{traits.plan: free}, {all: [{type: track}, {user_id: u1}]}]}", EVENT, True),
        ("{all: [{traits.plan: pro}, {not: {any: [{type: page}, {type: track}]}}]}", EVENT, False),
        ("{any: [{traits.plan: free}, {traits.plan: none}], type: track}", EVENT, False),
        # Event names compare folded; identify and page calls bear names of their own.
        ("{event: signed_up}", EVENT, True),
        ("{event: [Other, SIGNED-UP]}", EVENT, True),
        ("{event: {not: signed up}}", EVENT, False),
        ("{event: {starts_with: Signed}}", EVENT, True),
        ("{event: {starts_with: signed}}", EVENT, False),
        ("{event: Identified}", IDENTIFY, True),
        ("{event: identified}", EVENT, False),
        ("{event: Page Viewed}", PAGE, True),
        ("{event: {not: Page Viewed}}", PAGE, False),
        ("{event: {exists: true}}", IDENTIFY, False),
        ("{type: page, name: Pricing}", PAGE, True),
        ("{consent.marketing: true}", EVENT, False),
        ("{consent.marketing: {exists: false}}", EVENT, True),
    ],
)
def test_when_a_condition_holds(
    program: Compile, decide: Decide, when: str, event: Mapping[str, Any], held: bool
) -> None:
    decision = decide(program(ruled(when)), event)
    assert decision.verdict == ("send" if held else "drop")
    traced = decide(program(ruled(when)), event, Trace())
    assert traced.verdict == decision.verdict


def test_a_parameter_can_be_tested_and_is_the_routes(program: Compile, decide: Decide) -> None:
    text = "parameters: {region: {type: string}}\n" + ruled("{params.region: GB}")
    assert decide(program(text, region="GB"), EVENT).verdict == "send"
    assert decide(program(text, region="DE"), EVENT).verdict == "drop"
    assert decide(program(text), EVENT).verdict == "drop"


def test_a_default_stands_for_a_parameter_that_is_not_given(
    program: Compile, decide: Decide
) -> None:
    text = "parameters: {region: {type: string, default: GB}}\n" + ruled("{params.region: GB}")
    assert decide(program(text), EVENT).verdict == "send"
    assert decide(program(text, region="DE"), EVENT).verdict == "drop"


NAMES = "parameters: {names: {type: [string, array], items: {type: string}}, least: {}}\n"


@pytest.mark.parametrize(
    ("when", "given", "held"),
    [
        ("{event: {param: names}}", {"names": "signed_up"}, True),
        ("{event: {param: names}}", {"names": "Other"}, False),
        ("{event: {param: names}}", {"names": ["Other", "SIGNED-UP"]}, True),
        ("{event: [Other, {param: names}]}", {"names": "Signed Up"}, True),
        ("{event: [Signed Up, {param: names}]}", {"names": ["Other"]}, True),
        ("{event: {not: {param: names}}}", {"names": "Signed Up"}, False),
        ("{traits.seats: {param: least}}", {"least": 5.0}, True),
        ("{traits.vip: {param: least}}", {"least": 1}, False),
        ("{traits.seats: {gte: {param: least}}}", {"least": 5}, True),
        ("{traits.seats: {gt: {param: least}, lt: 6}}", {"least": 5}, False),
        ("{traits.plan: {matches: {param: names}}}", {"names": "^p"}, True),
        ("{traits.tags: {contains: {param: names}}}", {"names": "b"}, True),
        ("{traits.plan: {exists: {param: least}}}", {"least": False}, False),
        # With a parameter unset, a test never holds; what else is listed counts all the same.
        ("{event: {param: names}}", {}, False),
        ("{event: {not: {param: names}}}", {}, True),
        ("{event: [Signed Up, {param: names}]}", {}, True),
        ("{event: [Other, {param: names}]}", {}, False),
        ("{traits.seats: {gte: {param: least}}}", {}, False),
        ("{traits.seats: {not: {gte: {param: least}}}}", {}, True),
        ("{traits.none: {exists: {param: least}}}", {}, False),
        ("{any: [{event: {param: names}}, {type: track}]}", {}, True),
        # A path of a parameter.
        ("{params.least: true}", {"least": True}, True),
        ("{params.least: true}", {"least": 1}, False),
        ("{params.least: {exists: true}}", {"least": 0}, True),
        ("{params.least: {exists: true}}", {"least": " "}, False),
        ("{params.least: {exists: true}}", {}, False),
        ("{params.least: {exists: false}}", {}, True),
        ("{params.names: {param: least}}", {"names": "a", "least": "a"}, True),
    ],
)
def test_a_parameter_stands_for_what_is_compared_with(
    program: Compile, decide: Decide, when: str, given: dict[str, Any], held: bool
) -> None:
    compiled = program(NAMES + ruled(when), **given)
    assert decide(compiled, EVENT).verdict == ("send" if held else "drop")
    assert decide(compiled, EVENT, Trace()).verdict == ("send" if held else "drop")


SCALARS = st.text("ab 1", min_size=1).filter(str.strip) | st.integers(0, 3) | st.booleans()


@given(SCALARS | st.lists(SCALARS, min_size=1, max_size=3), st.sampled_from([True, False]))
def test_a_literal_given_is_the_same_as_one_written(value: Any, denied: bool) -> None:
    def tree(test: Any, **params: Any) -> Any:
        document = read_document("a: b", "f")
        compilation = Compilation(document, {}, {"x": {}}, params)
        when = {"traits.plan": {"not": test} if denied else test}
        compiled = compile_when(when, (), compilation)
        assert compilation.problems == []
        return compiled.tree

    assert tree({"param": "x"}, x=value) == tree(value)
    assert tree([{"param": "x"}], x=value) == tree(value)


def test_the_trace_shows_what_the_parameter_gives(program: Compile, decide: Decide) -> None:
    trace = Trace()
    decide(program(NAMES + ruled("{event: {param: names}}"), names=["A", "B"]), EVENT, trace)
    [test] = trace.entries[0]["steps"][0]["steps"]
    assert (test["path"], test["expected"], test["held"]) == ("event", ["A", "B"], False)


def test_the_trace_shows_each_test_that_was_asked_and_no_more(
    program: Compile, decide: Decide
) -> None:
    trace = Trace()
    when = "{any: [{traits.plan: free}, {not: {traits.seats: {gt: 9}}}, {type: page}]}"
    decide(program(ruled(when)), EVENT, trace)
    [route] = trace.entries
    [rule] = [each for each in route["steps"] if each["step"] == "rule"]
    [group] = rule["steps"]
    assert (group["step"], group["held"]) == ("any", True)
    first, second = group["steps"]
    assert first == {
        "step": "test", "path": "traits.plan", "operator": "one_of", "expected": "free",
        "value": "pro", "held": False,
    }  # fmt: skip
    assert second["step"] == "not"
    assert second["held"]
    assert second["steps"][0]["expected"] == 9


def test_a_condition_lists_the_paths_it_reads(program: Compile) -> None:
    when = "{any: [{traits.a: 1}, {not: {traits.b: 2}}], event: {not: X}}"
    [rule] = program(ruled(when)).rules
    assert rule.when is not None
    assert [str(path) for path in rule.when.reads] == ["traits.a", "traits.b", "event"]


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        ("[]", "4:5: `when` must be a mapping, not a list (write `path: test` lines below it)"),
        ("{}", "4:5: `when` is empty (write `path: test` lines below it)"),
        ("{any: {type: track}}",
         "4:12: `any` must be a list, not a mapping (write `- path: test` lines below it)"),
        ("{all: []}", "4:12: `all` is empty (write `- path: test` lines below it)"),
        ("{all: [type]}",
         "4:18: item 1 of `all` must be a mapping, not text (write `path: test` lines below it)"),
        ("{not: {any: [{}]}}",
         "4:24: item 1 of `any` is empty (write `path: test` lines below it)"),
        ("{trait.plan: pro}", "4:12: `trait` is no part of an event (did you mean `traits`?)"),
        ("{params.regon: GB}",
         "4:12: there is no parameter `regon` (declare it under `parameters`)"),
    ],
)  # fmt: skip
def test_what_is_no_condition_is_said_once(
    problems: Callable[..., list[str]], when: str, problem: str
) -> None:
    assert problems(ruled(when)) == [problem]
