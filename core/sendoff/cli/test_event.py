"""The one event that `doctor --send-test` delivers."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import msgspec

from sendoff.event import PURPOSES

if TYPE_CHECKING:
    from datetime import datetime

    from sendoff.sources import Readable

NAME: Final = "Sendoff Test <sendoff-test@example.com>"


def stream_of_one(now: datetime) -> Readable:
    """An identify call of a person who is none, consenting to everything, as a stream of lines."""
    event = {
        "type": "identify",
        "messageId": f"sendoff-test-{uuid4().hex}",
        "userId": "sendoff-test",
        "traits": {"name": "Sendoff Test", "email": "sendoff-test@example.com"},
        "context": {
            "sendoff": {"test": True},
            "consent": {"canonical": dict.fromkeys(PURPOSES, True)},
        },
        "timestamp": now.isoformat(),
    }
    return BytesIO(msgspec.json.encode(event))
