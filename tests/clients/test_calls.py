"""Every call of every SDK arrives, once, in the one shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sdks.calls import PERSON, conversation, events
from sdks.front import Front
from sdks.hosted import Hosted
from sdks.session import Session
from sdks.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdks.client import Client
    from sdks.service import Service

ABSENT = {("rudder-js", "screen")}
"""Calls that an SDK does not have."""

TOGETHER = {"strategy": "batching", "config": {"size": 10, "timeout": 100}}

IN_ITS_OTHER_WAY: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "segment-python": ({"gzip": True}, "/v1/batch", "gzip"),
    "rudder-python": ({"gzip": False}, "/v1/batch", None),
    "rudder-node": ({"gzip": False}, "/v1/batch", None),
    "ajs": ({"integrations": {"Segment.io": {"deliveryStrategy": TOGETHER}}}, "/v1/b", None),
    "rudder-js": (
        {"queueOptions": {"batch": {"enabled": True, "maxItems": 10, "flushInterval": 100}}},
        "/v1/batch", None,
    ),
}  # fmt: skip
"""Settings by which an SDK compresses or does not, or sends calls together; what comes of them."""


def test_every_call_arrives_once_in_the_one_shape(sdk: Session, service: Service) -> None:
    _arrives_once(sdk, service, f"usr_{sdk.name}")


@pytest.mark.parametrize("name", IN_ITS_OTHER_WAY)
def test_an_sdk_may_send_in_its_other_way(
    name: str, service: Service, started: Callable[..., Client]
) -> None:
    options, path, coding = IN_ITS_OTHER_WAY[name]
    front = Front(service.url)
    with Hosted(front) as host, started(name, host.url, options) as client:
        _arrives_once(Session(name, client, front, host), service, f"usr_{name}_other")
    ways = {(each.path, each.headers.get("content-encoding")) for each in front.exchanges}
    assert ways == {(path, coding)}


def _arrives_once(sdk: Session, service: Service, user: str) -> None:
    email = f"{user}@example.com"
    calls = [each for each in conversation(user, email) if (sdk.name, each["type"]) not in ABSENT]
    expected = {each["type"]: events(user, email)[each["type"]] for each in calls}
    assert sdk.client.make(*calls) == []
    until(lambda: len(sdk.front.accepted) >= len(calls))
    # Nothing was sent again, though it was accepted.
    assert sorted(sdk.front.accepted.values()) == [1] * len(calls)
    assert sdk.front.statuses == [200] * len(sdk.front.exchanges)
    until(lambda: len(service.arrived(sdk.front.accepted)) >= len(calls))
    arrived = service.arrived(sdk.front.accepted)
    assert len(arrived) == len(calls)
    assert {each["type"]: _part(each, expected[each["type"]]) for each in arrived} == expected
    # Who was identified with consent is a contact, and page views make no second one.
    until(lambda: service.contacts(email))
    assert service.contacts(email) == [(PERSON["name"], user)]


def _part(event: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """What of an event is in `like`: SDKs add to properties, a browser to all of them."""
    found = {key: event.get(key) for key in like}
    if "properties" in like:
        properties = event.get("properties", {})
        found["properties"] = {key: properties.get(key) for key in like["properties"]}
    return found
