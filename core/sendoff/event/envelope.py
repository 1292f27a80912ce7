"""The envelope of a plain message, as types: whatever fits is decoded and judged in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

EventType = Literal["track", "identify", "page", "screen", "group", "alias"]

if TYPE_CHECKING:
    Flags = dict[str, Any]
    Object = dict[str, Any]
else:
    # Six levels are more than any measured SDK sends, and as types they bound the depth of a plain
    # message for nothing: msgspec has no limit to set, and counting the brackets instead takes a
    # fifth of the time of decoding. Each level doubles what msgspec builds at import: six take
    # 3 ms, eight take 30.
    _value = str | int | float | bool | None
    for _ in range(5):
        _value = str | int | float | bool | list[_value] | dict[str, _value] | None
    Object = dict[str, _value]
    Flags = dict[str, bool | Object]


class Envelope(
    msgspec.Struct,
    kw_only=True,
    eq=False,
    rename={
        "user_id": "userId",
        "anonymous_id": "anonymousId",
        "group_id": "groupId",
        "previous_id": "previousId",
        "message_id": "messageId",
        "root_traits": "traits",
        "sent_timestamp": "timestamp",
        "original_timestamp": "originalTimestamp",
        "receipt": "receivedAt",
        "snake_user_id": "user_id",
        "snake_anonymous_id": "anonymous_id",
        "snake_group_id": "group_id",
        "snake_previous_id": "previous_id",
        "snake_message_id": "message_id",
        "snake_original_timestamp": "original_timestamp",
    },
):
    """What a message says of itself, before anything is concluded from it.

    These types are the plain message: camelCase, text ids, objects where objects belong. Anything
    else fails to decode and is read by `dialects`, which takes more forms and more time. Keys not
    named here are skipped unread.
    """

    type: EventType
    event: str | None = None
    name: str | None = None
    category: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    group_id: str | None = None
    previous_id: str | None = None
    message_id: str | None = None
    properties: Object = {}
    context: Object = {}
    integrations: Flags = {}
    root_traits: Object = {}
    sent_timestamp: str | int | None = None
    original_timestamp: str | int | None = None
    # The message's own receivedAt lands here, and is replaced by what its receiver knows: when it
    # came, and which purposes consent categories stand for.
    receipt: Any = None
    # A value under a snake_case key is no plain message.
    snake_user_id: None = None
    snake_anonymous_id: None = None
    snake_group_id: None = None
    snake_previous_id: None = None
    snake_message_id: None = None
    snake_original_timestamp: None = None
