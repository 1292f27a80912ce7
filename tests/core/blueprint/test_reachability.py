from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff.blueprint.compilation import Compilation
from sendoff.blueprint.conditions import Condition, compile_when
from sendoff.blueprint.reachability import dead_rules
from sendoff.documents import read_document
from sendoff.event import Event

Problems = Callable[..., list[str]]
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def compiled(when: Any, **params: Any) -> Condition:
    """A condition that may name the parameters `x` and `y`; of those not given nothing is known."""
    compilation = Compilation(read_document("a: b", "f"), {}, {"x": {}, "y": {}}, params)
    condition = compile_when(when, (), compilation)
    assert compilation.problems == []
    return condition


def contradiction(when: dict[str, Any]) -> str:
    found = list(dead_rules([compiled(when).tree]))
    return found[0].contradiction if found else ""


@pytest.mark.parametrize(
    ("when", "why"),
    [
        (
            {"traits.x": "a", "all": [{"traits.x": ["b", "c"]}]},
            "`traits.x: a` and `traits.x: [b, c]` never hold together",
        ),
        (
            {"traits.x": {"gt": 5, "lt": 5}},
            "`traits.x: {gt: 5}` and `traits.x: {lt: 5}` never hold together",
        ),
        (
            {"traits.x": {"gte": 5, "lt": 5}},
            "`traits.x: {gte: 5}` and `traits.x: {lt: 5}` never hold together",
        ),
        (
            {"traits.x": {"exists": False, "gt": 5}},
            "`traits.x: {exists: false}` and `traits.x: {gt: 5}` never hold together",
        ),
        (
            {"traits.x": 3, "all": [{"traits.x": {"gt": 5}}]},
            "`traits.x: 3` and `traits.x: {gt: 5}` never hold together",
        ),
        (
            {"traits.x": {"gt": 5, "starts_with": "a"}},
            "`traits.x: {gt: 5}` and `traits.x: {starts_with: a}` never hold together",
        ),
        (
            {"traits.x": "a", "not": {"traits.x": ["a", "b"]}},
            "`traits.x: a` and `traits.x: {not: [a, b]}` never hold together",
        ),
        (
            {"traits.x": "a", "not": {"any": [{"traits.x": {"exists": True}}, {"type": "page"}]}},
            "`traits.x: a` and `traits.x: {exists: false}` never hold together",
        ),
        (
            {"type": ["page", "identify"], "event": "Signed Up"},
            "`type: [page, identify]` and `event: Signed Up` never hold together",
        ),
        (
            {"type": "track", "any": [{"type": "page"}, {"type": "screen"}]},
            "none of its alternatives can hold",
        ),
        (
            {"not": {"any": [{"type": "track"}, {"not": {"type": "track"}}]}},
            "`type: {not: track}` and `type: track` never hold together",
        ),
    ],
)
def test_a_condition_that_can_never_hold(when: dict[str, Any], why: str) -> None:
    assert contradiction(when) == why


@pytest.mark.parametrize(
    "when",
    [
        {"traits.x": {"gte": 5, "lte": 5}},
        {"traits.x": {"gt": 5, "exists": True}},
        {"traits.x": 1, "all": [{"traits.x": [1.0, "a"]}]},
        {"traits.x": {"not": "a"}, "all": [{"traits.x": {"not": "b"}}]},
        {"traits.x": {"contains": "a", "starts_with": "b"}},
        {"type": ["page", "track"], "event": "Signed Up"},
        {"type": "page", "event": ["Signed Up", "page viewed"]},
        {"type": "identify", "event": "Identified"},
        # An identify call has no name in its message, and bears one all the same.
        {"event": "Identified", "all": [{"event": {"exists": False}}]},
        {"event": "Identified", "all": [{"event": "Signed Up"}]},
        {"params.x": 1, "all": [{"traits.x": 2}]},
        {"any": [{"type": "page"}, {"type": "track"}], "type": "track"},
    ],
)
def test_a_condition_that_may_hold(when: dict[str, Any]) -> None:
    assert contradiction(when) == ""


def taker(*whens: dict[str, Any] | None) -> int | None:
    """Which rule takes all that the last of these could take."""
    found = list(dead_rules([None if when is None else compiled(when).tree for when in whens]))
    return found[-1].taker if found and found[-1].index == len(whens) - 1 else None


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (None, None),
        (None, {"type": "page"}),
        ({"type": "page"}, {"type": "page", "name": "x"}),
        ({"type": ["page", "screen"]}, {"type": "page"}),
        ({"event": ["Signed Up", "x"]}, {"event": "signed_up"}),
        ({"traits.x": {"exists": True}}, {"traits.x": {"gt": 5}}),
        ({"traits.x": {"gt": 5}}, {"traits.x": {"gt": 6}}),
        ({"traits.x": {"gte": 5}}, {"traits.x": {"gt": 5}}),
        ({"traits.x": {"lt": 5}}, {"traits.x": {"lte": 4}}),
        ({"traits.x": {"gt": 5}}, {"traits.x": [6, 7]}),
        ({"traits.x": {"starts_with": "p"}}, {"traits.x": ["pro", "plus"]}),
        ({"traits.x": {"matches": "^p"}}, {"traits.x": ["pro", "plus"]}),
        ({"traits.x": {"not": "a"}}, {"traits.x": "b"}),
        ({"traits.x": {"not": "a"}}, {"traits.x": {"not": ["a", "b"]}}),
        ({"traits.x": {"not": {"exists": True}}}, {"traits.x": {"exists": False}}),
        ({"any": [{"type": "page"}, {"type": "track"}]}, {"type": "track"}),
        ({"type": ["page", "track"]}, {"any": [{"type": "page"}, {"type": "track"}]}),
        (
            {"any": [{"type": "page"}, {"type": "track"}, {"traits.x": 1}]},
            {"any": [{"type": "track"}, {"type": "page"}]},
        ),
        ({"not": {"type": "page", "traits.x": 1}}, {"type": "track"}),
        ({"traits.x": {"matches": "a.*b"}}, {"traits.x": {"matches": "a.*b"}}),
    ],
)
def test_a_rule_that_an_earlier_one_always_takes(earlier: Any, later: Any) -> None:
    assert taker(earlier, later) == 0


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"type": "page"}, None),
        ({"type": "page", "name": "x"}, {"type": "page"}),
        ({"traits.x": 1}, {"traits.x": True}),
        ({"traits.x": {"contains": 1}}, {"traits.x": {"contains": True}}),
        ({"event": {"exists": True}}, {"event": "Identified"}),
        ({"event": {"starts_with": "Signed"}}, {"event": "Signed Up"}),
        ({"traits.x": {"gt": 5}}, {"traits.x": {"gte": 5}}),
        ({"traits.x": {"gt": 5}}, {"traits.x": [5, 6]}),
        ({"traits.x": {"not": ["a", "b"]}}, {"traits.x": {"not": "a"}}),
        ({"traits.x": {"exists": False}}, {"traits.x": {"not": "a"}}),
        ({"traits.x": {"exists": True}}, {"traits.x": {"exists": False}}),
        ({"traits.x": {"matches": "^p"}}, {"traits.x": {"starts_with": "p"}}),
        ({"any": [{"type": "page"}]}, {"any": [{"type": "page"}, {"type": "track"}]}),
    ],
)
def test_a_rule_that_some_event_reaches(earlier: Any, later: Any) -> None:
    assert taker(earlier, later) is None


def test_the_first_rule_that_takes_all_is_named() -> None:
    assert taker({"traits.x": 1}, {"type": "page"}, {"type": "page", "name": "x"}) == 1


PATHS = ["type", "event", "traits.x", "traits.y", "consent.marketing"]
LITERALS: dict[str, Any] = {
    "type": st.sampled_from(["track", "identify", "page"]),
    "event": st.sampled_from(["Signed Up", "signed_up", "Identified", "Page Viewed"]),
    "consent.marketing": st.booleans(),
}
ANY_LITERAL = st.sampled_from([0, 1, 1.0, 2, True, False, "a", "ab", "b", " a"])
OPERATORS = {
    "exists": st.booleans(),
    **dict.fromkeys(("gt", "gte", "lt", "lte"), st.sampled_from([0, 1, 1.0, 1.5, 2])),
    **dict.fromkeys(("starts_with", "ends_with", "contains", "matches"), st.sampled_from("ab ")),
}


@st.composite
def operands(draw: st.DrawFn, path: str) -> Any:
    literal = LITERALS.get(path, ANY_LITERAL)
    known = {"exists"} if path == "consent.marketing" else set(OPERATORS)
    if path in {"type", "event"}:
        known -= {"gt", "gte", "lt", "lte"}
    operator = st.sampled_from(sorted(known)).flatmap(
        lambda name: st.fixed_dictionaries({name: OPERATORS[name]})
    )
    simple = literal | st.lists(literal, min_size=1, max_size=3) | operator
    return draw(simple | st.fixed_dictionaries({"not": simple}))


TESTS = st.sampled_from(PATHS).flatmap(lambda path: st.fixed_dictionaries({path: operands(path)}))
WHENS = st.recursive(
    st.lists(TESTS, min_size=1, max_size=2).map(
        lambda each: {k: v for d in each for k, v in d.items()}
    ),
    lambda inner: (
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"not": inner})
    ),
    max_leaves=6,
)
VALUES = st.sampled_from(
    [None, 0, 1, 1.0, 1.5, 2, True, False, "a", "ab", "b", "ba", " ", ["a"], [1]]
)
EVENTS = st.fixed_dictionaries({
    "type": st.sampled_from(["track", "identify", "page"]),
    "event": st.sampled_from(["Signed Up", "signed-up", "Identified", "Page Viewed", "ab"]),
    "traits": st.fixed_dictionaries({}, optional={"x": VALUES, "y": VALUES}),
    "context": st.sampled_from([{}, *({"consent": {"marketing": each}} for each in (True, False))]),
})  # fmt: skip


@settings(max_examples=150)
@given(st.lists(WHENS, min_size=1, max_size=3), st.lists(EVENTS, min_size=1, max_size=20))
def test_no_rule_is_called_dead_that_an_event_reaches(
    whens: list[dict[str, Any]], messages: list[dict[str, Any]]
) -> None:
    conditions = [compiled(when) for when in whens]
    dead = {each.index for each in dead_rules([condition.tree for condition in conditions])}
    for message in messages:
        event = Event.from_message(message, received_at=NOW)
        taken = next((i for i, each in enumerate(conditions) if each.run(event, None)), None)
        assert taken not in dead


PARAMETERS = {
    "event": [{"param": "x"}, ["Identified", {"param": "x"}]],
    "traits.x": [{"param": "y"}, ["a", {"param": "y"}], {"not": {"param": "y"}}],
}
PARAMETER_TESTS = st.sampled_from(sorted(PARAMETERS)).flatmap(
    lambda path: st.fixed_dictionaries({path: st.sampled_from(PARAMETERS[path])})
)
TESTS_WITH_PARAMETERS = st.lists(TESTS | PARAMETER_TESTS, min_size=1, max_size=3).map(
    lambda tests: {"all": tests}
) | st.lists(TESTS | PARAMETER_TESTS, min_size=1, max_size=3).map(
    lambda tests: {"not": {"any": tests}}
)


@settings(max_examples=150)
@given(
    st.lists(TESTS_WITH_PARAMETERS, min_size=1, max_size=3),
    st.fixed_dictionaries({"x": LITERALS["event"], "y": st.sampled_from(["a", "ab", 1, True])}),
    st.lists(EVENTS, min_size=1, max_size=20),
)
def test_what_is_dead_with_parameters_unset_is_dead_whatever_they_are(
    whens: list[dict[str, Any]], params: dict[str, Any], messages: list[dict[str, Any]]
) -> None:
    dead = {each.index for each in dead_rules([compiled(when).tree for when in whens])}
    conditions = [compiled(when, **params) for when in whens]
    for message in messages:
        event = Event.from_message(message, received_at=NOW)
        taken = next((i for i, each in enumerate(conditions) if each.run(event, None)), None)
        assert taken not in dead


def test_nothing_is_concluded_from_a_parameter_that_is_not_set() -> None:
    unset, partly = {"traits.x": {"param": "x"}}, {"traits.x": ["a", {"param": "x"}]}
    for when in (unset, partly, {"traits.x": {"gt": {"param": "x"}}}):
        assert list(dead_rules([compiled({**when, "all": [{"traits.x": "b"}]}).tree])) == []
        assert list(dead_rules([compiled(each).tree for each in (when, when)])) == []
        assert list(dead_rules([compiled(each).tree for each in (when, {"type": "page"})])) == []
    # What holds whatever the parameter is, is concluded all the same.
    trees = [compiled(each).tree for each in (partly, {"traits.x": "a"})]
    assert [(each.index, each.taker) for each in dead_rules(trees)] == [(1, 0)]
    trees = [compiled(each).tree for each in ({"type": "page"}, {"type": "page", **unset})]
    assert [(each.index, each.taker) for each in dead_rules(trees)] == [(1, 0)]


def test_a_parameter_that_is_set_counts_as_what_it_gives() -> None:
    when = {"traits.x": {"param": "x"}, "all": [{"traits.x": "b"}]}
    [dead] = dead_rules([compiled(when, x=["a", "c"]).tree])
    assert dead.contradiction == "`traits.x: [a, c]` and `traits.x: b` never hold together"


def nested(depth: int, salt: int) -> dict[str, Any]:
    if depth == 0:
        return {f"traits.x{salt % 7}": {"matches": f"p{salt}"}}
    kind = "any" if depth % 2 else "all"
    return {kind: [nested(depth - 1, 3 * salt + i) for i in range(3)]}


def test_hundreds_of_nested_rules_take_a_bounded_time() -> None:
    trees = [compiled({"traits.n": n, "all": [nested(4, n)]}).tree for n in range(200)]
    began = time.process_time()
    assert list(dead_rules(trees)) == []
    assert time.process_time() - began < 10


def test_long_lists_take_a_bounded_time() -> None:
    whens = [{"traits.x": [f"{n}-{i}" for i in range(1000)]} for n in range(200)]
    trees = [compiled(when).tree for when in whens]
    began = time.process_time()
    assert list(dead_rules(trees)) == []
    assert time.process_time() - began < 10


def test_when_the_steps_are_spent_nothing_more_is_called_dead() -> None:
    trees = [compiled({"traits.x": 1}).tree] * 3
    assert [each.index for each in dead_rules(trees)] == [1, 2]
    assert list(dead_rules(trees, steps=0)) == []


def test_where_a_dead_rule_is_told(problems: Problems) -> None:
    text = """\
rules:
  - id: a
    when: {type: page}
    action: note
  - id: b
    when: {type: page, name: x}
    action: note
  - id: c
    action: note
    when: {traits.x: {gt: 1, lt: 1}}
  - id: d
    action: note
  - {id: e, action: note}
"""
    assert problems(text) == [
        "6:5: this rule is never reached: `a`, in line 2, takes every event that it could take "
        "(put it first, or narrow the other)",
        "10:5: this can never hold: `traits.x: {gt: 1}` and `traits.x: {lt: 1}` never hold "
        "together (change one of them, or write alternatives under `any`)",
        "13:5: this rule is never reached: `d`, in line 11, takes every event that it could take "
        "(put it first, or narrow the other)",
    ]


def test_nothing_follows_from_what_cannot_be_read(problems: Problems) -> None:
    text = """\
rules:
  - {id: a, action: note, when: {trait.x: 1}}
  - {id: b, action: note, wen: {type: page}}
  - {id: c, action: note, when: {not: {traits.x: {gr: 1}}}}
  - {id: d, action: note, when: 5}
  - {id: e, action: note, when: {type: page}}
"""
    assert [line.partition(" (")[0] for line in problems(text)] == [
        "2:34: `trait` is no part of an event",
        "3:27: unknown key `wen`",
        "4:51: `gr` is no operator",
        "5:27: `when` must be a mapping, not a number",
    ]
