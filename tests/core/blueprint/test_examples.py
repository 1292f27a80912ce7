"""Examples of a blueprint: when one holds, and how precisely it is told where one does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint.document import read_blueprint
from sendoff.blueprint.examples import run_examples
from sendoff.decision import Decision
from sendoff.documents import read_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.blueprint.document import Blueprint
    from sendoff.blueprint.examples import ExampleResult

HEAD = """\
apiVersion: sendoff/v1
kind: Blueprint
name: parcel/test
version: 1
destination: parcel
rules: [{id: posted, action: post}]
examples:
"""


def blueprint(examples: str) -> Blueprint:
    return read_blueprint(read_document(HEAD + examples, "mine.yaml"))


def expecting(expect: str) -> Blueprint:
    return blueprint(f"  - name: it\n    event: {{type: page}}\n    expect: {expect}\n")


def sent(payload: Any, rule: str = "posted", action: str = "post") -> Decision:
    body = msgspec.json.encode(payload)
    return Decision(route="example", verdict="send", rule=rule, action=action, body=body)


def dropped(reason: str, detail: str = "why") -> Decision:
    return Decision(route="example", verdict="drop", reason=reason, detail=detail)


def dead(reason: str, detail: str = "why", rule: str = "posted") -> Decision:
    return Decision(route="example", verdict="dead", reason=reason, detail=detail, rule=rule)


def result(expect: str, decision: Decision) -> ExampleResult:
    [only] = run_examples(expecting(expect), lambda _event, _given: decision)
    return only


def messages(expect: str, decision: Decision) -> list[str]:
    return [problem.message for problem in result(expect, decision).problems]


def test_each_example_is_decided_with_its_event_and_parameters() -> None:
    seen: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []

    def decide(event: Mapping[str, Any], given_: Mapping[str, Any]) -> Decision:
        seen.append((event, given_))
        return dropped("no_rule")

    two = blueprint(
        "  - {name: one, event: {type: page}, expect: {drop: no_rule}}\n"
        "  - {name: two, with: {region: GB}, event: {type: screen}, expect: {drop: no_rule}}\n"
    )
    names = [each.name for each in run_examples(two, decide)]
    assert names == ["one", "two"]
    assert seen == [({"type": "page"}, {}), ({"type": "screen"}, {"region": "GB"})]


def test_a_blueprint_without_examples_has_no_results() -> None:
    bare = read_blueprint(read_document(HEAD.removesuffix("examples:\n"), "mine.yaml"))
    assert list(run_examples(bare, lambda _event, _given: dropped("no_rule"))) == []


@pytest.mark.parametrize(
    ("expect", "decision"),
    [
        ("{rule: posted}", sent({})),
        ("{action: post}", sent({"a": 1})),
        ("{payload: {a: 1}}", sent({"a": 1.0})),
        ("{rule: posted, action: post, payload: {a: [{b: null}]}}", sent({"a": [{"b": None}]})),
        ("{drop: no_rule}", dropped("no_rule")),
        ("{dead: missing_field}", dead("missing_field")),
        ("{dead: missing_field, rule: posted}", dead("missing_field")),
        ("{dead: invalid_event}", dead("invalid_event", rule="")),
    ],
)
def test_what_is_expected_holds(expect: str, decision: Decision) -> None:
    assert result(expect, decision).problems == ()


@pytest.mark.parametrize(
    ("expect", "decision", "message"),
    [
        ("{rule: other}", sent({}), "expected rule other, got posted"),
        ("{action: other}", sent({}), "expected action other, got post"),
        (
            "{rule: posted}",
            dropped("anonymous", "no value at user_id"),
            "expected send, got drop anonymous: no value at user_id",
        ),
        ("{payload: {}}", dead("missing_field"), "expected send, got dead missing_field: why"),
        ("{drop: no_rule}", sent({}), "expected drop no_rule, got send by rule posted"),
        (
            "{drop: no_rule}",
            dropped("no_consent"),
            "expected drop no_rule, got drop no_consent: why",
        ),
        (
            "{dead: missing_field}",
            dropped("missing_field"),
            "expected dead missing_field, got drop missing_field: why",
        ),
        (
            "{dead: missing_field, rule: other}",
            dead("missing_field"),
            "expected rule other, got posted",
        ),
        (
            "{dead: invalid_event, rule: posted}",
            dead("invalid_event", rule=""),
            "expected rule posted, got none",
        ),
    ],
)
def test_another_decision_is_told(expect: str, decision: Decision, message: str) -> None:
    assert messages(expect, decision) == [message]


@pytest.mark.parametrize(
    ("expected", "got", "message"),
    [
        ("{a: x}", {"a": "y"}, '$.a: expected "x", got "y"'),
        ("{a: x}", {}, '$.a: expected "x", got nothing'),
        ("{}", {"a": "y"}, '$.a: expected nothing, got "y"'),
        ("{a: null}", {"a": "y"}, '$.a: expected nothing, got "y"'),
        ("{a: 1}", {"a": "1"}, '$.a: expected 1, got "1"'),
        ("{a: 1}", {"a": True}, "$.a: expected 1, got true"),
        ("{a: false}", {"a": 0}, "$.a: expected false, got 0"),
        ("{a: {b: {c: 1}}}", {"a": {"b": {"c": 2}}}, "$.a.b.c: expected 1, got 2"),
        ("{a: {b: 1}}", {"a": [1]}, '$.a: expected {"b": 1}, got [1]'),
        ("{a: [1, 2]}", {"a": [1, 3]}, "$.a[1]: expected 2, got 3"),
        ("{a: [1, 2]}", {"a": [1]}, "$.a[1]: expected 2, got nothing"),
        ("{a: [1]}", {"a": [1, 2]}, "$.a[1]: expected nothing, got 2"),
        ('{"a.b": 1}', {"a.b": 2}, '$["a.b"]: expected 1, got 2'),
    ],
)
def test_a_difference_names_the_path_in_the_payload(
    expected: str, got: dict[str, Any], message: str
) -> None:
    assert messages(f"{{payload: {expected}}}", sent(got)) == [message]


def test_every_difference_is_told() -> None:
    told = messages("{rule: other, payload: {a: 1, b: {c: 2}}}", sent({"b": {"c": 3}, "d": 4}))
    assert told == [
        "expected rule other, got posted",
        "$.a: expected 1, got nothing",
        "$.b.c: expected 2, got 3",
        "$.d: expected nothing, got 4",
    ]


def test_a_difference_stands_where_the_expectation_is_written() -> None:
    written = blueprint(
        "  - name: it\n"
        "    event: {type: page}\n"
        "    expect:\n"
        "      rule: other\n"
        "      payload:\n"
        "        tags: [a, b]\n"
        "        deep:\n"
        "          key: x\n"
    )
    [only] = run_examples(
        written, lambda _event, _given: sent({"tags": ["a", "c"], "deep": {"key": "y", "new": 1}})
    )
    assert str(only.position) == "mine.yaml:8:5"
    places = [str(problem.position) for problem in only.problems]
    assert places == ["mine.yaml:11:7", "mine.yaml:13:19", "mine.yaml:15:11", "mine.yaml:14:9"]


def test_a_long_value_is_cut() -> None:
    [message] = messages("{payload: {a: x}}", sent({"a": "y" * 1000}))
    assert len(message) < 150
    assert message.endswith("…")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=8,
)


@given(payload=st.dictionaries(st.text("ab", min_size=1), json_values, max_size=3))
def test_a_payload_never_differs_from_itself(payload: dict[str, Any]) -> None:
    expect = msgspec.json.encode({"payload": payload}).decode()
    assert result(expect, sent(payload)).problems == ()


@given(
    one=st.dictionaries(st.text("ab", min_size=1), json_values, max_size=3),
    other=st.dictionaries(st.text("ab", min_size=1), json_values, max_size=3),
)
def test_payloads_that_are_not_the_same_json_differ(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    same = msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")
    expect = msgspec.json.encode({"payload": one}).decode()
    assert (result(expect, sent(other)).problems == ()) is same
