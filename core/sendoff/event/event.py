"""The event: one shape, whatever SDK sent it and in whatever dialect."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import msgspec
from propcache import cached_property

from sendoff.errors import InvalidEvent
from sendoff.event.categories import with_category
from sendoff.event.consent import plain_consent, read_consent
from sendoff.event.dialects import read_envelope
from sendoff.event.encoding import to_bytes
from sendoff.event.envelope import Envelope
from sendoff.event.identifiers import account_id, derived_session_id, id_text, session_id
from sendoff.event.limits import MAX_BYTES, check_text
from sendoff.event.marks import MAX_MARKS
from sendoff.event.names import fold
from sendoff.event.timestamps import is_utc_text, read_timestamp, utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_NO_MAP: Final[Mapping[str, str]] = MappingProxyType({})


class Event(Envelope, dict=True, eq=False):
    """One message from a source, in the shape blueprints and destinations read.

    The envelope is decoded and judged at once; what is concluded from it (traits, consent,
    timestamp and so on) is worked out when first read. Never change an event or what it holds:
    its parts are shared with everything that reads it.
    """

    @classmethod
    def from_message(  # noqa: C901 - written out: every event comes through here
        cls,
        message: bytes | bytearray | memoryview | str | Mapping[str, Any],
        *,
        received_at: datetime,
        consent_map: Mapping[str, str] = _NO_MAP,
    ) -> Event:
        """The event of one JSON message, or of a mapping, read as the bytes it would be stored as.

        `received_at` is when we got it (naive means UTC) and replaces what the message says of
        that. `consent_map` gives the purpose that a consent category's code stands for. Raises
        InvalidEvent, and nothing else, for a message that is no event.
        """
        if type(message) is not bytes:
            message = to_bytes(message)
        if len(message) > MAX_BYTES or not message.isascii():
            check_text(message)
        try:
            event = _decode_plain(message)
        except (msgspec.DecodeError, RecursionError):
            event = cls._from_dialect(message)
        if event.type == "track":
            if not event.event or event.event.isspace():
                raise InvalidEvent("a track call needs a name that is text", "$.event")
        elif event.category is not None:
            event.properties = with_category(event)
        # Written out, since a loop or a call would be a measurable part of reading an event.
        if (text := event.user_id) is not None and (not text or text.isspace()):
            event.user_id = None
        if (text := event.anonymous_id) is not None and (not text or text.isspace()):
            event.anonymous_id = None
        if (text := event.message_id) is not None and (not text or text.isspace()):
            event.message_id = None
        if event.group_id is not None or event.previous_id is not None:
            event.group_id = id_text(event.group_id)
            event.previous_id = id_text(event.previous_id)
        event.receipt = (received_at, consent_map)
        return event

    @classmethod
    def _from_dialect(cls, message: bytes) -> Event:
        marks: list[str] = []
        event = cls(**read_envelope(message, marks.append))
        event.__dict__["_marks"] = marks
        return event

    @cached_property
    def traits(self) -> dict[str, Any]:
        """The person's: those at the root (but a group call's) over those in the context."""
        remembered = self.context.get("traits")
        if self.type != "group":
            # One of the two alone, as nearly every event has them.
            if remembered is None:
                return self.root_traits
            if type(remembered) is dict and not self.root_traits:
                return remembered
        if not isinstance(remembered, dict):
            if remembered is not None:
                self._mark("traits_ignored: $.context.traits")
            remembered = {}
        if self.type == "group" or not self.root_traits:
            return remembered
        return {**remembered, **self.root_traits} if remembered else self.root_traits

    @cached_property
    def group_traits(self) -> dict[str, Any]:
        """A group call's own traits, which are the account's; empty for every other call."""
        return self.root_traits if self.type == "group" else {}

    @cached_property
    def account_id(self) -> str | None:
        """The customer account: of a group call its group, else what the other places name."""
        if self.type == "group" and self.group_id is not None:
            return self.group_id
        # The two places that nearly all who name an account use.
        found = self.context.get("groupId")
        if found is None:
            found = self.properties.get("groupId")
        if type(found) is str and found and not found.isspace():
            return found
        return account_id(self.context, self.properties, self.traits, self._mark)

    @cached_property
    def session_id(self) -> str | None:
        """The client's session, else the anonymous id, else one made of account, user and time."""
        return (
            (self._sent_session_id if self._names_session else None)
            or self.anonymous_id
            or derived_session_id(self.account_id, self.user_id, self.timestamp)
        )

    @cached_property
    def timestamp(self) -> str:
        """When it happened, as UTC ISO text with milliseconds; `received_at` if nobody knows."""
        sent = self.sent_timestamp
        if type(sent) is str and is_utc_text(sent):
            return sent
        return read_timestamp(sent, self.original_timestamp, self._mark) or self.received_at

    @cached_property
    def received_at(self) -> str:
        """When we got it, as UTC ISO text with milliseconds."""
        return utc_text(self.receipt[0])

    @cached_property
    def consent(self) -> dict[str, bool | None]:
        """All five purposes; None where nothing was said."""
        plain = plain_consent(self.context)
        if plain is not None:
            return plain
        return read_consent(self.context, self.receipt[1], self._mark)

    @cached_property
    def folded_names(self) -> tuple[str, ...]:
        """The names, folded, by which a blueprint's `event:` finds this event."""
        if self.type == "track":
            return (fold(self.event or ""),)
        return _CALL_NAMES.get(self.type, ())

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What was odd about the message, as stable codes with places; see `marks`."""
        # Whatever is read late may make marks, so all of it is read before they are told.
        _ = self.traits, self.account_id, self.timestamp, self.consent
        if self._names_session:
            _ = self._sent_session_id
        marks = self.__dict__.get("_marks")
        return tuple(sorted(set(marks))[:MAX_MARKS]) if marks else ()

    @property
    def people(self) -> tuple[str, ...]:
        """What its person is looked for by: user id, anonymous id, email; those there are."""
        email = self.traits.get("email")
        named = (self.user_id, self.anonymous_id, email if isinstance(email, str) else None)
        return tuple(each for each in named if each)

    def describe(self) -> dict[str, Any]:
        """The whole event as a JSON object, to be shown; it shares the event's parts."""
        return {name: getattr(self, name) for name in _DESCRIBED} | {
            "warnings": list(self.warnings)
        }

    def __repr__(self) -> str:
        """Names the event without showing anybody's data."""
        return f"<Event {self.type} {self.message_id!r}>"

    @cached_property
    def _names_session(self) -> bool:
        """Whether there is a session to be read: hardly anybody sends one."""
        return not (
            _SESSION_KEYS.isdisjoint(self.context) and _SESSION_KEYS.isdisjoint(self.properties)
        )

    @cached_property
    def _sent_session_id(self) -> str | None:
        return session_id(self.context, self.properties, self._mark)

    def _mark(self, mark: str) -> None:
        self.__dict__.setdefault("_marks", []).append(mark)


_SESSION_KEYS: Final = frozenset(("sessionId", "session_id"))
_CALL_NAMES: Final = {"identify": ("identified",), "page": ("pageviewed",)}
_DESCRIBED: Final = (
    "type", "event", "name", "user_id", "anonymous_id", "group_id", "previous_id", "account_id",
    "session_id", "message_id", "timestamp", "received_at", "traits", "group_traits",
    "properties", "context", "consent", "integrations",
)  # fmt: skip
_decode_plain: Final = msgspec.json.Decoder(Event).decode
