"""Which lines are kept: the documented format, read strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff_freshsuccess.sandbox.rules import Dropped, doubts, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., dict[str, Any]]

NOW = 1_767_362_400_000.0


def line(event: object) -> bytes:
    return msgspec.json.encode(event)


def broken(text: bytes) -> tuple[str, str]:
    with pytest.raises(Dropped) as dropped:
        judge(text)
    return dropped.value.rule, dropped.value.reason


USER = {"first_name": "John", "last_name": "Doe", "email": "john.doe@example.com"}
ACCOUNT = {"name": 'Doe & Søn "Nord"', "join_date": 1748736000000, "tier": "gold"}


@pytest.mark.parametrize(
    "given",
    [
        {"feature": "Report Exported", "module": "Reports", "total": 1},
        {"feature": "Search"},
        {"feature": "Build Minutes", "module": "Pipelines", "product": "CI", "total": 12.75,
         "details": {"runner": "linux-large", "cached": True, "steps": 9}},
        {"action": "moduleEnd", "module": "Reports", "timeSpent": 60500, "feature": None},
        {"action": "moduleEnd", "module": "Reports", "product": "CI", "timeSpent": 0},
        {"action": "sessionSync", "activeDuration": 312000, "feature": None},
        {"action": "identifyUser", "details": USER, "feature": None},
        {"action": "identifyAccount", "details": ACCOUNT, "userId": "system-acct-4410"},
        {"feature": "Note\nsaved \u2713", "module": "Notes", "total": 3},
        {"createdAt": 1767362400000.0},
        {"surprise": [1]},
    ],
)  # fmt: skip
def test_an_event_of_the_documented_form_is_kept_as_it_is(given: Any, event: Make) -> None:
    sent = event(**given)
    assert judge(line(sent)) == sent
    assert doubts(sent, NOW) == []


@pytest.mark.parametrize(
    ("rule", "given", "told"),
    [
        ("R4", {"accountId": 4410}, "accountId is a number, and has to be text"),
        ("R3", {"userId": None, "action": "identifyAccount", "details": {"tier": "gold"}},
         "userId is missing"),
        ("R4", {"createdAt": "2026-01-02T14:00:00Z"}, "createdAt is text, and has to be a number"),
        ("R4", {"createdAt": True}, "createdAt is true or false, and has to be a number"),
        ("R4", {"createdAt": 1.5}, "createdAt is no whole number of milliseconds"),
        ("R4", {"createdAt": 10**400}, "createdAt is a number too large for anybody to add up"),
        ("R6", {"action": "track"}, "action is none of feature, moduleEnd, sessionSync, "
         "identifyUser, identifyAccount, in this spelling"),
        ("R3", {"sessionId": None}, "sessionId is missing"),
        ("R7", {"action": "moduleEnd", "timeSpent": 60500}, "module is missing"),
        ("R7", {"action": "moduleEnd", "module": "Reports", "time_spent": 1},
         "timeSpent is missing: time_spent is another spelling, which nobody looks for (R9)"),
        ("R7", {"action": "sessionSync"}, "activeDuration is missing"),
        ("R7", {"action": "identifyUser"}, "details is missing"),
        ("R7", {"feature": None}, "feature is missing"),
        ("R8", {"total": "1"}, "total is text, and has to be a number"),
        ("R8", {"total": True}, "total is true or false, and has to be a number"),
        ("R8", {"action": "identifyUser", "details": "admin"},
         "details is text, and has to be an object"),
        ("R8", {"module": 7}, "module is a number, and has to be text"),
        ("R8", {"feature": " "}, "feature is blank"),
        ("R8", {"product": ""}, "product is blank"),
        ("R5", {"accountId": "  "}, "accountId is blank"),
        ("R5", {"sessionId": ""}, "sessionId is blank"),
    ],
)  # fmt: skip
def test_an_event_that_breaks_a_rule_is_dropped_with_its_number(
    rule: str, given: Any, told: str, event: Make
) -> None:
    assert broken(line(event(**given))) == (rule, told)


@pytest.mark.parametrize("action", ["moduleend", "sessionIdle", "pageViewEnd", "Feature"])
def test_an_action_nobody_lists_is_dropped(action: str, event: Make) -> None:
    assert broken(line(event(action=action)))[0] == "R6"


@pytest.mark.parametrize("name", ["accountId", "createdAt", "feature"])
def test_null_is_missing(name: str, event: Make) -> None:
    rule, reason = broken(line({**event(), name: None}))
    assert rule == ("R7" if name == "feature" else "R3")
    assert reason == f"{name} is null"


def test_names_in_snake_case_are_missing_with_a_hint(event: Make) -> None:
    names = {"accountId": "account_id", "userId": "user_id", "createdAt": "created_at"}
    snake = {names.get(name, name): value for name, value in event().items()}
    rule, reason = broken(line(snake))
    assert rule == "R3"
    assert reason.startswith("accountId is missing: account_id is another spelling")


@pytest.mark.parametrize(
    ("text", "rule", "hint"),
    [
        (b'[{"accountId":"a"}]', "R2", "an array"),
        (b'"text"', "R2", "text"),
        (b"1", "R2", "a number"),
        (b"null", "R2", "null"),
        (b'{"accountId":"a"},', "R1", "ends in a comma"),
        (b"{", "R1", "no JSON"),
        (b"   ", "R1", "no JSON"),
        (b'{"accountId": NaN}', "R1", "no JSON"),
        (b"accountId=a&userId=b", "R1", "no JSON"),
        (b'\xef\xbb\xbf{"accountId":"a"}', "R1", "byte-order mark"),
        (b"\x1f\x8b\x08\x00", "R1", "looks like gzip"),
        (b'{"accountId":"\xff"}', "R1", "no JSON"),
        (b"[" * 100_000, "R1", "no JSON"),
    ],
)
def test_a_line_that_is_no_json_object_is_dropped(text: bytes, rule: str, hint: str) -> None:
    found, reason = broken(text)
    assert found == rule
    assert hint in reason


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        ({"createdAt": 1767362400}, ["R10"]),
        ({"createdAt": -1}, ["R10"]),
        ({"createdAt": 1767362700000}, []),
        ({"createdAt": 1767362700001}, ["R10"]),
        ({"total": 0}, []),
        ({"total": -0.5}, ["R11"]),
        ({"action": "sessionSync", "activeDuration": -5}, ["R11"]),
        ({"action": "moduleEnd", "module": "A", "timeSpent": -5, "createdAt": 1}, ["R10", "R11"]),
        ({"timeSpent": "not of this action"}, []),
    ],
)
def test_what_only_our_own_rules_doubt_is_kept_and_named(
    given: Any, rules: list[str], event: Make
) -> None:
    assert [each.rule for each in doubts(judge(line(event(**given))), NOW)] == rules


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = ["accountId", "userId", "createdAt", "action", "sessionId", "total", "module", "details"]


@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4), st.booleans())
def test_any_object_is_kept_or_dropped_by_a_rule(changed: dict[str, Any], bare: bool) -> None:
    usual = {"accountId": "a", "userId": "u", "createdAt": 1, "action": "feature"}
    whole = {**usual, "sessionId": "s", "feature": "F"}
    sent = changed if bare else whole | changed
    rule = ""
    try:
        doubts(judge(line(sent)), NOW)
    except Dropped as dropped:
        rule = dropped.rule
    assert rule in {"", *(f"R{number}" for number in range(1, 10))}
