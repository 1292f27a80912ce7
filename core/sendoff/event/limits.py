"""How large a message may be and how deep it may nest."""

from __future__ import annotations

from typing import Final

from sendoff.errors import InvalidEvent

MAX_BYTES: Final = 1_048_576
"""Bytes of JSON one message may have (1 MiB).

Segment takes 32 KB, Datafly 64 KB, RudderStack 4,000 KB a request; its clients were seen to send
single events of 40 KB.
"""

MAX_DEPTH: Final = 64
"""Objects and lists that may stand inside each other, the message itself being the first.

It keeps every later step, here and in plugins, far from Python's own limit of about 1,000 calls.
"""


def check_text(message: bytes) -> None:
    """Refuse a message of more than MAX_BYTES, or one that is not UTF-8 throughout.

    The decoder would not see bad bytes under keys that it skips.
    """
    if len(message) > MAX_BYTES:
        raise InvalidEvent(f"more than {MAX_BYTES} bytes, the limit")
    try:
        message.decode()
    except UnicodeDecodeError as error:
        raise InvalidEvent(f"not JSON: byte {error.start} is not UTF-8") from None


def may_be_too_deep(message: bytes) -> bool:
    """Whether a message has brackets enough to nest deeper than MAX_DEPTH; few have."""
    return message.count(b"{") + message.count(b"[") > MAX_DEPTH


def check_depth(value: object, path: str, level: int) -> None:
    """Refuse a value, itself at `level`, that nests deeper than MAX_DEPTH.

    It walks level by level, so no message can exhaust the stack.
    """
    row = [value]
    while row := [item for item in row if isinstance(item, (dict, list))]:
        if level > MAX_DEPTH:
            raise too_deep(path)
        row = [
            child
            for parent in row
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        level += 1


def too_deep(path: str = "$") -> InvalidEvent:
    """The error for a message that nests too deep."""
    return InvalidEvent(f"nested more than {MAX_DEPTH} levels deep, the limit", path)
