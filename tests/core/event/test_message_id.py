"""The message id of what may be no event."""

from __future__ import annotations

import pytest

from sendoff.event import bears_message_id


@pytest.mark.parametrize(
    "body",
    [
        b'{"messageId": "m1"}',
        b'{"message_id": "m1", "messageId": null}',
        b'{"messageId": 7, "type": {}}',
        b'{"messageId": 123456789012345678901234567890}',
    ],
)
def test_text_and_whole_numbers_are_ids(body: bytes) -> None:
    assert bears_message_id(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"message",
        b'{"messageId": "m1"',
        b'["messageId"]',
        b'{"messageId": " ", "message_id": ""}',
        b'{"messageId": true}',
        b'{"messageId": 1.0}',
        b'{"messageId": ["m1"]}',
        b'{"traits": {"messageId": "m1"}}',
        b'{"messageId": "\xff"}',
        b'{"messageId": "m1", "x": ' + b"[" * 100_000,
    ],
)
def test_everything_else_is_none(body: bytes) -> None:
    assert not bears_message_id(body)
