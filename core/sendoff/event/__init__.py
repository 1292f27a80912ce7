"""The event: one shape, whatever SDK sent it."""

from sendoff.event.consent import PURPOSES
from sendoff.event.content import content_digest
from sendoff.event.encoding import to_bytes
from sendoff.event.envelope import EventType
from sendoff.event.event import Event
from sendoff.event.limits import MAX_BYTES, MAX_DEPTH
from sendoff.event.message_id import bears_message_id
from sendoff.event.names import fold
from sendoff.event.timestamps import milliseconds, utc_text

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "PURPOSES",
    "Event",
    "EventType",
    "bears_message_id",
    "content_digest",
    "fold",
    "milliseconds",
    "to_bytes",
    "utc_text",
]
