from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.payloads import PayloadJudge
from sendoff_freshsuccess import Freshsuccess
from sendoff_freshsuccess.actions import ACTIONS
from sendoff_freshsuccess.validation import LONGEST_LINE, problems

NOW = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)
NOW_MS = 1767366000000
JUDGES = {name: PayloadJudge(action) for name, action in ACTIONS.items()}
SEARCH: dict[str, Any] = {
    "accountId": "acct-4410",
    "userId": "u-73",
    "createdAt": 1767362400000,
    "action": "feature",
    "sessionId": "s-9f2c",
    "feature": "Search",
}


def test_an_event_of_now_is_fine() -> None:
    assert problems(SEARCH, NOW) == []
    assert Freshsuccess().validate("feature", SEARCH, NOW) == []


def test_a_time_may_be_5_minutes_ahead_and_no_more() -> None:
    assert problems({**SEARCH, "createdAt": NOW_MS + 300_000}, NOW) == []
    [told] = problems({**SEARCH, "createdAt": NOW_MS + 300_001}, NOW)
    assert told.startswith("$.createdAt: the time is more than 5 minutes ahead")
    assert "clock" in told


def test_a_time_with_a_decimal_point_is_none_although_the_schema_cannot_tell() -> None:
    event = {**SEARCH, "createdAt": 1767362400000.0}
    assert JUDGES["feature"].problem(event) == ""
    assert problems(event, NOW) == [
        "$.createdAt: this takes a whole number, written without decimals"
    ]


def test_a_total_that_a_double_cannot_hold_is_refused() -> None:
    assert problems({**SEARCH, "total": 10**308}, NOW) == []
    event = {**SEARCH, "total": 10**309}
    assert JUDGES["feature"].problem(event) == ""
    [told] = problems(event, NOW)
    assert told.startswith("$.total: the number is too large")


def of_length(length: int) -> dict[str, Any]:
    details = {f"k{n:02}": "x" * 1000 for n in range(33)}
    event = {**SEARCH, "details": details}
    details["k32"] = ""
    details["k32"] = "x" * (length - len(msgspec.json.encode(event)))
    return event


def test_a_line_has_32_kib_at_most() -> None:
    longest = of_length(LONGEST_LINE)
    assert len(msgspec.json.encode(longest)) == 32 * 1024
    assert JUDGES["feature"].problem(longest) == ""
    assert problems(longest, NOW) == []
    [told] = problems(of_length(LONGEST_LINE + 1), NOW)
    assert told.startswith("$: the event is longer than 32768 bytes")


def test_the_length_is_counted_in_bytes_as_they_are_written() -> None:
    details = {str(n): "\U0001f984" * 1000 for n in range(8)}
    assert problems({**SEARCH, "details": details}, NOW) == []
    assert problems({**SEARCH, "details": {**details, "9": "\x00" * 1000}}, NOW) != []


def test_every_problem_is_told_at_once_and_no_value_is() -> None:
    told = problems({**of_length(40_000), "createdAt": 9.9e15, "userId": "u-7731"}, NOW)
    assert len(told) == 2
    assert "u-7731" not in "".join(told)


def test_the_widest_event_without_details_is_short_enough_unmeasured() -> None:
    wide = dict.fromkeys(("accountId", "userId", "sessionId"), "\U0001f984" * 256)
    wide |= dict.fromkeys(("feature", "module", "product"), "\x00" * 255 + "a")
    event = {**SEARCH, **wide, "total": 10**308, "details": {}}
    assert JUDGES["feature"].problem(event) == ""
    assert len(msgspec.json.encode(event)) < 10 * 1024
    assert problems(event, NOW) == []


def test_half_a_character_is_left_to_whoever_writes_the_event() -> None:
    assert problems({**SEARCH, "details": {"x": "\ud800"}}, NOW) == []


def no_constant(text: str) -> float:
    raise ValueError(text)


# The strict reading of the reference, on the bytes of a line: what the server may drop, and does
# not tell. Written without a look at the schema.
BASE_TYPES = {"accountId": str, "userId": str, "createdAt": int, "action": str, "sessionId": str}
OWN: dict[str, tuple[set[str], dict[str, str]]] = {
    "feature": (
        {"feature"},
        {"feature": "text", "module": "text", "product": "text", "total": "+", "details": "object"},
    ),
    "moduleEnd": (
        {"module", "timeSpent"},
        {"module": "text", "timeSpent": "0+", "product": "text"},
    ),
    "sessionSync": ({"activeDuration"}, {"activeDuration": "0+"}),
    "identifyUser": ({"details"}, {"details": "object"}),
    "identifyAccount": ({"details"}, {"details": "object"}),
}


def broken_rule(line: bytes) -> str:
    try:
        event = json.loads(line.decode("utf-8"), parse_constant=no_constant)
    except ValueError:
        return "R1"
    if b"\n" in line or b"\r" in line:
        return "R1"
    if type(event) is not dict:
        return "R2"
    return broken_base(event) or broken_action(event)


def broken_base(event: dict[str, Any]) -> str:
    if any(event.get(name) is None for name in BASE_TYPES):
        return "R3"
    if any(type(event[name]) is not kind for name, kind in BASE_TYPES.items()):
        return "R4"
    if any(not event[name].strip() for name in ("accountId", "userId", "sessionId")):
        return "R5"
    if event["action"] not in OWN:
        return "R6"
    if not 946_684_800_000 <= event["createdAt"] <= NOW_MS + 300_000:
        return "R10"
    return ""


def broken_action(event: dict[str, Any]) -> str:
    needed, known = OWN[event["action"]]
    if any(event.get(name) is None for name in needed):
        return "R7"
    for name, value in event.items():
        if name in BASE_TYPES:
            continue
        if name not in known:
            return "R9"
        if rule := broken_value(known[name], value):
            return rule
    return ""


def broken_value(kind: str, value: Any) -> str:
    if kind == "text":
        return "" if type(value) is str and value.strip() else "R8"
    if kind == "object":
        flat = type(value) is dict and all(
            type(v) in (str, int, float, bool) for v in value.values()
        )
        return "" if flat else "R8"
    if type(value) not in (int, float):
        return "R8"
    try:
        finite = math.isfinite(float(value))
    except OverflowError:
        finite = False
    return "" if finite and (value > 0 if kind == "+" else value >= 0) else "R11"


TEXT = st.text(min_size=1, max_size=20)
TIME = st.integers(min_value=NOW_MS - 10**6, max_value=NOW_MS)
NUMBER = st.floats(min_value=0, max_value=10**8) | st.integers(min_value=0, max_value=10**8)
FLAT = st.dictionaries(TEXT, TEXT | NUMBER | st.booleans(), min_size=1, max_size=4)
SOUND = {
    "feature": TEXT, "module": TEXT, "product": TEXT, "total": NUMBER, "timeSpent": NUMBER,
    "activeDuration": NUMBER, "details": FLAT,
}  # fmt: skip
ODD = (
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(alphabet=" \t\n\u3000a\x00")
    | st.sampled_from([[], {}, {"a": None}, {"a": {}}, "1767362400000", 1767362400, 10**400,
                       1767362400000.0, NOW_MS + 10**9, "feature", "moduleend"])
)  # fmt: skip
NAMES = st.sampled_from([*BASE_TYPES, *SOUND, "account_id", "groupId"])


@st.composite
def events(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    action = draw(st.sampled_from(sorted(OWN)))
    needed, known = OWN[action]
    names = needed | draw(st.sets(st.sampled_from(sorted(known))))
    event: dict[str, Any] = {name: draw(TEXT) for name in ("accountId", "userId", "sessionId")}
    event |= {"createdAt": draw(TIME), "action": action}
    event |= {name: draw(SOUND[name]) for name in sorted(names)}
    event |= draw(st.dictionaries(NAMES, ODD, max_size=1))
    return action, event


@given(events())
def test_no_event_that_is_let_out_breaks_a_rule_of_the_strict_reading(
    case: tuple[str, dict[str, Any]],
) -> None:
    action, event = case
    if JUDGES[action].problem(event) == "" and problems(event, NOW) == []:
        assert broken_rule(msgspec.json.encode(event)) == ""


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b'{"accountId":"a"},', "R1"),
        (b'{"accountId":NaN}', "R1"),
        (b"[{}]", "R2"),
        (b"{}", "R3"),
        (msgspec.json.encode({**SEARCH, "accountId": 4410}), "R4"),
        (msgspec.json.encode({**SEARCH, "createdAt": 1767362400000.0}), "R4"),
        (msgspec.json.encode({**SEARCH, "accountId": " "}), "R5"),
        (msgspec.json.encode({**SEARCH, "action": "track"}), "R6"),
        (msgspec.json.encode({**SEARCH, "action": "sessionSync"}), "R7"),
        (msgspec.json.encode({**SEARCH, "total": True}), "R8"),
        (msgspec.json.encode({**SEARCH, "module_id": "x"}), "R9"),
        (msgspec.json.encode({**SEARCH, "createdAt": 1767362400}), "R10"),
        (msgspec.json.encode({**SEARCH, "total": -1}), "R11"),
        (msgspec.json.encode(SEARCH), ""),
    ],
)
def test_the_strict_reading_itself_finds_every_rule_broken(line: bytes, rule: str) -> None:
    assert broken_rule(line) == rule
