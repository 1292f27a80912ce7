from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.event import content_digest

MESSAGE = b'{"type":"track","event":"Signed Up","messageId":"m1","properties":{"a":1,"b":[2]}}'

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "key",
    ["sentAt", "sent_at", "receivedAt", "received_at", "writeKey", "write_key", "_metadata"],
)
def test_what_a_retry_changes_is_not_content(key: str) -> None:
    message = json.loads(MESSAGE) | {key: {"retryCount": 1}}
    assert content_digest(json.dumps(message).encode()) == content_digest(MESSAGE)


@pytest.mark.parametrize(
    "more", [{"event": "Signed In"}, {"properties": {"a": 1, "b": [2], "sentAt": 1}}, {"x": None}]
)
def test_everything_else_is_content(more: dict[str, Any]) -> None:
    message = json.loads(MESSAGE) | more
    assert content_digest(json.dumps(message).encode()) != content_digest(MESSAGE)


@given(st.dictionaries(st.text(), values))
def test_order_spacing_and_escapes_make_no_difference(message: dict[str, Any]) -> None:
    turned = dict(reversed(message.items()))
    one = json.dumps(message).encode()
    other = json.dumps(turned, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert content_digest(one) == content_digest(other)
    assert len(content_digest(one)) == 16


def test_one_and_one_point_zero_are_the_same_content() -> None:
    assert content_digest(b'{"a":1.0,"b":-0.0}') == content_digest(b'{"a":1,"b":0}')
    assert content_digest(b'{"a":1e2}') == content_digest(b'{"a":100}')
    assert content_digest(b'{"a":1.5}') != content_digest(b'{"a":1}')
    assert content_digest(b'{"a":true}') != content_digest(b'{"a":1}')
    assert content_digest(b'{"a":"1"}') != content_digest(b'{"a":1}')


def test_large_whole_numbers_are_told_apart() -> None:
    assert content_digest(b'{"a":9007199254740993}') != content_digest(b'{"a":9007199254740992}')


def test_repaired_messages_are_digested_as_repaired() -> None:
    broken = content_digest(b'{"a":NaN,"sentAt":1}')
    assert broken == content_digest(b'{"a":null}') == content_digest(b'{"a":1e999,"sentAt":2}')
    assert content_digest(rb'{"a":"\ud83e","sentAt":1}') == content_digest(rb'{"a":"\ud83e"}')


@given(st.binary())
def test_no_bytes_raise(message: bytes) -> None:
    assert len(content_digest(message)) == 16


def test_what_is_no_object_is_taken_as_it_is() -> None:
    assert content_digest(b"[1, 2]") != content_digest(b"[1,2]")
    assert content_digest(b"[" * 100_000) != content_digest(b"[" * 100_001)


@pytest.mark.parametrize("context", [None, {}, {"locale": "en"}])
def test_the_address_it_came_from_is_not_content(context: dict[str, Any] | None) -> None:
    digests = {
        content_digest(json.dumps({"a": 1, "context": {**(context or {}), "ip": ip}}).encode())
        for ip in ("203.0.113.1", "203.0.113.2", None)
    }
    assert len(digests) == 1
    if context != {}:
        without = {"a": 1} if context is None else {"a": 1, "context": context}
        assert digests == {content_digest(json.dumps(without).encode())}
