"""What the preset says, held against the destination and its sandbox.

That its examples come out as they say is tested here too: on this destination alone, whatever else
is installed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff import builtin
from sendoff.blueprint.document import Blueprint, read_blueprint
from sendoff.blueprint.parameters import judge_given
from sendoff.blueprint.program import try_compile
from sendoff.documents import read_document
from sendoff.errors import InvalidEvent
from sendoff.event import Event
from sendoff.payloads import PayloadJudge
from sendoff.plugins import Plugins
from sendoff.presets import load_presets
from sendoff.rehearsal import compile_alone, rehearse
from sendoff.router import Route, Router
from sendoff_freshsuccess import Freshsuccess
from sendoff_freshsuccess.sandbox import create_sandbox, rules

NAME = "freshsuccess/default"
NOW = datetime(2026, 1, 2, 15, tzinfo=UTC)
FRESHSUCCESS = Freshsuccess()
RULES = [
    ("module_left", "moduleEnd"),
    ("session_ended", "sessionSync"),
    ("feature_used", "feature"),
    ("page_viewed", "feature"),
    ("user_identified", "identifyUser"),
    ("account_identified", "identifyAccount"),
    ("account_identified_without_a_user", "identifyAccount"),
]


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    """Core's own, and this one destination."""
    found = Plugins()
    found.register("sendoff", builtin)
    found.destinations["freshsuccess"] = FRESHSUCCESS
    return found


def preset() -> Blueprint:
    return read_blueprint(load_presets().find(NAME).document())


@pytest.fixture(scope="module")
def blueprint() -> Blueprint:
    return preset()


def payloads(blueprint: Blueprint) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Action and payload of every example that is sent."""
    for example in blueprint.examples:
        payload = example["expect"].get("payload")
        if payload is not None:
            yield payload["action"], payload


def test_it_is_read_strictly_and_bears_the_name_of_its_file(blueprint: Blueprint) -> None:
    assert (blueprint.name, blueprint.version, blueprint.destination) == (NAME, 1, "freshsuccess")
    listed = blueprint.document.value["rules"]
    assert [(rule["id"], rule["action"]) for rule in listed] == RULES


def test_it_has_no_mistakes_and_its_examples_hold(blueprint: Blueprint, plugins: Plugins) -> None:
    results = rehearse(blueprint, plugins, NOW)
    assert [problem for result in results for problem in result.problems] == []
    assert len(results) > 40


def test_every_rule_reason_and_parameter_has_an_example(blueprint: Blueprint) -> None:
    expected = [example["expect"] for example in blueprint.examples]
    assert {each.get("rule") for each in expected if "payload" in each} == {id for id, _ in RULES}
    assert {each["drop"] for each in expected if "drop" in each} == {
        "integration_disabled", "anonymous", "no_rule",
    }  # fmt: skip
    assert {each["dead"] for each in expected if "dead" in each} == {
        "missing_field", "mapping_error", "invalid_payload",
    }  # fmt: skip
    given = [example.get("with", {}) for example in blueprint.examples]
    assert {name for each in given for name in each} == set(blueprint.parameters)
    units = {each["duration_unit"] for each in given if "duration_unit" in each}
    assert units | {"s"} == set(blueprint.parameters["duration_unit"]["enum"])


def test_every_payload_of_an_example_fits_its_action(blueprint: Blueprint) -> None:
    for action, payload in payloads(blueprint):
        assert PayloadJudge(FRESHSUCCESS.actions[action]).problem(payload) == ""
        assert not FRESHSUCCESS.validate(action, payload, NOW)


async def test_every_payload_of_an_example_is_kept_by_the_sandbox(blueprint: Blueprint) -> None:
    sandbox = create_sandbox(clock=NOW.timestamp)
    sent = [payload for _action, payload in payloads(blueprint)]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox)) as client:
        answer = await client.post(
            "http://sandbox/v1/sandbox-auth-key/sandbox-api-key",
            content=b"\n".join(map(msgspec.json.encode, sent)),
            headers={"Content-Type": "application/json"},
        )
    assert answer.status_code == 200
    counts = sandbox.counts()
    assert (counts["events"], counts["dropped"], counts["doubtful"]) == (len(sent), 0, 0)


@pytest.mark.parametrize(
    ("given", "usable"),
    [
        ({"module_left": "Left"}, True),
        ({"module_left": ["Left", "Closed"], "session_ended": ["Bye"]}, True),
        ({"module_left": []}, False),
        ({"session_ended": ""}, False),
        ({"session_ended": [5]}, False),
        ({"duration_unit": "d"}, False),
        ({"pages": "true"}, False),
        ({"pseudo_user": "system-"}, True),
        ({"pseudo_user": "sys\x07tem"}, False),
        ({"pseudo_user": " "}, False),
    ],
)
def test_what_a_route_may_give(
    blueprint: Blueprint, plugins: Plugins, given: dict[str, Any], usable: bool
) -> None:
    route = read_document(msgspec.json.encode({"with": given}).decode(), "route")
    accepted, problems = judge_given(blueprint, route, ("with",))
    assert (problems == []) is usable
    if usable:
        assert accepted == given
        compile_alone(blueprint, plugins, accepted)


def test_a_name_that_two_parameters_share_is_told(blueprint: Blueprint, plugins: Plugins) -> None:
    given = {"session_ended": ["module_left"]}
    _, problems = try_compile(blueprint, FRESHSUCCESS, plugins.transforms, given)
    [problem] = problems
    assert problem.message.startswith("this rule is never reached: `module_left`")


# Mostly what a source sends on a good day, so that many are sent, and the worst of the others.
IDS = st.sampled_from(["u-73", "00123", " 7 ", 73, 10**20]) | st.text(max_size=3)
NAMES = st.sampled_from(["Search", "Käse ✓\n", " a ", "Module Left", "session_ended", "x" * 300])
TIMES = st.sampled_from(["2026-01-02T14:00:00Z", 1767362400, "x", 0, "2999-01-01"])
GOOD = st.sampled_from(["Reports", "12.5", "5m", "2026-01-02", 60, 0.25, True])
ODD = st.none() | st.integers() | st.floats() | st.text(max_size=3)
ODD |= st.sampled_from([[1], {"a": 1}, "x" * 1500, 10**400])
VALUES = st.booleans().flatmap(lambda good: GOOD if good else GOOD | ODD)


def objects(*keys: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=dict.fromkeys(keys, VALUES))


EVENTS = st.fixed_dictionaries({
    "type": st.sampled_from(["track", "track", "track", "identify", "page", "screen", "group"]),
    "event": NAMES,
    "name": NAMES,
    "userId": IDS | st.none(),
    "anonymousId": st.none() | st.text(max_size=3),
    "timestamp": TIMES,
    "traits": objects("firstName", "last_name", "email", "name", "createdAt", "plan", "employees"),
    "properties": objects("module", "product", "total", "duration", "time_spent", "k" * 99),
    "context": st.fixed_dictionaries({"groupId": IDS | st.just(1.5)}, optional={"sessionId": IDS}),
})  # fmt: skip
GIVEN = st.fixed_dictionaries(
    {}, optional={"pages": st.booleans(), "pseudo_user": st.just("system-")}
)


@pytest.fixture(scope="module")
def routers(blueprint: Blueprint, plugins: Plugins) -> dict[bytes, Router]:
    """A router for each set of parameters that the property below draws."""
    made = {}
    for pages in ({}, {"pages": False}, {"pages": True}):
        for pseudo in ({}, {"pseudo_user": "system-"}):
            params = {**pages, **pseudo}
            program = compile_alone(blueprint, plugins, params)
            route = Route("success", FRESHSUCCESS, program)
            made[msgspec.json.encode(params, order="sorted")] = Router([route])
    return made


@settings(max_examples=100)
@given(st.lists(EVENTS, min_size=1, max_size=10), GIVEN)
def test_what_is_sent_is_kept_and_ids_are_the_events_to_the_letter(
    routers: dict[bytes, Router], messages: list[dict[str, Any]], params: dict[str, Any]
) -> None:
    router = routers[msgspec.json.encode(params, order="sorted")]
    for message in messages:
        try:
            event = Event.from_message(message, received_at=NOW)
        except InvalidEvent:
            continue
        [decision] = router.decide(event, "key", NOW)
        if decision.verdict != "send":
            continue
        kept = rules.judge(decision.body)
        assert rules.doubts(kept, NOW.timestamp() * 1000) == []
        assert kept["accountId"] == event.account_id
        assert kept["userId"] == (event.user_id or f"system-{event.account_id}".strip())
        assert kept["sessionId"] == event.session_id
