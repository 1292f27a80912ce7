from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.payloads import PayloadJudge
from sendoff_freshsuccess.actions import ACTIONS

JUDGES = {name: PayloadJudge(action) for name, action in ACTIONS.items()}
BASE = {
    "accountId": "acct-4410",
    "userId": "u-73",
    "createdAt": 1767362400000,
    "sessionId": "s-9f2c",
}
SMALLEST: dict[str, dict[str, Any]] = {
    "feature": {"feature": "Search"},
    "moduleEnd": {"module": "Reports", "timeSpent": 60500},
    "sessionSync": {"activeDuration": 312000},
    "identifyUser": {"details": {"role": "admin"}},
    "identifyAccount": {"details": {"tier": "gold"}},
}
IDS = ("accountId", "userId", "sessionId")
NAMES = (("feature", "feature"), ("feature", "module"), ("feature", "product"),
         ("moduleEnd", "module"), ("moduleEnd", "product"))  # fmt: skip
DURATIONS = (("moduleEnd", "timeSpent"), ("sessionSync", "activeDuration"))
DETAILED = ("feature", "identifyUser", "identifyAccount")
UNICORNS = "\U0001f984" * 256
BLANKS = " \t\n\r\x0b\x0c\x1c\x1f\x00\x7f\x85\u00a0\u2003\u2028\u2029\u3000\ufeff"


def problem(name: str, **changed: Any) -> str:
    return JUDGES[name].problem({**BASE, "action": name, **SMALLEST[name], **changed})


def without(payload: dict[str, Any], key: str) -> dict[str, Any]:
    return {each: value for each, value in payload.items() if each != key}


def event(action: str, **parts: Any) -> dict[str, Any]:
    return {**BASE, "action": action, **parts}


VALID = {
    "V1": event("feature", feature="Report Exported", module="Reports", total=1),
    "V2": event("feature", createdAt=1767362401250, feature="Search"),
    "V3": event(
        "feature",
        accountId="20031",
        userId="ops@example.test",
        createdAt=1767362405000,
        sessionId="b1-2026-01-02",
        feature="Build Minutes",
        module="Pipelines",
        product="CI",
        total=12.75,
        details={"runner": "linux-large", "cached": True, "steps": 9},
    ),
    "V4": event("moduleEnd", createdAt=1767362460500, module="Reports", timeSpent=60500),
    "V5": event(
        "moduleEnd",
        createdAt=1767363000000,
        module="Reports",
        product="Analytics",
        timeSpent=24000,
    ),
    "V6": event("sessionSync", createdAt=1767364260500, activeDuration=312000),
    "V7": event(
        "identifyUser",
        createdAt=1767362399000,
        details={
            "first_name": "Ida",
            "last_name": "Brandt",
            "email": "ida@example.test",
            "role": "admin",
        },
    ),
    "V8": event(
        "identifyAccount",
        userId="system-acct-4410",
        createdAt=1767362398000,
        sessionId="sys-acct-4410-20260102",
        details={
            "name": 'Brandt & S\u00f8n "Nord"',
            "join_date": 1748736000000,
            "tier": "gold",
        },
    ),
    "V9": event(
        "feature",
        accountId="acct-7",
        userId="u-1",
        createdAt=1767362402000,
        sessionId="s-77",
        feature="Note\nsaved \u2713",
        module="Notes",
        total=3,
    ),
}

# Of the ways to be wrong, those that one payload can have: the others are ways to write several.
SEARCH = event("feature", feature="Search")
SNAKE_CASE = {
    "account_id": "acct-4410",
    "user_id": "u-73",
    "created_at": 1767362400000,
    "action": "feature",
    "session_id": "s-9f2c",
    "feature": "Search",
}
INVALID: dict[str, Any] = {
    "I1": {**SEARCH, "accountId": 4410},
    "I2": without(event("identifyAccount", details={"tier": "gold"}), "userId"),
    "I3": {**SEARCH, "createdAt": "2026-01-02T14:00:00Z"},
    "I4": {**SEARCH, "createdAt": 1767362400},
    "I5": {**SEARCH, "action": "track"},
    "I6": event("moduleend", module="Reports", timeSpent=60500),
    "I7": SNAKE_CASE,
    "I8": without(SEARCH, "sessionId"),
    "I9": event("moduleEnd", timeSpent=60500),
    "I10": {**SEARCH, "total": "1"},
    "I11": event("identifyUser", details="admin"),
    "I12": [SEARCH],
    "I14": {**SEARCH, "accountId": "  "},
    "I15": event("sessionSync", activeDuration=-5),
    "I17": {**SEARCH, "total": True},
    "I18": event("sessionIdle"),
}


@pytest.mark.parametrize("example", VALID)
def test_a_valid_example_is_valid_for_its_own_action_alone(example: str) -> None:
    payload = VALID[example]
    takers = [name for name, judge in JUDGES.items() if judge.problem(payload) == ""]
    assert takers == [payload["action"]]


@pytest.mark.parametrize("example", INVALID)
def test_an_invalid_example_is_refused_by_every_action(example: str) -> None:
    assert all(judge.problem(INVALID[example]) for judge in JUDGES.values())


def test_the_actions_are_the_five_of_the_vendor() -> None:
    assert set(ACTIONS) == set(SMALLEST)
    assert all(problem(name) == "" for name in ACTIONS)
    assert problem("feature", action="sessionSync") == "$.action: takes feature alone"


@pytest.mark.parametrize("name", SMALLEST)
def test_each_property_of_the_smallest_event_is_required_and_none_may_be_null(name: str) -> None:
    whole = {**BASE, "action": name, **SMALLEST[name]}
    for key in whole:
        assert f"'{key}' is a required property" in JUDGES[name].problem(without(whole, key))
        assert JUDGES[name].problem({**whole, key: None}).startswith(f"$.{key}: ")


@pytest.mark.parametrize("name", SMALLEST)
def test_a_property_of_no_action_or_of_another_is_refused(name: str) -> None:
    assert "groupId" in problem(name, groupId="g")
    other = "activeDuration" if name != "sessionSync" else "timeSpent"
    assert other in problem(name, **{other: 5})


@pytest.mark.parametrize("key", IDS)
@pytest.mark.parametrize("value", [4410, 12345.0, True, ["a"], {"a": 1}, "", *BLANKS, BLANKS])
def test_an_id_is_text_that_is_not_blank(key: str, value: Any) -> None:
    assert problem("feature", **{key: value}).startswith(f"$.{key}: this takes an id: text of 1")


@pytest.mark.parametrize("key", IDS)
def test_an_id_has_256_characters_at_most_and_an_emoji_is_one(key: str) -> None:
    assert problem("feature", **{key: UNICORNS}) == ""
    assert problem("feature", **{key: UNICORNS + "x"}) != ""


@pytest.mark.parametrize("control", ["\n", "\r", "\t", "\x00", "\x1f", "\x7f", "\x85", "\x9f"])
def test_a_control_character_is_for_names_and_not_for_ids(control: str) -> None:
    for text in (f"a{control}b", f"{control}b", f"a{control}"):
        assert all(problem("feature", **{key: text}) for key in IDS)
        assert all(problem(name, **{key: text}) == "" for name, key in NAMES)


@pytest.mark.parametrize(("name", "key"), NAMES)
def test_a_name_is_text_of_1_to_256_characters_that_is_not_blank(name: str, key: str) -> None:
    told = f"$.{key}: this takes text of 1 to 256 characters that is not blank"
    for value in ("", *BLANKS, BLANKS, UNICORNS + "x", 7, True, ["x"], {"x": "y"}):
        assert problem(name, **{key: value}) == told
    for value in (UNICORNS, " padded ", "\u2713", "7"):
        assert problem(name, **{key: value}) == ""


@pytest.mark.parametrize("value", [946_684_800_000, 1767362400000])
def test_a_time_is_a_whole_number_of_milliseconds(value: int) -> None:
    assert problem("feature", createdAt=value) == ""


@pytest.mark.parametrize("value", [946_684_799_999, 1767362400, 0, -1, 1.5, "1767362400000", True])
def test_anything_else_is_no_time(value: Any) -> None:
    told = "$.createdAt: this takes a time in milliseconds since 1970, a whole number"
    assert problem("feature", createdAt=value).startswith(told)


@pytest.mark.parametrize("value", [1, 12.75, 5e-324, 1e308, 10**308])
def test_a_total_is_a_number_above_zero(value: float) -> None:
    assert problem("feature", total=value) == ""


@pytest.mark.parametrize("value", [0, 0.0, -0.0, -1, True, "1", [1]])
def test_anything_else_is_no_total(value: Any) -> None:
    assert problem("feature", total=value).startswith("$.total: this takes a number above zero")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_without_an_end_is_refused_wherever_it_stands(value: float) -> None:
    assert problem("feature", total=value) != ""
    assert problem("feature", details={"x": value}) != ""
    assert all(problem(name, **{key: value}) for name, key in DURATIONS)


@pytest.mark.parametrize(("name", "key"), DURATIONS)
def test_a_duration_is_at_most_a_day_of_milliseconds(name: str, key: str) -> None:
    assert all(problem(name, **{key: value}) == "" for value in (0, 0.5, 86_400_000))
    for value in (-5, -0.1, 86_400_001, True, "60500", [1]):
        assert problem(name, **{key: value}).startswith(f"$.{key}: this takes milliseconds")


@pytest.mark.parametrize("name", DETAILED)
def test_details_are_flat(name: str) -> None:
    flat = {"a": "text", "b": 1, "c": 2.5, "d": False, "e": "", "f\n": "x" * 1000}
    assert problem(name, details=flat) == ""
    told = "$.details.k: a property here takes text of at most 1000 characters, a number"
    for value in (None, ["x"], {"x": 1}, "x" * 1001):
        assert problem(name, details={"k": value}).startswith(told)


@pytest.mark.parametrize("name", DETAILED)
def test_details_have_50_properties_at_most_and_names_100_characters(name: str) -> None:
    assert problem(name, details={str(n): n for n in range(50)}) == ""
    told = problem(name, details={str(n): n for n in range(51)})
    assert "properties" in told
    assert told.startswith("$.details: this takes an object of")
    assert problem(name, details={"k" * 100: 1}) == ""
    for key in ("", "k" * 101):
        told = "$.details: the name of a property here has 1 to 100 characters"
        assert problem(name, details={key: 1}) == told


def test_a_feature_may_have_no_details_and_who_is_identified_must_have_some() -> None:
    assert problem("feature", details={}) == ""
    for name in ("identifyUser", "identifyAccount"):
        assert problem(name, details={}) == "$.details: this takes an object of 1 to 50 properties"


@pytest.mark.parametrize("name", SMALLEST)
def test_what_a_person_does_in_an_account_stays_in_order(name: str) -> None:
    payload = {**BASE, **SMALLEST[name]}
    key = JUDGES[name].order_key(payload)
    assert "accountId=acct-4410" in key
    assert "userId=u-73" in key
    assert JUDGES[name].order_key({**payload, "userId": "u-74"}) != key


@given(st.text(max_size=12), st.text(max_size=12), st.text(alphabet=BLANKS + "a", max_size=4))
def test_the_judge_that_decides_and_the_one_that_words_agree(
    account: str, feature: str, module: str
) -> None:
    told = problem("feature", accountId=account, feature=feature, module=module)
    payload = {**BASE, "action": "feature", "accountId": account, "feature": feature}
    assert (told == "") == JUDGES["feature"].is_valid({**payload, "module": module})
    assert told == "" or "this takes" in told
