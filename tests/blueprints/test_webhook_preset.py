"""What the preset says, held against the event, the destination and its sandbox."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff import builtin
from sendoff.blueprint.document import Blueprint, read_blueprint
from sendoff.blueprint.paths import ROOTS
from sendoff.blueprint.values import pruned
from sendoff.event import Event
from sendoff.plugins import Plugins
from sendoff.presets import load_presets
from sendoff.rehearsal import compile_alone, rehearse
from sendoff.router import Route, Router
from sendoff_webhook import Webhook
from sendoff_webhook.sandbox import create_sandbox

NAME = "webhook/default"
NOW = datetime(2026, 1, 2, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def blueprint() -> Blueprint:
    return read_blueprint(load_presets().find(NAME).document())


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    """Core's own, and this one destination."""
    found = Plugins()
    found.register("sendoff", builtin)
    found.destinations["webhook"] = Webhook()
    return found


def test_it_is_read_strictly_and_bears_the_name_of_its_file(blueprint: Blueprint) -> None:
    assert (blueprint.name, blueprint.version, blueprint.destination) == (NAME, 1, "webhook")
    assert [rule["id"] for rule in blueprint.document.value["rules"]] == ["event"]


def test_it_has_no_mistakes_and_its_examples_hold(blueprint: Blueprint, plugins: Plugins) -> None:
    results = rehearse(blueprint, plugins, NOW)
    assert [problem for result in results for problem in result.problems] == []
    assert results


def test_every_part_of_an_event_has_a_field_of_its_own_name(blueprint: Blueprint) -> None:
    [rule] = blueprint.document.value["rules"]
    assert all(target == source for target, source in rule["fields"].items())
    # When it arrived is the receiver's own to know; parameters are none of the event's.
    assert rule["fields"].keys() == ROOTS - {"received_at", "params"}


async def test_every_payload_of_an_example_is_taken_by_the_sandbox(blueprint: Blueprint) -> None:
    sandbox = create_sandbox(clock=NOW.timestamp)
    sent = [each["expect"]["payload"] for each in blueprint.examples if "payload" in each["expect"]]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox)) as client:
        for payload in sent:
            answer = await client.post("http://sandbox/hook", json=payload)
            assert answer.status_code == 200
    assert sandbox.events == sent


VALUES = st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=3)
OBJECTS = st.dictionaries(st.text("ab", max_size=2), VALUES | st.lists(VALUES, max_size=2))


@given(
    st.sampled_from(["track", "identify", "page", "screen", "group", "alias"]),
    st.fixed_dictionaries(
        {"event": st.just("E")},
        optional={
            **dict.fromkeys(("userId", "anonymousId", "groupId", "messageId"), st.text(max_size=2)),
            **dict.fromkeys(("traits", "properties", "context"), OBJECTS),
        },
    ),
)
def test_the_receiver_gets_the_event_as_sendoff_reads_it(
    router: Router, kind: str, message: dict[str, Any]
) -> None:
    event = Event.from_message({"type": kind, **message}, received_at=NOW)
    [decision] = router.decide(event, "key", NOW)
    described = {name: getattr(event, name) for name in ROOTS - {"received_at", "params"}}
    assert decision.body is not None
    assert msgspec.json.decode(decision.body) == pruned(described)


@pytest.fixture(scope="module")
def router(blueprint: Blueprint, plugins: Plugins) -> Router:
    return Router([Route("hook", Webhook(), compile_alone(blueprint, plugins))])
