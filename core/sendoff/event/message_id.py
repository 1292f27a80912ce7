"""The message id of a message that may be no event."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from sendoff.event.identifiers import id_text


class _Ids(msgspec.Struct):
    messageId: Any = None  # noqa: N815 - as it is sent
    message_id: Any = None


_decode: Final = msgspec.json.Decoder(_Ids).decode


def bears_message_id(body: bytes) -> bool:
    """Whether a message has a message id that can be read as it came.

    False as well for what is an event with an id once it is repaired. Never raises.
    """
    if b"message" not in body:
        return False
    try:
        ids = _decode(body)
    except (ValueError, RecursionError):
        return False
    return _is_id(ids.messageId) or _is_id(ids.message_id)


def _is_id(value: Any) -> bool:
    try:
        return id_text(value) is not None
    except ValueError:
        return False
