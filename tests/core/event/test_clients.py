"""What the measured clients send, and the one shape it gets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sendoff.event import Event

RECEIVED = datetime(2026, 1, 2, 3, 4, 6, 789000, tzinfo=UTC)
TIME = "2026-01-02T03:04:05.678Z"
PERSON = {"name": "John Doe", "email": "john.doe@example.com"}

CLIENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "segment-python track": (
        {
            "integrations": {},
            "anonymousId": None,
            "timestamp": "2026-01-02T03:04:05.678+00:00",
            "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
            "type": "track",
            "event": "Signed Up",
            "userId": "usr_123",
            "properties": {"method": "email"},
            "messageId": "m1",
        },
        {"event": "Signed Up", "user_id": "usr_123", "anonymous_id": None, "traits": {}},
    ),
    "segment-python identify": (
        {
            "integrations": {},
            "anonymousId": None,
            "timestamp": "2026-01-02T03:04:05.678+00:00",
            "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
            "type": "identify",
            "userId": "usr_123",
            "traits": PERSON,
            "messageId": "m1",
        },
        {"type": "identify", "traits": PERSON, "group_traits": {}},
    ),
    "rudder-python identify": (
        {
            "integrations": {"All": True},
            "anonymousId": None,
            "originalTimestamp": "2026-01-02T03:04:05.678000+00:00",
            "sentAt": "2026-01-02T03:04:06.000000+00:00",
            "channel": "server",
            "context": {"library": {"name": "rudder-analytics-python"}, "traits": PERSON},
            "type": "identify",
            "userId": "usr_123",
            "messageId": "m1",
        },
        {"traits": PERSON, "integrations": {"All": True}},
    ),
    "old segment-python alias": (
        {
            "anonymousId": None,
            "timestamp": "2026-01-02T03:04:05+00:00",
            "context": {},
            "type": "alias",
            "userId": "usr_123",
            "previousId": "anon_1",
            "messageId": "m1",
        },
        {"previous_id": "anon_1", "timestamp": "2026-01-02T03:04:05.000Z"},
    ),
    "segment-node alias": (
        {
            "userId": "usr_123",
            "previousId": "anon_1",
            "type": "alias",
            "context": {"library": {"name": "@segment/analytics-node", "version": "3.1.0"}},
            "timestamp": TIME,
            "messageId": "m1",
            "_metadata": {"nodeVersion": "22.0.0", "jsRuntime": "node"},
        },
        {"previous_id": "anon_1", "anonymous_id": None},
    ),
    "rudder-node identify, traits in both places": (
        {
            "userId": "usr_123",
            "traits": PERSON,
            "context": {"traits": PERSON, "library": {"name": "@rudderstack/rudder-sdk-node"}},
            "channel": "server",
            "originalTimestamp": TIME,
            "sentAt": "2026-01-02T03:04:06.000Z",
            "_metadata": {"nodeVersion": "22.0.0"},
            "type": "identify",
            "messageId": "m1",
        },
        {"traits": PERSON},
    ),
    "ajs track with traits as an option": (
        {
            "timestamp": TIME,
            "integrations": {},
            "anonymousId": "anon_1",
            "userId": "usr_123",
            "event": "Signed Up",
            "type": "track",
            "properties": {"method": "email"},
            "context": {
                "page": {
                    "path": "/",
                    "referrer": "",
                    "search": "",
                    "title": "",
                    "url": "http://h/",
                },
                "userAgentData": {"brands": [{"brand": "Chromium", "version": "156"}]},
                "campaign": {},
                "timezone": "Europe/London",
                "traits": PERSON,
                "consent": {"categoryPreferences": {"C0004": True, "analytics": False}},
            },
            "messageId": "m1",
            "writeKey": "wk",
            "sentAt": "2026-01-02T03:04:06.000Z",
            "_metadata": {"bundled": ["Segment.io"], "retryCount": 1},
        },
        {
            "traits": PERSON,
            "properties": {"method": "email"},
            "session_id": "anon_1",
            "consent": {
                "essential": None,
                "functional": None,
                "analytics": False,
                "marketing": True,
                "personalization": None,
            },
        },
    ),
    "ajs page": (
        {
            "timestamp": TIME,
            "anonymousId": "anon_1",
            "type": "page",
            "name": "Home",
            "category": "Docs",
            "properties": {"name": "Home", "category": "Docs", "path": "/"},
            "context": {},
            "messageId": "m1",
        },
        {
            "name": "Home",
            "event": None,
            "user_id": None,
            "properties": {"name": "Home", "category": "Docs", "path": "/"},
        },
    ),
    "segment-python page": (
        {
            "timestamp": TIME,
            "anonymousId": None,
            "userId": "usr_123",
            "type": "page",
            "name": "Home",
            "category": "Docs",
            "properties": {"path": "/"},
            "context": {},
            "integrations": {},
            "messageId": "m1",
        },
        {"name": "Home", "properties": {"category": "Docs", "path": "/"}},
    ),
    "ajs page without a name": (
        {"timestamp": TIME, "anonymousId": "anon_1", "type": "page", "messageId": "m1"},
        {"name": None},
    ),
    "ajs group": (
        {
            "timestamp": TIME,
            "userId": "usr_123",
            "groupId": "acme",
            "type": "group",
            "traits": {"name": "Acme", "plan": "pro"},
            "context": {"traits": PERSON},
            "messageId": "m1",
        },
        {
            "group_id": "acme",
            "account_id": "acme",
            "traits": PERSON,
            "group_traits": {"name": "Acme", "plan": "pro"},
        },
    ),
    "rudder-js track": (
        {
            "channel": "web",
            "type": "track",
            "event": "Signed Up",
            "userId": "usr_123",
            "anonymousId": "anon_1",
            "originalTimestamp": TIME,
            "sentAt": "2026-01-02T03:04:06.000Z",
            "integrations": {"All": True},
            "properties": {"method": "email"},
            "messageId": "m1",
            "context": {
                "traits": PERSON,
                "sessionId": 1767323045678,
                "sessionStart": True,
                "timezone": "GMT+0000",
                "consentManagement": {
                    "allowedConsentIds": ["C0004"],
                    "deniedConsentIds": ["analytics"],
                    "provider": "oneTrust",
                },
            },
        },
        {
            "traits": PERSON,
            "session_id": "1767323045678",
            "consent": {
                "essential": None,
                "functional": None,
                "analytics": False,
                "marketing": True,
                "personalization": None,
            },
        },
    ),
    "rudder-js, a stranger": (
        {
            "channel": "web",
            "type": "screen",
            "name": "Main",
            "userId": "",
            "anonymousId": "anon_1",
            "originalTimestamp": TIME,
            "properties": {},
            "context": {"traits": {}},
            "messageId": "m1",
        },
        {"user_id": None, "name": "Main", "traits": {}},
    ),
    "datafly track with root traits": (
        {
            "type": "track",
            "event": "Signed Up",
            "properties": {"method": "email"},
            "traits": PERSON,
            "userId": "usr_123",
            "anonymousId": "anon_1",
            "context": {
                "consent": {
                    "categories": {"C0004": False},
                    "canonical": {"essential": True, "marketing": True},
                }
            },
            "timestamp": TIME,
            "messageId": "m1",
        },
        {
            "traits": PERSON,
            "consent": {
                "essential": True,
                "functional": None,
                "analytics": None,
                "marketing": True,
                "personalization": None,
            },
        },
    ),
    "datafly in snake_case with flat consent": (
        {
            "type": "track",
            "event": "signed_up",
            "user_id": "usr_123",
            "anonymous_id": "anon_1",
            "message_id": "m1",
            "timestamp": TIME,
            "context": {"consent": {"marketing": True, "advertising": False}},
        },
        {
            "user_id": "usr_123",
            "anonymous_id": "anon_1",
            "consent": {
                "essential": None,
                "functional": None,
                "analytics": None,
                "marketing": True,
                "personalization": None,
            },
        },
    ),
    "raw HTTP with numbers as ids and no time": (
        {"type": "TRACK", "event": "Signed Up", "userId": 42, "messageId": "m1"},
        {"type": "track", "user_id": "42", "timestamp": "2026-01-02T03:04:06.789Z"},
    ),
}


@pytest.mark.parametrize(("message", "expected"), CLIENTS.values(), ids=CLIENTS.keys())
def test_a_client_s_message_gets_the_one_shape(
    message: dict[str, Any], expected: dict[str, Any]
) -> None:
    event = Event.from_message(
        json.dumps(message).encode(), received_at=RECEIVED, consent_map={"C0004": "marketing"}
    )
    described = event.describe()
    defaults = {"message_id": "m1", "timestamp": TIME, "warnings": []}
    assert {key: described[key] for key in defaults | expected} == defaults | expected


def test_python_clients_escape_what_javascript_clients_send_raw() -> None:
    message = {"type": "identify", "userId": "u", "traits": {"name": "Zoë \U0001f984"}}
    escaped = Event.from_message(json.dumps(message).encode(), received_at=RECEIVED)
    raw = Event.from_message(json.dumps(message, ensure_ascii=False).encode(), received_at=RECEIVED)
    assert escaped.describe() == raw.describe()
    assert raw.traits == {"name": "Zoë \U0001f984"}
    assert raw.warnings == ()


def test_segment_rudderstack_and_datafly_shapes_of_one_event_are_one_event() -> None:
    shared = {"type": "track", "event": "Signed Up", "properties": {"method": "email"}}
    segment = {
        "userId": "usr_123",
        "anonymousId": "anon_1",
        "messageId": "m1",
        "timestamp": "2026-01-02T03:04:05.678+00:00",
        "context": {"traits": PERSON, "consent": {"categoryPreferences": {"marketing": True}}},
        "writeKey": "wk",
    }
    rudder = {
        "userId": "usr_123",
        "anonymousId": "anon_1",
        "messageId": "m1",
        "originalTimestamp": TIME,
        "channel": "web",
        "context": {"traits": PERSON, "consentManagement": {"allowedConsentIds": ["marketing"]}},
    }
    datafly = {
        "user_id": "usr_123",
        "anonymous_id": "anon_1",
        "message_id": "m1",
        "timestamp": 1767323045678,
        "traits": PERSON,
        "context": {"consent": {"canonical": {"marketing": True}}},
    }
    described = []
    for dialect in (segment, rudder, datafly):
        event = Event.from_message(shared | dialect, received_at=RECEIVED)
        seen = event.describe()
        del seen["context"]  # kept as sent, so it differs
        described.append(seen)
    assert described[0] == described[1] == described[2]
    assert described[0]["consent"]["marketing"] is True
